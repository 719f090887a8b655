"""Which part of the data a step of a map is measured by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from touchline.scores.base import Filters
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.maps.model import Map, Step
    from touchline.vocabulary.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Place:
    """A stage, or one touchpoint of it; two steps may be measured by the same place.

    Attributes:
        stage: The taxonomy's id.
        touchpoint: The taxonomy's id; "" for the whole stage.
    """

    stage: str
    touchpoint: str = ""

    @property
    def bound(self) -> str:
        """How it was found: ``touchpoint`` or ``stage``."""
        return "touchpoint" if self.touchpoint else "stage"


def places(now: Map, taxonomy: Taxonomy) -> tuple[dict[str, Place], tuple[str, ...]]:
    """Return what each bound step is measured by, and a note for each that names what the taxonomy lacks.

    A step that names a touchpoint and no stage is at the touchpoint's own stage.

    >>> from touchline.maps import Map, Phase, Step
    >>> from touchline.vocabulary.taxonomy import Taxonomy
    >>> phase = Phase("p", "Buy", (Step("s1", "Waits", touchpoint="courier_delivery"), Step("s2", "Dreams", "sleep")))
    >>> found, notes = places(Map("m", "M", phases=(phase,)), Taxonomy.template("b2c"))
    >>> found
    {'s1': Place(stage='delivery', touchpoint='courier_delivery')}
    >>> notes
    ("Dreams names the stage 'sleep', which is none.",)
    """
    found: dict[str, Place] = {}
    notes: list[str] = []
    for step in now.steps():
        place = _place(step, taxonomy)
        if isinstance(place, str):
            notes.append(place)
        elif place:
            found[step.id] = place
    return found, tuple(notes)


def _place(step: Step, taxonomy: Taxonomy) -> Place | str | None:
    stage = taxonomy.stage_id(step.stage) if step.stage else ""
    if stage is None:
        return phrase("{name} names the stage {stage}, which is none.", name=step.name, stage=repr(step.stage))
    if not step.touchpoint:
        return Place(stage) if stage else None
    touchpoint = taxonomy.touchpoint(step.touchpoint)
    if touchpoint is None:
        return phrase(
            "{name} names the touchpoint {touchpoint}, which is none.", name=step.name, touchpoint=repr(step.touchpoint)
        )
    return Place(stage or touchpoint.stage, touchpoint.id)


def within(filters: Filters, place: Place, taxonomy: Taxonomy) -> Filters | None:
    """Return the filters of one place; None where they already leave it out.

    >>> from touchline.vocabulary.taxonomy import Taxonomy
    >>> within(Filters(stages=("Decision",)), Place("delivery"), Taxonomy.template("b2c")) is None
    True
    """
    if filters.stages and place.stage not in {taxonomy.stage_id(one) or one for one in filters.stages}:
        return None
    if not place.touchpoint:
        return replace(filters, stages=(place.stage,))
    if filters.touchpoints and place.touchpoint not in filters.touchpoints:
        return None
    return replace(filters, stages=(place.stage,), touchpoints=(place.touchpoint,))


def of_segment(filters: Filters, segment: tuple[str, ...]) -> Filters:
    """Return the filters with the segment that a map is about, unless they choose among its values themselves.

    >>> of_segment(Filters(), ("tier", "vip")).segments
    (('tier', ('vip',)),)
    """
    if len(segment) < 2 or any(name == segment[0] for name, _ in filters.segments):
        return filters
    return replace(filters, segments=(*filters.segments, (segment[0], segment[1:])))
