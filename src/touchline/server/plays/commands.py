"""``touchline plays``: recipes as files, on the server's database, whether or not the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from touchline.cli.console import out
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import safe
from touchline.cli.writing import write_json
from touchline.errors import InputError

plays = typer.Typer(help="Recipes of recovery: apply files, list, switch on and off.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(plays, name="plays")


@plays.command("apply")
def apply_files(
    files: Annotated[list[Path], typer.Argument(help="YAML files, a play each.")],
    workspace: WorkspaceOption = Path(),
    on: Annotated[bool, typer.Option("--on", help="Switch on those that are new.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the workspace's plays what files say; applied twice, the second time changes nothing.

    All files are read before the first play is changed. Runs that are under way keep their steps.

    [dim]touchline plays apply plays/*.yaml --workspace acme[/]
    """
    texts = [(file, _read(file)) for file in files]
    slug, taxonomy = _opened(workspace)
    from touchline.server.plays import managing
    from touchline.server.plays.models import Play

    said = [(text, managing.checked(slug, taxonomy, text, str(file))) for file, text in texts]
    told = []
    for text, recipe in said:
        there = Play.objects.filter(workspace=slug, slug=recipe.slug).first()
        if there is None:
            managing.add(slug, taxonomy, text)
            if on:
                managing.switch(slug, recipe.slug, on=True)
            done = "created"
        elif there.text == text:
            done = "unchanged"
        else:
            managing.change(slug, taxonomy, recipe.slug, text)
            done = "changed"
        if done != "unchanged":
            _record(slug, f"play.{'added' if done == 'created' else 'changed'}", recipe.slug)
        told.append({"play": recipe.slug, "name": recipe.name, "done": done})
    if as_json:
        write_json({"plays": told})
        return
    for one in told:
        out.print(f"{one['done']} {safe(one['play'])}")


@plays.command("list")
def list_plays(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """List the plays, whether they are on, and how often they ran.

    [dim]touchline plays list --workspace acme[/]
    """
    slug, _ = _opened(workspace)
    from touchline.server.plays import managing
    from touchline.server.plays.models import Play, Run

    counted = managing.counts(Run.objects.filter(workspace=slug))
    found = [managing.told(one, counted) for one in Play.objects.filter(workspace=slug)]
    if as_json:
        write_json({"plays": found})
        return
    table = Table("Play", "Name", "Starts on", "State", "Played", "Held out", "Recovered", box=None, pad_edge=False,
                  header_style="dim")  # fmt: skip
    for one in found:
        runs = one["runs"]
        figures = [str(runs.get(name, 0)) for name in ("treated", "out", "recovered")]
        table.add_row(one["play"], safe(one["name"]), one["trigger"], "on" if one["active"] else "off", *figures)
    out.print(table if found else "There is no play; `touchline plays apply FILE` adds one")


@plays.command("switch")
def switch(
    name: Annotated[str, typer.Argument(help="The play.")],
    workspace: WorkspaceOption = Path(),
    off: Annotated[bool, typer.Option("--off", help="Off, instead of on.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let a play start runs from now on, or no more.

    [dim]touchline plays switch first-steps --workspace acme[/]
    """
    slug, _ = _opened(workspace)
    from touchline.server.plays import managing

    made = managing.told(managing.switch(slug, name, on=not off))
    _record(slug, "play.switched", f"{name} {'off' if off else 'on'}")
    if as_json:
        write_json(made)
    else:
        out.print(f"{safe(name)} is {'off' if off else 'on'}")


def _opened(folder: Path) -> tuple[str, Any]:
    """Return the folder's workspace in the server's database, and its stages."""
    from touchline.server.people.commands import _open
    from touchline.settings import Settings, open_taxonomy

    place = _open(folder)
    return place.slug, open_taxonomy(Settings.load(place.root / "touchline.toml"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        todo = "give a YAML file in UTF-8"
        raise InputError(f"it cannot be read ({error})", where=str(path), todo=todo) from error


def _record(slug: str, action: str, what: str) -> None:
    from touchline.server.people.facade import ROLES, Access, record

    record(Access(slug, None, "local", "command line", "admin", ROLES["admin"]), action, slug, what)
