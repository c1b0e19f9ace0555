"""How each kind of panel is drawn."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from deploy.grafana.queries import Series, Span, name

BACKGROUND, PANEL, TEXT, DIM = "#111217", "#181b1f", "#ccccdc", "#8e8e9e"
PALETTE = (
    "#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#96D98D",
    "#FFEE52", "#C0D8FF", "#FFB357", "#FF7383", "#705DA0", "#6ED0E0",
)  # fmt: skip
NAMED = {"green": "#73BF69", "red": "#F2495C", "blue": "#5794F2", "purple": "#B877D9"}
MOST_IN_LEGEND = 10
LINES_OF_LEGEND = 4
WIDTH = 14.0
"""Of a picture, in inches."""
ROW_INCHES = 0.165

Box = tuple[float, float, float, float]
Answers = Sequence[Sequence[Series]]
Marks = Sequence[tuple[float, str]]


SCALES: dict[str, tuple[tuple[float, float, str], ...]] = {
    "s": (
        (1e-3, 1e6, " µs"),
        (1, 1e3, " ms"),
        (120, 1, " s"),
        (7_200, 1 / 60, " min"),
        (172_800, 1 / 3_600, " h"),
        (math.inf, 1 / 86_400, " d"),
    ),
    "bytes": (
        (2**10, 1, " B"),
        (2**20, 2**-10, " KiB"),
        (2**30, 2**-20, " MiB"),
        (math.inf, 2**-30, " GiB"),
    ),
    "short": ((1e4, 1, ""), (1e6, 1e-3, " K"), (math.inf, 1e-6, " M")),
    "percentunit": ((math.inf, 100, " %"),),
}
SCALES["Bps"] = tuple((bound, by, sign + "/s") for bound, by, sign in SCALES["bytes"])
SCALES["cps"] = tuple((bound, by, sign + " /s") for bound, by, sign in SCALES["short"])
"""For each unit: values below the bound are multiplied and get the sign."""


def unit(value: float, of: str) -> str:
    """A value as Grafana writes it with a unit."""
    if math.isnan(value):
        return "-"
    scale = SCALES.get(of, SCALES["short"])
    _, by, sign = next(row for row in scale if abs(value) < row[0] or math.isinf(row[0]))
    return f"{value * by:.4g}{sign}" if by == 1 else f"{value * by:.3g}{sign}"


def colour(panel: Mapping[str, Any], label: str, index: int) -> str:
    """The colour of a series: an override's, else the palette's."""
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == label:
            chosen = str(override["properties"][0]["value"]["fixedColor"])
            return NAMED.get(chosen, chosen)
    return PALETTE[index % len(PALETTE)]


def at_threshold(panel: Mapping[str, Any], value: float) -> str:
    """The colour of a single value."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    chosen = str(steps[0]["color"])
    for step in steps[1:]:
        if value >= step["value"]:
            chosen = str(step["color"])
    return NAMED.get(chosen, chosen)


def draw(
    figure: Figure, panel: Mapping[str, Any], box: Box, found: Answers, span: Span, marks: Marks
) -> None:
    """Draw what a panel shows into its box."""
    span = span.of(panel)
    kind = panel["type"]
    left, bottom, width, height = box
    top = 0.34 / (figure.get_figheight())
    if kind == "stat":
        _stat(figure, panel, box, found)
        return
    if kind == "table":
        inner = (left + 0.006, bottom, width - 0.012, height - top)
        _table(figure.add_axes(inner, facecolor=PANEL), panel, found)
        return
    legend = 0.62 / figure.get_figheight()
    margin = 0.085 if kind in ("state-timeline", "bargauge") else 0.045
    inner = (left + margin, bottom + legend, width - margin - 0.01, height - top - legend)
    axes = figure.add_axes(inner, facecolor=PANEL)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(colors=DIM, length=0, labelsize=6)
    if kind == "bargauge":
        _ranking(axes, panel, found)
        return
    axes.set_xlim(span.start, span.end)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: time.strftime("%H:%M", time.localtime(x)))
    )
    if kind == "state-timeline":
        _states(axes, panel, found, span)
    elif kind == "heatmap":
        _heatmap(axes, panel, found, span)
    else:
        _over_time(axes, panel, found, span)
    for at, mark in marks:
        axes.axvline(at, color=NAMED.get(mark, mark), linewidth=0.7, linestyle="--", alpha=0.8)


