"""Draws a dashboard from real query results into one picture, in the grid that its JSON gives.

    python -m deploy.grafana.render http://127.0.0.1:9090 --minutes 15

It stands in for Grafana where there is none: colours, units, thresholds and legends are the JSON's.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredText

from deploy.grafana.draw import BACKGROUND, PANEL, TEXT, WIDTH, draw
from deploy.grafana.queries import Prometheus, Span, answers, filled, panels, variables

FOLDER = Path(__file__).parent
NAMES = ("pipeline", "market")
CELL = 0.32
"""Height of a unit of the grid, in inches."""


def render(dashboard: Mapping[str, Any], prometheus: Prometheus, span: Span, path: Path) -> None:
    """Draw one dashboard.

    Raises:
        QueryError: where Prometheus refuses a query.
    """
    rows = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in dashboard["panels"]) + 2
    filled_in = variables(dashboard, prometheus)
    marks = _marks(dashboard, filled_in, prometheus, span)
    with mpl.rc_context({"font.size": 7, "font.family": "DejaVu Sans", "text.color": TEXT}):
        figure = Figure(figsize=(WIDTH, rows * CELL), facecolor=BACKGROUND, dpi=110)
        figure.text(0.008, 1 - 1.1 / rows, dashboard["title"], fontsize=13, weight="bold")
        when = time.strftime("%H:%M", time.localtime(span.start))
        until = time.strftime("%H:%M", time.localtime(span.end))
        figure.text(0.992, 1 - 1.1 / rows, f"{when} to {until}", ha="right", color="#8e8e9e")
        for row in dashboard["panels"]:
            if row["type"] == "row":
                y = 1 - (row["gridPos"]["y"] + 2.7) / rows
                figure.text(0.008, y, f"⌄ {row['title']}", fontsize=9, weight="bold")
        for panel in panels(dashboard):
            _panel(figure, panel, rows, answers(panel, filled_in, prometheus, span), span, marks)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, facecolor=BACKGROUND)


def _panel(
    figure: Figure,
    panel: Mapping[str, Any],
    rows: int,
    found: Sequence[Sequence[Any]],
    span: Span,
    marks: Sequence[tuple[float, str]],
) -> None:
    grid = panel["gridPos"]
    left, bottom = grid["x"] / 24 + 0.004, 1 - (grid["y"] + 2 + grid["h"]) / rows
    width, height = grid["w"] / 24 - 0.006, (grid["h"] - 0.25) / rows
    frame = figure.add_axes((left, bottom, width, height), facecolor=PANEL)
    frame.set_xticks([])
    frame.set_yticks([])
    for spine in frame.spines.values():
        spine.set_color("#2c3235")
    title = AnchoredText(
        panel["title"], "upper left", frameon=False, borderpad=0.3, prop={"weight": "bold"}
    )
    frame.add_artist(title)
    draw(figure, panel, (left, bottom, width, height), found, span, marks)


def _marks(
    dashboard: Mapping[str, Any], filled_in: Mapping[str, str], prometheus: Prometheus, span: Span
) -> list[tuple[float, str]]:
    """The annotations as moments with colours."""
    marks = []
    for annotation in dashboard["annotations"]["list"]:
        expr = filled(annotation["expr"], filled_in, span)
        for series in prometheus.over(expr, span):
            times = {series.points[0][0]}
            if annotation.get("useValueForTime"):
                times = {value / 1_000 for _, value in series.points}
            marks += [(at, annotation["iconColor"]) for at in times if span.start <= at <= span.end]
    return marks


def main(arguments: Sequence[str]) -> int:
    """Draw both dashboards."""
    parser = argparse.ArgumentParser(prog="python -m deploy.grafana.render")
    parser.add_argument("prometheus", help="address of a Prometheus, such as http://127.0.0.1:9090")
    parser.add_argument("--minutes", type=float, default=60.0, help="time to show, up to now")
    parser.add_argument("--scrape", type=float, default=15.0, help="seconds between scrapes")
    parser.add_argument("--into", type=Path, default=FOLDER / "pictures", help="folder")
    given = parser.parse_args(arguments)
    end = time.time()
    span = Span(end - given.minutes * 60, end, given.scrape)
    for name in NAMES:
        text = (FOLDER / "dashboards" / f"{name}.json").read_text(encoding="utf-8")
        path = given.into / f"{name}.png"
        render(json.loads(text), Prometheus(given.prometheus), span, path)
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
