"""Reading one mapping of a taxonomy file: fields of the right type, or a problem with its line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TypeVar

from touchline.vocabulary.names import fold, nearest
from touchline.vocabulary.problems import Report
from touchline.vocabulary.tree import Node

_ID = re.compile(r"[a-z][a-z0-9_]*")
_KINDS = {"text": "text", "list": "a list", "mapping": "a mapping of keys", "nothing": "nothing"}
_Choice = TypeVar("_Choice", bound=str)


@dataclass(slots=True)
class Entry:
    """A mapping of the file with a name for messages.

    Attributes:
        noun: What it stands for: ``stage``, ``theme`` ...
        node: Where it stands.
        fields: Its values by key.
        report: Where problems go.
    """

    noun: str
    node: Node
    fields: dict[str, Node]
    report: Report

    @classmethod
    def of(cls, node: Node, noun: str, keys: tuple[str, ...], report: Report) -> Entry:
        """Read a mapping; keys that are unknown, repeated or no text become problems."""
        entry = cls(noun, node, {}, report)
        if node.kind != "mapping":
            report.add(
                node.line,
                f"a {noun} must be a mapping of keys, not {_KINDS[node.kind]}",
                f"write {keys[0]}: ...",
            )
            return entry
        unknown: list[Node] = []
        for key, value in node.pairs:
            if key.kind != "text" or key.text not in keys:
                unknown.append(key)
            elif key.text in entry.fields:
                first = entry.fields[key.text].line
                report.add(key.line, f"{entry.label}: {key.text} stands twice (first in line {first})", "remove one")
            else:
                entry.fields[key.text] = value
        for key in unknown:
            near = nearest(key.text, keys)
            todo = f"did you mean {near}?" if near else f"known are {', '.join(keys)}"
            report.add(key.line, f"{entry.label}: unknown key {key.text!r}", todo)
        return entry

    @property
    def label(self) -> str:
        """How messages name it: ``stage 'delivery'``."""
        for key in (*((self.noun,) if self.noun == "taxonomy" else ()), "id", "name"):
            value = self.fields.get(key)
            if value is not None and value.text:
                return f"{self.noun} {value.text!r}"
        return self.noun

    def line(self, key: str) -> int:
        """Return the line of a field, or of the mapping where the field is missing."""
        return self.fields.get(key, self.node).line

    def problem(self, key: str, what: str, todo: str) -> None:
        """Note a problem with a field."""
        self.report.add(self.line(key), f"{self.label}: {what}", todo)

    def text(self, key: str, todo: str = "") -> str:
        """Return a text; a missing one is a problem when ``todo`` says what it should hold."""
        node = self.fields.get(key)
        if node is not None and node.kind in ("list", "mapping"):
            self.problem(key, f"{key} must be text, not {_KINDS[node.kind]}", f"write {key}: ...")
            return ""
        if node is None or not node.text:
            # A mapping that is none was reported already: its missing fields are no news.
            if todo and self.node.kind == "mapping":
                self.problem(key, f"{key} is missing", todo)
            return ""
        return node.text

    def identifier(self, key: str = "id", within: str | None = None) -> str:
        """Return an id in lower_snake_case; with ``within``, one that begins with that id and a dot."""
        todo = f"give it one, such as {_suggestion(self.text('name'), within)!r}"
        value = self.text(key, todo)
        own = value
        if value and within is not None:
            head, _, own = value.rpartition(".")
            if head != within:
                suggestion = _suggestion(value.rpartition(".")[2], within)
                self.problem(key, f"{key} must begin with its stage and a dot", f"write {suggestion!r}")
                return value
        if value and not _ID.fullmatch(own):
            self.problem(key, f"{key} must be lower_snake_case", f"write {_suggestion(own, within)!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        node = self.fields.get(key)
        if node is None or node.kind == "nothing":
            return ()
        if node.kind == "mapping":
            self.problem(key, f"{key} must be a list, not {_KINDS[node.kind]}", f"write {key}: [...]")
            return ()
        seen: dict[str, None] = {}
        for item in node.members if node.kind == "list" else [node]:
            if item.kind != "text" or not item.text:
                kind = "an empty text" if item.kind == "text" else _KINDS[item.kind]
                what = f"{self.label}: {key} holds {kind}"
                self.report.add(item.line, what, "write texts only; one with ': ' in it needs quotes")
            elif item.text in seen:
                self.report.add(item.line, f"{self.label}: {key} lists {item.text!r} twice", "remove one")
            else:
                seen[item.text] = None
        return tuple(seen)

    def number(self, key: str, low: float, high: float) -> float | None:
        """Return a number within bounds, or None where none was given."""
        text = self.text(key)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            self.problem(key, f"{key} must be a number from {low:g} to {high:g}, not {text!r}", f"write {key}: 70")
            return None
        return value

    def choice(self, key: str, options: tuple[_Choice, ...], default: _Choice | None = None) -> _Choice:
        """Return one of the options; without a default it must be given."""
        todo = f"write {key}: {options[0]}"
        text = self.text(key, "" if default else todo)
        for option in options:
            if text == option:
                return option
        if text:
            *others, last = options
            known = f"{', '.join(others)} or {last}"
            self.problem(
                key,
                f"{key} must be {known}, not {text!r}",
                f"write {key}: {nearest(text, options) or options[0]}",
            )
        return default or options[0]

    def entries(self, key: str, noun: str, keys: tuple[str, ...]) -> list[Entry]:
        """Return the mappings of a list."""
        node = self.fields.get(key)
        if node is None or node.kind == "nothing":
            return []
        if node.kind != "list":
            self.problem(key, f"{key} must be a list, not {_KINDS[node.kind]}", "begin each member with a dash")
            return []
        return [Entry.of(item, noun, keys, self.report) for item in node.members]


@dataclass(slots=True)
class Names:
    """Who holds which name, so that no two hold the same.

    Attributes:
        report: Where problems go.
        holders: Folded name to its holder, the holder's label and line.
    """

    report: Report
    holders: dict[str, tuple[object, str, int]] = field(default_factory=dict)

    def claim(self, name: str, holder: object, label: str, what: str, line: int) -> None:
        """Give a name to a holder; a name that another holds becomes a problem."""
        folded = fold(name)
        if not folded:
            return
        first = self.holders.setdefault(folded, (holder, label, line))
        if first[0] is not holder:
            told = f"{label}: {what} {name!r} is taken by the {first[1]} in line {first[2]}"
            self.report.add(line, told, "choose another")


def _suggestion(name: str, within: str | None) -> str:
    own = fold(name).lstrip("0123456789_") or "something"
    own = own if own.isascii() else "something"
    return f"{within}.{own}" if within else own
