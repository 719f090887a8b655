"""`touchline maps measure`: what a workspace measured, laid over a map's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.text import Text

from touchline.cli import maps
from touchline.cli.console import out
from touchline.cli.options import (
    CsvOption,
    JsonOption,
    Last,
    Segments,
    Since,
    Until,
    WorkspaceOption,
    filters,
    period,
)
from touchline.cli.tables import BAD, GOOD, percent, sheet
from touchline.cli.writing import write_csv, write_json

if TYPE_CHECKING:
    from touchline.maps.measured import Overlay
    from touchline.maps.model import Map

#: Figures in their order; those with the highest number go first where the terminal is too narrow.
_SHOWN = {"jsi": 0, "nps": 2, "csat": 0, "ces": 3, "dropoff": 0, "dwell": 1}
_LEVELS = {"strong": GOOD, "some": GOOD, "none": BAD, "untold": "dim"}
_FINDINGS = 12


@maps.app.command()
def measure(
    file: Annotated[Path, typer.Argument(help="A map's file.", show_default=False)],
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    segment: Segments = None,
    personas: Annotated[bool, typer.Option("--personas", help="Measure each of the map's personas too.")] = False,
    cards: Annotated[bool, typer.Option("--cards", help="Tell how well data back each card.")] = False,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """What was measured of each step, how well data back the cards, and where map and data part.

    [dim]touchline maps measure journey.yaml --last 90 --segment tier=vip[/]
    """
    now = maps.opened(file)
    laid = _laid(now, workspace, filters(since, until, None, segment), last, personas)
    if as_json:
        from touchline.overlay.plain import as_plain

        write_json(as_plain(laid))
        return
    if as_csv:
        import pyarrow as pa

        rows = _rows(now, laid)
        write_csv(pa.table({name: [row.get(name) for row in rows] for name in rows[0]}) if rows else pa.table({}))
        return
    out.print(Group(*_steps(now, laid), *(_cards(now, laid) if cards else ()), *_findings(now, laid)))


def _laid(now: Map, workspace: Path, chosen: Any, last: int | None, personas: bool) -> Overlay:
    from touchline.overlay import overlay
    from touchline.questions import Local, open_workspace
    from touchline.settings import Settings

    with open_workspace(workspace) as journey:
        taxonomy = journey.workspace.taxonomy if isinstance(journey, Local) else journey.taxonomy()
        settings = Settings.load(workspace / "touchline.toml")
        period_, before = period(journey, chosen, last)
        return overlay(now, journey, period_, taxonomy=taxonomy, settings=settings, previous=before, personas=personas)


def _rows(now: Map, laid: Overlay) -> list[dict[str, Any]]:
    """Return one row per step: its measures, flat."""
    found = []
    for step in now.steps():
        measured = laid.steps[step.id]
        row: dict[str, Any] = {
            "step": step.id, "name": step.name, "bound": measured.bound, "volume": measured.volume,
            "customers": measured.customers, "believed_jsi": step.belief().jsi,
        }  # fmt: skip
        for name in _SHOWN:
            one = measured.metrics.get(name)
            row |= {
                name: one and one.value, f"{name}_low": one and one.low, f"{name}_high": one and one.high,
                f"{name}_n": one.n if one else 0,
            }  # fmt: skip
        found.append(row)
    return found


def _steps(now: Map, laid: Overlay) -> list[Any]:
    from touchline.figures.numbers import day, plain
    from touchline.maps.telling import METRICS, number_of

    heads = [(METRICS[name][0], "right", rank) for name, rank in _SHOWN.items()]
    table = sheet(("Step", "left"), ("Comments", "right"), ("Believed", "right"), *heads)
    for step in now.steps():
        measured = laid.steps[step.id]
        figures = [
            number_of(name, measured.metrics[name]) if name in measured.metrics else Text("–", style="dim")
            for name in _SHOWN
        ]
        belief = step.belief().jsi
        table.add_row(step.name, f"{measured.volume:,}", "" if belief is None else plain(belief), *figures)
    when = f"{day(laid.start)} to {day(laid.end)}" if laid.start and laid.end else "no data"
    backed = "" if laid.validation is None else f" · {percent(laid.validation)} of the claims are backed by data"
    told = [Text(f"· {note}", style="dim") for note in laid.notes]
    return [Text(now.name, style="bold"), Text(when + backed, style="dim"), table, *told]


def _cards(now: Map, laid: Overlay) -> list[Any]:
    texts = {card.id: card for card in now.cards}
    names = {step.id: step.name for step in now.steps()}
    table = sheet(("Step", "left", 2), ("Card", "left", 4), ("Backed", "left"), ("", "left", 3))
    for one in laid.cards.values():
        card = texts[one.card]
        level = Text(one.level, style=_LEVELS[one.level])
        table.add_row(names.get(card.step, card.step), card.text or card.metric, level, one.told)
    return [table] if laid.cards else []


def _findings(now: Map, laid: Overlay) -> list[Text]:
    if not laid.findings:
        return []
    shown = [Text.assemble((f"· {one.title}", "bold"), f": {one.text}") for one in laid.findings[:_FINDINGS]]
    more = len(laid.findings) - len(shown)
    return [Text(), *shown, *([Text(f"· and {more} more: --json tells all", style="dim")] if more > 0 else [])]
