"""``touchline plays``: recipes as files, on the server's database, whether or not the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from touchline.cli.console import out
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import safe
from touchline.cli.writing import write_json
from touchline.server.people.terminal import opened, recorded, text_of

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Workspace
    from touchline.vocabulary.taxonomy import Taxonomy

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
    texts = [(file, text_of(file)) for file in files]
    place = opened(workspace)
    slug, taxonomy = place.slug, _stages(place)
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
            recorded(place, f"play.{'added' if done == 'created' else 'changed'}", recipe.slug)
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
    slug = opened(workspace).slug
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
    place = opened(workspace)
    from touchline.server.plays import managing

    made = managing.told(managing.switch(place.slug, name, on=not off))
    recorded(place, "play.switched", f"{name} {'off' if off else 'on'}")
    if as_json:
        write_json(made)
    else:
        out.print(f"{safe(name)} is {'off' if off else 'on'}")


def _stages(place: Workspace) -> Taxonomy:
    from touchline.settings import Settings, open_taxonomy

    return open_taxonomy(Settings.load(place.root / "touchline.toml"))
