"""Edits of a map: small, addressed by id, each with its inverse; undo, history and two editors rest on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal

from touchline.errors import MapError
from touchline.maps.model import Card, Lane, Map, Phase, Route, Stakeholder, Step
from touchline.maps.plain import from_plain, to_plain
from touchline.words import phrase

Op = Literal["add", "set", "move", "remove"]
Of = Literal["map", "phase", "step", "lane", "card", "route", "stakeholder"]
_PLACE: Final = ("lane", "step")  # where a card is: `move` changes it, `set` does not
_LISTS: Final[dict[str, str]] = {
    "phase": "phases", "lane": "lanes", "card": "cards", "route": "routes", "stakeholder": "stakeholders",
}  # fmt: skip
_TYPES: Final[dict[str, type]] = {
    "map": Map, "phase": Phase, "step": Step, "lane": Lane, "card": Card, "route": Route, "stakeholder": Stakeholder,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """One change.

    Attributes:
        op: ``add``, ``set``, ``move`` or ``remove``.
        of: What kind of part.
        id: Which; "" for the map itself.
        values: Plain data: of ``add`` the whole part, of ``set`` the fields that change, of ``move`` a card's new
            ``lane`` and ``step``.
        inside: The phase of a step that is added or moved.
        before: The id of the part that comes after it; "" for the end (of a card: of its cell).
    """

    op: Op
    of: Of
    id: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    inside: str = ""
    before: str = ""


def apply(now: Map, edits: Iterable[Edit]) -> tuple[Map, list[Edit]]:
    """Return the map after some edits, and the edits that undo them, in the order in which they are to be applied.

    Raises:
        MapError: An edit does not fit; none of them is then done.

    >>> from touchline.maps.model import Map
    >>> now, undo = apply(Map("a", "A"), [Edit("set", "map", values={"name": "B"})])
    >>> now.name, apply(now, undo)[0].name
    ('B', 'A')
    """
    undo: list[Edit] = []
    for edit in edits:
        now, inverse = _DO[edit.op](now, edit)
        undo[:0] = inverse
    return now, undo


def clashing(now: Map, edits: Iterable[Edit], since: Iterable[Edit]) -> list[Edit]:
    """Return those of some edits that would undo or overwrite what others changed meanwhile.

    Two edits clash when they set the same field or place of the same part, or when one removes what the other changed;
    the cards of a step, a phase or a lane go with it. Edits of different parts or fields never clash.

    Args:
        now: The map as it is, with the others' edits.
        edits: Edits that were made without knowing of the others'.
        since: The others' edits.
    """
    others = [(other.of, other.id, _fields(other)) for other in since]
    touched = {(of, which) for of, which, _ in others}
    found = []
    for edit in edits:
        inside = _inside(now, edit) if edit.op == "remove" else set()
        mine = _fields(edit)
        same = any(
            (edit.of, edit.id) == (of, which) and (mine & names or "*" in mine | names) for of, which, names in others
        )
        if same or inside & touched:
            found.append(edit)
    return found


def _fields(edit: Edit) -> frozenset[str]:
    if edit.op == "set":
        return frozenset(edit.values)
    return frozenset({"(place)"} if edit.op == "move" else {"*"})


def _inside(now: Map, edit: Edit) -> set[tuple[Of, str]]:
    """Return what goes with a part that is removed."""
    found: set[tuple[Of, str]] = set()
    if edit.of == "phase":
        found |= {("step", step.id) for phase in now.phases if phase.id == edit.id for step in phase.steps}
    steps = {which for of, which in found if of == "step"} | ({edit.id} if edit.of == "step" else set())
    for card in now.cards:
        if card.step in steps or (edit.of == "lane" and card.lane == edit.id):
            found.add(("card", card.id))
    return found | {("route", route.id) for route in now.routes if steps & {route.start, route.end}}


def _add(now: Map, edit: Edit) -> tuple[Map, list[Edit]]:
    if edit.of == "map":
        raise MapError(phrase("a map is not added to itself"), todo=phrase("make it by itself"))
    part: Any = from_plain(_TYPES[edit.of], {**edit.values, "id": edit.id})
    if not edit.id:
        raise MapError(phrase("a {of} needs an id", of=str(edit.of)))
    if edit.id in ids(now):
        raise MapError(
            phrase("there is already something called {id}", id=repr(edit.id)), todo=phrase("choose another id")
        )
    if isinstance(part, Card):
        _known(now, part)
    if isinstance(part, Phase) and (taken := {step.id for step in part.steps} & ids(now)):
        raise MapError(
            phrase("there is already something called {value}", value=repr(sorted(taken)[0])),
            todo=phrase("choose another id"),
        )
    return _with(now, part, edit.inside, edit.before), [Edit("remove", edit.of, edit.id)]


def _set(now: Map, edit: Edit) -> tuple[Map, list[Edit]]:
    part: Any = now if edit.of == "map" else find(now, edit.of, edit.id)
    fixed = {"id", "steps", *_LISTS.values()} | (set(_PLACE) if edit.of == "card" else set())
    if wrong := sorted(fixed & edit.values.keys()):
        raise MapError(
            phrase("{value} of a {of} is not set", value=str(wrong[0]), of=str(edit.of)),
            where=edit.id,
            todo=phrase("add, move or remove instead"),
        )
    plain = to_plain(part)
    changed: Any = from_plain(_TYPES[edit.of], {**plain, **edit.values})
    defaults = {one.name: to_plain(getattr(part, one.name)) for one in fields(part) if one.name in edit.values}
    undo = [Edit("set", edit.of, edit.id, defaults)]
    return (changed if edit.of == "map" else _exchanged(now, edit.of, changed)), undo


def _move(now: Map, edit: Edit) -> tuple[Map, list[Edit]]:
    part = find(now, edit.of, edit.id)
    undo = _place(now, edit.of, part)
    moved: Any = part
    if isinstance(part, Card):
        moved = replace(
            part, lane=str(edit.values.get("lane", part.lane)), step=str(edit.values.get("step", part.step))
        )
        _known(now, moved)
    elif edit.values:
        raise MapError(phrase("a {of} moves by 'before' and 'inside'", of=str(edit.of)), where=edit.id)
    inside = edit.inside or undo.inside
    if edit.before == edit.id and moved == part and inside == undo.inside:
        return now, []
    return _with(_without(now, edit.of, edit.id), moved, inside, edit.before), [undo]


def _remove(now: Map, edit: Edit) -> tuple[Map, list[Edit]]:
    part = find(now, edit.of, edit.id)
    inside = _inside(now, edit)
    gone: list[tuple[Of, Any]] = [(edit.of, part)]
    gone += [("card", card) for card in now.cards if ("card", card.id) in inside]
    gone += [("route", route) for route in now.routes if ("route", route.id) in inside]
    undo: list[Edit] = []
    for of, one in reversed(gone):  # cards before what holds them, so that each place is told while it stands
        place = _place(now, of, one)
        values = {key: value for key, value in to_plain(one).items() if key != "id"}
        undo.insert(0, Edit("add", of, one.id, values, place.inside, place.before))
        now = _without(now, of, one.id)
    return now, undo


_DO: Final = {"add": _add, "set": _set, "move": _move, "remove": _remove}


def ids(now: Map) -> set[str]:
    """Return every id of a map's parts."""
    found = {step.id for step in now.steps()}
    for name in _LISTS.values():
        found |= {one.id for one in getattr(now, name)}
    return found


