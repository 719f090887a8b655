"""What changed from one map to another: as edits that lead from the one to the other, and as sentences."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, cast

from touchline.maps.edits import Edit, Of, apply, find, ids
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.model import Card, Lane, Map, Phase
from touchline.maps.plain import to_plain
from touchline.maps.writing import ordered
from touchline.words import joined, phrase

#: Lists of a map beside its columns and cells, by what is in them.
_LISTS: Final[dict[Of, str]] = {"phase": "phases", "lane": "lanes", "route": "routes", "stakeholder": "stakeholders"}
_NOT_SET: Final = frozenset({"id", "steps", "phases", "lanes", "cards", "routes", "stakeholders"})
_PLACE: Final = frozenset({"lane", "step"})
_SHOWN: Final = 60


def edits_between(old: Map, new: Map) -> list[Edit]:
    """Return edits that make one map the other: ``apply(old, edits)`` is ``new``, cards `ordered`.

    Parts are the same where their ids are; what stays is not touched, and what moved is moved, not made again. The
    map's own id is no edit: it stays.

    Args:
        old: The map as it was.
        new: The map as it shall be; its ids are unique, and each card has a lane and a step.

    Raises:
        MapError: The new map is not whole.

    >>> from touchline.maps.model import Map
    >>> edits_between(Map("a", "A"), Map("a", "B", owner="Ann"))
    [Edit(op='set', of='map', id='', values={'name': 'B', 'owner': 'Ann'}, inside='', before='')]
    """
    old, new = ordered(old), ordered(new)
    way = _Way(old)
    way.do(*_changed("map", "", old, new))
    way.clear(new)
    way.line("phase", new.phases)
    way.line("lane", new.lanes)
    for phase in new.phases:
        way.line("step", phase.steps, inside=phase.id)
    for cell in _cells(new):
        way.line("card", cell, cell[0].lane, cell[0].step)
    way.shrink(new)
    way.line("route", new.routes)
    way.line("stakeholder", new.stakeholders)
    before = {(of, part.id): part for of, part in _every(way.now)}
    for of, part in _every(new):
        way.do(*_changed(of, part.id, before[of, part.id], part))
    return way.edits


@dataclass(slots=True)
class _Way:
    """The edits so far, and the map after them."""

    now: Map
    edits: list[Edit] = field(default_factory=list)
    cells: dict[tuple[str, str], list[str]] | None = None  # the cards of each cell; None after an edit

    def do(self, *edits: Edit) -> None:
        """Make some more edits."""
        if edits:
            self.now, _ = apply(self.now, edits)
            self.edits += edits
            self.cells = None

    def clear(self, new: Map) -> None:
        """Remove what goes and stands in nobody's way, and parts whose id another kind of part has now."""
        kept = {(of, part.id) for of, part in _every(new)}
        wanted = ids(new)
        for of, part in list(_every(self.now)):
            gone = (of, part.id) not in kept and (of in ("card", "route", "stakeholder") or part.id in wanted)
            if gone and part.id in ids(self.now):  # a card goes with its step
                self.do(Edit("remove", of, part.id))

    def shrink(self, new: Map) -> None:
        """Remove the columns and rows that are gone, once what stays has left them."""
        kept = {(of, part.id) for of, part in _every(new)}
        for of in ("step", "phase", "lane"):
            for one, part in list(_every(self.now)):
                if one == of and (of, part.id) not in kept:
                    self.do(Edit("remove", one, part.id))

    def line(self, of: Of, wanted: Sequence[Any], *place: str, inside: str = "") -> None:
        """Bring the parts of a list, or the cards of a cell, into their order; add those that are missing."""
        here = self._there(of, place, inside)
        stay = _longest_run([here.index(part.id) for part in wanted if part.id in here])
        stays = {here[at] for at in stay}
        if len(stays) == len(wanted):
            return
        known = {part.id for one, part in _every(self.now) if one == of}
        where = dict(zip(("lane", "step"), place, strict=False))
        for at, part in enumerate(wanted):
            if part.id in stays:
                continue
            before = next((after.id for after in wanted[at + 1 :] if after.id in stays), "")
            if part.id in known:
                self.do(Edit("move", of, part.id, where, inside, before))
            else:
                bare = replace(part, steps=()) if isinstance(part, Phase) else part
                self.do(Edit("add", of, part.id, _without_id(bare), inside, before))

    def _there(self, of: Of, place: Sequence[str], inside: str) -> list[str]:
        """Return the ids of a list, or of a cell, as they are now."""
        if of == "card":
            if self.cells is None:
                self.cells = {(cell[0].lane, cell[0].step): [card.id for card in cell] for cell in _cells(self.now)}
            return self.cells.get((place[0], place[1]), [])
        parts = find(self.now, "phase", inside).steps if of == "step" else getattr(self.now, _LISTS[of])
        return [part.id for part in parts]


def _cells(found: Map) -> list[tuple[Card, ...]]:
    cells: dict[tuple[str, str], list[Card]] = {}
    for card in found.cards:
        cells.setdefault((card.lane, card.step), []).append(card)
    return [tuple(cell) for cell in cells.values()]


def _every(found: Map) -> Iterator[tuple[Of, Any]]:
    """Yield every part with its kind, steps before cards."""
    for phase in found.phases:
        yield "phase", phase
        for step in phase.steps:
            yield "step", step
    for of, name in (("lane", "lanes"), ("card", "cards"), ("route", "routes"), ("stakeholder", "stakeholders")):
        for part in getattr(found, name):
            yield cast(Of, of), part


