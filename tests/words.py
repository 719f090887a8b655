"""What is to be translated: gathered from templates and code, put into catalogues, compiled.

    python -m tests.words      (or ``make words``)

Catalogues lie in ``src/touchline/server/locale``. A string that is gone is dropped from them; one that is new has no
translation yet, and a test names it. Compiled catalogues are committed, so that a checkout needs no tool for them.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from touchline.maps.kinds import KINDS, LANE_KINDS
from touchline.maps.kit import kit
from touchline.maps.library import templates
from touchline.server.api.catalogue import catalogue
from touchline.understanding.card import scores
from touchline.words import Phrase
from touchline.workspace.datamap import CATEGORIES

ENGINE: Final = Path(__file__).resolve().parents[1] / "src" / "touchline"
SERVER: Final = ENGINE / "server"
LOCALE: Final = SERVER / "locale"
LANGUAGES: Final = ("de", "es")
_WORDS: Final = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "Place": None, "add_list": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip

#: Rows whose texts pages translate: the place of the first of them, and those that are named. One of a channel or of
#: its fields stands by its place, all of a store.
_TABLES: Final = {"Store": (1, ("fate", "kept")), "_store": (2, ("fate",)), "Field": (1, ("help",)),
                  "Channel": (1, ("about",))}  # fmt: skip


@cache
def gathered() -> Catalog:
    """Return every string that is marked, with where it stands."""
    found = Catalog(project="Touchline", charset="utf-8")
    for place, text in _sources():
        for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), _WORDS):
            found.add(message, locations=[(place, 0)], context=context)
            del line
    for place, message, context in said():
        found.add(message, locations=[(place, 0)], context=context)
    names = [*(kind.title for kind in LANE_KINDS.values()), *(name for name, _about in KINDS.values())]
    names += [text for one in templates() for text in (one.title, one.about)]
    names += [one.summary for one in catalogue()] + [told.about for one in catalogue() for told in one.options]
    plays = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(SERVER.glob("plays/ready/*.yaml"))]
    names += [one[key] for one in plays for key in ("name", "about")]
    names += _phrases(kit())
    names += [*CATEGORIES, *(text for one in scores() for text in (one.set, one.what) if text)]
    for name in filter(None, names):  # the engine's own words, which pages translate
        found.add(name, locations=[("maps/kinds.py", 0)])
    return found


def _phrases(value: object) -> list[str]:
    """Return the phrases that an object holds."""
    if isinstance(value, Phrase):
        return [value.original]
    if is_dataclass(value):
        return [text for one in fields(value) for text in _phrases(getattr(value, one.name))]
    return [text for one in value for text in _phrases(one)] if isinstance(value, tuple) else []


def said() -> Iterator[tuple[str, str | tuple[str, str], str | None]]:
    """Yield what the engine says by `touchline.words`: where, the template (one and many), the context."""
    for path in sorted(ENGINE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if any(
            f"{name}(" in text
            for name in ("phrase", "phrases", "phrase_of", "say", "part", "count", "Column", "_", "gettext", *_TABLES)
        ):
            place, tree = str(path.relative_to(ENGINE)), ast.parse(text)
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield from (
                        (place, message, context) for message, context in _of_call(place, node.func.id, node.args)
                    )
                    yield from ((place, message, None) for message in _of_table(node, node.func.id, tree))


def _of_table(node: ast.Call, name: str, tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a row of a table that pages translate: literals, and constants of their module."""
    first, named = _TABLES.get(name, (0, ()))
    if name in _TABLES:
        known = {
            one.target.id: one.value
            for one in tree.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value is not None
        }
        wanted = [*node.args[first:][: 1 if named and "fate" not in named else None]]
        wanted += [one.value for one in node.keywords if one.arg in named]
        for one in wanted:
            value = known.get(one.id) if isinstance(one, ast.Name) else one
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield value.value


def _of_call(place: str, name: str, given: list[ast.expr]) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    texts = [one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None for one in given]
    match name, texts:
        case ("phrase", [str(told)]) | ("say" | "part", [str(told), *_]):
            yield told, None
        case "Column", [str(told), *_] if place.startswith("report"):
            yield told, "column"
        case "_" | "gettext", [str(told)]:  # also inside f-strings, where a reader of tokens does not look
            yield told, None
        case "phrase_of", [str(context), str(told)]:
            yield told, context
        case "phrases", [str(one), str(many), *_]:
            yield (one, many), None
        case "count", [None, str(one)]:
            yield (f"{{n}} {one}", f"{{n}} {one}s"), None
        case "count", [None, str(one), str(many)]:
            yield (f"{{n}} {one}", f"{{n}} {many}"), None


def _sources() -> Iterator[tuple[str, str]]:
    for path in sorted(SERVER.rglob("*.html")):
        code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield str(path.relative_to(SERVER)), "\n".join(line.lstrip() for line in code.splitlines())
    for path in sorted(SERVER.rglob("*.py")):
        if "migrations" not in path.parts:
            yield str(path.relative_to(SERVER)), path.read_text(encoding="utf-8")


def po(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return a language's catalogue; an empty one where there is none."""
    path = po(language)
    if not path.exists():
        return Catalog(locale=language, project="Touchline", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def compiled(catalog: Catalog) -> bytes:
    """Return a catalogue as the server reads it."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def write(language: str, catalog: Catalog) -> None:
    """Write a catalogue and its compiled form."""
    path = po(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=120, omit_header=False, sort_output=True, ignore_obsolete=True)
    path.with_suffix(".mo").write_bytes(compiled(catalog))


def missing(language: str) -> list[str]:
    """Return the strings that a language has no translation of."""
    there = read(language)
    lacking = []
    for message in gathered():
        if not message.id:
            continue
        known = there.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        texts = (known.string if isinstance(known.string, tuple | list) else (known.string,)) if known else ("",)
        if not all(texts) or (known is not None and known.fuzzy):
            lacking.append(f"{message.id!r} ({message.locations[0][0]})")
    return lacking


def main() -> int:
    """Bring the catalogues up to the strings that there are."""
    template = gathered()
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        write(language, catalog)
        print(f"{language}: {len(missing(language))} of {len(template)} without a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
