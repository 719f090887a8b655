"""What a workshop leaves on its map: cards of notes, what is believed, the scope, and the moments that matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from touchline.errors import InputError
from touchline.maps import Edit
from touchline.maps.model import Belief
from touchline.maps.plain import to_plain
from touchline.server.maps import keeping, workshop_said, workshops
from touchline.server.maps.workshop_cards import cards, lane_of
from touchline.server.maps.workshop_models import Note
from touchline.server.people.facade import Access
from touchline.words import phrase

#: How many steps of a map a workshop marks; where everything matters, nothing does.
_MOST_MOMENTS: Final = 3


def on_the_map(workspace: str, number: int, who: Access, notes: Sequence[int], *, step: str = "") -> int:
    """Make cards of notes: a heap becomes one card, and lanes that the map lacks are added.

    Args:
        workspace: The workspace's slug.
        number: The workshop's.
        who: Who leads it.
        notes: Which notes.
        step: Where those go that stand under no step; the map's only step where it has one.

    Returns:
        How many cards were made.

    Raises:
        InputError: None of the notes can be a card, some stand under no step, or the map has no such step or none.
        MapError: The map does not take them.
    """
    with workshops.changing(workspace, number) as workshop:
        kept = keeping.load(workspace, workshop.map)
        steps = [one.id for one in kept.map.steps()]
        if not steps:
            raise InputError(phrase("the map has no step yet"), where=workshop.map, todo=phrase("add one to it first"))
        chosen = [one for one in workshop.notes.filter(pk__in=notes, card="").select_related("heap") if lane_of(one)]
        if not chosen:
            raise InputError(
                phrase("none of these notes can be a card"), where="notes", todo=phrase("choose notes of a lane")
            )
        workshops.must_have(workshop, step)
        place, loose = step or (steps[0] if len(steps) == 1 else ""), [one for one in chosen if one.step not in steps]
        if loose and not place:
            what = f"under no step: {len(loose)} of these notes, as “{loose[0].text[:60]}”"
            raise InputError(what, where="step", todo=phrase("move each under a step, or choose one for all of them"))
        Note.objects.filter(pk__in=[one.pk for one in loose]).update(step=place)
        for one in loose:
            one.step = place
        edits, made = cards(workshop, kept.map, chosen)
        keeping.change(workspace, workshop.map, kept.version, edits, who.name, f"from the workshop “{workshop.title}”")
        for card, those in made.items():
            Note.objects.filter(pk__in=[one.pk for one in those]).update(card=card)
        return len(made)


def believe(workspace: str, number: int, who: Access) -> int:
    """Keep the mean of what people said as what the team believes of each step; return of how many steps.

    Raises:
        InputError: Nobody said anything.
    """
    with workshops.changing(workspace, number) as workshop:
        kept, said = keeping.load(workspace, workshop.map), workshop_said.felt(workshop)
        persona = workshop.persona if workshop.persona in kept.map.personas else ""
        edits = []
        for step in kept.map.steps():
            if step.id in said:
                old = next((one for one in step.believed if one.persona == persona), Belief(persona))
                others = [one for one in step.believed if one.persona != persona]
                jsi = round(workshop_said.as_jsi(said[step.id]), 1)
                mine = Belief(persona, jsi, old.emotion, old.effort, old.minutes)
                edits.append(Edit("set", "step", step.id, {"believed": [to_plain(one) for one in [*others, mine]]}))
        if not edits:
            raise InputError(
                phrase("nobody has said how a step feels"), where="line", todo=phrase("ask the room first")
            )
        keeping.change(workspace, workshop.map, kept.version, edits, who.name, f"felt in “{workshop.title}”")
        return len(edits)


def keep_sentence(workspace: str, number: int, who: Access) -> None:
    """Keep the scope sentence as the map's scope.

    Raises:
        InputError: The exercise that is on has no sentence.
    """
    with workshops.changing(workspace, number) as workshop:
        exercise = workshops.now_on(workshop).exercise
        if exercise is None or not exercise.sentence:
            raise InputError(phrase("this part has no sentence"), where="exercise")
        kept = keeping.load(workspace, workshop.map)
        edit = Edit("set", "map", values={"scope": workshop_said.sentence(workshop, exercise)})
        keeping.change(workspace, workshop.map, kept.version, [edit], who.name, f"agreed in “{workshop.title}”")


def mark(workspace: str, number: int, who: Access, step: str, *, on: bool = True) -> None:
    """Mark a step of the map as a moment that matters, or take the mark away.

    Raises:
        InputError: The map has no such step, or as many are marked as there should be.
    """
    with workshops.changing(workspace, number) as workshop:
        kept = keeping.load(workspace, workshop.map)
        if not step:
            raise InputError(phrase("no step is named"), where="step")
        workshops.must_have(workshop, step)
        marked = [one.name for one in kept.map.steps() if one.moment and one.id != step]
        if on and len(marked) >= _MOST_MOMENTS:
            told = ", ".join(f"“{name}”" for name in marked[:_MOST_MOMENTS])
            raise InputError(
                phrase("marked already: {told}", told=str(told)), where="step", todo=phrase("take one mark away first")
            )
        edits = [
            Edit("set", "step", one.id, {"moment": on})
            for one in kept.map.steps()
            if (one.id, one.moment) == (step, not on)
        ]
        words = "a moment that matters" if on else "no moment that matters any more"
        if edits:
            note = f"{words}, from the workshop “{workshop.title}”"
            keeping.change(workspace, workshop.map, kept.version, edits, who.name, note)
