"""``touchline maps list|import|export``: the maps that people keep, straight on the server's database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from touchline.cli import maps
from touchline.cli.console import out, write
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import safe
from touchline.cli.writing import write_json
from touchline.errors import InputError
from touchline.server.people.terminal import opened

if TYPE_CHECKING:
    from touchline.maps import Map
    from touchline.maps.pictures import Picture

BY = "command line"


def add_to(_app: typer.Typer) -> None:
    """Add the commands to the engine's own group ``maps``."""
    maps.app.command("list")(list_maps)
    maps.app.command("import")(import_maps)
    maps.app.command("export")(export_maps)


def list_maps(
    workspace: WorkspaceOption = Path(),
    archived: Annotated[bool, typer.Option("--archived", help="Those that are put away.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the maps that are kept on the workspace's server.

    [dim]touchline maps list --workspace acme[/]
    """
    slug = opened(workspace).slug
    from touchline.server.maps import keeping, telling

    found = [telling.about(one) for one in keeping.everyone(slug, archived=archived)]
    if as_json:
        write_json({"maps": found})
        return
    table = Table("Map", "Name", "Kind", "State", "Version", "Changed", "Review due", box=None, pad_edge=False,
                  header_style="dim")  # fmt: skip
    for one in found:
        due = f"{one['review_due'] or '-'}{', late' if one['review_late'] else ''}"
        table.add_row(one["id"], safe(one["name"]), one["kind"], one["state"], str(one["version"]),
                      f"{one['updated_at'][:10]} {safe(one['updated_by'])}", due)  # fmt: skip
    out.print(table if found else "No map is kept here; `touchline maps import FILE` brings one")


def import_maps(
    files: Annotated[list[Path], typer.Argument(help="Maps as YAML or JSON, or grids as CSV or Excel.")],
    workspace: WorkspaceOption = Path(),
    note: Annotated[str, typer.Option(help="A few words for the history: a commit, a pull request.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Keep the maps of files on the server: a new map, or the next version of the one of its id.

    Pictures that cards name, and that lie beside the file, come with it.

    All files are read before the first map is changed; a file that changes nothing makes no version.

    [dim]touchline maps import maps/*.yaml --workspace acme --note "after the workshop"[/]
    """
    read = [(file, *_pictured(maps.opened(file), file)) for file in files]
    slug = opened(workspace).slug
    from django.db import transaction

    from touchline.server.maps import keeping, making, pictures
    from touchline.server.maps.errors import MapMissing

    told = []
    for file, one, shown in read:
        try:
            before = keeping.load(slug, one.id).version
        except MapMissing:
            before = 0
        with transaction.atomic():
            kept = making.bring(slug, one, BY, note or f"from {file.name}")
            pictures.bring(slug, one.id, shown, BY)
        done = "created" if not before else "changed" if kept.version > before else "unchanged"
        told.append({"file": str(file), "id": one.id, "version": kept.version, "done": done})
    if as_json:
        write_json({"maps": told})
        return
    for row in told:
        out.print(f"{row['done']} {row['id']}, version {row['version']}")


def _pictured(whole: Map, file: Path) -> tuple[Map, list[Picture]]:
    """Return a map whose cards name the pictures beside its file as they are kept, and those pictures."""
    from touchline.maps.pictures import renamed
    from touchline.report.maps_pictures import read

    found = read(whole, file.parent)
    return renamed(whole, {address: one.address for address, one in found.items()}), list(found.values())


def export_maps(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Which maps; all of them otherwise.", metavar="[MAP]...")
    ] = None,
    workspace: WorkspaceOption = Path(),
    to: Annotated[Path | None, typer.Option(help="A folder, for a file each.", show_default="standard output")] = None,
    version: Annotated[int | None, typer.Option(help="An old version, of one map.", min=1)] = None,
) -> None:
    """Write the maps that are kept on the server as YAML, for git; with --to also the pictures of their cards.

    [dim]touchline maps export --to maps --workspace acme[/]
    """
    slug = opened(workspace).slug
    from touchline.maps.writing import write as as_yaml
    from touchline.server.maps import keeping, pictures

    chosen = ids or [one.map.id for one in keeping.everyone(slug)]
    if (version is not None or to is None) and len(chosen) != 1:
        raise InputError(f"there are {len(chosen)} maps", where="--to", todo="name one, or give --to FOLDER")
    found = [keeping.load(slug, one) for one in chosen]
    if version is not None:
        found = [replace(one, map=keeping.at(slug, one.map.id, version)) for one in found]
    if to is None:
        write(as_yaml(found[0].map).rstrip("\n"))
        return
    to.mkdir(parents=True, exist_ok=True)
    for one in found:
        (to / f"{one.map.id}.yaml").write_text(as_yaml(one.map), encoding="utf-8")
        pictures.write(one, to)
    out.print(f"{len(found)} {'map' if len(found) == 1 else 'maps'} in {safe(str(to))}")
