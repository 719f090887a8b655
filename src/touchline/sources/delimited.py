"""CSV, TSV and their kin: fast where the text is sound, tolerant where it is not.

The file is cut at record ends into stretches of about two megabytes. A stretch whose quotes pair up is read
by Arrow's reader; if that finds anything odd (a ragged row, a byte that is no character), the stretch is read
again by the tolerant reader. A stretch whose quotes do not pair up is read by the tolerant reader at once,
and cutting goes on from where that one comes to rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import csv

from touchline.sources.base import MAX_RECORD, MISSING, Block, Reading, Reject
from touchline.sources.encodings import Bytes, as_utf8, detect, is_wide, original
from touchline.sources.files import SourceFile
from touchline.sources.layout import NO_DELIMITER, lay_out
from touchline.sources.records import Record, read_records

STRETCH: Final = 2 << 20
_SAMPLE: Final = 2_000
_MISSING: Final = frozenset(m.encode() for m in MISSING)
Before = tuple[tuple[int, Record], ...]

_SUFFIXES: Final = {"csv", "tsv", "txt", "tab", "psv", "dat"}


@dataclass(frozen=True, slots=True)
class _Text:
    """The text to be read, as UTF-8, and how."""

    data: Bytes
    start: int
    stop: int
    delimiter: bytes
    columns: tuple[str, ...]
    encoding: str

    def read(self, start: int, stop: int) -> Iterator[Record]:
        return read_records(self.data, start, stop, self.delimiter, len(self.columns))


class Delimited:
    """Text in rows and columns."""

    name = "delimited"
    options = ("encoding", "delimiter", "header")

    def recognise(self, file: SourceFile) -> float:
        """Any text will do, if nothing else claims it."""
        text = file.what_binary() is None or is_wide(file.head)
        return (0.6 if file.suffix in _SUFFIXES else 0.3) if text else 0.0

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Find encoding, delimiter and header."""
        encoding = detect(file, options.get("encoding"))
        data, start = as_utf8(file, encoding)
        layout = lay_out(data, start, file.suffix, options.get("delimiter"), options.get("header"))
        stop = len(data)
        while stop > layout.start and data[stop - 1] in b"\r\n":
            stop -= 1
        text = _Text(data, layout.start, stop, layout.delimiter, layout.columns, encoding)
        return Reading(
            columns=layout.columns,
            sample=_sample(text),
            blocks=partial(_blocks, text, layout.before, layout.first_row),
            first_row=layout.first_row,
            encoding=encoding,
            delimiter="" if layout.delimiter == NO_DELIMITER else layout.delimiter.decode(),
            notes=layout.notes,
        )


SOURCE: Final = Delimited()


def _sample(text: _Text) -> pa.Table:
    records = (r for r in text.read(text.start, text.stop) if r.cells is not None)
    return _table(text, [r.cells for r, _ in zip(records, range(_SAMPLE), strict=False) if r.cells])


def _blocks(
    text: _Text, before: Before = (), first_row: int = 2, *, tolerant: bool = False
) -> Iterator[Callable[[], Block]]:
    """All blocks of the text; ``tolerant`` never takes the fast reader (for tests)."""
    if before:
        yield partial(_set_aside, text, before, first_row)
    position = text.start
    while position < text.stop:
        stop, quotes = _cut(text, position)
        if stop is None:
            block, position = _recover(text, position)
            yield partial(_same, block)
        else:
            yield partial(_stretch, text, position, stop, quotes, tolerant)
            position = stop


def _same(block: Block) -> Block:
    return block


def _set_aside(text: _Text, before: Before, first_row: int) -> Block:
    reason = "this line stands before the header; it is no record"
    rejects = tuple(
        Reject(row - first_row, reason, original(text.data[r.start : r.stop], text.encoding)) for row, r in before
    )
    return Block(_table(text, []), pa.array([], pa.int64()), 0, lambda _: b"", rejects, 0.0)


def _cut(text: _Text, start: int) -> tuple[int | None, bool]:
    """Where a sound stretch ends that begins here, or None where quotes do not pair; and has it quotes?"""
    data, size = text.data, STRETCH
    while True:
        stop = min(start + size, text.stop)
        last = stop == text.stop
        if data.find(b'"', start, stop) < 0:
            end = stop if last else data.rfind(b"\n", start, stop) + 1
            if end > start:
                return end, False
        else:
            codes = np.frombuffer(data, np.uint8, stop - start, start)
            quotes = np.flatnonzero(codes == 34)
            end = stop if last else start + _sound_end(codes, quotes)
            if end > start:
                inside = quotes[: np.searchsorted(quotes, end - start)]
                return (end, True) if _paired(codes[: end - start], inside, text.delimiter) else (None, True)
        if last or size >= 2 * MAX_RECORD:
            return None, True
        size *= 4