def find(now: Map, of: str, which: str) -> Any:
    """Return a part by its kind and id.

    Raises:
        MapError: There is none.
    """
    parts: Iterable[Any] = now.steps() if of == "step" else getattr(now, _LISTS.get(of, ""), ())
    for part in parts:
        if part.id == which:
            return part
    raise MapError(
        phrase("there is no {of} {which}", of=str(of), which=repr(which)),
        todo=phrase("somebody may have removed it: look at the map as it is now"),
    )


def _known(now: Map, card: Card) -> None:
    find(now, "lane", card.lane)
    find(now, "step", card.step)


def _place(now: Map, of: Of, part: Any) -> Edit:
    """Return the move that brings a part back to where it is."""
    if isinstance(part, Step):
        phase = next(phase for phase in now.phases if part in phase.steps)
        return Edit("move", of, part.id, inside=phase.id, before=_after(phase.steps, part))
    if isinstance(part, Card):
        cell = now.cell(part.lane, part.step)
        return Edit("move", of, part.id, {"lane": part.lane, "step": part.step}, before=_after(cell, part))
    return Edit("move", of, part.id, before=_after(getattr(now, _LISTS[of]), part))


def _after(parts: Sequence[Any], part: Any) -> str:
    at = parts.index(part) + 1
    return str(parts[at].id) if at < len(parts) else ""


def _with(now: Map, part: Any, inside: str, before: str) -> Map:
    if isinstance(part, Step):
        phase = find(now, "phase", inside)
        return _exchanged(now, "phase", replace(phase, steps=_put(phase.steps, part, before)))
    if isinstance(part, Card) and before not in {card.id for card in now.cell(part.lane, part.step)}:
        before = ""  # it is in another cell by now: the place of cells in the list means nothing
    name = _LISTS[type(part).__name__.lower()]
    return _having(now, name, _put(getattr(now, name), part, before))


def _put(parts: tuple[Any, ...], part: Any, before: str) -> tuple[Any, ...]:
    """Return the parts with one more; one that should come before what has gone stands last."""
    at = next((at for at, one in enumerate(parts) if one.id == before), len(parts))
    return (*parts[:at], part, *parts[at:])


def _without(now: Map, of: Of, which: str) -> Map:
    if of == "step":
        phases = tuple(replace(one, steps=tuple(s for s in one.steps if s.id != which)) for one in now.phases)
        return replace(now, phases=phases)
    name = _LISTS[of]
    return _having(now, name, tuple(one for one in getattr(now, name) if one.id != which))


def _exchanged(now: Map, of: Of, part: Any) -> Map:
    if of == "step":
        phases = tuple(
            replace(one, steps=tuple(part if s.id == part.id else s for s in one.steps)) for one in now.phases
        )
        return replace(now, phases=phases)
    name = _LISTS[of]
    return _having(now, name, tuple(part if one.id == part.id else one for one in getattr(now, name)))


def _having(now: Map, name: str, parts: tuple[Any, ...]) -> Map:
    changed: dict[str, Any] = {name: parts}
    return replace(now, **changed)
