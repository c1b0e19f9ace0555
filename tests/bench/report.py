"""Figures as a table for people, as JSON, and as a picture."""

import os
import platform
import statistics
from pathlib import Path

import msgspec

from tests.bench.analysis import Point, Steps
from tests.bench.path import Result


class Report(msgspec.Struct):
    """All that was measured, and where."""

    machine: str
    load_before: float
    load_after: float
    analysis: Steps | None = None
    path: list[Result] = msgspec.field(default_factory=list)
    growth: dict[str, list[Point]] = msgspec.field(default_factory=dict)


def machine() -> str:
    """Processor, cores and Python."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    cores = len(os.sched_getaffinity(0))
    return f"{names[0] if names else platform.machine()}, {cores} cores, Python {platform.python_version()}"


def text(report: Report) -> str:
    """Tables in Markdown."""
    lines = [
        f"{report.machine}; load {report.load_before:.1f} before, {report.load_after:.1f} after",
        "",
    ]
    if report.analysis is not None:
        lines += _analysis(report.analysis)
    if report.path:
        lines += _path(report.path)
    for name, points in report.growth.items():
        lines += [f"| {name} | us an article |", "| --- | --- |"]
        lines += [f"| {p.size:,} | {p.microseconds:,.0f} |" for p in points]
        lines.append("")
    return "\n".join(lines)


def _analysis(found: Steps) -> list[str]:
    head = " | ".join(found.steps)
    row = " | ".join(f"{value:.0f}" for value in found.steps.values())
    return [
        f"Analysis alone, {found.articles} articles of {found.words:.0f} words with "
        f"{found.companies:.1f} companies and {found.events:.2f} events:",
        "",
        f"| us an article | {head} | whole | least-most | articles/s |",
        "| --- " * (len(found.steps) + 4) + "|",
        f"| | {row} | {found.whole:.0f} | {found.least:.0f}-{found.most:.0f} | {found.rate:.0f} |",
        "",
    ]


def _path(results: list[Result]) -> list[str]:
    ours = next((r.rate for r in results if r.name == "frenemy worker"), 0.0)
    lines = [
        "| through Kafka | articles/s | least-most | ours to it | CPU s / 1,000 articles | broker | MB "
        "| p50 | p95 | p99 ms | at articles/s |",
        "| --- " * 11 + "|",
    ]
    for result in results:
        if result.fault or not result.samples:
            lines.append(f"| {result.name} | {result.fault} |" + " |" * 9)
            continue
        rates = [s.rate for s in result.samples]
        cpu = statistics.median(s.cpu_seconds / s.articles for s in result.samples) * 1_000
        broker = statistics.median(s.broker_cpu_seconds / s.articles for s in result.samples)
        memory = max(s.megabytes for s in result.samples)
        late = result.latency
        shown = [
            f"{late.percentiles.get(p, 0):.0f}" if late else "-" for p in ("p50", "p95", "p99")
        ]
        lines.append(
            f"| {result.name} | {result.rate:.0f} | {min(rates):.0f}-{max(rates):.0f} "
            f"| {ours / result.rate:.2f} | {cpu:.2f} | {broker * 1_000:.2f} | {memory:.0f} | "
            + " | ".join(shown)
            + f" | {late.rate if late else 0:.0f} |"
        )
    return [*lines, ""]


def draw(report: Report, path: Path) -> None:
    """Bars of throughput and latency, and the curves of growth."""
    import matplotlib as mpl

    mpl.use("svg" if path.suffix == ".svg" else "agg")
    from matplotlib import pyplot as plt

    shown = [r for r in report.path if r.samples]
    count = 2 * bool(shown) + len(report.growth)
    if not count:
        return
    figure, axes = plt.subplots(1, count, figsize=(4.2 * count, 3.4), squeeze=False)
    free = list(axes[0])
    if shown:
        axis = free.pop(0)
        names = [r.name for r in shown]
        rates = [r.rate for r in shown]
        low = [r.rate - min(s.rate for s in r.samples) for r in shown]
        high = [max(s.rate for s in r.samples) - r.rate for r in shown]
        axis.barh(names, rates, xerr=(low, high), color="#4c78a8")
        axis.set_title("articles/s, one core", fontsize=9)
        axis.invert_yaxis()
        axis = free.pop(0)
        timed = [r for r in shown if r.latency is not None and r.latency.percentiles]
        for share, color in (("p99", "#f58518"), ("p50", "#4c78a8")):
            values = [r.latency.percentiles[share] for r in timed if r.latency is not None]
            axis.barh([r.name for r in timed], values, color=color, label=share)
        axis.set_title("ms from due to event, half load", fontsize=9)
        axis.invert_yaxis()
        axis.legend(fontsize=7)
    for name, points in report.growth.items():
        axis = free.pop(0)
        axis.plot([p.size for p in points], [p.microseconds for p in points], marker="o")
        axis.set_xscale("log")
        if "characters" in name:
            axis.set_yscale("log")
        else:
            axis.set_ylim(bottom=0)
        axis.set_title(f"us an article by {name}", fontsize=9)
    for axis in axes[0]:
        axis.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
