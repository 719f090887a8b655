"""``themes.yaml``: the book as a file that people read, edit and keep under version control."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import yaml

from touchline.errors import InputError
from touchline.themes.book import SIDES, Book, Edit, Found
from touchline.vocabulary.entry import Entry, Names
from touchline.vocabulary.problems import Problem, Report
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.vocabulary.tree import read_tree
from touchline.words import phrase

KEYS: Final = ("themes", "taxonomy_themes")
FOUND_KEYS: Final = ("id", "name", "group", "stage", "polarity", "phrases", "of", "into", "pinned", "hidden")
EDIT_KEYS: Final = ("id", "name", "into", "hidden")
_TRUTHS: Final = ("no", "yes")
_LISTED: Final = 20
_HEAD: Final = """\
# Themes that were found in your customers' words (`touchline themes discover`), and what people said of themes.
# Edit it here or with `touchline themes rename, merge, split, pin, hide`; it is read again with the next command.
# An id never changes. Discovery adds themes and changes none; found afresh, it keeps those that are pinned.
# The taxonomy's own themes stand in taxonomy.yaml; here only what was said of them: another name, merged, hidden.
"""


def load(path: Path) -> Book:
    """Read a book; a file that is not there is an empty one.

    Raises:
        InputError: The file cannot be read, or is wrong: each problem with its line.
    """
    if not path.exists():
        return Book()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            phrase("the themes cannot be read ({error})", error=str(error)),
            where=str(path),
            todo=phrase("restore the file"),
        ) from error
    return parse(text, str(path))


def parse(text: str, where: str = "themes.yaml") -> Book:
    """Read a book from text.

    Args:
        text: YAML.
        where: What to call it in errors.

    Raises:
        InputError: It is wrong: each problem with its line.

    >>> parse("themes: [{id: pain_fee, name: Fees, polarity: pain, phrases: [hidden fee]}]").found[0].phrases
    ('hidden fee',)
    """
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return Book()
    tree = read_tree(text, where)
    report = Report(where)
    if isinstance(tree, Problem):
        raise _error([tree])
    top = Entry.of(tree, "book", KEYS, report)
    names = Names(report)
    found = tuple(_found(entry, names) for entry in top.entries("themes", "theme", FOUND_KEYS))
    edits = tuple(_edit(entry, names) for entry in top.entries("taxonomy_themes", "theme", EDIT_KEYS))
    book = Book(found, edits)
    known = {f.id for f in found}
    for entry, item in zip(top.entries("themes", "theme", FOUND_KEYS), found, strict=True):
        if item.into == item.id or _circular(book, item.id):
            entry.problem("into", "it is merged into itself", "name another theme's id")
        if item.of == item.id:
            entry.problem("of", "it is split from itself", "name another theme's id")
    for entry, edit in zip(top.entries("taxonomy_themes", "theme", EDIT_KEYS), edits, strict=True):
        if edit.id not in known and _circular(book, edit.id):
            entry.problem("into", "it is merged into itself", "name another theme's id")
    unique = {(p.line, p.what): p for p in report.problems}
    if unique:
        raise _error(sorted(unique.values(), key=lambda p: p.line))
    return book


def _circular(book: Book, start: str) -> bool:
    seen, at = {start}, book.merged.get(start)
    while at is not None and at not in seen:
        seen.add(at)
        at = book.merged.get(at)
    return at is not None


def _found(entry: Entry, names: Names) -> Found:
    id_ = entry.identifier()
    names.claim(id_, entry, entry.label, "id", entry.line("id"))
    phrases = entry.texts("phrases")
    if not phrases and entry.node.kind == "mapping":
        entry.problem("phrases", "phrases are missing", "write the words that customers say, such as [hidden fee]")
    return Found(
        id=id_,
        name=entry.text("name", "name it as people say it"),
        group=entry.text("group"),
        stage=entry.text("stage") or UNASSIGNED,
        polarity=entry.choice("polarity", SIDES),
        phrases=phrases,
        of=entry.text("of"),
        into=entry.text("into"),
        pinned=entry.choice("pinned", _TRUTHS, "no") == "yes",
        hidden=entry.choice("hidden", _TRUTHS, "no") == "yes",
    )


def _edit(entry: Entry, names: Names) -> Edit:
    id_ = entry.identifier()
    names.claim(id_, entry, entry.label, "id", entry.line("id"))
    hidden = entry.choice("hidden", _TRUTHS, "no") == "yes"
    return Edit(id_, entry.text("name"), entry.text("into"), hidden)


def _error(problems: list[Problem]) -> InputError:
    if len(problems) == 1:
        return InputError(problems[0].what, where=problems[0].place, todo=problems[0].todo)
    lines = [f"{len(problems)} problems", *(f"  {problem}" for problem in problems[:_LISTED])]
    if len(problems) > _LISTED:
        lines.append(f"  and {len(problems) - _LISTED} more")
    return InputError("\n".join(lines), where=problems[0].where)


class _Dumper(yaml.SafeDumper):
    """The safe dumper, indenting lists below their keys."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


class _Line(list[str]):
    """A list that stands on one line."""


class _Truth(str):
    """``yes`` or ``no``, unquoted."""


_Dumper.add_representer(_Line, lambda d, data: d.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True))
_Dumper.add_representer(_Truth, lambda d, data: d.represent_scalar("tag:yaml.org,2002:bool", str(data)))


def to_yaml(book: Book) -> str:
    """Write a book; reading the text gives an equal one."""
    data: dict[str, Any] = {}
    if book.found:
        data["themes"] = [_fields(found, FOUND_KEYS) for found in book.found]
    if book.edits:
        data["taxonomy_themes"] = [_fields(edit, EDIT_KEYS) for edit in book.edits]
    body = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110) if data else ""
    return _HEAD + body


def _fields(item: Found | Edit, keys: tuple[str, ...]) -> dict[str, Any]:
    held = {key: getattr(item, key) for key in keys}
    return {
        key: _Truth("yes") if value is True else _Line(value) if isinstance(value, tuple) else value
        for key, value in held.items()
        if value not in ("", (), False)
    }


def save(book: Book, path: Path) -> None:
    """Write a book to its file, all of it or nothing."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(to_yaml(book), encoding="utf-8")
    os.replace(fresh, path)
