"""Edits as plain data, and back, with nothing in them that is not an edit's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast, get_args

from touchline.errors import MapError
from touchline.maps import Edit
from touchline.maps.edits import Of, Op
from touchline.words import phrase

_KEYS: Final = ("op", "of", "id", "values", "inside", "before")
_LONGEST_ID: Final = 200
_MOST: Final = 2_000  # edits of one change


def told(edit: Edit) -> dict[str, Any]:
    """Return an edit as plain data, without what is empty.

    >>> told(Edit("remove", "card", "c1"))
    {'op': 'remove', 'of': 'card', 'id': 'c1'}
    """
    given: dict[str, Any] = {name: getattr(edit, name) for name in _KEYS}
    given["values"] = dict(edit.values)
    return {name: value for name, value in given.items() if value}


def edits(data: Any) -> list[Edit]:
    """Return plain data as edits.

    Raises:
        MapError: It is no list of edits; whether they fit a map is told when they are applied.

    >>> edits([{"op": "set", "of": "card", "id": "c1", "values": {"text": "x"}}])[0].values
    {'text': 'x'}
    >>> edits([{"op": "paint", "of": "card"}])
    Traceback (most recent call last):
    touchline.errors.MapError: edits[0].op: is 'paint', and must be one of add, set, move, remove
    """
    if not isinstance(data, list):
        raise MapError(phrase("edits are a list"), where="edits")
    if len(data) > _MOST:
        raise MapError(
            phrase("there are {n} edits; {most} are the most", n=str(len(data)), most=str(_MOST)),
            where="edits",
            todo=phrase("send fewer at once"),
        )
    return [_edit(one, f"edits[{at}]") for at, one in enumerate(data)]


def _edit(data: Any, where: str) -> Edit:
    if not isinstance(data, Mapping):
        raise MapError(phrase("an edit is a table of keys"), where=where)
    if unknown := sorted(str(key) for key in data.keys() - set(_KEYS)):
        raise MapError(
            phrase("an edit has no such key; it has {names}", names=", ".join(_KEYS)),
            where=f"{where}.{unknown[0][:40]}",
        )
    op = _one_of(data.get("op"), get_args(Op), f"{where}.op")
    of = _one_of(data.get("of"), get_args(Of), f"{where}.of")
    values = data.get("values", {})
    if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
        raise MapError(phrase("is a table of fields"), where=f"{where}.values")
    if op == "move":
        values = {name: _name(values[name], f"{where}.values.{name}") for name in ("lane", "step") if name in values}
    elif op == "remove":
        values = {}
    named = {name: _name(data.get(name, ""), f"{where}.{name}") for name in ("id", "inside", "before")}
    return Edit(cast(Op, op), cast(Of, of), values=dict(values), **named)


def _one_of(said: Any, known: Iterable[str], where: str) -> str:
    if said in tuple(known):
        return str(said)
    raise MapError(
        phrase("is {value}, and must be one of {names}", value=repr(str(said)[:40]), names=", ".join(known)),
        where=where,
    )


def _name(said: Any, where: str) -> str:
    if isinstance(said, str) and len(said) <= _LONGEST_ID and (said.isprintable() or not said):
        return said
    raise MapError(
        phrase("is an id: text of at most {longest_id} characters", longest_id=str(_LONGEST_ID)), where=where
    )
