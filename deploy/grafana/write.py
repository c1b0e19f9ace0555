"""Writes the dashboards' JSON, or checks that what is kept is fresh.

python -m deploy.grafana.write          # after a change of the code
python -m deploy.grafana.write --check  # exit code 1 where a file is stale
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana import market, page, pipeline
from deploy.grafana.charts import DATASOURCE, RUNBOOK, Row, panel, place

FOLDER = Path(__file__).parent
TAG = "frenemy"

STARTS = (
    '(process_start_time_seconds{job="frenemy"} * 1000) * on (instance)'
    " group_left (program, registry, model) frenemy_build_info"
)
SHIFTS = 'max by (pair) (changes(frenemy_watched_pair_stance{pair=~"$pair"}[1m])) > 0'


def pipeline_dashboard() -> dict[str, Any]:
    """The dashboard for operators, as Grafana's JSON."""
    made = _dashboard(
        "frenemy-pipeline",
        "Frenemy: Pipeline",
        "Is it healthy, how far behind, what is rejected and why, what breaks next.",
        pipeline.ROWS,
    )
    made.time("now-1h", "now").refresh("30s")
    made.with_variable(_labels("instance", "Worker", "frenemy_build_info"))
    return _finished(made, (_starts(),))


def market_dashboard() -> dict[str, Any]:
    """The dashboard for analysts, as Grafana's JSON."""
    made = _dashboard(
        "frenemy-market",
        "Frenemy: Market",
        "Who moves against whom, who with whom, what is new.",
        market.ROWS,
    )
    made.time("now-24h", "now").refresh("1m")
    made.with_variable(_labels("pair", "Pair", "frenemy_watched_pair_events_total"))
    made.with_variable(_labels("company", "Company", "frenemy_watched_company_articles_total"))
    shifts = {
        "name": "Shifts of watched pairs",
        "expr": SHIFTS,
        "iconColor": "purple",
        "titleFormat": "{{pair}} shifted",
    }
    return _finished(made, (_starts(), shifts))


def _dashboard(uid: str, title: str, what: str, rows: Sequence[Row]) -> dashboard.Dashboard:
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(what)
        .tags([TAG])
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Frenemy").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
        )
        .link(
            dashboard.DashboardLink("Runbook")
            .type(models.DashboardLinkType.LINK)
            .url(RUNBOOK)
            .target_blank(True)
        )
        .with_variable(
            dashboard.DatasourceVariable("datasource").type("prometheus").label("Source")
        )
    )
    for number, (item, grid) in enumerate(place(rows), start=1):
        if isinstance(item, Row):
            made.with_row(dashboard.Row(item.title).id(number).grid_pos(grid))
        else:
            made.with_panel(panel(item, grid, number))
    return made


def _labels(name: str, label: str, metric: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": f"label_values({metric}, {name})", "refId": name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .current(models.VariableOption(text="All", value="$__all", selected=True))
    )


def _starts() -> dict[str, Any]:
    return {
        "name": "Workers started",
        "expr": STARTS,
        "iconColor": "blue",
        "titleFormat": "{{instance}} started: program {{program}}, model {{model}}",
        "useValueForTime": True,
    }


def _finished(made: dashboard.Dashboard, annotations: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Plain JSON, with the annotations' fields for Prometheus that the builder does not know."""
    plain: dict[str, Any] = json.loads(JSONEncoder(sort_keys=True).encode(made.build()))
    source = {"type": DATASOURCE.type_val, "uid": DATASOURCE.uid}
    plain["annotations"] = {
        "list": [{"datasource": source, "enable": True, **item} for item in annotations]
    }
    return plain


def files() -> dict[Path, str]:
    """All files that are made from code, with what they should hold."""
    made = {
        FOLDER / "dashboards" / f"{name}.json": json.dumps(data, indent=2, sort_keys=True) + "\n"
        for name, data in {
            "pipeline": pipeline_dashboard(),
            "market": market_dashboard(),
        }.items()
    }
    return {**made, **page.files()}


def main(arguments: Sequence[str]) -> int:
    """Write or check; the exit code."""
    stale = [
        path
        for path, text in files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if "--check" in arguments:
            sys.stderr.write(f"{path} is stale: run `python -m deploy.grafana.write`\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files()[path], encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
