"""YAML text to a tree of texts, lists and mappings that know their lines.

Only what a taxonomy needs is read. Every scalar stays the text that was written: a keyword ``no`` or ``24/7``
is no boolean and no number. Anchors, aliases and tags are refused, and nesting is bounded, so that no file
grows in memory or runs code, however hostile. The tree is built from events, without recursion, because
`yaml.compose` ends the process on deep nesting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import yaml

from touchline.vocabulary.problems import Problem

_MEND: Final = "mend the line; a value with ': ' or ' #' in it needs quotes"

LONGEST: Final = 2_000_000
DEEPEST: Final = 20

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is there wherever wheels are


@dataclass(slots=True)
class Node:
    """A piece of the file.

    Attributes:
        line: Its line, the first being 1.
        kind: ``text``, ``list``, ``mapping``, or ``nothing`` where the value was left out.
        text: The text as written, runs of blanks made one.
        items: The members of a list.
        pairs: The keys and values of a mapping, duplicates included.
    """

    line: int
    kind: Literal["text", "list", "mapping", "nothing"]
    text: str = ""
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


def read_tree(text: str, where: str) -> Node | Problem:
    """Return the tree of a YAML text, or the problem that kept it from being read.

    Args:
        text: The text of a file.
        where: The file's name, for the problem.

    >>> read_tree("a: [no, 24/7]", "t.yaml").pairs[0][1].items[0].text
    'no'
    >>> print(read_tree("a: &x [b]", "t.yaml"))
    t.yaml:1: anchors (&name) are not read; remove the anchor
    """
    if len(text) > LONGEST:
        return Problem(where, 1, f"the file has {len(text):,} characters", f"keep it under {LONGEST:,}")
    try:
        return _built(text, where)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        return Problem(
            where,
            line,
            f"this is not YAML: {_reason(error)}",
            _MEND,
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return Problem(
            where, line, f"the character {chr(int(error.character))!r} may not stand in YAML", "remove it"
        )
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return Problem(where, line, "half of a surrogate pair stands alone", "save the file as UTF-8")


def _reason(error: yaml.MarkedYAMLError) -> str:
    return next((part for part in (error.problem, error.context) if part), "unreadable")


@dataclass(slots=True)
class _Growing:
    """A tree while it grows, event by event."""

    root: Node | None = None
    parents: list[Node] = field(default_factory=list)
    keys: list[Node | None] = field(default_factory=list)  # per open parent, the key that waits for its value

    def put(self, node: Node) -> None:
        if not self.parents:
            self.root = node
        elif self.parents[-1].kind == "list":
            self.parents[-1].items.append(node)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = node
        else:
            self.parents[-1].pairs.append((key, node))
            self.keys[-1] = None
        if node.kind in ("list", "mapping"):
            self.parents.append(node)
            self.keys.append(None)

    def close(self) -> None:
        self.parents.pop()
        self.keys.pop()


def _built(text: str, where: str) -> Node | Problem:
    tree = _Growing()
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.NodeEvent):
            refusal = _refusal(event, len(tree.parents))
            if refusal:
                return Problem(where, line, *refusal)
            tree.put(_node(event, line))
        elif isinstance(event, yaml.CollectionEndEvent):
            tree.close()
        elif isinstance(event, yaml.DocumentStartEvent) and tree.root:
            return Problem(where, line, "a second document begins", "keep one taxonomy in a file")
    return tree.root or Problem(where, 1, "the file is empty", "begin with `taxonomy:`, or copy a template")


def _refusal(event: yaml.NodeEvent, depth: int) -> tuple[str, str] | None:
    if isinstance(event, yaml.AliasEvent):
        return "aliases (*name) are not read", "write the text out"
    if event.anchor is not None:
        return "anchors (&name) are not read", "remove the anchor"
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        return f"tags ({event.tag}) are not read", "remove the tag, or quote the text"
    if depth == DEEPEST:
        return f"lists and mappings are nested over {DEEPEST} deep", "flatten them"
    return None


def _node(event: yaml.NodeEvent, line: int) -> Node:
    if isinstance(event, yaml.ScalarEvent):
        plain = event.implicit[0] and not event.style
        if plain and event.value in _NULLS:
            return Node(line, "nothing")
        return Node(line, "text", " ".join(event.value.split()))
    return Node(line, "mapping" if isinstance(event, yaml.MappingStartEvent) else "list")
