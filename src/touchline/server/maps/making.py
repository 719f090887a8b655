"""How maps come to be kept: from a template, from a file, from another map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.db import transaction

from touchline.errors import InputError, MapError
from touchline.maps import Map
from touchline.maps.diff import edits_between
from touchline.maps.grid import read_grid
from touchline.maps.library import future, start
from touchline.maps.naming import slug as id_of
from touchline.maps.reading import read
from touchline.server.maps import keeping, pictures
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.keeping import Kept
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.words import phrase

#: How the names of files end that hold a grid: steps across, lanes down.
GRIDS: Final = frozenset((".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods"))
_LONGEST_NAME: Final = 120


def begin(workspace: str, template: str, by: str, *, name: str, taxonomy: Taxonomy, **more: Any) -> Kept:
    """Keep a new map that begins from a template, bound to the workspace's stages.

    Args:
        workspace: The workspace's slug.
        template: One of `touchline.maps.library.templates`.
        by: Who makes it.
        name: What people read; its id is made of it.
        taxonomy: The workspace's.
        **more: ``stage`` of a stage zoom; ``cards``: whether the template's examples come along.

    Raises:
        MapError: There is no such template or stage.
        InputError: The name is empty or too long.
    """
    made = start(template, taxonomy, title=_named(name), **more)
    return _kept(workspace, made, by, f"from the template {template}")


def improve(workspace: str, slug: str, by: str, *, name: str = "") -> Kept:
    """Keep a future state of a map that is kept, to begin from.

    Raises:
        MapMissing: There is no such map.
    """
    one = keeping.load(workspace, slug)
    made = future(one.map, title=name and _named(name))
    return _kept(workspace, made, by, f"the future of {one.map.name}", one)


def copy(workspace: str, slug: str, by: str, *, name: str) -> Kept:
    """Keep a copy of a map under another name.

    Raises:
        MapMissing: There is no such map.
    """
    one = keeping.load(workspace, slug)
    named = _named(name)
    made = replace(one.map, id=id_of(named, "map"), name=named)
    return _kept(workspace, made, by, f"a copy of {one.map.name}", one)


def bring(workspace: str, made: Map, by: str, note: str = "") -> Kept:
    """Keep a map as it is given: a new one, or, of one that is kept, what makes it so as its next version.

    Raises:
        MapError: It cannot be kept.
    """
    with transaction.atomic():
        try:
            kept = keeping.load(workspace, made.id)
        except MapMissing:
            return keeping.create(workspace, made, by, note)
        if kept.sheet.archived_at is not None:
            keeping.archive(workspace, made.id, by, away=False)
        edits = edits_between(kept.map, made)
        return keeping.change(workspace, made.id, kept.version, edits, by, note) if edits else kept


def import_text(workspace: str, text: str, by: str, *, where: str = "map.yaml", replaces: bool = False) -> Kept:
    """Keep the map that a YAML text holds.

    Args:
        workspace: The workspace's slug.
        text: As `touchline.maps.reading.read` takes it.
        by: Who brings it.
        where: The file's name, for mistakes.
        replaces: Whether a map of its id gets it as its next version; else that is an error.

    Raises:
        MapError: The text is no map; every mistake is told with its line.
        Exists: There is a map of its id, and `replaces` is not said.
    """
    made = read(text, where)
    if not replaces:
        return keeping.create(workspace, made, by, f"from {where}")
    return bring(workspace, made, by, f"from {where}")


def import_file(workspace: str, body: bytes, by: str, *, where: str, replaces: bool = False) -> Kept:
    """Keep the map that a file holds: YAML, or a grid as CSV or Excel, as its name ends.

    Raises:
        MapError: The file is no map; every mistake is told with its place.
        SourceError: The spreadsheet cannot be read.
        Exists: There is a map of its id, and `replaces` is not said.
    """
    if Path(where).suffix.lower() in GRIDS:
        with TemporaryDirectory() as folder:
            file = Path(folder) / Path(where).name
            file.write_bytes(body)
            made = read_grid(file)
        note = f"from {where}"
        return bring(workspace, made, by, note) if replaces else keeping.create(workspace, made, by, note)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MapError(phrase("the file is no text"), where=where, todo=phrase("save it as UTF-8")) from None
    return import_text(workspace, text, by, where=where, replaces=replaces)


def _kept(workspace: str, made: Map, by: str, note: str, like: Kept | None = None) -> Kept:
    """Keep a map under its id, or under one that nobody has taken."""
    with transaction.atomic():
        kept = keeping.create(workspace, replace(made, id=keeping.free(workspace, made.id)), by, note, like=like)
        if like:
            pictures.copied(kept.sheet, like.sheet, kept.map)
    return kept


def _named(name: str) -> str:
    said = name.strip()
    if not said or len(said) > _LONGEST_NAME:
        raise InputError(
            phrase("a map has a name of at most {longest_name} letters", longest_name=str(_LONGEST_NAME)),
            where="name",
            todo=phrase("name it"),
        )
    return said
