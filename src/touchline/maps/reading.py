"""A map's file to a map, or to everything that is wrong in it, each with its line.

The file is YAML (or JSON, which is YAML). Cards stand under their step, by lane, so that a change of one card is a
change of one place of the file::

    map: coffee
    name: Ordering coffee
    lanes: [actions, pains]
    phases:
      - name: Have
        steps:
          - name: Waits
            stage: delivery
            believed: 66
            cards:
              actions: [Follows the tracking page]
              pains:
                - text: Later than promised
                  severity: work-around

Ids may be left out: they are made of the words. Nothing is guessed of a value's type: ``no`` and ``24/7`` are texts
where a text belongs.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path as File
from typing import Any, Final

from touchline.errors import MapError
from touchline.maps import plain
from touchline.maps.identifying import Home, Ids, parts
from touchline.maps.model import Belief, Card, Lane, Map, Phase, Stakeholder, Step
from touchline.maps.naming import slug
from touchline.maps.plain import Path
from touchline.vocabulary.names import nearest
from touchline.vocabulary.problems import Problem, Report
from touchline.vocabulary.tree import Node, read_tree
from touchline.words import phrase

#: An error lists this many problems and counts the others; `examine` gives them all.
LISTED: Final = 20

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,9}")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
#: Half of a character and the other half, as JSON escapes them and YAML does not.
_HALVES: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_FLAGS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_KINDS: Final = {"text": "text", "list": "a list", "mapping": "a mapping of keys", "nothing": "nothing"}
#: What stands for a part that is written as a mere text or number.
_SHORT: Final[dict[type, str]] = {
    Lane: "kind",
    Phase: "name",
    Step: "name",
    Card: "text",
    Belief: "jsi",
    Stakeholder: "name",
}
_NOUNS: Final = {
    "lanes": "lane", "phases": "phase", "steps": "step", "cards": "card", "routes": "route", "believed": "belief",
    "stakeholders": "stakeholder", "proof": "proof",
}  # fmt: skip
_NOT_NESTED: Final = ("lane", "step")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds.

    Attributes:
        map: The map; None where anything is wrong.
        problems: What is wrong, in order of lines.
        lines: Line of each part by its kind and id, and of each of its fields: ``("card", "c1", "due")``; the field is
            "" for the part itself, and the kind ``map`` has no id.
    """

    map: Map | None
    problems: tuple[Problem, ...] = ()
    lines: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def line(self, of: str, which: str = "", key: str = "") -> int:
        """Return the line of a field, else of its part, else 1."""
        return self.lines.get((of, which, key)) or self.lines.get((of, which, "")) or 1


def load(path: File) -> Map:
    """Read a map from a file.

    Raises:
        MapError: It cannot be opened, or is wrong: each problem with its line.
    """
    return read(text_of(path), str(path))


