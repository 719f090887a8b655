"""Small files and what is asked of a workspace after importing them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from touchline.sources import open_export
from touchline.warehouse.duckdb import writing
from touchline.workspace import Imported, Workspace


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as CSV; the first row's keys are the header."""
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def answer(number: int, **changes: Any) -> dict[str, Any]:
    """Return the row of a survey answer, told apart from others by its number."""
    said = ("Parcel came a week late", "The courier was friendly", "I waited an hour on the phone", "")[number % 4]
    return {
        "id": f"a{number}",
        "customer": f"C{number % 7}",
        "date": f"2026-01-{1 + number % 28:02d} 10:{number % 60:02d}",
        "nps": number % 11,
        "comment": said,
        "region": ("emea", "apac")[number % 2],
    } | changes


def answers(*numbers: int) -> list[dict[str, Any]]:
    """Return the rows of several survey answers."""
    return [answer(number) for number in numbers]


def take_in(workspace: Workspace, path: Path, source: str = "survey", **options: Any) -> Imported:
    """Import a file."""
    export = open_export(
        path, source=source, taxonomy=workspace.taxonomy, timezone=workspace.settings.workspace.timezone, **options
    )
    return workspace.take_in(export)


def fingerprint(workspace: Workspace) -> dict[str, tuple[int, str]]:
    """Return count and hash of every table."""
    return writing.fingerprint(workspace.warehouse)


def contents(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the warehouse holds, apart from the order in which it came: offsets, receipts, rows of files."""
    arrival = 'EXCLUDE (received_at, "offset", row, live)'
    found = {}
    for name, exclude in {
        "interactions": arrival, "evidence": "", "journey": "", "touches": "", "mentions": "", "answers": "",
    }.items():  # fmt: skip
        table = workspace.warehouse.fetch(
            f"SELECT (t::VARCHAR) AS row FROM (SELECT * {exclude} FROM {name}) t ORDER BY 1"
        )
        found[name] = table["row"].to_pylist()
    return found
