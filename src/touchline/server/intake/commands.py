"""``touchline webhooks``: straight on the server's database, whether or not it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from touchline.cli.console import err, out, write
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import safe
from touchline.cli.writing import write_json
from touchline.errors import InputError
from touchline.server.people.terminal import opened, recorded, text_of

if TYPE_CHECKING:
    from touchline.server.workspaces.models import Workspace

webhooks = typer.Typer(help="Systems that send records to a workspace, signed.", no_args_is_help=True)
SourceArgument = Annotated[str, typer.Argument(help="The webhook: what its interactions call their source.")]
MappingOption = Annotated[
    Path, typer.Option("--mapping", "-m", help="Which field plays which role, as `touchline preview --save` writes it.")
]
SecretOption = Annotated[str | None, typer.Option(help="The vendor's own secret, whsec_...; else one is made.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(webhooks, name="webhooks")


@webhooks.command("list")
def list_webhooks(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """List the workspace's webhooks; their secrets are not shown.

    [dim]touchline webhooks list --workspace acme[/]
    """
    with _hooks(workspace) as (place, hooks):
        found = [hooks.told(one) for one in hooks.all_of(place.slug)]
    if as_json:
        write_json({"webhooks": found})
        return
    table = Table("Source", "Address", "Secrets", "Rotated", box=None, pad_edge=False, header_style="dim")
    for one in found:
        table.add_row(safe(one["source"]), safe(one["url"]), str(one["secrets"]), (one["rotated_at"] or "never")[:16])
    out.print(table if found else "None yet: `touchline webhooks create` makes one")


@webhooks.command()
def create(
    source: SourceArgument,
    mapping: MappingOption,
    workspace: WorkspaceOption = Path(),
    secret: SecretOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a webhook and write its secret, this once.

    [dim]touchline webhooks create forms --mapping forms.toml --workspace acme[/]
    """
    text = text_of(mapping)
    with _hooks(workspace) as (place, hooks):
        made, told = hooks.create(place.slug, source, text, secret=secret)
        recorded(place, "webhook.created", source)
        _say({**hooks.told(made), "secret": told}, as_json)


@webhooks.command("map")
def remap(
    source: SourceArgument,
    mapping: MappingOption,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Give a webhook another mapping; what it sent before stays as it is.

    [dim]touchline webhooks map forms --mapping forms.toml --workspace acme[/]
    """
    text = text_of(mapping)
    with _hooks(workspace) as (place, hooks):
        changed = hooks.told(hooks.remap(place.slug, source, text))
        recorded(place, "webhook.changed", source)
    if as_json:
        write_json(changed)
    else:
        out.print(f"{safe(source)} is read by {safe(str(mapping))} from now on")


@webhooks.command()
def rotate(
    source: SourceArgument,
    workspace: WorkspaceOption = Path(),
    secret: SecretOption = None,
    at_once: Annotated[bool, typer.Option("--at-once", help="The secret before is no longer good.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give a webhook a new secret and write it, this once; the one before stays good until the next rotation.

    [dim]touchline webhooks rotate forms --workspace acme[/]
    """
    with _hooks(workspace) as (place, hooks):
        told = hooks.rotate(place.slug, source, secret=secret, keep_old=not at_once)
        recorded(place, "webhook.rotated", source)
        _say({**hooks.told(hooks.of(place.slug, source)), "secret": told}, as_json)


@webhooks.command()
def remove(source: SourceArgument, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Take a webhook away; what it sent stays.

    [dim]touchline webhooks remove forms --workspace acme[/]
    """
    with _hooks(workspace) as (place, hooks):
        hooks.remove(place.slug, source)
        recorded(place, "webhook.removed", source)
    if as_json:
        write_json({"removed": source})
    else:
        out.print(f"{safe(source)} is removed; what it sent stays")


@contextmanager
def _hooks(folder: Path) -> Iterator[tuple[Workspace, Any]]:
    """Have the workspace in the server's database, and its webhooks; a refusal is an error of the input here."""
    place = opened(folder)
    from touchline.server.intake import webhooks as hooks
    from touchline.server.intake.refusing import Refused

    try:
        yield place, hooks
    except Refused as refused:
        raise InputError(refused.what, where=refused.where, todo=refused.todo) from refused


def _say(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        write_json(told)
        return
    err.print(f"Deliveries go to {safe(told['url'])}, signed with this secret, which is not shown again:")
    write(told["secret"])