def text_of(path: File) -> str:
    """Return a file's text.

    Raises:
        MapError: It cannot be opened, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise MapError(
            phrase("cannot be read: {why}", why=str(why)), where=str(path), todo=phrase("check the path")
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MapError(phrase("this is not UTF-8"), where=f"{path}:{line}", todo=phrase("save it as UTF-8")) from error


def read(text: str, where: str = "map.yaml") -> Map:
    r"""Read a map from text.

    Args:
        text: YAML or JSON.
        where: What to call it in errors.

    Raises:
        MapError: It is wrong: each problem with its line.

    >>> found = read("{name: Coffee, phases: [{name: Have, steps: [{name: Waits, cards: {pains: Late}}]}]}")
    >>> found.id, found.phases[0].steps[0].id, found.cards[0].id, found.cards[0].lane
    ('coffee', 'waits', 'late', 'pains')
    >>> read("name: Coffee\nkind: wall", "mine.yaml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    touchline.errors.MapError: mine.yaml:2: map 'Coffee': kind is 'wall', and must be one of journey, day, ...
    """
    found = examine(text, where)
    if found.map is None:
        raise _error(found.problems, where)
    return found.map


def examine(text: str, where: str = "map.yaml") -> Reading:
    r"""Return the map of a text with the lines of its parts, or everything that is wrong in it.

    >>> [str(one) for one in examine("name: Coffee\nlanes: [pains]\nowners: Ann", "c.yaml").problems]
    ["c.yaml:3: map 'Coffee': unknown key 'owners'; did you mean owner?"]
    """
    if text.lstrip().startswith("{"):
        text = _HALVES.sub(_joined, text)
    tree = read_tree(text, where, exact=True, what="map")
    if isinstance(tree, Problem):
        return Reading(None, (tree,))
    return _Reader(where).all(tree)


def of_nested(data: Mapping[str, Any], where: str = "map") -> Map:
    """Return a map from the plain data of its file, cards under their steps; ids are made where there are none.

    Args:
        data: As `touchline.maps.writing.nested` gives it.
        where: What to call it in errors.

    Raises:
        MapError: It is wrong.

    >>> of_nested({"name": "Coffee", "phases": [{"name": "Have", "steps": ["Waits"]}]}).phases[0].steps[0].id
    'waits'
    """
    found = _Reader(where).all(_node(data))
    if found.map is None:
        raise _error(found.problems, where)
    return found.map


def _node(value: Any) -> Node:
    if isinstance(value, Mapping):
        return Node(1, "mapping", "", [_node(one) for pair in value.items() for one in pair])
    if isinstance(value, list | tuple):
        return Node(1, "list", "", [_node(one) for one in value])
    if value is None:
        return Node(1, "nothing")
    return Node(1, "text", str(value).lower() if isinstance(value, bool) else str(value))


def _joined(found: re.Match[str]) -> str:
    before, high, low = found.groups()
    return before + chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)


def _error(problems: tuple[Problem, ...], where: str) -> MapError:
    if len(problems) == 1:
        (only,) = problems
        return MapError(only.what, where=only.place, todo=only.todo)
    lines = [f"{len(problems)} problems", *map(str, problems[:LISTED])]
    if len(problems) > LISTED:
        lines.append(f"and {len(problems) - LISTED} more")
    return MapError("\n  ".join(lines), where=where)


@dataclass(slots=True)
class _Reader:
    """Reads one file.

    Attributes:
        where: The file.
        lines: The line of everything by its path in plain data.
        cards: Every card's plain data, as it is found; one that stands under a step has no id of a step yet.
        homes: Of a card that stands under a step, where.
        broken: Paths of what should be a part and is none; nothing in it is told twice.
    """

    where: str
    report: Report = field(init=False)
    lines: dict[Path, int] = field(default_factory=dict)
    cards: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[int, Home] = field(default_factory=dict)
    broken: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.report = Report(self.where)

    def all(self, tree: Node) -> Reading:
        """Read the whole file."""
        data = self._map(tree)
        mistakes = plain.Mistakes()
        made = plain.read(Map, data, (), mistakes)
        for path, what in mistakes.found:
            if not any(path[: len(one)] == one for one in self.broken):
                self.report.add(self._line(path), *self._told(data, path, what))
        if self.report.problems:
            return Reading(None, tuple(sorted(self.report.problems, key=lambda problem: problem.line)))
        return Reading(made, (), self._places(data))

    def _map(self, tree: Node) -> dict[str, Any]:
        held = self._keys(tree, "map", ("map", *_names(Map)), ())
        if "map" in held and "id" in held:
            self.report.add(held["id"].line, "the map has both `map` and `id`", "keep `map`")
        if "map" in held:
            held["id"] = held.pop("map")
            self.lines["id",] = self.lines["map",]
        data: dict[str, Any] = {}
        for key in ("lanes", "phases", "routes", "stakeholders"):
            if key in held:
                data[key] = self._value(plain.hints(Map)[key], held.pop(key), (key,))
        for item in self._items(held.pop("cards", None), "cards", "map"):
            path = ("cards", len(self.cards))
            self.cards.append(self._part(Card, item, path))
        data |= {key: self._value(plain.hints(Map)[key], node, (key,)) for key, node in held.items()}
        if tree.kind == "mapping" and not data.get("name"):
            self.report.add(tree.line, "the map's name is missing", "write name: ...")
            data["name"] = ""
        if not data.get("id"):
            data["id"] = slug(str(data.get("name", "")), "map")
        if self.cards:
            data["cards"] = self.cards
        Ids(data, self.homes, self.lines, self.report).give()
        return data

    def _keys(self, node: Node, noun: str, known: tuple[str, ...], path: Path) -> dict[str, Node]:
        """Return a mapping's values by key; keys that are unknown, repeated or no text become problems."""
        self.lines.setdefault(path, node.line)
        held: dict[str, Node] = {}
        if node.kind != "mapping":
            told = f"a {noun} is a mapping of keys, not {_KINDS[node.kind]}"
            self.report.add(node.line, told, f"write {known[0]}: ...")
            self.broken.append(path)
            return held
        label = _label(noun, {key.text: value.text for key, value in node.pairs if value.kind == "text"})
        for key, value in node.pairs:
            if key.kind != "text" or key.text not in known:
                near = nearest(key.text, known)
                todo = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
                self.report.add(key.line, f"{label}: unknown key {key.text!r}", todo)
            elif (*path, key.text) in self.lines:
                first = self.lines[*path, key.text]
                self.report.add(key.line, f"{label}: {key.text} stands twice (first in line {first})", "remove one")
            else:
                self.lines[*path, key.text] = key.line
                if value.kind != "nothing":
                    held[key.text] = value
        return held

    def _value(self, hint: Any, node: Node, path: Path) -> Any:
        """Return the plain data of a node, of the type that belongs there where it can be."""
        self.lines.setdefault(path, node.line)
        origin, inside = typing.get_origin(hint), typing.get_args(hint)
        if origin is types.UnionType:
            (real,) = (one for one in inside if one is not type(None))
            return self._value(real, node, path)
        if origin is tuple:
            return self._tuple(inside[0], node, path)
        if is_dataclass(hint):
            return self._part(typing.cast(type, hint), node, path)
        if node.kind != "text":
            return _bare(node)
        return _typed(hint, node.text)

    def _tuple(self, of: Any, node: Node, path: Path) -> Any:
        if node.kind == "text" and (of is str or of is Belief):
            return [self._value(of, node, (*path, 0))]
        if node.kind != "list":
            return _bare(node)
        return [self._value(of, item, (*path, at)) for at, item in enumerate(node.members)]

    def _part(self, of: type, node: Node, path: Path, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return the plain data of a part, which may be written as a mere text."""
        if node.kind == "text" and of in _SHORT:
            key = _SHORT[of]
            self.lines.setdefault(path, node.line)
            return {key: self._value(plain.hints(of)[key], node, (*path, key))}
        noun = of.__name__.lower()
        known = tuple(name for name in _names(of) if name not in without)
        held = self._keys(node, noun, (*known, "cards") if of is Step else known, path)
        under = held.pop("cards", None) if of is Step else None
        data = {key: self._value(plain.hints(of)[key], one, (*path, key)) for key, one in held.items()}
        if under is not None:
            self._under(under, data)
        return data

    def _under(self, node: Node, step: dict[str, Any]) -> None:
        """Read the cards that stand under a step, by lane."""
        if node.kind != "mapping":
            told = f"{_label('step', step)}: cards must be a mapping of lanes, not {_KINDS[node.kind]}"
            self.report.add(node.line, told, "write the lane's id, a colon, and its cards below")
            return
        for lane, items in node.pairs:
            for item in self._items(items, lane.text, _label("step", step), one=True):
                at = len(self.cards)
                self.cards.append(self._part(Card, item, ("cards", at), _NOT_NESTED))
                self.homes[at] = Home(step, lane.text, lane.line)

    def _items(self, node: Node | None, key: str, label: str, *, one: bool = False) -> Iterable[Node]:
        if node is None or node.kind == "nothing":
            return ()
        if node.kind == "list":
            return node.members
        if one:
            return (node,)
        self.report.add(node.line, f"{label}: {key} must be a list, not {_KINDS[node.kind]}", "begin each with a dash")
        return ()

    def _line(self, path: Path) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def _told(self, data: Any, path: Path, what: str) -> tuple[str, str]:
        """Return a mistake as people read it: of which part, which field, what; and what to do."""
        noun, part, rest, now = "map", data, path, data
        for at, key in enumerate(path):
            try:
                now = now[key]
            except (LookupError, TypeError):
                break
            if isinstance(now, dict) and isinstance(key, int):
                noun, part, rest = _NOUNS.get(str(path[at - 1]), ""), now, path[at + 1 :]
        named = f"{plain.dotted(rest)} " if rest else ""
        todo = f"write {what.split(maxsplit=1)[0]}: ..." if what.endswith("is missing") else "correct it"
        return f"{_label(noun, part)}: {named}{what}", todo

    def _places(self, data: dict[str, Any]) -> dict[tuple[str, str, str], int]:
        """Return the lines by part."""
        found = {("map", "", str(path[0])): line for path, line in self.lines.items() if len(path) == 1}
        for of, path, part in parts(data):
            found[of, part["id"], ""] = self.lines.get(path, 1)
            for key in part:
                if (*path, key) in self.lines:
                    found[of, part["id"], key] = self.lines[*path, key]
        return found


def _label(noun: str, part: Any) -> str:
    """Return how messages name a part: ``step 'Waits'``."""
    if isinstance(part, Mapping):
        for key in ("name", "text", "id", "kind"):
            if isinstance(part.get(key), str) and part[key]:
                return f"{noun} {part[key][:40]!r}"
    return noun


def _typed(hint: Any, text: str) -> Any:
    """Return a text as what belongs there, or as it is where it cannot be that."""
    if hint is bool:
        return _FLAGS.get(text, text)
    if hint is int:
        return int(text) if _WHOLE.fullmatch(text) else text
    if hint is float:
        return float(text) if _NUMBER.fullmatch(text) else text
    return text


def _bare(node: Node) -> Any:
    """Return a node that is not of the type that belongs there, for the message that says so."""
    if node.kind == "list":
        return [_bare(one) for one in node.members]
    if node.kind == "mapping":
        return {key.text: _bare(value) for key, value in node.pairs}
    return node.text if node.kind == "text" else None


@cache
def _names(of: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(of))
