"""`touchline simulate`: a world whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.console import out, progress


def simulate(
    customers: Annotated[int, typer.Option(help="How many customers.", min=1)] = 2_000,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal worlds.")] = 1,
    to: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path("simulated"),
) -> None:
    """Make a world of customers, feedback and events, as CSV, with the truth kept apart.

    [dim]touchline simulate --customers 50000 --seed 7 --out world[/]
    """
    from touchline.simulation import simulate_to

    with progress("simulate") as told:
        simulate_to(to, customers, seed, lambda done: told("simulating", done))
    out.print(f"Wrote {to / 'interactions.csv'}, and what is true of it in {to / 'truth'}")
