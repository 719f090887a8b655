"""A person's rights, and what is not kept for ever. While a server holds the workspace, it does the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from touchline.cli.console import out, progress
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import sheet, thousands
from touchline.cli.writing import write_json
from touchline.errors import InputError

if TYPE_CHECKING:
    from touchline.client import Serving
    from touchline.workspace import Workspace
    from touchline.workspace.consenting import Said


@dataclass(frozen=True, slots=True)
class Outside:
    """What holds data of a workspace's customers outside its own files.

    Attributes:
        erases: Erases a person there.
        finds: Finds what is there of a person.
        follows: Brings what was copied there of texts in line with these, given the open workspace.
    """

    erases: Any
    finds: Any
    follows: Any


#: A server that is installed adds here what knows its database: from a workspace's folder, None where it has none.
OUTSIDE: Final[list[Callable[[Path], Outside | None]]] = []

Ref = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's reference.", show_default=False)]
Why = Annotated[str, typer.Option(help="What for; written into the receipt.")]


def _outside(folder: Path) -> list[Outside]:
    return [found for know in OUTSIDE if (found := know(folder.resolve())) is not None]


def _server(folder: Path) -> Serving | None:
    from touchline.client import serving

    return serving(folder)


def _ask(server: Serving, path: str, body: dict[str, Any] | None = None) -> Any:
    """Let the server that holds the workspace do it; return its answer."""
    from touchline.client.transport import Transport

    transport = Transport(server.url, server.token, workspace=server.workspace, seconds=3600.0)
    try:
        return transport.post(f"privacy/{path}", again=True, json=body or {})
    finally:
        transport.close()


def _me() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return "command line"


def erase_customer(
    customer: Ref,
    workspace: WorkspaceOption = Path(),
    why: Why = "",
    lift: Annotated[
        bool, typer.Option("--lift", help="Let a customer in again who was erased; what happened before stays out.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Erase a customer, with all that is under their other references, for good; print the receipt.

    They go from journal, warehouse, index, labels, caches, quarantine and the server's database, byte by byte. A keyed
    hash keeps them out: no import and no restored backup brings them back. Killed, it is completed by running it again.

    [dim]touchline erase-customer C-1042 --why "letter of 3 May" --workspace acme[/]
    """
    from touchline.workspace import Workspace, erasing

    server = _server(workspace)
    if lift:
        if server:
            told = _ask(server, "lift", {"customer": customer}).json()
        else:
            with Workspace(workspace) as opened:
                told = opened.graveyard.lift(customer).as_json()
    else:
        if not yes and not as_json:
            typer.confirm(f"Erase {customer} for good?", abort=True)
        if server:
            told = _ask(server, "erase", {"customer": customer, "why": why}).json()
        else:
            with Workspace(workspace) as opened, progress("erasing") as step:
                elsewhere = [one.erases for one in _outside(opened.folder.root)]
                done = erasing.erase(opened, customer, by=_me(), why=why, elsewhere=elsewhere, progress=step)
            told = done.as_json()
    if as_json:
        write_json(told)
    elif lift:
        out.print(f"Let in again; what happened before {told['at'][:10]} stays out")
    else:
        out.print(f"Erased on {told['done'][:16]} by {told['by']}, receipt [bold]{told['id']}[/]")
        for store, count in told["counts"].items():
            out.print(Text(f"  {thousands(count):>8} {store}", style="dim"))


