"""Each persona's own line through a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline.errors import NotAllowed
from touchline.maps.measured import Measure
from touchline.overlay.personas import Narrowing
from touchline.overlay.taking import taken
from touchline.vocabulary.names import fold
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from touchline.overlay.binding import Place
    from touchline.protocol import Questions
    from touchline.scores.base import Filters
    from touchline.settings import Settings


def each(
    names: Sequence[str],
    bound: Mapping[str, Place],
    questions: Questions,
    filters: Filters,
    settings: Settings,
) -> tuple[dict[str, dict[str, Measure]], tuple[str, ...]]:
    """Return the JSI of every step for each of a map's personas, and notes on those that cannot be told.

    Args:
        names: The map's personas.
        bound: What its steps are measured by.
        questions: Are asked once or twice a persona.
        filters: Which touches.
        settings: Know the personas.
    """
    known = {fold(one.name): one.name for one in settings.personas}
    missing = [name for name in names if fold(name) not in known]
    notes = [phrase("No persona of the settings is called {name}.", name=name) for name in missing]
    try:
        if not isinstance(questions, Narrowing):
            notes.append(phrase("Personas are not measured one by one: the workspace is asked over the network."))
            return {}, tuple(notes)
        mine = {name: questions.among(personas=(known[fold(name)],)) for name in names if fold(name) in known}
    except NotAllowed:
        return {}, (phrase("Personas stand for customers of all segments, and you may see some of them."),)
    return {name: _line(one, bound, filters) for name, one in mine.items()}, tuple(notes)


def _line(questions: Questions, bound: Mapping[str, Place], filters: Filters) -> dict[str, Measure]:
    stages = {row["key"]: row for row in questions.jsi(filters).to_dicts()}
    cells = {}
    if any(place.touchpoint for place in bound.values()):
        for row in questions.heatmap(filters, by="touchpoint").to_dicts():
            cells[row["stage"], row["column"]] = row
    return {
        step: taken(cells.get((place.stage, place.touchpoint)), "value")
        if place.touchpoint
        else taken(stages.get(place.stage))
        for step, place in bound.items()
    }
