"""Panels described as data, and made into Grafana's JSON with grafana-foundation-sdk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

Kind = Literal["lines", "stack", "bars", "stat", "ranking", "table", "states", "heatmap"]
Panel = (
    timeseries.Panel
    | stat.Panel
    | bargauge.Panel
    | statetimeline.Panel
    | table.Panel
    | heatmap.Panel
)

RUNBOOK = "/public/frenemy/runbook.html"
"""Where Grafana serves the runbook: deploy/grafana/public mounted below its folder of static files."""
DATASOURCE = models.DataSourceRef("prometheus", "${datasource}")
COLUMNS = 24

GREEN, YELLOW, RED, BLUE, GREY = "green", "#EAB839", "red", "blue", "#8e8e8e"
STANCE_COLOURS = {"none": GREY, "allies": "#37872D", "rivals": "#C4162A", "frenemies": "#8F3BB8"}
"""In the order of the values of `frenemy_watched_pair_stance`."""


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and how its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel.

    `what` says how to read it, `cure` is its anchor in the runbook, `thresholds` are (value, colour) from
    the second step on; the first is `base`. Tables take one query a column, all with the same labels.
    """

    title: str
    kind: Kind
    queries: tuple[Query, ...]
    unit: str
    what: str
    cure: str
    width: int = 8
    height: int = 7
    thresholds: tuple[tuple[float, str], ...] = ()
    base: str = GREEN
    decimals: int | None = None
    least: float | None = 0.0
    most: float | None = None
    colours: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A heading with the charts below it, laid out from left to right."""

    title: str
    charts: tuple[Chart, ...]


def place(rows: Sequence[Row]) -> Iterator[tuple[Row | Chart, models.GridPos]]:
    """Each heading and chart with its place in the grid of 24 columns.

    Raises:
        ValueError: where the charts of a line leave a gap.
    """
    y = 0
    for row in rows:
        yield row, models.GridPos(h=1, w=COLUMNS, x=0, y=y)
        y += 1
        x = height = 0
        for chart in row.charts:
            if x + chart.width > COLUMNS:
                raise ValueError(f"{row.title}: {chart.title} does not fit into its line")
            yield chart, models.GridPos(h=chart.height, w=chart.width, x=x, y=y)
            height = max(height, chart.height)
            x += chart.width
            if x == COLUMNS:
                y, x, height = y + height, 0, 0
        if x:
            raise ValueError(f"{row.title}: the last line leaves a gap")


def panel(chart: Chart, grid: models.GridPos, number: int) -> Panel:
    """The panel of a chart."""
    made = _with_look(chart)
    made.title(chart.title).description(chart.what).id(number).grid_pos(grid)
    made.datasource(DATASOURCE).unit(chart.unit)
    made.links(
        [
            dashboard.DashboardLink("Runbook")
            .type(models.DashboardLinkType.LINK)
            .url(f"{RUNBOOK}#{chart.cure}")
            .target_blank(True)
        ]
    )
    if any("$__interval" in query.expr for query in chart.queries):
        # An increase needs two scrapes at least.
        made.interval("1m")
    made.no_value("–")
    if chart.decimals is not None:
        made.decimals(chart.decimals)
    if chart.least is not None and chart.kind != "stat":
        made.min(chart.least)
    if chart.most is not None:
        made.max(chart.most)
    steps = [models.Threshold(None, chart.base)]
    steps += [models.Threshold(value, colour) for value, colour in chart.thresholds]
    made.thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
    for name, colour in chart.colours:
        fixed = {"mode": "fixed", "fixedColor": colour}
        made.override_by_name(name, [models.DynamicConfigValue("color", fixed)])
    for index, query in enumerate(chart.queries):
        made.with_target(_target(chart, query, chr(ord("A") + index)))
    return made


def _target(chart: Chart, query: Query, ref: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(ref)
    target.datasource(DATASOURCE)
    if chart.kind == "table":
        return target.instant().format(PromQueryFormat.TABLE)
    if chart.kind == "ranking":
        return target.instant()
    if chart.kind == "heatmap":
        return target.range().format(PromQueryFormat.HEATMAP)
    return target.range().exemplar("_bucket" in query.expr)


def _with_look(chart: Chart) -> Panel:
    if chart.kind in ("lines", "stack", "bars"):
        return _over_time(chart)
    if chart.kind == "stat":
        return (
            stat.Panel()
            .color_mode(common_models.BigValueColorMode.VALUE)
            .graph_mode(common_models.BigValueGraphMode.AREA)
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        )
    if chart.kind == "ranking":
        return (
            bargauge.Panel()
            .orientation(common_models.VizOrientation.HORIZONTAL)
            .display_mode(common_models.BarGaugeDisplayMode.BASIC)
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
            .color_scheme(
                dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(chart.base)
            )
        )
    if chart.kind == "states":
        return _states()
    if chart.kind == "heatmap":
        return heatmap.Panel().color(
            heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Viridis").steps(64)
        )
    return _table(chart)


def _over_time(chart: Chart) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(70 if chart.kind == "bars" else 25 if chart.kind == "stack" else 8)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
    )
    if chart.kind == "bars":
        made.draw_style(common_models.GraphDrawStyle.BARS)
    if chart.kind in ("stack", "bars"):
        made.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if chart.thresholds:
        made.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED)
        )
    return made


def _states() -> statetimeline.Panel:
    names = {
        str(value): models.ValueMappingResult(text=stance, color=colour, index=value)
        for value, (stance, colour) in enumerate(STANCE_COLOURS.items())
    }
    return (
        statetimeline.Panel()
        .merge_values(True)
        .row_height(0.8)
        .show_value(common_models.VisibilityMode.AUTO)
        .mappings([models.ValueMap(names)])
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
        )
    )


def _table(chart: Chart) -> table.Panel:
    """One column a query, called by its legend; rows are what the series' labels say."""
    names = {
        f"Value #{chr(ord('A') + index)}": query.legend for index, query in enumerate(chart.queries)
    }
    return (
        table.Panel()
        .with_transformation(models.DataTransformerConfig("merge", options={}))
        .with_transformation(
            models.DataTransformerConfig(
                "organize", options={"excludeByName": {"Time": True}, "renameByName": names}
            )
        )
        .sort_by([common.TableSortByFieldState().display_name(chart.queries[0].legend).desc(True)])
    )
