"""The colours of a map on light and on dark paper, and the elements that wear them.

Each element carries its colour as an attribute, so that a file stands alone, and as a class of `figures.css`, so that
the same drawing follows a page's own light or dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from types import MappingProxyType
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Child, Markup, number, tag
from touchline.figures.markup import text as escaped

_FILL: Final = {
    "paper": "tl-paper", "surface": "tl-hollow", "soft": "tl-track", "ink": "tl-fill-ink", "bad": "tl-fill-bad",
    "good": "tl-fill-good", "none": "",
}  # fmt: skip
_STROKE: Final = {
    "hair": "tl-grid", "bad": "tl-stroke-bad", "good": "tl-stroke-good", "ink": "tl-line", "ghost": "tl-ghost",
    "muted": "tl-stroke-muted", "surface": "tl-node", **{f"own{at}": "" for at in range(4)},
}  # fmt: skip
_WORDS: Final = {"muted": "tl-text", "ink": "tl-text tl-strong", "bad": "tl-text tl-bad", "good": "tl-text tl-good",
                **{f"own{at}": "" for at in range(4)}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dress:
    """One set of colours.

    Attributes:
        colours: By role: ``paper``, ``surface``, ``ink``, ``muted``, ``hair``, ``soft``, ``good``, ``bad``, ``ghost``;
            ``own0`` to ``own3`` of personas' lines.
        dark: Whether it is the one for dark paper.
    """

    colours: MappingProxyType[str, str]
    dark: bool = False

    def words(
        self, x: float, y: float, content: Child, role: str = "muted", *, size: float = 11.0, weight: int = 400,
        anchor: str = "start", italic: bool = False, halo: bool = False,
    ) -> Markup:  # fmt: skip
        """Return text; a halo keeps it readable where a line runs behind it."""
        around: dict[str, str | float] = {}
        if halo:
            around = {"stroke": self.colours["surface"], "stroke_width": 4, "paint_order": "stroke"}
        return tag(
            "text", escaped(content), x=x, y=y, fill=self.colours[role], font_size=size,
            font_weight=None if weight == 400 else weight, text_anchor=None if anchor == "start" else anchor,
            font_style="italic" if italic else None,
            class_=f"{_WORDS[role]} {'tl-halo' if halo else ''}".strip() or None, **around,
        )  # fmt: skip

    def box(
        self, x: float, y: float, wide: float, tall: float, fill: str = "none", stroke: str = "", *, radius: float = 0,
        dash: str | None = None,
    ) -> Markup:  # fmt: skip
        """Return a rectangle."""
        edge = self.colours[stroke] if stroke else None
        return tag(
            "rect", x=x, y=y, width=wide, height=tall, rx=radius or None, stroke=edge, stroke_dasharray=dash,
            fill=self.colours.get(fill, "none"), class_=f"{_FILL[fill]} {_STROKE.get(stroke, '')}".strip() or None,
        )  # fmt: skip

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        role: str = "hair",
        *,
        wide: float = 1,
        dash: str | None = None,
    ) -> Markup:
        """Return a straight line."""
        return tag(
            "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=self.colours[role], stroke_width=wide, stroke_dasharray=dash,
            class_=_STROKE[role],
        )  # fmt: skip

    def path(self, data: str, role: str, *, wide: float = 1.4, dash: str | None = None) -> Markup:
        """Return a stroke without filling."""
        return tag(
            "path", d=data, fill="none", stroke=self.colours[role], stroke_width=wide, stroke_dasharray=dash,
            stroke_linecap="round", class_=_STROKE[role],
        )  # fmt: skip

    def shape(self, data: str, role: str, *, opacity: float | None = None) -> Markup:
        """Return a filled outline."""
        class_ = "tl-band" if opacity is not None else _FILL[role]
        return tag("path", d=data, fill=self.colours[role], fill_opacity=opacity, class_=class_)

    def edge(self, x: float, y: float, tall: float, role: str) -> Markup:
        """Return the coloured edge at a card's left: 3 px, rounded as the card is."""
        r, k = 7.0, 7.0 - 7.0 * pi / 8
        data = (
            f"M{number(x + r)} {number(y)}C{number(x + k)} {number(y)} {number(x)} {number(y + k)} {number(x)} "
            f"{number(y + r)}L{number(x)} {number(y + tall - r)}C{number(x)} {number(y + tall - k)} {number(x + k)} "
            f"{number(y + tall)} {number(x + r)} {number(y + tall)}C{number(x + 4.5)} {number(y + tall - 1)} "
            f"{number(x + 3)} {number(y + tall - 3)} {number(x + 3)} {number(y + tall - r)}L{number(x + 3)} "
            f"{number(y + r)}C{number(x + 3)} {number(y + 3)} {number(x + 4.5)} {number(y + 1)} {number(x + r)} "
            f"{number(y)}Z"
        )
        return self.shape(data, role)


def _dress(dark: bool, **colours: str) -> Dress:
    return Dress(MappingProxyType(colours), dark)


#: The house's colours on light paper.
ON_LIGHT: Final = _dress(
    False, paper="#faf8f4", own0="#35588f", own1="#7a3f73", own2="#66631d", own3="#8a4a24", **LIGHT
)
#: The same on dark paper.
ON_DARK: Final = _dress(
    True, paper="#14171a", surface="#1a1e22", ink="#ece8e0", muted="#9b978d", hair="#2b3036", soft="#20252a",
    good="#4fb8a6", bad="#f08a5c", sand="#d6cdbe", ghost="#6a6d75",
    own0="#8fb0e8", own1="#d19ac8", own2="#c9c46a", own3="#e0a184",
)  # fmt: skip