def _sound_end(codes: np.ndarray, quotes: np.ndarray) -> int:
    """One past the last line break that is outside of quotes, or 0."""
    breaks = np.flatnonzero(codes == 10)
    outside = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _paired(codes: np.ndarray, quotes: np.ndarray, delimiter: bytes) -> bool:
    """Does each quote open behind a delimiter or line break, close before one, or stand doubled?"""
    if len(quotes) % 2:
        return False
    edge = np.zeros(256, bool)
    edge[[10, 13, 34, delimiter[0]]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    if opening[:1].tolist() == [0]:
        opening = opening[1:]
    if closing[-1:].tolist() == [len(codes) - 1]:
        closing = closing[:-1]
    return bool(edge[codes[opening - 1]].all() and edge[codes[closing + 1]].all())


def _stretch(text: _Text, start: int, stop: int, quotes: bool, tolerant: bool) -> Block:
    if not tolerant and stop - start <= MAX_RECORD:
        table = _fast(text, start, stop, quotes)
        if table is not None:
            rows = pa.array(np.arange(table.num_rows))
            raw = _LazyRaw(text, start, stop)
            return Block(table, rows, table.num_rows, raw, (), stop / len(text.data))
    return _block(text, list(text.read(start, stop)), stop)


def _fast(text: _Text, start: int, stop: int, quotes: bool) -> pa.Table | None:
    data, alone = text.data, len(text.columns) == 1
    if data.find(b"\0", start, stop) >= 0:
        return None
    # Arrow gives an empty line of a one-column table as a record.
    if alone and (data[start : start + 1] in {b"\n", b"\r"} or _has_blank_line(data[start:stop])):
        return None
    try:
        return csv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start, stop - start)),
            csv.ReadOptions(use_threads=False, block_size=stop - start + 1, column_names=text.columns, encoding="utf8"),
            csv.ParseOptions(delimiter=text.delimiter.decode(), newlines_in_values=quotes, ignore_empty_lines=False),
            csv.ConvertOptions(
                column_types=dict.fromkeys(text.columns, pa.string()),
                strings_can_be_null=True,
                null_values=list(MISSING),
            ),
        )
    except pa.ArrowInvalid:
        return None


def _has_blank_line(stretch: bytes) -> bool:
    return any(pair in stretch for pair in (b"\n\n", b"\n\r", b"\r\r"))


@dataclass(slots=True)
class _LazyRaw:
    """The i-th record's bytes, found only when a record must go to quarantine."""

    text: _Text
    start: int
    stop: int
    spans: list[tuple[int, int]] | None = None

    def __call__(self, i: int) -> bytes:
        if self.spans is None:
            # Arrow gives a blank line as a row of nothing, so that blank lines count here.
            self.spans = [(r.start, r.stop) for r in self.text.read(self.start, self.stop)]
        start, stop = self.spans[i]
        return original(self.text.data[start:stop], self.text.encoding)


def _recover(text: _Text, start: int) -> tuple[Block, int]:
    """Read tolerantly until the trouble seems to be over; returns the block and where it ends."""
    records: list[Record] = []
    for record in text.read(start, text.stop):
        records.append(record)
        length = record.stop - start
        if length >= STRETCH or (length >= STRETCH // 8 and record.cells is not None):
            break
    stop = records[-1].stop
    return _block(text, records, stop), stop


def _block(text: _Text, records: list[Record], stop: int) -> Block:
    good = [(i, r) for i, r in enumerate(records) if r.cells is not None]
    rejects = tuple(
        Reject(i, r.reason, original(text.data[r.start : r.stop], text.encoding))
        for i, r in enumerate(records)
        if r.reason
    )

    def raw(i: int) -> bytes:
        record = good[i][1]
        return original(text.data[record.start : record.stop], text.encoding)

    table = _table(text, [r.cells for _, r in good if r.cells is not None])
    rows = pa.array([i for i, _ in good], pa.int64())
    return Block(table, rows, len(records), raw, rejects, stop / len(text.data))


def _table(text: _Text, rows: list[list[bytes]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(text.columns)
    arrays = [
        pa.array([None if c in _MISSING else c for c in column], pa.binary()).cast(pa.string()) for column in columns
    ]
    return pa.Table.from_arrays(arrays, names=list(text.columns))
