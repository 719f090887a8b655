"""Maps as pictures: SVG from plain values, for files, slides and pages, in light and dark.

Drawings carry classes and presentation attributes only, as all figures of the house do; what a card says is escaped.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from touchline.figures.markup import Markup
from touchline.maps.drawing.dress import ON_DARK, ON_LIGHT
from touchline.maps.drawing.layout import WIDE
from touchline.maps.drawing.poster import poster
from touchline.maps.measured import Overlay
from touchline.maps.model import Lane, Map
from touchline.maps.pictures import NONE, Pictures

__all__ = ["draw", "paper_of"]


def draw(
    whole: Map, overlay: Overlay | None = None, *, dark: bool = False, steps: Collection[str] | None = None,
    lanes: Sequence[Lane] | None = None, routes: bool = True, findings: bool = True,
    sheet: tuple[int, int] | None = None, room: float = WIDE, pictures: Pictures = NONE,
) -> Markup:  # fmt: skip
    """Return a whole map as one SVG drawing.

    An empathy map is drawn as four fields around the person, every other kind as a grid: phases and steps across, lanes
    down. With an overlay the measured line stands beside the believed one, cards show what backs them, and what the
    machine noticed stands below.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.
        dark: Whether it is for dark paper.
        steps: Ids of the steps to draw; None for all.
        lanes: The lanes to draw; None for all that are not folded away.
        routes: Whether branches, loops and exits are drawn.
        findings: Whether what was noticed stands below.
        sheet: Which sheet of how many it is, where a map is cut into several.
        room: How wide the grid is, where the number of steps allows it.
        pictures: Those of cards and personas that are drawn; of the others their names are told.

    >>> from touchline.maps.model import Phase, Step
    >>> drawing = draw(Map("m", "Ordering coffee", phases=(Phase("p", "Buy", (Step("s", "Pays"),)),)))
    >>> "Ordering coffee" in drawing, "Pays" in drawing
    (True, True)
    """
    return poster(
        whole,
        overlay,
        ON_DARK if dark else ON_LIGHT,
        steps=steps,
        lanes=lanes,
        routes=routes,
        findings=findings,
        sheet=sheet,
        room=room,
        pictures=pictures,
    )


def paper_of(dark: bool) -> str:
    """Return the colour of the paper that a drawing stands on.

    >>> paper_of(False)
    '#faf8f4'
    """
    return (ON_DARK if dark else ON_LIGHT).colours["paper"]
