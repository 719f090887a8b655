"""YAML text to a tree of texts, lists and mappings that know their lines.

Only what a taxonomy needs is read. Every scalar stays the text that was written: a keyword ``no`` or ``24/7``
is no boolean and no number. Anchors, aliases and tags are refused, and nesting is bounded, so that no file
grows in memory or runs code, however hostile. The tree is built from events, without recursion, because
`yaml.compose` ends the process on deep nesting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import yaml

from touchline.vocabulary.problems import Problem

_MEND: Final = "mend the line; a value with ': ' or ' #' in it needs quotes"

LONGEST: Final = 2_000_000
DEEPEST: Final = 20

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_DEEP: Final = f"lists and mappings are nested over {DEEPEST} deep", "flatten them"
_TOO_DEEP: Final = "nesting depth"  # the limit of the C parser itself, from PyYAML 6.0.4 on; met before any event
_TAGGED: Final = (yaml.ScalarEvent, yaml.CollectionStartEvent)
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is there wherever wheels are


@dataclass(slots=True)
class Node:
    """A piece of the file.

    Attributes:
        line: Its line, the first being 1.
        kind: ``text``, ``list``, ``mapping``, or ``nothing`` where the value was left out.
        text: The text as written; runs of blanks are made one, unless it is read exactly.
        members: Those of a list; a mapping's keys and values in turn.
    """

    line: int
    kind: Literal["text", "list", "mapping", "nothing"]
    text: str = ""
    members: Sequence[Node] = ()

    @property
    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """The keys and values of a mapping, repeated keys included."""
        return zip(self.members[::2], self.members[1::2], strict=True)


def read_tree(text: str, where: str, *, exact: bool = False, what: str = "taxonomy") -> Node | Problem:
    """Return the tree of a YAML text, or the problem that kept it from being read.

    Args:
        text: The text of a file.
        where: The file's name, for the problem.
        exact: Whether blanks and line ends of texts are kept.
        what: What the file holds, for the problem: the first key of such a file.

    >>> [node.text for node in read_tree("[no, 24/7]", "t.yaml").members]
    ['no', '24/7']
    >>> print(read_tree("a: &x [b]", "t.yaml"))
    t.yaml:1: anchors (&name) are not read; remove the anchor
    """
    if len(text) > LONGEST:
        return Problem(where, 1, f"the file has {len(text):,} characters", f"keep it under {LONGEST:,}")
    try:
        return _built(text, where, exact, what)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        if _TOO_DEEP in (error.problem or ""):
            return Problem(where, line, *_DEEP)
        return Problem(where, line, f"this is not YAML: {_reason(error)}", _MEND)
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1  # the C parser counts bytes
        what = f"the character {chr(int(error.character))!r} may not stand in YAML"
        return Problem(where, line, what, "remove it")
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return Problem(where, line, "half of a surrogate pair stands alone", "save the file as UTF-8")


def _reason(error: yaml.MarkedYAMLError) -> str:
    return next((part for part in (error.problem, error.context) if part), "unreadable")


def _built(text: str, where: str, exact: bool, what: str) -> Node | Problem:
    top: list[Node] = []
    open_: list[list[Node]] = [top]  # the members, so far, of every collection that has begun
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.NodeEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            refusal = _refusal(event, len(open_))
            if refusal:
                return Problem(where, line, *refusal)
            if isinstance(event, yaml.ScalarEvent):
                open_[-1].append(_scalar(event, line, exact))
            else:
                members: list[Node] = []
                mapping = isinstance(event, yaml.MappingStartEvent)
                open_[-1].append(Node(line, "mapping" if mapping else "list", "", members))
                open_.append(members)
        elif isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and top:
            line = event.start_mark.line + 1 if event.start_mark else 1
            return Problem(where, line, "a second document begins", f"keep one {what} in a file")
    return top[0] if top else Problem(where, 1, "the file is empty", f"begin with `{what}:`, or copy a template")


def _refusal(event: yaml.NodeEvent, depth: int) -> tuple[str, str] | None:
    if event.anchor is not None:
        if isinstance(event, yaml.AliasEvent):
            return "aliases (*name) are not read", "write the text out"
        return "anchors (&name) are not read", "remove the anchor"
    if isinstance(event, _TAGGED) and event.tag is not None:
        return f"tags ({event.tag}) are not read", "remove the tag, or quote the text"
    if depth > DEEPEST:
        return _DEEP
    return None


def _scalar(event: yaml.ScalarEvent, line: int, exact: bool) -> Node:
    plain = event.implicit[0] and not event.style
    if plain and event.value in _NULLS:
        return Node(line, "nothing")
    return Node(line, "text", event.value if exact else " ".join(event.value.split()))
