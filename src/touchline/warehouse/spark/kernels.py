"""Kernels over buckets of customers: rows stream through Arrow, counts come back and are added.

Spark hands a task its rows in batches of any length, so a customer may be cut between two of them. The last customer of
a batch waits for the next one; a file holds whole customers and is read by one task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import pyarrow as pa

from touchline.warehouse.spark.session import whole_files
from touchline.warehouse.spark.warehouse import framed

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from touchline.warehouse.index.journeys import Journeys

Counts = TypeVar("Counts")
#: A kernel runs over about so many rows at once: enough for NumPy, little enough for memory.
CHUNK: Final = 1_000_000
_ANSWER: Final = "part INT, lacks STRING, counts BINARY"
_ANSWERED: Final = pa.schema([("part", pa.int32()), ("lacks", pa.string()), ("counts", pa.binary())])


class Lacking(Exception):
    """A kernel asked for a column that was not read; told to the driver, which reads all of them."""

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(column)


def whole_customers(batches: Iterable[pa.RecordBatch], rows: int = CHUNK) -> Iterator[pa.Table]:
    """Yield tables of whole customers, of so many rows or more, from batches that may cut them.

    Args:
        batches: Sorted by ``customer_key``.
        rows: How many a table has at least, the last one aside.

    >>> cut = pa.table({"customer_key": [1, 1, 2, 2, 2, 3]}).to_batches(max_chunksize=2)
    >>> [table["customer_key"].to_pylist() for table in whole_customers(cut, rows=2)]
    [[1, 1], [2, 2, 2], [3]]
    """
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        if held >= rows:
            keys = batch.column("customer_key")
            last = waiting[-1].column("customer_key")[-1]
            other = np.flatnonzero(keys.to_numpy() != last.as_py())
            if len(other):
                yield pa.Table.from_batches([*waiting, batch.slice(0, int(other[0]))])
                batch = batch.slice(int(other[0]))  # noqa: PLW2901  the rest of it
                waiting, held = [], 0
        waiting.append(batch)
        held += batch.num_rows
    if waiting:
        yield pa.Table.from_batches(waiting)


def counted(
    spark: SparkSession,
    schema: pa.Schema,
    files: list[str],
    slice_of: Callable[[pa.Table], Journeys],
    kernel: Callable[[Journeys], Counts],
    merge: Callable[[Counts, Counts], Counts],
    columns: list[str],
) -> Counts:
    """Run a kernel over every file's customers on the cluster; merge the counts in the files' order.

    A task that dies is run again by Spark; its counts come back once.

    Args:
        spark: The session.
        schema: Of the files.
        files: Paths as Spark takes them, each of whole customers, sorted by key.
        slice_of: Makes journeys of a table of whole customers.
        kernel: A pure function from journeys to counts.
        merge: Adds the counts of two slices.
        columns: Which columns are read; `Lacking` is raised where these do not do.

    Raises:
        Lacking: The kernel wants another column.
    """
    from pyspark import cloudpickle

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        total: Any = None
        lacks: str | None = None
        try:
            for table in whole_customers(batches):
                found = kernel(slice_of(table))
                total = found if total is None else merge(total, found)
        except Lacking as error:
            total, lacks = None, error.column
        if total is not None or lacks is not None:
            blob = None if total is None else cloudpickle.dumps(total)  # type: ignore[no-untyped-call]
            yield pa.record_batch([[context.partitionId() if context else 0], [lacks], [blob]], schema=_ANSWERED)

    frame = framed(whole_files(spark), schema, files).select(*columns)
    answers = sorted(frame.mapInArrow(run, _ANSWER).collect(), key=lambda row: row["part"])
    total: Any = None
    for row in answers:
        if row["lacks"] is not None:
            raise Lacking(row["lacks"])
        part = cloudpickle.loads(row["counts"])
        total = part if total is None else merge(total, part)
    return total  # type: ignore[no-any-return]
