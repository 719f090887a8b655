"""Blocks read and converted in parallel, in order, cut into chunks of a fixed number of records."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.sources.base import CHUNK_ROWS, Block, Chunk, Reading
from touchline.sources.converting import Plan, convert
from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS


@dataclass(frozen=True, slots=True)
class _Converted:
    interactions: pa.Table
    quarantine: pa.Table
    span: int
    fraction: float


def read_chunks(reading: Reading, plan: Plan, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """All chunks of a file.

    A chunk holds `rows` records, good and bad together; the last may hold fewer. A file without records gives
    one empty chunk, so that there is always something to report.
    """
    pending, row, fraction, gave = _Pending(), reading.first_row, 0.0, False
    for block in _ordered(reading.blocks(), plan):
        pending.add(_shifted(block.interactions, row), _shifted(block.quarantine, row))
        row += block.span
        fraction = block.fraction
        while pending.records >= rows:
            yield pending.cut(rows, fraction)
            gave = True
    if pending.records or not gave:
        yield pending.cut(pending.records, 1.0)


def _ordered(blocks: Iterator[Callable[[], Block]], plan: Plan) -> Iterator[_Converted]:
    def work(make: Callable[[], Block]) -> _Converted:
        block = make()
        return _Converted(*convert(block, plan), block.span, block.fraction)

    workers = min(4, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="touchline-read")
    ahead: deque[Future[_Converted]] = deque()
    try:
        for make in blocks:
            ahead.append(pool.submit(work, make))
            if len(ahead) > 2 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _shifted(table: pa.Table, by: int) -> pa.Table:
    """Row numbers of the block become those of the file."""
    place = table.schema.get_field_index("row")
    field_ = table.schema.field(place)
    return table.set_column(place, field_, pc.add(table.column(place), by))


@dataclass(slots=True)
class _Pending:
    """Converted records that wait for their chunk, as (interactions, quarantine), rows rising."""

    parts: deque[tuple[pa.Table, pa.Table]] = field(default_factory=deque)
    records: int = 0

    def add(self, interactions: pa.Table, quarantine: pa.Table) -> None:
        self.parts.append((interactions, quarantine))
        self.records += interactions.num_rows + quarantine.num_rows

    def cut(self, records: int, fraction: float) -> Chunk:
        """Take the first so many records, by row number."""
        taken: list[tuple[pa.Table, pa.Table]] = []
        missing = records
        while missing and self.parts:
            good, bad = self.parts.popleft()
            here = good.num_rows + bad.num_rows
            if here > missing:
                goods, bads = _split(good, bad, missing)
                self.parts.appendleft((good.slice(goods), bad.slice(bads)))
                good, bad = good.slice(0, goods), bad.slice(0, bads)
                here = missing
            taken.append((good, bad))
            missing -= here
        self.records -= records
        return Chunk(
            pa.concat_tables([good for good, _ in taken] or [RAW_INTERACTIONS.empty_table()]),
            pa.concat_tables([bad for _, bad in taken] or [QUARANTINE.empty_table()]),
            fraction,
        )


def _split(good: pa.Table, bad: pa.Table, records: int) -> tuple[int, int]:
    """How many of the first `records` records are good, and how many bad."""
    if not bad.num_rows:
        return records, 0
    rows = np.concatenate([good.column("row").to_numpy(), bad.column("row").to_numpy()])
    last = np.partition(rows, records - 1)[records - 1]
    goods = int((rows[: good.num_rows] <= last).sum())
    return goods, records - goods
