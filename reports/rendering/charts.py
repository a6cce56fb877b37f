"""Bars as a drawing (SVG), the same in the page and in the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from domain.money import format_yuan
from reports.layout import Bars, Lang, shown

WIDTH, HEIGHT = 960, 340
LEFT, RIGHT, TOP, BOTTOM = 90, 10, 34, 78
COLORS = ("#2F6DB5", "#D98A29", "#5B9E4D", "#8C5FA8")
STEPS = (4, 8, 12, 20, 32)


def svg(bars: Bars, lang: Lang, font: str) -> str:
    """The drawing. Whole numbers and one decimal only, so that it is the same everywhere."""
    top = _scale(max((v for _, values in bars.series for v in values), default=0))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="{font}" font-size="11">',
        *_axis(bars, top),
        *_columns(bars, lang, top),
        *_legend(bars, lang),
        "</svg>",
    ]
    return "".join(parts)


def _scale(highest: int) -> int:
    """The end of the axis: not below, and four equal steps of whole numbers."""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= highest:
                return step * power
        power *= 10


def _y(value: int, top: int) -> str:
    depth = HEIGHT - TOP - BOTTOM
    tenths = HEIGHT * 10 - BOTTOM * 10 - value * depth * 10 // top
    return f"{tenths // 10}.{tenths % 10}"


def _axis(bars: Bars, top: int) -> list[str]:
    found = []
    for n in range(5):
        value = top * n // 4
        y, label = _y(value, top), format_yuan(value) if bars.kind == "fen" else f"{value:,}"
        found.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#DDD"/>'
            f'<text x="{LEFT - 6}" y="{y}" dy="4" text-anchor="end" fill="#555">{label}</text>'
        )
    return found


def _columns(bars: Bars, lang: Lang, top: int) -> list[str]:
    found, number = [], max(len(bars.labels), 1)
    slot = (WIDTH - LEFT - RIGHT) * 10 // number
    width = slot * 7 // 10 // max(len(bars.series), 1)
    for n, label in enumerate(bars.labels):
        start = LEFT * 10 + n * slot + slot * 15 // 100
        for at, (_, values) in enumerate(bars.series):
            x, y = start + at * width, _y(values[n], top)
            height = (HEIGHT - BOTTOM) * 10 - int(y.replace(".", ""))
            found.append(
                f'<rect x="{_tenths(x)}" y="{y}" width="{_tenths(width)}" '
                f'height="{_tenths(height)}" fill="{COLORS[at % len(COLORS)]}"/>'
            )
        middle, text = _tenths(LEFT * 10 + n * slot + slot // 2), escape(str(shown(label, lang)))
        foot = HEIGHT - BOTTOM + 12
        found.append(
            f'<text x="{middle}" y="{foot}" text-anchor="end" '
            f'transform="rotate(-40 {middle} {foot})">{text}</text>'
        )
    return found


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}"


def _legend(bars: Bars, lang: Lang) -> Sequence[str]:
    return [
        f'<rect x="{LEFT + at * 150}" y="10" width="12" height="12" '
        f'fill="{COLORS[at % len(COLORS)]}"/>'
        f'<text x="{LEFT + at * 150 + 17}" y="20">{escape(name.to(lang))}</text>'
        for at, (name, _) in enumerate(bars.series)
    ]
