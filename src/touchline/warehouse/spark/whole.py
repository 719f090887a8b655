"""Whole buckets of customers handed to a function on the cluster, which writes files of its own.

A task names the files that it wrote; only a manifest makes them count. So a task that died and ran again, or ran twice,
leaves files that nobody reads, and `manifest.tidy` deletes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.warehouse.spark.session import whole_files
from touchline.warehouse.spark.warehouse import framed

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TOLD: Final = pa.schema([("told", pa.string())])


def told_by(
    spark: SparkSession,
    schema: pa.Schema,
    files: list[str],
    work: Callable[[Iterator[pa.RecordBatch]], dict[str, Any]],
) -> list[dict[str, Any]]:
    """Run a function over each file's rows on the cluster; return what each told, in no order.

    Args:
        spark: The session.
        schema: Of the files.
        files: Paths as Spark takes them; one task reads one file, from its first row to its last.
        work: From the batches of a file, of any length, to what JSON can hold.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        first = next(batches, None)
        if first is not None:
            yield pa.record_batch([[json.dumps(work(_chained(first, batches)))]], schema=_TOLD)

    if not files:
        return []
    frame = framed(whole_files(spark), schema, files)
    return [json.loads(row["told"]) for row in frame.mapInArrow(run, "told STRING").collect()]


def _chained(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest
