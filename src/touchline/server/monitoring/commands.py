"""``touchline monitors`` and ``touchline gates``: on the server's database, and on the workspace or its server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from touchline.cli.console import out
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import safe
from touchline.cli.writing import write_json
from touchline.errors import WarehouseLocked
from touchline.server.monitoring.renewing import Order
from touchline.server.people.terminal import opened, recorded, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from touchline.questions import Local
    from touchline.server.workspaces.models import Workspace

monitors = typer.Typer(help="Standing checks and their alerts: apply a file, list, back-test.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(monitors, name="monitors")
    app.command()(gates)


@monitors.command("apply")
def apply_file(
    file: Annotated[Path, typer.Argument(help="A YAML file of monitors and gates.")],
    workspace: WorkspaceOption = Path(),
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove those that came from a file and are in this one no more.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the workspace's monitors and gates what a file says; applied twice, the second time changes nothing.

    [dim]touchline monitors apply monitors.yaml --workspace acme[/]
    """
    text = text_of(file)
    place = opened(workspace)
    found = _asked_there(place, "POST", "monitors/apply", {"yaml": text, "where": str(file), "prune": prune})
    if found is None:
        from touchline.server.monitoring import applying

        with _opened(workspace) as local:
            settings = local.workspace.settings.score
            knows = applying.known_in(local)
            wanted = applying.plan(text, str(file), local.workspace.taxonomy, knows, settings.gate)
        found = asdict(applying.apply(place.slug, wanted, by="command line", prune=prune))
        recorded(place, "monitors.applied", str(file))
    if as_json:
        write_json(found)
        return
    for verb in ("created", "changed", "removed"):
        for name in found[verb]:
            out.print(f"{verb} {safe(name)}")
    out.print(f"{len(found['unchanged'])} unchanged")