def _changed(of: Of, which: str, old: Any, new: Any) -> list[Edit]:
    """Return the edit that sets what differs, if anything does."""
    skip = _NOT_SET | (_PLACE if of == "card" else frozenset())
    values = {
        one.name: to_plain(getattr(new, one.name))
        for one in fields(new)
        if one.name not in skip and getattr(old, one.name) != getattr(new, one.name)
    }
    return [Edit("set", of, which, values)] if values else []


def _without_id(part: Any) -> dict[str, Any]:
    return {key: value for key, value in to_plain(part).items() if key != "id"}


def _longest_run(places: Sequence[int]) -> set[int]:
    """Return the members of a longest rising run among different numbers.

    >>> sorted(_longest_run([3, 0, 1, 4, 2]))
    [0, 1, 2]
    """
    ends: list[int] = []  # the smallest end of a run of each length
    before: dict[int, int | None] = {}
    for place in places:
        length = bisect_left(ends, place)
        before[place] = ends[length - 1] if length else None
        ends[length : length + 1] = [place]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def told(edits: Iterable[Edit], old: Map, new: Map) -> list[str]:
    """Return a sentence per edit, for people.

    Args:
        edits: The edits, as of `edits_between` or as people made them.
        old: The map before them; what is gone is named by it.
        new: The map after them.

    >>> from touchline.maps.model import Map
    >>> a, b = Map("a", "Coffee", review_days=90), Map("a", "Tea", review_days=0)
    >>> told(edits_between(a, b), a, b)
    ['The map: name “Coffee” is now “Tea”; review days 90 is now 0']
    """
    words = _Words(old, new)
    return [words.sentence(edit) for edit in edits]


_PARTS: Final = {
    "card": phrase("Card {name}"), "step": phrase("Step {name}"), "phase": phrase("Phase {name}"),
    "lane": phrase("Lane {name}"), "route": phrase("Route {name}"), "stakeholder": phrase("Stakeholder {name}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Words:
    old: Map
    new: Map

    def sentence(self, edit: Edit) -> str:
        """Return what an edit did."""
        if edit.op == "set":
            whose = phrase("The map") if edit.of == "map" else self._part(edit)
            return phrase("{part}: {fields}", part=whose, fields=joined("; ", self._fields(edit)))
        part = self._part(edit)
        if edit.op == "remove":
            return phrase("{part} is gone", part=part)
        where = self._where(edit)
        return (
            phrase("{part} is new{where}", part=part, where=where)
            if edit.op == "add"
            else phrase("{part} moved{where}", part=part, where=where)
        )

    def _where(self, edit: Edit) -> str:
        if edit.of == "card":
            place = [str(edit.values[key]) for key in ("lane", "step") if key in edit.values]
            if len(place) == 2:
                lane, step = self._name("lane", place[0]), self._name("step", place[1])
                if edit.op == "add":
                    return phrase(" in {lane}, {step}", lane=lane, step=step)
                return phrase(" to {lane}, {step}", lane=lane, step=step)
        if edit.of == "step" and edit.inside:
            inside = self._name("phase", edit.inside)
            return (
                phrase(" in phase {name}", name=inside) if edit.op == "add" else phrase(" to phase {name}", name=inside)
            )
        if edit.op == "move" and edit.before:
            return phrase(" before {name}", name=self._name(edit.of, edit.before))
        return phrase(" to the end") if edit.op == "move" else ""

    def _fields(self, edit: Edit) -> Iterator[str]:
        before = self._found(self.old, edit.of, edit.id)
        for key, value in edit.values.items():
            name = key.replace("_", " ")
            was = to_plain(getattr(before, key, None)) if before is not None else None
            if _empty(value):
                yield phrase("{name} {shown} is taken away", name=name, shown=_shown(was))
            elif _empty(was):
                yield phrase("{name} {shown}", name=name, shown=_shown(value))
            else:
                yield phrase("{name} {shown} is now {shown2}", name=name, shown=_shown(was), shown2=_shown(value))

    def _part(self, edit: Edit) -> str:
        name = self._name(edit.of, edit.id, edit.values)
        return _PARTS[edit.of].given(name=name) if edit.of in _PARTS else f"{edit.of.capitalize()} {name}"

    def _name(self, of: Of, which: str, values: Mapping[str, Any] | None = None) -> str:
        """Return the words by which people know a part."""
        found = self._found(self.new, of, which) or self._found(self.old, of, which)
        words = (values or {}).get("text") or (values or {}).get("name") or which
        if isinstance(found, Lane):
            words = found.name or (LANE_KINDS[found.kind].title if found.kind in LANE_KINDS else found.kind)
        elif found is not None:
            words = getattr(found, "text", "") or getattr(found, "name", "") or words
        return f"“{_cut(str(words))}”"

    @staticmethod
    def _found(where: Map, of: Of, which: str) -> Any:
        if of == "map":
            return where
        return next((part for one, part in _every(where) if (one, part.id) == (of, which)), None)


def _empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [])


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{key.replace('_', ' ')} {_shown(one)}" for key, one in value.items()) + ")"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "nothing"
    return f"“{_cut(str(value))}”" if value else "nothing"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rstrip() + "…"
