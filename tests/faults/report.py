"""The figures of an attack, by kind of fault and in all, as data and as a table."""

from bisect import bisect_right
from collections import Counter
from typing import Any

from tests.faults.books import Verdict
from tests.faults.story import Story


def figures(verdict: Verdict, story: Story, seconds: float) -> dict[str, Any]:
    """All figures. What came again is put down to the last fault that had begun by then."""
    begins = [struck.at_ms for struck in story.struck]
    repeated: Counter[str] = Counter()
    for moment in verdict.repeated_at:
        number = bisect_right(begins, moment) - 1
        repeated[story.struck[number].name if number >= 0 else "before"] += 1
    kinds: dict[str, dict[str, Any]] = {}
    for struck in story.struck:
        kind = kinds.setdefault(
            struck.name, {"faults": 0, "repeated": 0, "slowest_recovery_seconds": 0.0}
        )
        kind["faults"] += 1
        kind["repeated"] = repeated[struck.name]
        kind["slowest_recovery_seconds"] = round(
            max(kind["slowest_recovery_seconds"], struck.recovery_seconds), 1
        )
    return {
        "seed": story.seed,
        "faults": len(story.struck),
        "articles": story.articles,
        "events": story.events,
        "relations": story.relations,
        "lost": verdict.lost,
        "extra": verdict.extra,
        "lost_events": verdict.lost_events,
        "extra_events": verdict.extra_events,
        "differing_relations": verdict.differing_relations,
        "consequences_of_refused": verdict.consequences,
        "repeated": verdict.repeated,
        "slowest_recovery_seconds": round(
            max((struck.recovery_seconds for struck in story.struck), default=0.0), 1
        ),
        "seconds": round(seconds),
        "clean": verdict.clean,
        "by_kind": kinds,
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for a person."""
    lines = [f"{'fault':26} {'times':>5} {'repeated':>9} {'slowest recovery':>17}"]
    lines.extend(
        f"{name:26} {kind['faults']:5} {kind['repeated']:9,}"
        f" {kind['slowest_recovery_seconds']:15.1f} s"
        for name, kind in sorted(figures["by_kind"].items())
    )
    lines.append(
        f"{'all':26} {figures['faults']:5} {figures['repeated']:9,}"
        f" {figures['slowest_recovery_seconds']:15.1f} s"
    )
    lines.append("")
    lines.append(
        f"seed {figures['seed']}: {figures['articles']:,} articles, {figures['events']:,} events, "
        f"{figures['relations']:,} relations in {figures['seconds']:,} s"
    )
    lines.append(
        f"articles lost {figures['lost']}, extra {figures['extra']}; events lost "
        f"{figures['lost_events']}, extra {figures['extra_events']}; relations that differ "
        f"{figures['differing_relations']}; refused articles of which something came "
        f"{figures['consequences_of_refused']}"
    )
    return "\n".join(lines)