@monitors.command("list")
def list_monitors(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """List the monitors, what each watches, and how often it has fired.

    [dim]touchline monitors list --workspace acme[/]
    """
    slug = opened(workspace).slug
    from touchline.server.monitoring.api import monitor_json
    from touchline.server.monitoring.models import Monitor, Watch

    found = [monitor_json(one) for one in Monitor.objects.filter(workspace=slug)]
    watch = Watch.objects.filter(workspace=slug).first()
    budget = watch.budget if watch else 1.0
    if as_json:
        write_json({"budget": budget, "monitors": found})
        return
    table = Table("Monitor", "Watches", "How", "Where", "State", "Fired", box=None, pad_edge=False, header_style="dim")
    for one in found:
        where = ", ".join(
            [*(str(one[key]) for key in ("stage", "touchpoint", "theme", "channel", "source") if one.get(key)),
             *(f"{name}={value}" for name, value in one.get("segment", {}).items())]
        )  # fmt: skip
        state = "off" if not one["active"] else "muted" if one["muted_until"] else "on"
        table.add_row(safe(one["name"]), one["watch"], one["kind"], safe(where), state, str(one["fired"]))
    out.print(table if table.row_count else "None yet: `touchline serve` makes the first ones.")
    if found:
        out.print(f"Together they may raise {budget:g} false alarms a month.")


@monitors.command("backtest")
def backtest(
    name: Annotated[str, typer.Argument(help="A monitor's name; all of them without it.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="Test the monitors of this file instead, before applying it.")
    ] = None,
    days: Annotated[int, typer.Option(help="Days of history.", min=14, max=730)] = 180,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Tell when a monitor would have fired, had it watched the history as it came.

    [dim]touchline monitors backtest --workspace acme[/]
    """
    place = opened(workspace)
    text = text_of(file) if file else ""
    found = _tested(place.slug, place, workspace, name, text, str(file or ""), days)
    if as_json:
        write_json({"backtests": found})
        return
    for one in found:
        _show(one)


def _tested(
    slug: str, place: Workspace, workspace: Path, name: str, text: str, where: str, days: int
) -> list[dict[str, Any]]:
    from touchline.server.monitoring import applying
    from touchline.server.monitoring.backtesting import backtest as tested
    from touchline.server.monitoring.defaults import defaults
    from touchline.server.monitoring.models import Monitor
    from touchline.server.monitoring.spec import Spec

    specs = [Spec.of(one.spec) for one in Monitor.objects.filter(workspace=slug)]
    if _serving(place):
        from touchline.workspace.folder import Folder

        if text:
            taxonomy = _taxonomy(Folder(place.root))
            specs = list(applying.plan(text, where, taxonomy, {}).monitors)
        chosen = _named(specs, name)
        return [
            _asked_there(place, "POST", "monitors/backtest", _body(spec.as_dict()), days=str(days)) for spec in chosen
        ]
    with _opened(workspace) as local:
        if text:
            knows = applying.known_in(local)
            specs = list(applying.plan(text, where, local.workspace.taxonomy, knows).monitors)
        specs = specs or defaults(local.workspace.taxonomy)
        return [tested(local, slug, spec, days=days).as_dict() for spec in _named(specs, name)]


def _taxonomy(folder: Any) -> Any:
    from touchline.settings import Settings, open_taxonomy

    return open_taxonomy(Settings.load(folder.root / "touchline.toml"))


def _body(told: dict[str, Any]) -> dict[str, Any]:
    """Return a monitor as the API takes it."""
    schedule = {"days": told.pop("days", []), "from": told.pop("start", ""), "to": told.pop("end", "")}
    hours, to = told.pop("escalate_hours", 0), told.pop("escalate_to", "")
    return {**told, "schedule": schedule, **({"escalate": {"hours": hours, "to": to}} if to else {})}


def _named(specs: list[Any], name: str) -> list[Any]:
    chosen = [spec for spec in specs if not name or spec.name == name]
    if name and not chosen:
        from touchline.errors import unknown

        raise unknown("monitor", name, [spec.name for spec in specs])
    return chosen


def _show(one: dict[str, Any]) -> None:
    out.print(f"[bold]{safe(one['monitor']['name'])}[/]  {one['sentence']}")
    for firing in one["firings"]:
        out.print(
            f"  {firing['at'][:10]}  {safe(firing['title'])}  "
            f"[dim]since {firing['since'][:10]}, {firing['how_sure']}[/]"
        )
    told = f"{one['items']:,} items, {one['per_day']:g} a day"
    if one["detectable"]:
        told += f"; a lasting change of {one['detectable']:g} points is noticed within {one['within_days']} days"
    elif one["false_alarms_a_year"]:
        told += f"; too few for changes to be noticed within {one['within_days']} days"
    out.print(f"  [dim]{told}[/]")


def gates(
    workspace: WorkspaceOption = Path(),
    order: Annotated[
        Order, typer.Option(help="Which come first: the lowest JSI, what is due first, who was held last, by name.")
    ] = Order.JSI,
    as_json: JsonOption = False,
) -> None:
    """Show the gates, whom they hold, and when their contracts end.

    [dim]touchline gates --order due --workspace acme[/]
    """
    place = opened(workspace)
    slug = place.slug
    answer = _asked_there(place, "GET", "gates", None, order=order.value)
    found = answer["gates"] if answer else _gates_here(slug, workspace, order)
    if as_json:
        write_json({"gates": found})
        return
    for gate in found:
        out.print(
            f"[bold]{safe(gate['stage'])}[/], {gate['of']}s with a standing JSI of at least {gate['minimum']:g}: "
            f"{len(gate['held'])} held"
        )
        table = Table("Held", "JSI", "95 %", "Due", "Since", box=None, pad_edge=False, header_style="dim")
        for one in gate["held"][:50]:
            interval = f"{one['low']:.0f} to {one['high']:.0f}" if one["low"] is not None else ""
            jsi = f"{one['jsi']:.0f}" if one["jsi"] is not None else ""
            days = (str(one.get(name) or "")[:10] for name in ("due", "since"))
            table.add_row(safe(one["ref"]), jsi, interval, *days)
        if table.row_count:
            out.print(table)
    if not found:
        out.print("There is no gate.")


def _gates_here(slug: str, workspace: Path, order: Order) -> list[dict[str, Any]]:
    """Ask the gates of a workspace that no server holds; nothing is written down."""
    from django.utils import timezone

    from touchline.server.monitoring import gating, renewing
    from touchline.server.monitoring.defaults import default_gates
    from touchline.server.monitoring.gatespec import GateSpec

    with _opened(workspace) as local:
        specs = [GateSpec.of_dict(one.spec) for one in gating.gates_of(slug) if one.active]
        if not specs:
            accounts = bool(local.workspace.warehouse.value("SELECT count(account_ref) FROM customers"))
            specs = default_gates(local.workspace.taxonomy, local.workspace.settings.score.gate, accounts)
        now = timezone.now()
        told = []
        for spec in specs:
            dues = renewing.dues(local, spec.of)
            rows = [
                one.as_dict() | {"due": due.isoformat() if (due := dues.get(one.ref)) else None, "since": None}
                for one in gating.verdicts(local, spec, now)
                if one.result == "hold"
            ]
            told.append({**spec.as_dict(), "held": renewing.ordered(rows, order, dict)})
        return told


@contextmanager
def _opened(folder: Path) -> Iterator[Local]:
    """Open the workspace in this process."""
    from touchline.questions import Local, open_workspace

    with open_workspace(folder) as local:
        if not isinstance(local, Local):
            raise WarehouseLocked(
                "a server has begun to hold the workspace", where=str(folder), todo="repeat the command"
            )
        yield local


def _serving(place: Workspace) -> Any:
    from touchline.client.serving import serving

    return serving(place.root)


def _asked_there(place: Workspace, method: str, path: str, body: Any, **more: str) -> Any:
    """Ask the server that holds the workspace; None where none does."""
    held = _serving(place)
    if held is None:
        return None
    from touchline.client.transport import Transport

    server = Transport(held.url, held.token, workspace=held.workspace)
    try:
        pairs = list(more.items())
        answer = server.get(path, pairs) if method == "GET" else server.post(path, again=True, pairs=pairs, json=body)
        return answer.json()
    finally:
        server.close()
