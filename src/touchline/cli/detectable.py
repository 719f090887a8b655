"""`touchline detectable`: which drops can be seen in time at a volume."""

from __future__ import annotations

from typing import Annotated

import typer

from touchline.cli.console import out
from touchline.cli.options import CsvOption, JsonOption
from touchline.cli.writing import write_figure


def detectable(
    per_day: Annotated[float, typer.Option(help="Touches a day that count: a customer's first in a week.")],
    base: Annotated[float, typer.Option(help="The usual JSI.")] = 65.0,
    drop: Annotated[float | None, typer.Option(help="Points to tell of; without it 2, 3, 5, 10 and 20.")] = None,
    monitors: Annotated[int, typer.Option(help="How many monitors share the budget.", min=1)] = 1,
    budget: Annotated[float, typer.Option(help="False alarms a month that the workspace allows.")] = 1.0,
    within: Annotated[int, typer.Option(help="Days.", min=1)] = 60,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Which drops of the JSI can be seen in time at a volume, and how long they take at best.

    [dim]touchline detectable --per-day 20 --monitors 8 --drop 3[/]
    """
    from touchline.cli.views import view
    from touchline.detection.reach import detectable as asked

    found = asked(per_day, budget, base, monitors=monitors, drop=drop, within=within)
    if not write_figure(found, as_json=as_json, as_csv=as_csv):
        out.print(view(found))
