"""The curves of a soak as SVG."""

from collections.abc import Callable, Sequence

from tests.soak.verdict import SETTLING_SHARE, Sample

WIDTH, ROW = 760, 118
LEFT, RIGHT, TOP, GAP = 64, 12, 40, 34
COLOUR = "#4c78a8"

Curve = tuple[str, Callable[[Sample], float]]
CURVES: tuple[Curve, ...] = (
    ("resident memory, MB", lambda s: s.megabytes),
    ("of it tables, MB", lambda s: s.table_megabytes),
    ("objects of the garbage collector, thousands", lambda s: s.objects / 1_000),
    ("messages waiting", lambda s: s.lag),
    ("messages in flight", lambda s: s.in_flight),
    ("open files", lambda s: s.files),
)


def svg(title: str, samples: Sequence[Sample]) -> str:
    """One curve below the other over minutes; the time to settle is grey."""
    height = TOP + len(CURVES) * ROW
    end = max(1.0, samples[-1].seconds)
    wide = WIDTH - LEFT - RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold">{title}</text>',
    ]
    for place, (name, value) in enumerate(CURVES):
        top, tall = TOP + place * ROW + 14, ROW - GAP
        highest = max(1.0, *(value(s) for s in samples)) * 1.1
        points = " ".join(
            f"{LEFT + wide * s.seconds / end:.1f},{top + tall * (1 - value(s) / highest):.1f}"
            for s in samples
        )
        parts += [
            f'<rect x="{LEFT}" y="{top}" width="{wide * SETTLING_SHARE:.1f}" height="{tall}" '
            'fill="#f2f2f2"/>',
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{top + tall}" y2="{top + tall}" '
            'stroke="#999"/>',
            f'<text x="{LEFT}" y="{top - 4}" fill="#333">{name}</text>',
            f'<text x="{LEFT - 6}" y="{top + tall}" text-anchor="end" fill="#555">0</text>',
            f'<text x="{LEFT - 6}" y="{top + 8}" text-anchor="end" fill="#555">{highest:,.0f}</text>',
            f'<polyline points="{points}" fill="none" stroke="{COLOUR}" stroke-width="1.5"/>',
            f'<text x="{WIDTH - RIGHT}" y="{top + tall + 12}" text-anchor="end" fill="#555">'
            f"{end / 60:.0f} min</text>",
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
