"""The ways on a map that are not simply the next column: branches, loops and exits, drawn under the steps' heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from touchline.figures.markup import Markup, number, tag
from touchline.maps.model import Route, Step

_ROW: Final = 22.0
_LETTER: Final = 0.037  # a letter's width, in columns
_UNIT: Final = 100.0  # a column, in the drawing's own units


def routes(ways: Sequence[Route], steps: Sequence[Step]) -> Markup:
    """Draw routes, each on a row of its own; widths are percentages, so that the drawing follows the columns.

    >>> drawn = routes([Route("r", "loop", "b", "a", "not found")], [Step("a", "Look"), Step("b", "Pay")])
    >>> "not found" in drawn
    True
    """
    at = {step.id: (i + 0.5) for i, step in enumerate(steps)}
    ways = [way for way in ways if way.start in at and (not way.end or way.end in at)]
    names = {step.id: step.name for step in steps}
    many = max(len(steps), 1)
    rows = _rows([_reach(way, at) for way in ways])
    height = _ROW * (max(rows, default=-1) + 1) + 6
    drawn, heads = [], []
    for way, row in zip(ways, rows, strict=True):
        y = _ROW * (row + 1)
        start = at[way.start]
        end = at[way.end] if way.end else min(start + 0.5, many - 0.04)
        data = f"M{number(start * _UNIT)} 0V{number(y - 5)}" + f"H{number(end * _UNIT)}" + ("V4" if way.end else "")
        drawn.append(tag("path", d=data, class_=f"way {way.kind}", vector_effect="non-scaling-stroke"))
        tip = "M-4 5L0 0L4 5" if way.end else "M-5 -4L0 0L-5 4"
        place = {"x": f"{number(end / many * 100)}%", "y": number(3.0 if way.end else y - 5)}
        heads.append(tag("svg", tag("path", d=tip, class_=f"tip {way.kind}"), overflow="visible", **place))
        middle = (start + end) / 2 if way.end else end
        words = way.text or {"loop": _("back"), "branch": _("or"), "exit": _("leaves")}.get(way.kind, way.kind)
        anchor = "middle" if way.end else "end" if end > many - 0.5 else "start"
        shift = 0.0 if way.end else (-10.0 if anchor == "end" else 6.0)
        heads.append(
            tag("text", words, tag("title", f"{names[way.start]} → {names.get(way.end, _('leaves'))}: {words}"),
                x=f"{number(middle / many * 100)}%", dx=shift, y=y - 8 if way.end else y - 1, text_anchor=anchor,
                class_=way.kind, data_route=way.id)
        )  # fmt: skip
    lines = tag("svg", drawn, viewBox=f"0 0 {number(many * _UNIT)} {number(height)}", preserveAspectRatio="none",
                width="100%", height=height)  # fmt: skip
    said = "; ".join(f"{names[way.start]} → {names.get(way.end, _('leaves'))} {way.text}".strip() for way in ways)
    return tag("svg", lines, heads, width="100%", height=height, role="img", class_="ways",
               aria_label=_("Branches, loops and exits: %(said)s") % {"said": said})  # fmt: skip


def _reach(way: Route, at: Mapping[str, float]) -> tuple[float, float]:
    """Return from where to where a route is drawn, with the room that its words need, in columns."""
    start = at[way.start]
    end = at[way.end] if way.end else start + 0.5 + len(way.text) * _LETTER
    low, high = min(start, end), max(start, end)
    lacking = len(way.text) * _LETTER - (high - low) if way.end else 0.0
    return low - max(0.0, lacking / 2), high + max(0.0, lacking / 2)


def _rows(reaches: Sequence[tuple[float, float]]) -> list[int]:
    """Return a row for each, the short ones first and highest, so that none crosses another's words.

    >>> _rows([(0, 4), (1, 2), (3, 4)])
    [1, 0, 0]
    """
    taken: list[list[tuple[float, float]]] = []
    rows = [0] * len(reaches)
    for which in sorted(range(len(reaches)), key=lambda i: reaches[i][1] - reaches[i][0]):
        low, high = reaches[which]
        free = (r for r, row in enumerate(taken) if all(high < a or low > b for a, b in row))
        row = next(free, len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append((low, high))
        rows[which] = row
    return rows
