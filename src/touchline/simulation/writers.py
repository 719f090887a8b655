"""The world on disk: one flat file as a company would export it, and the truth beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import InputError
from touchline.simulation.columns import codes
from touchline.simulation.moments import QUESTIONS
from touchline.simulation.tables import Block
from touchline.simulation.truth import CUSTOMERS, INCIDENT, TRUTH, spoken_table
from touchline.simulation.world import BLOCK_CUSTOMERS, START, World, simulate

Progress = Callable[[float], None]

#: Columns of the export, and the columns of interactions that they are.
_COLUMNS: Final = {
    "id": "interaction_id", "customer": "customer_ref", "account": "account_ref", "role": "role",
    "time": "occurred_at", "source": "source", "kind": "kind", "channel": "channel", "author": "author",
    "conversation": "conversation_ref", "programme": "programme", "purpose": "purpose", "stage": "stage",
    "touchpoint": "touchpoint", "event": "event", "text": "text",
}  # fmt: skip
_MONEY_AND_PEOPLE: Final = ("value", "currency", "campaign", "agent", "team")
_ATTRIBUTES: Final = ("tier", "region", "tenure", "wait_minutes")


class _Sink(Protocol):
    def write(self, table: pa.Table) -> None: ...


def write_csv(world: World, path: Path, texts: bool = True, progress: Progress | None = None) -> int:
    """Write a world's interactions as one flat file.

    Args:
        world: The world.
        path: Where; ``.parquet`` gives Parquet, anything else CSV.
        texts: Also the words? Without them the column ``text`` is empty.
        progress: Told the share that is done, 0 to 1.

    Returns:
        Rows written.
    """
    rows = 0
    with ExitStack() as stack:
        sink: _Sink | None = None
        for block in _watched(world, progress):
            table = flat(block.interactions, texts)
            sink = sink or stack.enter_context(_open(path, table.schema))
            sink.write(table)
            rows += table.num_rows
    return rows


def write_truth(world: World, path: Path, progress: Progress | None = None) -> None:
    """Write the truth about a world's interactions, and beside it what else is known.

    Next to ``truth.csv`` stand ``truth.customers.csv``, ``truth.incidents.csv``, ``truth.verbatims.csv``
    (every mention of every verbatim) and ``truth.story.json`` (the planted effects).

    Args:
        world: The world.
        path: Where the truth about interactions goes; its suffix decides the format, as in `write_csv`.
        progress: Told the share that is done, 0 to 1.
    """
    with ExitStack() as stack:
        write = _truth_writer(stack, world, path)
        for block in _watched(world, progress):
            write(block)


def simulate_to(
    directory: Path, customers: int, seed: int, progress: Progress | None = None, *, start: date = START
) -> World:
    """Simulate a world into a folder: ``interactions.csv``, and the truth in ``truth/``.

    Args:
        directory: The folder; made if need be.
        customers: How many customers.
        seed: Equal numbers give equal files.
        progress: Told the share that is done, 0 to 1.
        start: Its first day.

    Returns:
        The world.

    Raises:
        InputError: The folder cannot be made or written to.
    """
    world = simulate(customers, seed, start=start)
    try:
        (directory / "truth").mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            write = _truth_writer(stack, world, directory / "truth" / "truth.csv")
            sink: _Sink | None = None
            for block in _watched(world, progress):
                table = flat(block.interactions)
                sink = sink or stack.enter_context(_open(directory / "interactions.csv", table.schema))
                sink.write(table)
                write(block)
    except OSError as error:
        why = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise InputError(why, where=str(directory), todo="choose another folder") from error
    return world


def flat(interactions: pa.Table, texts: bool = True) -> pa.Table:
    """Return interactions as a company would export them: one column per score and attribute.

    Args:
        interactions: Schema `touchline.vocabulary.schemas.RAW_INTERACTIONS`.
        texts: Also the words?
    """
    columns = {name: interactions.column(column) for name, column in _COLUMNS.items()}
    columns["time"] = columns["time"].cast(pa.timestamp("s", tz="UTC"))
    if not texts:
        columns["text"] = pa.nulls(interactions.num_rows, pa.string())
    answers = interactions.column("answers").combine_chunks()
    row = pc.list_parent_indices(answers)
    given = answers.flatten()
    for question in QUESTIONS:
        asked = pc.equal(given.field("kind"), question)
        values = given.field("value").filter(asked).cast(pa.int8())
        columns[question] = _scattered(row.filter(asked), values, interactions.num_rows)
    columns |= {name: interactions.column(name) for name in _MONEY_AND_PEOPLE}
    columns["value"] = columns["value"].cast(pa.decimal128(18, 2))
    attributes = interactions.column("attributes")
    columns |= {name: pc.map_lookup(attributes, name, "first") for name in _ATTRIBUTES}
    return pa.table(columns)


def _scattered(rows: pa.Array, values: pa.Array, count: int) -> pa.Array:
    """Return a column of `count` rows with the values at the given rows, NULL elsewhere."""
    place = np.full(count, -1)
    place[rows.to_numpy()] = np.arange(len(rows))
    return values.take(codes(place))


def _truth_writer(stack: ExitStack, world: World, path: Path) -> Callable[[Block], None]:
    """Write what does not depend on blocks; return a function that writes a block."""
    story = json.dumps(world.story.to_dict(), indent=2)
    path.with_suffix(".story.json").write_text(story + "\n", encoding="utf-8")
    spoken = spoken_table()
    with _open(_beside(path, "verbatims"), spoken.schema) as sink:
        sink.write(spoken)
    truth = stack.enter_context(_open(path, TRUTH))
    customers = stack.enter_context(_open(_beside(path, "customers"), _seconds(CUSTOMERS)))
    incidents = stack.enter_context(_open(_beside(path, "incidents"), _seconds(INCIDENT)))

    def write(block: Block) -> None:
        truth.write(block.truth)
        customers.write(block.customers.cast(_seconds(CUSTOMERS)))
        incidents.write(block.incidents.cast(_seconds(INCIDENT)))

    return write


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


def _seconds(schema: pa.Schema) -> pa.Schema:
    """Return a schema with its times to the second, as people write them."""
    return pa.schema([f.with_type(pa.timestamp("s", tz="UTC")) if pa.types.is_timestamp(f.type) else f for f in schema])


def _watched(world: World, progress: Progress | None) -> Iterator[Block]:
    for number, block in enumerate(world.blocks(), start=1):
        yield block
        if progress is not None:
            progress(min(1.0, number * BLOCK_CUSTOMERS / world.customers))


@contextmanager
def _open(path: Path, schema: pa.Schema) -> Iterator[_Sink]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            yield writer
    else:
        from pyarrow import csv

        with csv.CSVWriter(path, schema) as writer:
            yield writer
