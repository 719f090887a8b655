"""`touchline quarantine`: list what could not be accepted, try it again, mend it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from touchline.cli.console import out
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import sheet, thousands
from touchline.cli.writing import write_json
from touchline.errors import InputError

if TYPE_CHECKING:
    from touchline.journal import Quarantined
    from touchline.workspace.mends import Mends
    from touchline.workspace.quarantine import Mended

app = typer.Typer(
    help="Records that could not be accepted: list them, try them again, mend them.",
    no_args_is_help=False,
    invoke_without_command=True,
)
_RAW = 60  # characters of a record that are shown
Limit = Annotated[int, typer.Option(help="How many, newest first.")]
After = Annotated[int | None, typer.Option(help="Only those with a smaller id: the last one of the page before.")]
Reason = Annotated[str, typer.Option(help="Only those whose reason contains this.")]
File = Annotated[str, typer.Option(help="Only those of this file or client.")]
Column = Annotated[str, typer.Option(help="Only those with this column at fault.")]
Ids = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", help="Which; by default all that the filters leave.")
]


@app.callback()
def main(
    context: typer.Context, workspace: WorkspaceOption = Path(), limit: Limit = 50, after: After = None,
    reason: Reason = "", file: File = "", column: Column = "", as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Records that could not be accepted: list them, try them again, mend them."""
    if context.invoked_subcommand is None:
        list_(workspace, limit, after, reason, file, column, as_json)


@app.command(name="list")
def list_(
    workspace: WorkspaceOption = Path(), limit: Limit = 50, after: After = None, reason: Reason = "", file: File = "",
    column: Column = "", as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show the records that could not be accepted: file, row, column, reason, and the record as it was.

    They are kept for 90 days. Bytes that are no character, and control characters, are shown escaped.

    [dim]touchline quarantine list --workspace acme --reason "no time" --json[/]
    """
    from touchline.workspace import Workspace

    with Workspace(workspace) as opened:
        held = opened.quarantine.rows(limit, after, reason=reason, file=file, column=column)
    if as_json:
        write_json([dict(row) | {"raw": escaped(row["raw"])} for row in held])
        return
    if not held:
        out.print(
            "Nothing is in quarantine." if not (reason or file or column) else "Nothing of that is in quarantine."
        )
        return
    _show(held)
    if len(held) == limit:
        out.print(Text(f"There may be more: --after {held[-1]['id']}", style="dim"))


def _show(held: list[Quarantined]) -> None:
    table = sheet(
        ("Id", "right"), ("File", "left"), ("Row", "right"), ("Column", "left"), ("Reason", "left"),
        ("As it was", "left"),
    )  # fmt: skip
    for row in held:
        raw = escaped(row["raw"]).strip()
        table.add_row(
            str(row["id"]),
            Text(row["file"]),
            "–" if row["row"] is None else str(row["row"]),
            Text(row["column"] or "–"),
            Text(row["reason"]),
            Text(raw if len(raw) <= _RAW else raw[: _RAW - 1] + "…", style="dim"),
        )
    out.print(table)


def escaped(raw: bytes) -> str:
    r"""Return bytes as text that a terminal shows and does not obey.

    >>> escaped(b"a\x1b[2J\xff\r\n")
    'a\\x1b[2J\\xff\\r\\n'
    """
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


@app.command()
def retry(
    ids: Ids = None, workspace: WorkspaceOption = Path(), reason: Reason = "", file: File = "", column: Column = "",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Try records again as they are: after an upgrade, or when a time that was ahead has come.

    [dim]touchline quarantine retry --workspace acme --reason "in the future"[/]
    """
    from touchline.workspace import Workspace

    with Workspace(workspace) as opened:
        mended = opened.quarantine.retry(ids or None, reason=reason, file=file, column=column)
    _tell(mended, as_json)


@app.command()
def fix(
    ids: Ids = None,
    workspace: WorkspaceOption = Path(),
    rename: Annotated[list[str] | None, typer.Option(help="OLD=NEW: a column's name.")] = None,
    replace: Annotated[
        list[str] | None, typer.Option(help="COLUMN:HELD=VALUE: another value where the column holds this one.")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="COLUMN=VALUE for every record.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="A column that is taken away.")] = None,
    patch: Annotated[Path | None, typer.Option(help="A file with a JSON patch (RFC 6902).")] = None,
    raw: Annotated[Path | None, typer.Option(help="A file with other bytes, for one record.")] = None,
    reason: Reason = "",
    file: File = "",
    column: Column = "",
    as_json: JsonOption = False,
) -> None:
    """Change records and try them again. One that is still rejected stays as it was.

    [dim]touchline quarantine fix --workspace acme --column nps --replace "nps:ten=10" --rename when=date[/]
    """
    from touchline.workspace import Workspace

    if raw is not None:
        if not ids or len(ids) != 1 or rename or replace or set_ or drop or patch:
            raise InputError("--raw gives one record other bytes", todo="name its id, and no other change")
        with Workspace(workspace) as opened:
            _tell(opened.quarantine.replace(ids[0], _bytes(raw)), as_json)
        return
    mends = _mends(rename or [], replace or [], set_ or [], drop or [], patch)
    with Workspace(workspace) as opened:
        mended = opened.quarantine.fix(mends, ids or None, reason=reason, file=file, column=column)
    _tell(mended, as_json)


def _mends(rename: list[str], replace: list[str], set_: list[str], drop: list[str], patch: Path | None) -> Mends:
    from touchline.workspace.mends import Mends

    held: dict[tuple[str, str], Any] = {}
    for one in replace:
        name, value = _halves(one, "--replace", "COLUMN:HELD=VALUE")
        column, colon, was = name.partition(":")
        if not colon:
            raise InputError(f"--replace {one!r} names no value that is held", todo="write it as COLUMN:HELD=VALUE")
        held[column, was] = value
    return Mends(
        rename=dict(_halves(one, "--rename", "OLD=NEW") for one in rename),
        replace=held,
        set=dict(_halves(one, "--set", "COLUMN=VALUE") for one in set_),
        drop=tuple(drop),
        patch=_patch(patch) if patch else (),
    )


def _halves(text: str, option: str, form: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise InputError(f"{option} {text!r} cannot be read", todo=f"write it as {form}")
    return name, value


def _patch(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(_bytes(path))
    except ValueError as error:
        raise InputError(f"this is no JSON ({error})", where=str(path)) from None
    if not isinstance(found, list) or not all(isinstance(step, dict) for step in found):
        raise InputError("a JSON patch is a list of objects", where=str(path))
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", where=str(path)) from error


def _tell(mended: Mended, as_json: bool) -> None:
    if as_json:
        write_json(mended.as_json())
        return
    sums = f"{thousands(mended.accepted)} accepted + {thousands(mended.repeated)} there already"
    out.print(f"{thousands(mended.tried)} tried = {sums} + {thousands(mended.quarantined)} still in quarantine")
    if mended.waiting:
        out.print(f"  {thousands(mended.waiting)} wait for the process that holds the warehouse", style="dim")
    for reason, records in mended.reasons[:5]:
        out.print(Text(f"  {thousands(records)} × {reason}", style="dim"))
