"""`touchline understanding`: who read the texts, what that cost, and asking again for what fell back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from touchline.cli.console import out, progress
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import sheet, thousands
from touchline.cli.writing import write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from touchline.understanding.llm import Overview


def understanding(
    workspace: WorkspaceOption = Path(),
    retry: Annotated[
        bool, typer.Option("--retry", help="First ask the language model again for the texts that fell back.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say who read the texts; with a language model also what fell back, why, and what was spent today.

    [dim]touchline understanding --workspace acme[/]
    [dim]touchline understanding --retry --workspace acme[/]
    """
    from touchline.workspace import Workspace

    with Workspace(workspace) as opened:
        with progress("understanding") as told:
            if retry:
                opened.read_again(told)
            else:
                opened.catch_up(told)
        found = opened.understanding()
    if as_json:
        write_json(found.as_json())
        return
    table = sheet(("", "left"), ("", "right"))
    table.show_header = False
    table.add_row("understander", Text(found.version, overflow="fold"))
    for method, texts in found.read_by:
        table.add_row(f"texts read by {method}", thousands(texts))
    if found.llm:
        _paid(table.add_row, found.llm)
    out.print(table)
    if found.llm and found.llm.fallen:
        out.print(Text("`touchline understanding --retry` asks again for what fell back", style="dim"))


def _paid(add: Callable[..., None], paid: Overview) -> None:
    add("model", Text(f"{paid.model} at {paid.host}"))
    add("answers kept", thousands(paid.answered))
    for reason, texts in paid.fallen:
        add(f"fell back: {reason}", thousands(texts))
    for name in ("requests", "tokens", "texts"):
        used, most = getattr(paid, name)
        add(f"{name} today", f"{thousands(used)} of {thousands(most)}")
    add("instructions of a request", f"about {thousands(paid.instructions)} tokens")
