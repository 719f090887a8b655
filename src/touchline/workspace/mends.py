"""What is changed in a record before it is tried again: renamed, replaced, set, dropped, or a JSON patch."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from touchline.errors import InputError
from touchline.words import phrase

_OPS: Final = ("add", "remove", "replace", "move", "copy", "test")


@dataclass(frozen=True, slots=True)
class Mends:
    """Changes, made in this order.

    Attributes:
        rename: Old name to new name; a record without the old one stays as it is.
        replace: Column and value that it holds, to the value that it should hold.
        set: Column to the value that every record gets.
        drop: Columns that are taken away.
        patch: A JSON patch (RFC 6902).

    >>> Mends(rename={"scor": "nps"}, replace={("nps", "eleven"): "10"}).made({"scor": "eleven"})
    {'nps': '10'}
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    replace: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    drop: Sequence[str] = ()
    patch: Sequence[Mapping[str, Any]] = ()

    def __bool__(self) -> bool:
        """Is there anything to change?"""
        return bool(self.rename or self.replace or self.set or self.drop or self.patch)

    def made(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with the changes.

        Raises:
            InputError: The patch does not fit the record.
        """
        found = {self.rename.get(name, name): value for name, value in record.items()}
        for (name, held), value in self.replace.items():
            if name in found and _text(found[name]) == held:
                found[name] = value
        found |= self.set
        for name in self.drop:
            found.pop(name, None)
        return patched(found, self.patch) if self.patch else found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def patched(record: Mapping[str, Any], patch: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a record with a JSON patch (RFC 6902) applied.

    >>> patched({"a": {"b": 1}, "c": [1, 2]}, [{"op": "move", "from": "/a/b", "path": "/b"},
    ...                                        {"op": "add", "path": "/c/-", "value": 3}])
    {'a': {}, 'c': [1, 2, 3], 'b': 1}

    Raises:
        InputError: An operation cannot be done.
    """
    found: Any = copy.deepcopy(dict(record))
    for step in patch:
        found = _step(found, step)
    if not isinstance(found, dict):
        raise InputError(phrase("the patch leaves no record"), todo=phrase("a record is an object of names and values"))
    return found


def _step(found: Any, step: Mapping[str, Any]) -> Any:
    op, path = step.get("op"), step.get("path")
    if op not in _OPS or not isinstance(path, str):
        raise InputError(
            phrase("{value} is no step of a JSON patch", value=str(json.dumps(step))),
            todo=phrase("it needs op ({names}) and path", names=", ".join(_OPS)),
        )
    if op in ("add", "replace", "test") and "value" not in step:
        raise InputError(
            phrase("{op} of {path} has no value", op=str(op), path=str(path)), todo=phrase('give it "value"')
        )
    if op == "test":
        if _at(found, path) != step["value"]:
            raise InputError(
                phrase(
                    "{path} is {value}, not {value2}",
                    path=str(path),
                    value=str(json.dumps(_at(found, path))),
                    value2=str(json.dumps(step["value"])),
                )
            )
        return found
    if op in ("move", "copy"):
        value = copy.deepcopy(_at(found, str(step.get("from", ""))))
        if op == "move":
            found = _changed(found, str(step.get("from", "")), "remove", None)
        return _changed(found, path, "add", value)
    return _changed(found, path, op, copy.deepcopy(step.get("value")))


def _parts(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise InputError(
            phrase("{path} is no path", path=repr(path)), todo=phrase("write it as /column, or /column/name within one")
        )
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _at(found: Any, path: str) -> Any:
    for part in _parts(path):
        found = _child(found, part, path)
    return found


def _child(found: Any, part: str, path: str) -> Any:
    try:
        return found[int(part)] if isinstance(found, list) and part.isdigit() else found[part]
    except (KeyError, IndexError, TypeError):
        raise InputError(phrase("there is no {path}", path=str(path))) from None


def _changed(found: Any, path: str, op: str, value: Any) -> Any:
    parts = _parts(path)
    if not parts:
        return value
    inside = found
    for part in parts[:-1]:
        inside = _child(inside, part, path)
    last = parts[-1]
    if isinstance(inside, list):
        _in_list(inside, last, path, op, value)
    elif isinstance(inside, dict):
        if op != "add" and last not in inside:
            raise InputError(phrase("there is no {path}", path=str(path)))
        if op == "remove":
            del inside[last]
        else:
            inside[last] = value
    else:
        raise InputError(phrase("there is no {path}", path=str(path)))
    return found


def _in_list(inside: list[Any], last: str, path: str, op: str, value: Any) -> None:
    end = len(inside)
    place = end if last == "-" else int(last) if last.isdigit() else -1
    if not 0 <= place < end + (op == "add"):
        raise InputError(phrase("there is no {path}", path=str(path)))
    if op == "remove":
        del inside[place]
    elif op == "replace":
        inside[place] = value
    else:
        inside.insert(place, value)
