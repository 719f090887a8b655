"""Heat tables: the number in every cell, small what it is worth, hatched where few customers stand behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import jsi_class
from touchline.figures.markup import Child, Markup, tag
from touchline.figures.names import called
from touchline.figures.numbers import LOW, count, plain
from touchline.words import phrase

_LONGEST: Final = 30  # letters of a column's name


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell.

    Attributes:
        text: The number as it is read; None hides the cell.
        margin: Its ±, small.
        shade: Its colour, as a JSI from 0 to 100: metrics of other units are brought to that scale first.
        n: Touches or answers.
        customers: Distinct.
        low_n: Fewer than 30 customers: hatched, without colour.
        marked: Differs from the rest by more than chance: outlined.
        href: Where a click on it leads; nowhere without one.
        tip: Everything that is known of it, for hover and focus.
    """

    text: str | None
    margin: str = ""
    shade: float = 50.0
    n: int = 0
    customers: int = 0
    low_n: bool = False
    marked: bool = False
    href: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One stage; None where there is nothing to show. A muted row is not a stage of the journey."""

    name: str
    cells: tuple[HeatCell | None, ...]
    muted: bool = False


def heat_table(columns: Sequence[str], rows: Sequence[HeatRow], *, caption: str) -> Markup:
    """Return a table of coloured cells: real text, so that it can be read aloud, copied and searched.

    Args:
        columns: Their names.
        rows: With as many cells each.
        caption: What the numbers are; for screen readers, as the page's own heading says it too.

    >>> heat_table(["All"], [HeatRow("Delivery", (HeatCell("37", "±4", 37.0, 3960, 900),))], caption="JSI")[-82:]
    'j37" title="n 3,960 · 900 customers"><b>37</b> <i>±4</i></td></tr></tbody></table>'
    """
    head = tag("tr", tag("td"), [_heading(name) for name in columns])
    body = [_row(row) for row in rows]
    return tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body), class_="tl-heat")


def _heading(name: str) -> Markup:
    name = called(name)
    if len(name) <= _LONGEST:
        return tag("th", name, scope="col")
    return tag("th", name[: _LONGEST - 1].rstrip() + "…", scope="col", title=name)


def _row(row: HeatRow) -> Markup:
    cells = [_cell(cell) for cell in row.cells]
    return tag("tr", tag("th", called(row.name), scope="row"), cells, class_="muted" if row.muted else None)


def _cell(cell: HeatCell | None) -> Markup:
    if cell is None:
        return tag("td", tag("span", "–", aria_label=phrase("nothing")), class_="tl-cell tl-none")
    known = cell.tip or f"n {plain(cell.n)} · {count(cell.customers, 'customer')}"
    if cell.text is None:
        return tag("td", _linked(cell, "n < 5"), class_="tl-cell tl-low tl-hidden", data_tip=cell.tip or None)
    shown = _linked(cell, [tag("b", cell.text), Markup(" "), tag("i", cell.margin) if cell.margin else None])
    mark = " tl-marked" if cell.marked else ""
    told = {"data_tip": cell.tip} if cell.tip else {"title": f"{known} · {LOW}" if cell.low_n else known}
    colour = "tl-low" if cell.low_n else jsi_class(cell.shade)
    return tag("td", shown, class_=f"tl-cell {colour}{mark}", **told)


def _linked(cell: HeatCell, content: Child) -> Child:
    if not cell.href:
        return content
    label = cell.tip or None
    return tag("a", content, href=cell.href, aria_label=label)