def _named(panel: Mapping[str, Any], found: Answers) -> list[tuple[str, Series]]:
    return [
        (name(series, target), series)
        for target, rows in zip(panel["targets"], found, strict=True)
        for series in rows
    ]


def _stat(figure: Figure, panel: Mapping[str, Any], box: Box, found: Answers) -> None:
    left, bottom, width, height = box
    points = np.array(found[0][0].points) if found[0] else np.array([[0.0, math.nan]])
    value = points[-1, 1]
    shade = at_threshold(panel, value)
    of = panel["fieldConfig"]["defaults"]["unit"]
    figure.text(
        left + width / 2, bottom + height * 0.5, unit(float(value), of), ha="center", va="center",
        fontsize=15, color=shade, weight="bold",
    )  # fmt: skip
    if len(points) > 1:
        spark = figure.add_axes((left, bottom, width, height * 0.3))
        spark.fill_between(points[:, 0], points[:, 1], color=shade, alpha=0.25)
        spark.plot(points[:, 0], points[:, 1], color=shade, linewidth=0.8)
        spark.axis("off")
        spark.margins(0)


def _grid(series: Series, times: Any) -> Any:
    """The values of a series at the times, 0 where it has none."""
    at = {round(t, 3): v for t, v in series.points}
    return np.array([at.get(round(t, 3), 0.0) for t in times])


def _over_time(axes: Axes, panel: Mapping[str, Any], found: Answers, span: Span) -> None:
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    named = _named(panel, found)
    shades = [colour(panel, label, index) for index, (label, _) in enumerate(named)]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    times = sorted({t for _, series in named for t, _ in series.points})
    if stacked and times:
        values = [np.nan_to_num(_grid(series, times), posinf=0.0) for _, series in named]
        if custom.get("drawStyle") == "bars":
            below = np.zeros(len(times))
            for value, shade in zip(values, shades, strict=True):
                axes.bar(times, value, span.step * 0.9, below, color=shade, alpha=0.8)
                below = below + value
        else:
            axes.stackplot(times, values, colors=shades, alpha=0.35)
            below = np.zeros(len(times))
            for value, shade in zip(values, shades, strict=True):
                below = below + value
                axes.plot(times, below, color=shade, linewidth=0.8)
    else:
        for (_, series), shade in zip(named, shades, strict=True):
            points = np.array(series.points)
            axes.plot(points[:, 0], points[:, 1], color=shade, linewidth=1)
            axes.fill_between(points[:, 0], points[:, 1], color=shade, alpha=0.08)
    _scale(axes, panel)
    patches = [
        Patch(color=shade, label=label or panel["title"])
        for (label, _), shade in zip(named, shades, strict=True)
    ]
    _legend(axes, patches)


