"""A map cut into sheets or slides that can be read: so many steps beside each other, so many lanes below."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from touchline.maps.drawing.layout import HEAD, NARROW, layout
from touchline.maps.measured import Overlay
from touchline.maps.model import Lane, Map
from touchline.maps.pictures import NONE, Pictures


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part of a map.

    Attributes:
        steps: Ids of its steps.
        lanes: Its lanes.
        upper: Whether these are the upper lanes, above which the routes stand.
        number: Which sheet it is, from 1.
        of: How many there are.
    """

    steps: tuple[str, ...]
    lanes: tuple[Lane, ...]
    upper: bool
    number: int
    of: int


def sheets(whole: Map, overlay: Overlay | None, *, wide: float, tall: float, pictures: Pictures = NONE) -> list[Sheet]:
    """Return the parts of a map that fit a room, in reading order: lanes below each other before further steps.

    Steps are shared out evenly. A lane that is higher than the room stands alone on its sheet, and is too high.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.
        wide: Room for the grid, in pixels of the drawing.
        tall: Room for the grid, with its heads.
        pictures: Those of cards that are drawn.

    >>> from touchline.maps.model import Phase, Step
    >>> steps = tuple(Step(f"s{at}", f"Step {at}") for at in range(9))
    >>> [len(one.steps) for one in sheets(Map("m", "M", phases=(Phase("p", "P", steps),)), None, wide=1200, tall=700)]
    [5, 4]
    """
    steps = [step.id for step in whole.steps()]
    most = max(1, int((wide - HEAD) // NARROW))
    groups = ceil(len(steps) / most) or 1
    size, more = divmod(len(steps), groups)
    cut: list[tuple[tuple[str, ...], tuple[Lane, ...], bool]] = []
    at = 0
    for number in range(groups):
        some = tuple(steps[at : at + size + (number < more)])
        at += len(some)
        plan = layout(whole, overlay, steps=some, wide=wide, pictures=pictures)
        room = tall - plan.phase_tall - plan.step_tall
        piles = _piled([(row.lane, row.tall) for row in plan.rows], room - plan.route_tall, room)
        cut += [(some, lanes, not below) for below, lanes in enumerate(piles)]
    return [Sheet(some, lanes, upper, number, len(cut)) for number, (some, lanes, upper) in enumerate(cut, 1)]


def _piled(rows: list[tuple[Lane, float]], first: float, room: float) -> list[tuple[Lane, ...]]:
    """Return lanes in piles that are at most so high, the first one and the others."""
    piles: list[tuple[Lane, ...]] = [()]
    left = first
    for lane, tall in rows:
        if tall > left and piles[-1]:
            piles.append(())
            left = room
        piles[-1] = (*piles[-1], lane)
        left -= tall
    return piles
