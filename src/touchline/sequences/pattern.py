"""Paths as people write them: ``onboarding > !support* > renewal``, read into a tree.

    pattern  = [ "^" ] sequence [ "$" ]
    sequence = part { ( ">" | ".." ) [ "{" span "}" ] part }
    part     = repeated { "|" repeated }
    repeated = [ "!" ] element [ "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" ]
    element  = step | "*" | "(" sequence ")"

``>`` is directly next, ``..`` any time later; a span limits the time between. A step is one of the step language
(`touchline.sequences.steps`) with its conditions in brackets; quotes hold a name with signs of this language in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias

from touchline.errors import QuestionError
from touchline.sequences.spans import microseconds
from touchline.words import phrase


@dataclass(frozen=True, slots=True)
class Atom:
    """One row: a step's, or (``negated``) any that is not; ``steps`` are alternatives, none at all means any row."""

    steps: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Joint:
    """How two rows follow each other: directly or later, and within how many microseconds."""

    later: bool = False
    limit: int | None = None

    def __or__(self, other: Joint) -> Joint:
        """Return what holds when what stood between was left out."""
        limits = [x.limit for x in (self, other) if x.limit is not None]
        return Joint(self.later or other.later, min(limits) if limits else None)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other, with a joint between each two."""

    parts: tuple[Node, ...]
    joints: tuple[Joint, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """One thing ``low`` to ``high`` times, directly after each other; None for as often as one likes."""

    node: Node
    low: int
    high: int | None


Node: TypeAlias = Atom | Sequence | Choice | Repeat


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern.

    Attributes:
        text: As it was written.
        node: What it says.
        at_start: Must it begin with the customer's first row?
        at_end: Must it end with the last?
    """

    text: str
    node: Node
    at_start: bool
    at_end: bool


_TOKEN: Final = re.compile(
    r"""\s*(?: (?P<later>\.\.) | (?P<span>\{[^{}]*\}) | (?P<sign>[>|()!*+?^$])
      | (?P<step>(?:"[^"]*"|\[[^\[\]]*\]|(?!\.\.)[^\s>|()!*+?^${}"\[\]])
                 (?:"[^"]*"|\[[^\[\]]*\]|[ ]+(?=[^\s>|()!*+?^${}.])|(?!\.\.)[^\s>|()!*+?^${}"\[\]])*) )\s*""",
    re.VERBOSE,
)
_TIMES: Final = re.compile(r"^\s*(\d+)\s*(,\s*(\d*)\s*)?$")
_MOST: Final = 60


def is_pattern(text: str) -> bool:
    """Is a text a path rather than a step: are there ``>`` or ``..`` outside of brackets and quotes?

    >>> is_pattern("order > refund"), is_pattern("s>0"), is_pattern("order[value>100]")
    (True, False, False)
    """
    bare = re.sub(r'\[[^\[\]]*\]|"[^"]*"', "", text)
    return ".." in bare or bool(re.search(r"\s>|>\s|>\{", bare))


def read(text: str) -> Pattern:
    """Read a pattern.

    Raises:
        QuestionError: It cannot be read; it says from where on.

    >>> read("a > !b* .. c").node.joints
    (Joint(later=False, limit=None), Joint(later=True, limit=None))
    """
    return _Reader(text).pattern()


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        place = 0
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            if found is None or found.end() == place or found.lastgroup is None:
                self.fail(place)
            self.tokens.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
            place = found.end()
        self.next = 0

    def fail(self, place: int | None = None) -> NoReturn:
        if place is None:
            place = self.tokens[self.next][2] if self.next < len(self.tokens) else len(self.text)
        rest = self.text[place:].strip()
        raise QuestionError(
            phrase("the path {text} cannot be read", text=repr(self.text)),
            where=f"at {rest!r}" if rest else "at its end",
            todo=phrase("write steps with > (directly next) or .. (later) between: onboarding > !support* > renewal"),
        )

    def peek(self) -> str:
        if self.next >= len(self.tokens):
            return ""
        kind, text, _ = self.tokens[self.next]
        return text if kind in ("sign", "later") else kind

    def take(self, *wanted: str) -> str | None:
        if self.peek() not in wanted:
            return None
        self.next += 1
        return self.tokens[self.next - 1][1]

    def pattern(self) -> Pattern:
        at_start = self.take("^") is not None
        node = self.sequence()
        at_end = self.take("$") is not None
        if self.next < len(self.tokens):
            self.fail()
        return Pattern(self.text.strip(), node, at_start, at_end)

    def sequence(self) -> Node:
        parts, joints = [self.part()], []
        while sign := self.take(">", ".."):
            span = self.take("span")
            joints.append(Joint(sign == "..", microseconds(span[1:-1], self.text) if span else None))
            parts.append(self.part())
        return Sequence(tuple(parts), tuple(joints)) if joints else parts[0]

    def part(self) -> Node:
        options = [self.repeated()]
        while self.take("|"):
            options.append(self.repeated())
        return Choice(tuple(options)) if len(options) > 1 else options[0]

    def repeated(self) -> Node:
        negated = self.take("!") is not None
        place = self.next
        node = self.element()
        if negated:
            steps = _steps(node)
            if steps is None:
                self.next = place
                self.fail()
            node = Atom(steps, negated=True)
        if sign := self.take("*", "+", "?"):
            return Repeat(node, int(sign == "+"), 1 if sign == "?" else None)
        if self.peek() == "span":
            return Repeat(node, *self.times())
        return node

    def times(self) -> tuple[int, int | None]:
        found = _TIMES.match(self.tokens[self.next][1][1:-1])
        if found is None:
            self.fail()
        low = int(found[1])
        high = low if found[2] is None else int(found[3]) if found[3] else None
        if max(low, high or 0) > _MOST or (high is not None and (high < low or not high)):
            self.fail()
        self.next += 1
        return low, high

    def element(self) -> Node:
        if self.take("*"):
            return Atom(())
        if self.take("("):
            node = self.sequence()
            if not self.take(")"):
                self.fail()
            return node
        step = self.take("step")
        if step is None:
            self.fail()
        return Atom((step.replace('"', "").strip(),))


def _steps(node: Node) -> tuple[str, ...] | None:
    """Return the steps of a choice of single steps, which alone can be negated."""
    if isinstance(node, Atom):
        return node.steps if node.steps and not node.negated else None
    if isinstance(node, Choice):
        options = [_steps(option) for option in node.options]
        return None if None in options else tuple(step for steps in options for step in steps or ())
    return None