def export_customer(
    customer: Ref,
    to: Annotated[Path, typer.Option("--to", help="The zip to write.")] = Path("customer.zip"),
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write everything that is held of a customer into a zip: JSON for programs, CSV for people.

    [dim]touchline export-customer C-1042 --to c-1042.zip --workspace acme[/]
    """
    from touchline.workspace import Workspace, exporting

    server = _server(workspace)
    if server:
        if as_json:
            found = _ask(server, "export?format=json", {"customer": customer}).json()
        else:
            to.write_bytes(_ask(server, "export", {"customer": customer}).content)
            out.print(f"Wrote {to}")
            return
    else:
        with Workspace(workspace) as opened:
            elsewhere = [one.finds for one in _outside(opened.folder.root)]
            found = exporting.everything(opened, customer, elsewhere=elsewhere)
            name = opened.settings.workspace.name
    if as_json:
        write_json(found)
        return
    to.write_bytes(exporting.packed(found, customer, workspace=name))
    out.print(f"Wrote {to}")
    for store, rows in found.items():
        out.print(Text(f"  {thousands(len(rows)):>8} {store}", style="dim"))


def consent(
    customer: Annotated[
        str | None, typer.Argument(metavar="[CUSTOMER]", help="The customer's reference.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = Path(),
    grant: Annotated[
        list[str] | None, typer.Option("--grant", help="analysis, contact, recording or profiling; may be repeated.")
    ] = None,
    withdraw: Annotated[list[str] | None, typer.Option("--withdraw", help="The same, for what is withdrawn.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A table: customer and purpose, granted; or a column per purpose.")
    ] = None,
    maps: Annotated[list[str] | None, typer.Option("--map", help="ROLE=COLUMN: customer=Email.")] = None,
    source: Annotated[str, typer.Option(help="Where they said so.")] = "command line",
    as_json: JsonOption = False,
) -> None:
    """Show what a customer agreed to, or write it down; a file brings many at once. It is honoured from then on.

    [dim]touchline consent C-1042 --withdraw profiling --workspace acme[/]

    [dim]touchline consent --file consents.csv --map customer=Email --workspace acme[/]
    """
    from touchline.workspace import Workspace, consenting

    said = list(_said(customer, grant or [], withdraw or [], source))
    if file is not None:
        from touchline.sources import read_table

        mapping = dict(_pair(text) for text in maps or ())
        said += consenting.read(read_table(file), file=file.name, by=_me(), mapping=mapping)
    server = _server(workspace)
    if server:
        if said:
            rows = [
                {"customer": one.ref, "purpose": one.purpose, "granted": one.granted, "at": one.at.isoformat(),
                 "source": one.source}
                for one in said
            ]  # fmt: skip
            taken = sum(
                _ask(server, "consents", {"consents": rows[start : start + 10_000]}).json()["consents"]
                for start in range(0, len(rows), 10_000)
            )
            held = []
        else:
            taken, held = 0, _ask(server, "agreements", {"customer": _needed(customer)}).json()["agreements"]
    else:
        with Workspace(workspace) as opened:
            taken, held = _written(opened, said, customer)
    if as_json:
        write_json({"consents": taken} if said else {"agreements": held})
        return
    if said:
        out.print(f"{thousands(taken)} written down; honoured from now on")
        return
    table = sheet(("Purpose", "left"), ("May it be done", "left"), ("Since", "left"), ("Said", "left"))
    for one in held:
        table.add_row(one["purpose"], "yes" if one["granted"] else "no", (one["since"] or "–")[:16], one["source"])
    out.print(table)


def _written(opened: Workspace, said: list[Said], customer: str | None) -> tuple[int, list[dict[str, Any]]]:
    from touchline.workspace import consenting

    if said:
        with progress("consent") as step:
            return consenting.say(opened, said, step), []
    return 0, [one.as_json() for one in consenting.agreements(opened, _needed(customer))]


def _needed(customer: str | None) -> str:
    if customer is None:
        raise InputError("say whose consent", where="touchline consent", todo="name a customer, or give --file")
    return customer


def _said(customer: str | None, grant: list[str], withdraw: list[str], source: str) -> Iterable[Said]:
    from touchline.workspace.consenting import Said

    for purposes, granted in ((grant, True), (withdraw, False)):
        for purpose in purposes:
            yield Said(_needed(customer), purpose, granted, datetime.now(UTC), source, _me())


def _pair(text: str) -> tuple[str, str]:
    role, equals, column = text.partition("=")
    if not equals:
        raise InputError(f"--map {text!r} is not ROLE=COLUMN", todo="write it as customer=Email")
    return role.strip(), column


def correct(
    field: Annotated[str, typer.Argument(help="attributes.NAME, text, stage, channel ...", show_default=False)],
    value: Annotated[
        str | None, typer.Argument(help="What it should say; without it, it is taken away.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = Path(),
    customer: Annotated[
        str | None, typer.Option(help="All interactions of this customer that state the field.")
    ] = None,
    interaction: Annotated[str | None, typer.Option(help="This interaction, by its id.")] = None,
    why: Why = "",
    as_json: JsonOption = False,
) -> None:
    """Put something right that is held of a customer. The record before stays as a revision.

    [dim]touchline correct attributes.region emea --customer C-1042 --workspace acme[/]
    """
    from touchline.workspace import Workspace
    from touchline.workspace.consenting import Correction
    from touchline.workspace.consenting import correct as put_right

    server = _server(workspace)
    if server:
        body = {"customer": customer, "interaction": interaction, "field": field, "value": value, "why": why}
        changed = _ask(server, "correct", body).json()["interactions"]
    else:
        with Workspace(workspace) as opened:
            changed = put_right(opened, [Correction(field, value, customer, interaction)], by=_me(), why=why)
    if as_json:
        write_json({"interactions": changed})
    else:
        out.print(f"{thousands(changed)} interactions put right")


def retain(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Let go of what is past its time by [[retention]] in touchline.toml; a server does it every night.

    [dim]touchline retain --workspace acme[/]
    """
    from dataclasses import asdict

    from touchline.workspace import Workspace, retaining

    server = _server(workspace)
    if server:
        done = _ask(server, "retain").json()
    else:
        with Workspace(workspace) as opened, progress("retention") as step:
            done = asdict(retaining.retain(opened, progress=step))
            _followed(opened)
    if as_json:
        write_json(done)
    else:
        out.print(
            f"{thousands(done['whole'])} records went, the words of {thousands(done['text'])}, and"
            f" {thousands(done['quarantine'])} in quarantine"
        )


def _followed(opened: Workspace) -> None:
    for one in _outside(opened.folder.root):
        one.follows(opened)


def redact(
    again: Annotated[bool, typer.Option("--again", help="Redact what is kept by the rules as they are now.")] = False,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Redact what is kept by the rules as they are now: what the settings or a newer version of Touchline find more.

    [dim]touchline redact --again --workspace acme[/]
    """
    from dataclasses import asdict

    from touchline.workspace import Workspace, retaining

    if not again:
        raise InputError(
            "say what to do", where="touchline redact", todo="give --again; new records are redacted anyway"
        )
    server = _server(workspace)
    if server:
        done = _ask(server, "redact").json()
    else:
        with Workspace(workspace) as opened, progress("redaction") as step:
            done = asdict(retaining.redact_again(opened, progress=step))
            _followed(opened)
    if as_json:
        write_json(done)
    else:
        out.print(f"{thousands(done['interactions'])} interactions and {thousands(done['labels'])} labels changed")


def data_map(
    workspace: WorkspaceOption = Path(),
    dpia: Annotated[
        Path | None, typer.Option("--dpia", help="Write the template of an impact assessment, filled in, to this file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is held of customers, where, what for and how long; made from the code and the settings.

    [dim]touchline data-map --dpia assessment.md --workspace acme[/]
    """
    from touchline.settings import Settings
    from touchline.workspace import datamap
    from touchline.workspace.folder import Folder

    folder = Folder(workspace.resolve())
    folder.require()
    settings = Settings.load(folder.settings)
    stores = datamap.stores(settings)
    if dpia is not None:
        dpia.write_text(datamap.assessment(settings), encoding="utf-8")
        out.print(f"Wrote {dpia}")
        return
    if as_json:
        write_json([one.as_json() for one in stores])
        return
    table = sheet(("Where", "left"), ("What", "left"), ("What for", "left"), ("How long", "left"))
    for one in stores:
        table.add_row(Text(one.where), Text(one.what), Text(one.why), Text(one.kept))
    out.print(table)
