"""A grid of shares, darker where more: step matrices, transitions, cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, number, tag
from touchline.figures.names import called
from touchline.figures.shapes import Look, picture, words
from touchline.figures.steps import shortened
from touchline.words import joined

_NAME: Final = 132.0
_HEAD: Final = 26.0
_CELL: Final = 30.0
_SMALLEST: Final = 40.0  # the width of a cell: a narrow page scrolls
_LEAST: Final = 0.05
_FULL: Final = 0.82
_SLANTED: Final = 22  # letters of a column's name that stands aslant
_WIDE: Final = 900.0  # from here on the names of columns have to fit into it
_INVERSE: Final = 0.46  # from this opacity on, light letters read better than dark ones


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell.

    Attributes:
        text: What is read in it.
        depth: How dark it is, 0 to 1.
        about: What it says in full, for those who hover or listen.
        open: Its time is not over: hatched by a dashed outline.
        low_n: Fewer than 30 customers: no colour.
    """

    text: str
    depth: float
    about: str = ""
    open: bool = False
    low_n: bool = False


def share_grid(
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[GridCell | None]]],
    *,
    title: str,
    width: float = 760.0,
) -> Markup:
    """Draw a grid; None is an empty cell.

    >>> "12 %" in share_grid(["1"], [("visit", [GridCell("12 %", 0.12)])], title="Steps")
    True
    """
    columns = [called(name) for name in columns]
    rows = [(called(name), cells) for name, cells in rows]
    size = (width - _NAME) / max(len(columns), 1)
    drawn: list[Markup] = []
    longest = max((len(name) for name in columns), default=0)
    slanted = longest > max(3, int(size / 6.4))
    beyond = min(len(columns[-1]), _SLANTED) * 4.4 if slanted else 0.0  # the last name reaches past its column
    if width >= _WIDE:
        size = (width - beyond - _NAME) / max(len(columns), 1)
    else:
        size = max(size, _SMALLEST)
        width = _NAME + size * max(len(columns), 1) + beyond
    head = _HEAD + min(longest, _SLANTED) * 4.4 - 8 if slanted else _HEAD
    for at, name in enumerate(columns):
        x = _NAME + (at + 0.5) * size
        if slanted:
            turn = f"rotate(-45 {number(x)} {number(head - 9)})"
            drawn.append(words(x, head - 9, shortened(name, _SLANTED), font_size=11, transform=turn))
        else:
            drawn.append(words(x, head - 9, name, text_anchor="middle", font_size=11))
    for row, (name, cells) in enumerate(rows):
        top = head + row * _CELL
        strong: Look = {"fill": LIGHT["ink"], "font_size": 12, "font_weight": 540}
        drawn.append(words(0, top + _CELL / 2 + 4, shortened(name, 20), "tl-text tl-strong", **strong))
        for column, cell in enumerate(cells):
            if cell is not None:
                drawn.append(_cell(cell, _NAME + column * size, top, size))
    height = head + len(rows) * _CELL + 2
    spoken = joined(
        "; ",
        (
            f"{name}: "
            + ", ".join(f"{column} {cell.text}" for column, cell in zip(columns, cells, strict=False) if cell)
            for name, cells in rows
        ),
    )
    return picture(width, height, title, spoken, drawn, class_="tl-grid-of-shares")


def _cell(cell: GridCell, x: float, top: float, size: float) -> Markup:
    opacity = _LEAST + (_FULL - _LEAST) * min(max(cell.depth, 0.0), 1.0)
    box: Look = {"x": x + 1.5, "y": top + 1.5, "width": size - 3, "height": _CELL - 3, "rx": 4}
    plain = cell.low_n or cell.open
    if plain:
        dashes: Look = {"stroke": LIGHT["ghost"], "stroke_width": 1, "stroke_dasharray": "3 3"}
        shape = tag("rect", fill="none", class_="tl-ghost", **box, **dashes)
    else:
        shape = tag("rect", fill=LIGHT["ink"], fill_opacity=opacity, class_="tl-fill-ink", **box)
    ink: Look = {"fill": LIGHT["muted" if plain else "surface" if opacity >= _INVERSE else "ink"]}
    class_ = "tl-text" if plain else "tl-inverse" if opacity >= _INVERSE else "tl-strong"
    shown = words(
        x + size / 2, top + _CELL / 2 + 4, cell.text, class_, text_anchor="middle",
        font_size=11 if size < 46 else 12, **ink,
    )  # fmt: skip
    return tag("g", tag("title", cell.about) if cell.about else None, shape, shown)