def _scale(axes: Axes, panel: Mapping[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    of = defaults["unit"]
    low, high = axes.get_ylim()
    high = defaults.get("max", max(high, 1e-9))
    axes.set_ylim(defaults.get("min", low), high * 1.02)
    for step in defaults["thresholds"]["steps"][1:]:
        if step["value"] <= high:
            shade = NAMED.get(step["color"], step["color"])
            axes.axhline(step["value"], color=shade, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: unit(y, of)))
    axes.grid(color="#2c3235", linewidth=0.5)
    axes.set_axisbelow(True)


def _legend(axes: Axes, patches: Sequence[Patch]) -> None:
    longest = max((len(str(p.get_label())) for p in patches), default=1)
    columns = max(1, int(axes.get_position().width * WIDTH / (longest * 0.045 + 0.3)))
    most = min(MOST_IN_LEGEND, columns * LINES_OF_LEGEND)
    shown = list(patches)
    if len(shown) > most:
        shown = [*shown[: most - 1], Patch(color=PANEL, label=f"and {len(shown) - most + 1} more")]
    columns = min(columns, len(shown)) or 1
    axes.legend(
        handles=shown, loc="upper left", bbox_to_anchor=(-0.02, -0.1), ncols=columns, fontsize=5.5,
        frameon=False, handlelength=1, handleheight=0.6, columnspacing=1, labelcolor=TEXT,
        borderpad=0, labelspacing=0.25,
    )  # fmt: skip


def _states(axes: Axes, panel: Mapping[str, Any], found: Answers, span: Span) -> None:
    options = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    named = sorted(_named(panel, found), key=lambda item: item[0], reverse=True)
    for y, (_, series) in enumerate(named):
        for at, value in series.points:
            axes.barh(
                y, span.step * 1.02, left=at, height=0.8, color=options[str(int(value))]["color"]
            )
    axes.set_yticks(range(len(named)), [label for label, _ in named])
    axes.set_ylim(-0.5, len(named) - 0.5)
    _legend(axes, [Patch(color=o["color"], label=o["text"]) for o in options.values()])


def _heatmap(axes: Axes, panel: Mapping[str, Any], found: Answers, span: Span) -> None:
    rows = sorted((s for s in found[0]), key=lambda s: float(s.labels["le"]))
    times = sorted({t for s in rows for t, _ in s.points})
    if not times:
        return
    counts = np.array([_grid(s, times) for s in rows])
    cells = np.clip(np.diff(counts, axis=0, prepend=0), 0, None)
    cells[cells == 0] = np.nan
    bounds = [float(s.labels["le"]) for s in rows]
    finite = [b for b in bounds if math.isfinite(b)]
    edges = [0.0, *finite]
    axes.pcolormesh(
        [*times, times[-1] + span.step], edges, cells[: len(finite)], cmap="viridis", shading="flat"
    )
    of = panel["fieldConfig"]["defaults"]["unit"]
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: unit(y, of)))


def _ranking(axes: Axes, panel: Mapping[str, Any], found: Answers) -> None:
    named = sorted(_named(panel, found), key=lambda item: item[1].points[-1][1])
    values = [series.points[-1][1] for _, series in named]
    shade = panel["fieldConfig"]["defaults"]["color"]["fixedColor"]
    axes.barh(range(len(values)), values, color=NAMED.get(shade, shade), height=0.7)
    axes.set_yticks(range(len(values)), [label for label, _ in named])
    axes.set_xticks([])
    of = panel["fieldConfig"]["defaults"]["unit"]
    for y, value in enumerate(values):
        axes.text(value, y, f" {unit(value, of)}", va="center", fontsize=6.5)
    axes.margins(x=0.15)


def _table(axes: Axes, panel: Mapping[str, Any], found: Answers) -> None:
    axes.axis("off")
    columns = [target["legendFormat"] for target in panel["targets"]]
    labels: list[str] = []
    cells: dict[tuple[str, ...], dict[str, float]] = {}
    for column, rows in zip(columns, found, strict=True):
        for series in rows:
            labels = labels or list(series.labels)
            key = tuple(series.labels[label] for label in labels)
            cells.setdefault(key, {})[column] = series.points[-1][1]
    of = panel["fieldConfig"]["defaults"]["unit"]
    ordered = sorted(cells.items(), key=lambda item: -item[1].get(columns[0], 0))
    text = [[*key, *(unit(row.get(c, math.nan), of) for c in columns)] for key, row in ordered]
    tall = axes.get_position().height * axes.get_figure(root=True).get_figheight()  # type: ignore[union-attr]
    text = text[: int(tall / ROW_INCHES) - 1]
    if not text:
        return
    shown = [[*labels, *columns], *text]
    lengths = [max(len(row[i]) for row in shown) + 3 for i in range(len(shown[0]))]
    made = axes.table(
        shown,
        loc="upper left",
        cellLoc="left",
        edges="horizontal",
        colWidths=[length / sum(lengths) for length in lengths],
    )
    made.auto_set_font_size(False)
    made.set_fontsize(6.5)
    for (row, _), cell in made.get_celld().items():
        cell.set_edgecolor("#2c3235")
        cell.get_text().set_color("#6e9fff" if row == 0 else TEXT)
        cell.set_height(ROW_INCHES / tall)
