"""Heat tables as pictures: the same cells as `heat_table`, for slides, files and e-mails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from touchline.figures.colour import LIGHT, ink_on, jsi_colour
from touchline.figures.heat import HeatCell, HeatRow
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import LOW, count, plain
from touchline.figures.shapes import Look, picture, words
from touchline.figures.steps import shortened

_NAME: Final = 150.0
_HEAD: Final = 30.0
_CELL: Final = 34.0
_GAP: Final = 1.5


def heat_picture(columns: Sequence[str], rows: Sequence[HeatRow], *, title: str, width: float = 960.0) -> Markup:
    """Draw coloured cells with their numbers; those under 30 customers are hatched.

    Args:
        columns: Their names.
        rows: With as many cells each.
        title: What the numbers are.
        width: Of the drawing.

    >>> "37 ±4" in heat_picture(["All"], [HeatRow("Delivery", (HeatCell("37", "±4", 37.0, 3960, 900),))], title="JSI")
    True
    """
    size = (width - _NAME) / max(len(columns), 1)
    letters = max(4, int(size / 6.6))
    drawn = [
        words(_NAME + (i + 0.5) * size, _HEAD - 10, shortened(name, letters), text_anchor="middle", font_size=12)
        for i, name in enumerate(columns)
    ]
    for at, row in enumerate(rows):
        top = _HEAD + at * _CELL
        look: Look = {"fill": LIGHT["muted" if row.muted else "ink"], "font_size": 12.5}
        name = shortened(row.name, 22)
        drawn.append(words(0, top + _CELL / 2 + 4.5, name, "tl-text" if row.muted else "tl-text tl-strong", **look))
        drawn += [_cell(cell, _NAME + i * size, top, size) for i, cell in enumerate(row.cells)]
    spoken = "; ".join(f"{row.name}: {_said(columns, row)}" for row in rows)
    return picture(width, _HEAD + len(rows) * _CELL + 2, title, spoken, drawn, class_="tl-heat-picture")


def _said(columns: Sequence[str], row: HeatRow) -> str:
    cells = zip(columns, row.cells, strict=True)
    return ", ".join(f"{name} {_text(cell)}" for name, cell in cells if cell is not None)


def _text(cell: HeatCell) -> str:
    return "n < 5" if cell.text is None else f"{cell.text} {cell.margin}".strip()


def _cell(cell: HeatCell | None, x: float, top: float, size: float) -> Markup:
    middle, base = x + size / 2, top + _CELL / 2 + 4.5
    if cell is None:
        return words(middle, base, "–", text_anchor="middle")
    left, upper, wide, high = x + _GAP, top + _GAP, size - 2 * _GAP, _CELL - 2 * _GAP
    pale = cell.low_n or cell.text is None
    fill = LIGHT["soft"] if pale else jsi_colour(cell.shade)
    edge: Look = {"stroke": LIGHT["ink"], "stroke_width": 1.8} if cell.marked else {}
    box = tag("rect", x=left, y=upper, width=wide, height=high, rx=5, fill=fill, **edge)
    hatch = _hatched(left, upper, wide, high) if pale else None
    ink = LIGHT["muted"] if pale else ink_on(fill)
    look: Look = {"text_anchor": "middle", "fill": ink}
    small = cell.text is None or not cell.margin
    shown = words(
        middle, base, [cell.text or "n < 5", None if small else tag("tspan", cell.margin, dx=4, font_size=10.5,
        font_weight=400)], "", font_size=11 if cell.text is None else 13, font_weight=400 if pale else 620, **look,
    )  # fmt: skip
    known = f"n {plain(cell.n)} · {count(cell.customers, 'customer')}" + (f" · {LOW}" if cell.low_n else "")
    return tag("g", tag("title", known), box, hatch, shown)


def _hatched(x: float, y: float, width: float, height: float) -> Markup:
    """Return slanting hairlines within a box."""
    parts, at = [], 7.0
    while at < width + height:
        begin = (x + at, y) if at <= width else (x + width, y + at - width)
        end = (x, y + at) if at <= height else (x + at - height, y + height)
        parts.append(f"M{begin[0]:.1f} {begin[1]:.1f}L{end[0]:.1f} {end[1]:.1f}")
        at += 7.0
    return tag("path", d="".join(parts), stroke=LIGHT["hair"], stroke_width=1.6, fill="none")
