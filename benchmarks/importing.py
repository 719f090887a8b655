"""Importing a large CSV without texts, beside DuckDB reading it into a table."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from benchmarks.timing import Pair, pair
from touchline.simulation import simulate, write_csv
from touchline.sources import open_export
from touchline.workspace import Workspace

_PER_CUSTOMER = 22


def make_csv(folder: Path, rows: int) -> Path:
    """Write a simulated CSV of about so many rows, once."""
    path = folder / f"interactions-{rows}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(simulate(max(1, rows // _PER_CUSTOMER), 7), path, texts=False)
    return path


def into_workspace(csv: Path, folder: Path) -> None:
    """Import as `touchline import` does: recognised, journalled, stored, placed."""
    shutil.rmtree(folder, ignore_errors=True)
    with Workspace.create(folder) as workspace:
        imported = workspace.take_in(open_export(csv, taxonomy=workspace.taxonomy))
        if imported.stored != imported.received:
            raise AssertionError(f"not everything was stored: {imported}")


def into_duckdb(csv: Path, path: Path) -> None:
    """Read the file into a table on disk."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE interactions AS SELECT * FROM read_csv(?)", [str(csv)])


def run(folder: Path, rows: int, rounds: int) -> list[Pair]:
    """Measure."""
    csv = make_csv(folder, rows)
    return [
        pair(
            f"import {rows:,} rows without texts / DuckDB read_csv",
            lambda: into_workspace(csv, folder / "workspace"),
            lambda: into_duckdb(csv, folder / "plain.duckdb"),
            rounds=rounds,
            at_most=4.0,
            goal="at most 4 (a quarter of the rate)",
        )
    ]
