"""A map's measured side: what the workspace's questions say of its steps and cards, and what the machine notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline.maps.measured import Overlay
from touchline.overlay.asking import Wanted, ask
from touchline.overlay.binding import of_segment, places
from touchline.overlay.claims import claims, validation, wants_channels, weigh
from touchline.overlay.each import each
from touchline.overlay.laid import Laid
from touchline.overlay.noticing import noticed
from touchline.overlay.shapes import shapes
from touchline.overlay.steps import measured
from touchline.protocol import EVERYTHING

if TYPE_CHECKING:
    from touchline.maps.model import Map
    from touchline.protocol import Questions
    from touchline.scores.base import Filters
    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy


def overlay(
    now: Map,
    questions: Questions,
    filters: Filters = EVERYTHING,
    *,
    taxonomy: Taxonomy,
    settings: Settings | None = None,
    previous: Filters | None = None,
    personas: bool = False,
) -> Overlay:
    """Lay what was measured over a map.

    Args:
        now: The map.
        questions: To a workspace; those of a restricted viewer know only their customers.
        filters: Which touches and visits; to them comes the segment that the map is about.
        taxonomy: The workspace's.
        settings: The workspace's, which know the personas.
        previous: The period before, where one is wanted beside.
        personas: Whether the map's personas are measured each for itself.

    Returns:
        Figures per step and card, findings (the most important first), the validation and the line's shapes. Figures of
        fewer than five customers are left out.

    Raises:
        QuestionError: Filters, or the map's segment, that name what does not exist.
    """
    filters = of_segment(filters, now.segment)
    previous = of_segment(previous, now.segment) if previous else None
    bound, notes = places(now, taxonomy)
    effort = any(belief.effort is not None for step in now.steps() for belief in step.believed)
    wanted = Wanted(tuple(bound.values()), wants_channels(now), effort)
    asked = ask(questions, wanted, filters, previous, taxonomy)
    steps = {step.id: measured(step, bound.get(step.id), asked) for step in now.steps()}
    found = claims(now, bound, asked, taxonomy)
    cards = weigh(now, found, steps, asked)
    lines, untold = each(now.personas, bound, questions, filters, settings) if personas and settings else ({}, ())
    line = shapes([(step.id, steps[step.id].jsi) for step in now.steps()])
    return Overlay(
        map=now.id,
        start=asked.facts["since"],
        end=asked.facts["until"],
        steps=steps,
        cards=cards,
        findings=noticed(Laid(now, bound, asked, found, steps, line, lines, taxonomy)),
        validation=validation(now, found, cards) if asked.facts["customers"] else None,
        shapes=tuple((shape.name, shape.steps) for shape in line),
        personas=lines,
        notes=(*notes, *asked.notes, *untold),
    )
