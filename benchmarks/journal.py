"""The journal: accepted interactions a second by group commit, beside a bare SQLite append of the same bytes.

``python -m benchmarks.journal`` appends batches that are identified and redacted already. Ours encodes, compresses,
hashes, seals and counts them; the bare one inserts the finished bytes, one transaction per group, with the same
write-ahead log and full sync. Both run in turns.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.page import machine
from benchmarks.redaction import usual_texts
from benchmarks.timing import pair
from touchline.journal import Append, Batch, Cipher, SqliteJournal
from touchline.journal.base import encode
from touchline.journal.sql import SqlJournal
from touchline.vocabulary.schemas import RAW_INTERACTIONS
from touchline.workspace.accept import sealed
from touchline.workspace.identify import Identifier

#: Rows of a batch, and batches of a group.
SHAPES = ((500, 1), (500, 8), (5_000, 4), (1, 1), (1, 64))
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Load:
    """What is appended: groups of batches, and their payloads as they are stored."""

    groups: list[list[Batch]]
    payloads: list[list[bytes]]
    rows: int

    @classmethod
    def of(cls, table: pa.Table, rows: int, together: int) -> Load:
        """Cut a table into batches, and these into groups."""
        number = max(2, min(table.num_rows // (rows * together), 200))
        batches = [
            Batch("interactions", table.slice(place * rows, rows), place.to_bytes(32, "big"), False, "bench", _BEGAN)
            for place in range(number * together)
        ]
        groups = [batches[start : start + together] for start in range(0, len(batches), together)]
        return cls(groups, [[encode(batch.table) for batch in group] for group in groups], len(batches) * rows)


def interactions(rows: int) -> pa.Table:
    """Return interactions as the door accepts them: identified and redacted."""
    texts = usual_texts(rows)
    records = [
        {
            "interaction_id": str(n), "source": "survey", "kind": "survey", "author": "customer",
            "customer_ref": f"C{n % 5_000}", "occurred_at": _BEGAN + timedelta(seconds=n), "date_only": False,
            "text": texts[n], "attributes": [("region", "emea"), ("tier", "vip")],
        }
        for n in range(rows)
    ]  # fmt: skip
    raw = pa.Table.from_pylist(records, RAW_INTERACTIONS)
    return sealed(raw, Identifier(b"key"), origin="bench")[0].table


def into_journal(make: Callable[[], SqlJournal], load: Load) -> None:
    """Append every group in a transaction of its own."""
    with make() as journal:
        for group in load.groups:
            journal.append_many([Append(batch) for batch in group])


def into_sqlite(path: Path, load: Load) -> None:
    """Insert the finished bytes, a transaction per group."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE log (n INTEGER PRIMARY KEY, payload BLOB NOT NULL)")
    for group in load.payloads:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO log (payload) VALUES (?)", [(payload,) for payload in group])
        connection.execute("COMMIT")
    connection.close()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journal", description=__doc__)
    parser.add_argument("--rows", type=int, default=40_000, help="interactions per measurement, at most")
    parser.add_argument("--rounds", type=int, default=5, help="times that each pair is run")
    parser.add_argument("--encrypt", action="store_true", help="ours encrypts as well")
    parser.add_argument("--postgres", metavar="URL", help="ours is in this database")
    chosen = parser.parse_args()
    cipher = Cipher([os.urandom(32)] if chosen.encrypt else [])
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for header in ("Batches", "Interactions/s", "Commits/s", "Bare SQLite, interactions/s", "Ratio of times"):
        table.add_column(header, justify="left" if header == "Batches" else "right")
    taken = interactions(chosen.rows)
    for rows, together in SHAPES:
        load = Load.of(taken, rows, together)
        with tempfile.TemporaryDirectory() as folder:
            made = _fresh(Path(folder), cipher, chosen.postgres)
            bare = iter(Path(folder) / f"bare-{n}.db" for n in range(1_000))
            found = pair(
                "",
                lambda made=made, load=load: into_journal(made, load),
                lambda bare=bare, load=load: into_sqlite(next(bare), load),
                rounds=chosen.rounds,
                at_most=float("inf"),
                goal="",
            )
        table.add_row(
            f"{together} of {rows:,} a commit",
            f"{load.rows / found.ours:,.0f}",
            f"{len(load.groups) / found.ours:,.0f}",
            f"{load.rows / found.other:,.0f}",
            f"{found.ratio:.2f}",
        )
    console = Console()
    console.print(machine())
    console.print(table)


def _fresh(folder: Path, cipher: Cipher, url: str | None) -> Callable[[], SqlJournal]:
    """Return what opens a journal that is new every time."""
    numbers = iter(range(1_000))
    if not url:
        return lambda: SqliteJournal(folder / f"journal-{next(numbers)}.db", cipher)
    from touchline.journal.postgres import PostgresJournal

    began = f"bench_{datetime.now(UTC):%H%M%S%f}"
    return lambda: PostgresJournal(url, f"{began}_{next(numbers)}", cipher)


if __name__ == "__main__":
    main()
