"""Keeping a workspace: backup, restore, upgrade."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from touchline.cli.console import err, out, progress
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import thousands
from touchline.cli.writing import write_json

if TYPE_CHECKING:
    from touchline.workspace.archive import Manifest


#: A server that is installed adds here what erases again, after a restore, who was erased since, from its database.
AGAIN: Final[list[Callable[[Path], int | None]]] = []


def backup(
    to: Annotated[
        Path, typer.Argument(help="A folder, in which the file is named by time; or the file.", show_default=False)
    ],
    workspace: WorkspaceOption = Path(),
    keep: Annotated[
        int, typer.Option(help="How many of this workspace's backups stay in the folder; 0 deletes none.", min=0)
    ] = 0,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="Leave the key out; keep it elsewhere, nothing is restored without.")
    ] = False,
    with_warehouse: Annotated[
        bool, typer.Option("--with-warehouse", help="The warehouse, too; else a restore builds it from the journal.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Make none: prove the one that is named, part by part, batch by batch.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Back a workspace up into one file: journal, quarantine, settings, stages, themes, key, the server's state.

    Everything in it is of one moment; a server may take records in meanwhile. It is proved before it gets its name.

    [dim]touchline backup /var/backups/touchline --keep 7 --workspace acme[/]

    [dim]touchline backup --verify acme-20260131T040000Z.touchline.tar[/]
    """
    if verify:
        _verify(to, as_json)
        return
    from touchline.workspace import Workspace
    from touchline.workspace.backup import back_up
    from touchline.workspace.folder import Folder

    folder = Folder(workspace.resolve())
    if with_warehouse:
        with Workspace(workspace) as opened:
            made = back_up(folder, to, keep=keep, with_key=not without_key, warehouse=opened.warehouse)
    else:
        made = back_up(folder, to, keep=keep, with_key=not without_key)
    if as_json:
        write_json(made.as_json())
        return
    _tell(f"Wrote {made.file}", made.manifest, made.bytes)
    for path in made.removed:
        out.print(Text(f"  deleted {path.name}", style="dim"))
    for note in made.notes:
        err.print(Text(f"  {note}"))


def _verify(file: Path, as_json: bool) -> None:
    from touchline.workspace.backup import verify

    manifest, problems = verify(file)
    if as_json:
        write_json({"file": str(file), "sound": not problems, "problems": problems, **manifest.as_json()})
    else:
        _tell("Sound: every part is as it was written" if not problems else str(file), manifest, file.stat().st_size)
        for problem in problems:
            err.print(Text(problem))
    if problems:
        raise typer.Exit(1)


def _tell(what: str, manifest: Manifest, size: int) -> None:
    out.print(Text(what, style="bold"))
    out.print(
        Text(
            f"  {manifest.name}, {manifest.made_at}: {thousands(manifest.interactions)} interactions up to batch"
            f" {manifest.offset}, {len(manifest.files)} files, {size / 1e6:,.1f} MB,"
            f" {'with' if manifest.key_inside else 'without'} the key",
            style="dim",
        )
    )


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="Where the workspace is to be; made when it is missing.")] = Path(),
    replace: Annotated[
        bool, typer.Option("--replace", help="A workspace that is there is moved aside, into before-restore-TIME.")
    ] = False,
    key: Annotated[Path | None, typer.Option(help="The key, for a backup that was made without.")] = None,
    tombstones: Annotated[
        Path | None, typer.Option(help="Who was erased, kept elsewhere; by default those of the workspace there.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a workspace from a backup. All of it is proved first; who was erased since is erased again.

    The warehouse is then built from the journal, where the backup has none.

    [dim]touchline restore acme-20260131T040000Z.touchline.tar acme[/]
    """
    from touchline.workspace import Workspace
    from touchline.workspace.restoring import restore as restored

    done = restored(file, folder, replace=replace, key=key, tombstones=tombstones, servers=AGAIN)
    with Workspace(done.folder) as opened, progress("restore") as told:
        opened.catch_up(told)
    if as_json:
        write_json(done.as_json())
        return
    out.print(
        f"Restored [bold]{done.folder}[/] as of {done.made_at}: {thousands(done.interactions)} interactions up to "
        f"batch {done.offset}"
    )
    if done.erased:
        out.print(f"  {thousands(done.erased)} records of people who were erased since are erased again", style="dim")
    if done.before:
        out.print(Text(f"  what was there before is in {done.before}", style="dim"))


def upgrade(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Bring a workspace of an older version up to date, after a backup; every other command does so, too.

    [dim]touchline upgrade --workspace acme[/]
    """
    from touchline.workspace.folder import LAYOUT, Folder
    from touchline.workspace.upgrading import bring_up

    folder = Folder(workspace.resolve())
    folder.require()
    done = bring_up(folder)
    if as_json:
        told = {"backup": str(done.backup), "before": done.before} if done else {"backup": None, "before": LAYOUT}
        write_json({"after": LAYOUT, **told})
    elif done:
        out.print(f"Upgraded from layout {done.before} to {done.after}; what it was before is in {done.backup}")
    else:
        out.print(f"Nothing to do: the workspace has layout {LAYOUT}")
