"""A relation over time as a picture: strengths, stance, shifts (SVG, no program needed to draw it)."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from streams.relations.stance import ENTER, LEAVE
from streams.relations.state import time_text
from streams.relations.strength import Standing

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 34, 62
SAMPLES = 240
COLOURS = {"competition": "#c0392b", "partnership": "#1e8449"}
STANCES = {"none": "#d5d8dc", "rivals": "#e6b0aa", "allies": "#a9dfbf", "frenemies": "#d2b4de"}


def svg(title: str, standings: Sequence[Standing], half_life_ms: float) -> str:
    """The picture of how a pair stood; at least one standing."""
    begin, end = standings[0].time, standings[-1].time
    span = max(1, end - begin)

    def x(time: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (time - begin) / span

    def y(strength: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * strength

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="16" font-size="13" font-weight="bold">{escape(title)}</text>',
    ]
    for value, name in ((0.0, "0"), (LEAVE, "leave"), (ENTER, "enter"), (0.5, "0.5"), (1.0, "1")):
        dash = ' stroke-dasharray="3 3"' if name in ("leave", "enter") else ""
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            f'stroke="#bbb"{dash}/><text x="{LEFT - 5}" y="{y(value) + 4:.1f}" '
            f'text-anchor="end" fill="#555">{name}</text>'
        )
    for place, (side, colour) in enumerate(COLOURS.items()):
        points = " ".join(
            f"{x(time):.1f},{y(strength):.1f}"
            for time, strength in _curve(standings, side, half_life_ms)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(
            f'<text x="{WIDTH - RIGHT - 90 * (2 - place) + 10}" y="16" fill="{colour}">{side}</text>'
        )
    parts.extend(_stances(standings, x))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _curve(
    standings: Sequence[Standing], side: str, half_life_ms: float
) -> Iterator[tuple[float, float]]:
    """Times and strengths; between two reports evidence decays."""
    step = max(1.0, (standings[-1].time - standings[0].time) / SAMPLES)
    for now, later in zip(standings, [*standings[1:], None], strict=True):
        strength: float = getattr(now, side)
        time = float(now.time)
        end = now.time if later is None else later.time
        while True:
            faded = 0.5 ** ((time - now.time) / half_life_ms)
            yield time, 1.0 - (1.0 - strength) ** faded
            if time >= end:
                break
            time = min(float(end), time + step)


def _stances(standings: Sequence[Standing], x: Callable[[float], float]) -> Iterator[str]:
    """The band of stances below the curves, with the day of each change."""
    top = HEIGHT - BOTTOM + 10
    changes = [s for i, s in enumerate(standings) if i == 0 or s.stance != standings[i - 1].stance]
    ends = [*(s.time for s in changes[1:]), standings[-1].time]
    for place, (change, end) in enumerate(zip(changes, ends, strict=True)):
        width = max(1.0, x(end) - x(change.time))
        down = top + 32 + 12 * (place % 2)
        yield (
            f'<rect x="{x(change.time):.1f}" y="{top}" width="{width:.1f}" height="18" '
            f'fill="{STANCES[change.stance]}"/>'
            f'<text x="{x(change.time) + 3:.1f}" y="{top + 13}">{change.stance}</text>'
            f'<text x="{x(change.time):.1f}" y="{down}" fill="#555">'
            f"{time_text(change.time)[:10]}</text>"
        )
