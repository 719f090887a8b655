"""``touchline people`` and ``touchline keys``: straight on the server's database, whether or not it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from touchline.cli.console import err, out, write
from touchline.cli.options import CsvOption, JsonOption, WorkspaceOption
from touchline.cli.tables import safe
from touchline.cli.writing import write_json
from touchline.errors import InputError
from touchline.server.people.terminal import address, opened

people = typer.Typer(
    help="Who may use a workspace's server: list, invite, reset, disable, audit.", no_args_is_help=True
)
keys = typer.Typer(help="API keys of a workspace: create, list, rotate, revoke.", no_args_is_help=True)

Segments = Annotated[
    list[str] | None, typer.Option("--segment", help="Show only these: NAME=VALUE[,VALUE]; may be repeated.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(people, name="people")
    app.add_typer(keys, name="keys")


@people.command("list")
def list_people(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """List who is in the workspace, and who is invited.

    [dim]touchline people list --workspace acme[/]
    """
    place = opened(workspace)
    from touchline.server.people import links, members

    found = [members.told(one) for one in members.everyone(place.slug)]
    invited = [links.told(one) for one in links.invitations(place.slug)]
    if as_json:
        write_json({"people": found, "invitations": invited})
        return
    table = Table("Id", "E-mail", "Name", "Role", "Sees", "Last log-in", box=None, pad_edge=False, header_style="dim")
    for one in found:
        role = one["role"] if one["active"] else f"{one['role']}, disabled"
        seen = (one["last_login"] or "never")[:16]
        table.add_row(str(one["id"]), safe(one["email"]), safe(one["name"]), role, safe(_said(one["segments"])), seen)
    for one in invited:
        table.add_row("", safe(one["email"]), "", f"{one['role']}, invited", safe(_said(one["segments"])), "")
    out.print(table if table.row_count else "Nobody yet: `touchline serve` prints a link for the first administrator.")


@people.command()
def invite(
    email: Annotated[str, typer.Argument(help="Whom.")],
    workspace: WorkspaceOption = Path(),
    role: Annotated[str, typer.Option(help="viewer, analyst, agent, manager or admin.")] = "viewer",
    segment: Segments = None,
    days: Annotated[float, typer.Option(help="How long the link is good.")] = 7.0,
    as_json: JsonOption = False,
) -> None:
    """Make a link by which somebody joins the workspace. It works once.

    [dim]touchline people invite ann@acme.example --role analyst --workspace acme[/]
    """
    place = opened(workspace)
    from touchline.server.people import links

    link, token = links.invite(links.OPERATOR, place, email, role, segments=_segments(segment), days=days)
    url = f"{address(place)}/join/{token}"
    if as_json:
        write_json({**links.told(link), "url": url})
        return
    err.print(f"{safe(link.email)} joins as {link.role} with this link, once, until {link.expires_at:%Y-%m-%d %H:%M}:")
    write(url)


@people.command()
def reset(
    email: Annotated[str, typer.Argument(help="Whose.")],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make a link by which somebody chooses a new password. It works once, for a day.

    [dim]touchline people reset ann@acme.example --workspace acme[/]
    """
    place = opened(workspace)
    from touchline.server.people import links

    url = f"{address(place)}/reset/{links.offer_reset(links.OPERATOR, _user(email))}"
    if as_json:
        write_json({"email": email.strip().lower(), "url": url})
    else:
        write(url)


