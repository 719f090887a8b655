"""Two maps as one: what is new, what has gone, what says something else. For old versions, and for future states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from touchline.maps.edits import ids
from touchline.maps.model import Card, Lane, Map, Phase, Step

Part = TypeVar("Part", Phase, Step, Lane, Card)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two maps in one.

    Attributes:
        map: Everything of both.
        marks: ``new``, ``gone`` or ``changed`` by a part's id; what is alike has none.
        was: What a changed card said, by its id.
    """

    map: Map
    marks: dict[str, str] = field(default_factory=dict)
    was: dict[str, str] = field(default_factory=dict)

    def count(self, mark: str) -> int:
        """Return how many parts have a mark."""
        return sum(one == mark for one in self.marks.values())


def compared(old: Map, new: Map) -> Compared:
    """Lay two versions of a map over each other; parts are the same where their ids are.

    >>> from touchline.maps.model import Phase
    >>> phase, lane = Phase("p", "Buy", (Step("s", "Order"),)), Lane("l", "pains")
    >>> before = Map("a", "A", phases=(phase,), lanes=(lane,), cards=(Card("c", "l", "s", "Slow"),))
    >>> after = Map("a", "A", phases=(phase,), lanes=(lane,), cards=(Card("d", "l", "s", "Dear"),))
    >>> sorted(compared(before, after).marks.items())
    [('c', 'gone'), ('d', 'new')]
    """
    marks: dict[str, str] = {}
    phases = _merged(old.phases, new.phases, marks, lambda one: replace(one, steps=()))
    there, before = ({phase.id: phase.steps for phase in one.phases} for one in (new, old))
    elsewhere = {step.id: phase.id for phase in new.phases for step in phase.steps}
    made = []
    for phase in phases:
        stood = [step for step in before.get(phase.id, ()) if elsewhere.get(step.id, phase.id) == phase.id]
        steps = _merged(stood, there.get(phase.id, ()), marks, lambda one: replace(one, believed=()))
        made.append(replace(phase, steps=steps))
    for which in {step.id for step in old.steps()} & elsewhere.keys():
        if marks.get(which) == "new":  # it stands in another phase now
            marks[which] = "changed"
    lanes = _merged(old.lanes, new.lanes, marks, lambda one: replace(one, hidden=False))
    cards = _merged(old.cards, new.cards, marks, lambda one: one)
    texts = {card.id: card.text for card in old.cards}
    was = {card.id: texts[card.id] for card in new.cards if marks.get(card.id) == "changed"}
    return Compared(replace(new, phases=tuple(made), lanes=lanes, cards=cards), marks, was)


def _merged(
    old: Sequence[Part], new: Sequence[Part], marks: dict[str, str], bare: Callable[[Any], object]
) -> tuple[Part, ...]:
    """Return the new parts with the old ones that have gone where they stood, and note what became of each."""
    before, after = {one.id: one for one in old}, {one.id for one in new}
    for one in new:
        if one.id not in before:
            marks[one.id] = "new"
        elif bare(before[one.id]) != bare(one):
            marks[one.id] = "changed"
    whole = list(new)
    last = ""
    for one in old:
        if one.id not in after:
            marks[one.id] = "gone"
            at = next((i + 1 for i, other in enumerate(whole) if other.id == last), 0)
            whole.insert(at, one)
        last = one.id
    return tuple(whole)


def aligned(future: Map, now: Map) -> Map:
    """Return a future state with the ids of the current one, where both mean the same.

    A future state that was made from the current one has its ids. Others are matched: phases and steps by name, else
    by what measures them; lanes by kind, owner and name; cards by their words in the same cell.
    """
    known = ids(now)
    steps = _pairs(list(future.steps()), list(now.steps()), known, _of_step)
    phases = _pairs(future.phases, now.phases, known, lambda one: (one.name.casefold(),))
    lanes = _pairs(
        future.lanes,
        now.lanes,
        known,
        lambda one: (f"{one.kind} {one.of} {one.name}".casefold(), f"{one.kind} {one.of}"),
    )
    placed = [
        replace(card, lane=lanes.get(card.lane, card.lane), step=steps.get(card.step, card.step))
        for card in future.cards
    ]  # fmt: skip
    cards = _pairs(placed, now.cards, known, lambda one: (f"{one.lane} {one.step} {one.text}".casefold(),))
    return replace(
        future,
        phases=tuple(
            replace(phase, id=phases.get(phase.id, phase.id),
                    steps=tuple(replace(step, id=steps.get(step.id, step.id)) for step in phase.steps))
            for phase in future.phases
        ),
        lanes=tuple(replace(lane, id=lanes.get(lane.id, lane.id)) for lane in future.lanes),
        cards=tuple(replace(card, id=cards.get(card.id, card.id)) for card in placed),
        routes=(),
    )  # fmt: skip


def _of_step(step: Step) -> tuple[str, ...]:
    measured = f"{step.stage} {step.touchpoint}" if step.touchpoint else ""
    return tuple(filter(None, (step.name.casefold(), measured)))


def _of_lane(lane: Lane) -> tuple[str, ...]:
    return f"{lane.kind} {lane.of} {lane.name}".casefold(), f"{lane.kind} {lane.of}".casefold()


def _pairs(
    future: Sequence[Any], now: Sequence[Any], known: AbstractSet[str], names: Callable[[Any], tuple[str, ...]]
) -> dict[str, str]:
    """Return the current id of each future part that has one; each is given once, ids before names."""
    taken = {one.id for one in now} & {one.id for one in future}
    found = {which: which for which in taken}
    for level in range(2):
        for one in future:
            if one.id in found or len(names(one)) <= level:
                continue
            for other in now:
                if other.id not in taken and names(one)[level] in names(other):
                    found[one.id] = other.id
                    taken.add(other.id)
                    break
    used = set(found.values()) | known
    for one in future:  # an id that means something else now stays apart
        if one.id not in found:
            made = one.id
            while made in used:
                made += "-future"
            found[one.id] = made
            used.add(made)
    return found
