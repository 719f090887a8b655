"""How every question of the command line is asked and its figure shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.console import out
from touchline.cli.options import period
from touchline.cli.writing import write_figure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from touchline.questions import Questions
    from touchline.scores.base import Figure, Filters

Who = Annotated[
    int | None,
    typer.Option(help="Show the customers behind this row of the figure instead, counted from 1.", min=1),
]


def answer(
    workspace: Path,
    ask: Callable[[Questions, Filters, Filters | None], Figure],
    chosen: Filters,
    last: int | None,
    as_json: bool,
    as_csv: bool,
    who: int | None = None,
) -> None:
    """Ask a question of a workspace, and print its figure.

    Args:
        workspace: The folder.
        ask: The question, of the filters in force and of those of the period before, where there is one.
        chosen: The filters given.
        last: Take the last so many days.
        as_json: Print JSON.
        as_csv: Print CSV.
        who: Print the customers behind this row, counted from 1.
    """
    from touchline.cli.views import view
    from touchline.questions import open_workspace

    with open_workspace(workspace) as journey:
        found = ask(journey, *period(journey, chosen, last))
        if who is not None:
            found = journey.behind(found, who - 1)
    if not write_figure(found, as_json=as_json, as_csv=as_csv):
        out.print(view(found))