@people.command()
def disable(
    email: Annotated[str, typer.Argument(help="Whom.")],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Close somebody's account on the whole server; their sessions end at once.

    [dim]touchline people disable ann@acme.example --workspace acme[/]
    """
    opened(workspace)
    from touchline.server.people import links, members

    user = _user(email)
    members.disable(links.OPERATOR, user)
    if as_json:
        write_json({"email": user.email, "active": False})
    else:
        out.print(f"{safe(user.email)} cannot log in any more")


@people.command()
def audit(
    workspace: WorkspaceOption = Path(),
    check: Annotated[bool, typer.Option("--check", help="Say whether a line was changed or removed.")] = False,
    server: Annotated[bool, typer.Option("--server", help="What concerns the server: log-ins, set-up.")] = False,
    as_csv: CsvOption = False,
) -> None:
    """Write the audit log as NDJSON or CSV, or check its chain of hashes.

    [dim]touchline people audit --check --workspace acme[/]
    """
    place = opened(workspace)
    from touchline.server.people import audit as log

    chain = log.lines("" if server else place.slug)
    if not check:
        for text in log.as_csv(chain) if as_csv else log.as_ndjson(chain):
            write(text.rstrip("\r\n"))
        return
    found = list(chain)
    broken = log.broken(found)
    if broken is not None:
        err.print(f"Line {broken} of the audit log is missing, or is not as it was written")
        raise typer.Exit(1)
    last = found[-1]["digest"] if found else "no lines"
    out.print(f"{len(found):,} lines, each as it was written; the last is {last}")


@keys.command("list")
def list_keys(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """List the workspace's API keys; their secrets are not kept.

    [dim]touchline keys list --workspace acme[/]
    """
    place = opened(workspace)
    from touchline.server.people import keys as known
    from touchline.server.people.models import Key

    found = [known.told(one) for one in Key.objects.select_related("made_by").filter(workspace=place)]
    if as_json:
        write_json({"keys": found})
        return
    table = Table(
        "Key", "Name", "May", "Sees", "State", "Until", "Last used", box=None, pad_edge=False, header_style="dim"
    )
    for one in found:
        may, seen = ", ".join(one["scopes"]), safe(_said(one["segments"]))
        until, used = (one["expires_at"] or "no end")[:10], (one["used_at"] or "never")[:16]
        table.add_row(one["id"], safe(one["name"]), may, seen, one["state"], until, used)
    out.print(table if found else "No keys yet: `touchline keys create --scope ingest` makes one.")


@keys.command("create")
def create_key(
    workspace: WorkspaceOption = Path(),
    scope: Annotated[
        list[str] | None, typer.Option(help="ingest, read, cases, export, admin; may be repeated.")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[float | None, typer.Option(help="How long it is good.", show_default="no end")] = None,
    segment: Segments = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and write it, this once.

    [dim]KEY=$(touchline keys create --workspace acme --scope ingest --scope read)[/]
    """
    place = opened(workspace)
    from touchline.server.people import keys as known
    from touchline.server.people.links import OPERATOR

    key, token = known.create(OPERATOR, place, name, scope or [], segments=_segments(segment), days=days)
    _show(known.told(key), token, as_json)


@keys.command("rotate")
def rotate_key(
    key: Annotated[str, typer.Argument(help="Its id, as `touchline keys list` shows it.")],
    workspace: WorkspaceOption = Path(),
    overlap: Annotated[float, typer.Option(help="Hours for which the old secret is good, too.")] = 24.0,
    as_json: JsonOption = False,
) -> None:
    """Give a key a new secret and write it, this once.

    [dim]touchline keys rotate k3xq9rmt2w --overlap 1 --workspace acme[/]
    """
    place = opened(workspace)
    from touchline.server.people import keys as known
    from touchline.server.people.links import OPERATOR

    found = known.find(place.slug, key)
    token = known.rotate(OPERATOR, found, overlap=overlap)
    _show(known.told(found), token, as_json)


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id, as `touchline keys list` shows it.")],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """End a key, now.

    [dim]touchline keys revoke k3xq9rmt2w --workspace acme[/]
    """
    place = opened(workspace)
    from touchline.server.people import keys as known
    from touchline.server.people.links import OPERATOR

    found = known.find(place.slug, key)
    known.revoke(OPERATOR, found)
    if as_json:
        write_json({"id": found.prefix, "state": "revoked"})
    else:
        out.print(f"{safe(found.name)} opens nothing any more")


def _user(email: str) -> Any:
    from touchline.server.people.models import User

    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise InputError(f"there is no account of {email!r}", todo="`touchline people list` shows who there is")
    return user


def _segments(given: list[str] | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in given or []:
        name, equals, values = text.partition("=")
        if not equals or not name.strip() or not values.strip():
            raise InputError(f"{text!r} is not NAME=VALUE", where="--segment", todo="write --segment region=emea,apac")
        found.setdefault(name.strip(), []).extend(one.strip() for one in values.split(",") if one.strip())
    return found


def _said(segments: dict[str, list[str]]) -> str:
    return ", ".join(f"{name}={'|'.join(values)}" for name, values in segments.items()) or "all customers"


def _show(told: dict[str, Any], token: str, as_json: bool) -> None:
    if as_json:
        write_json({**told, "key": token})
        return
    err.print(f"{safe(told['name'])} may {', '.join(told['scopes'])}. Keep this: it is not shown again.")
    write(token)
