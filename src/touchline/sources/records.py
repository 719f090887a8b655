"""Delimited text, record by record, whatever state it is in.

The tolerant reader. A record that spans several lines and does not come out right is taken for an unclosed
quote: only its first line is given up and reading goes on with the next, so that one stray quote cannot
swallow what follows. This reader defines what a file means; `touchline.sources.delimited` reads sound
stretches faster, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from touchline.sources.base import MAX_RECORD
from touchline.sources.encodings import Bytes

#: The inside of a quoted cell, up to the first quote that is not doubled.
_INSIDE: Final = re.compile(rb'[^"]*+(?:""[^"]*+)*+')


@dataclass(frozen=True, slots=True)
class Record:
    """One record: ``cells`` or, when it is no good, the ``reason``; at ``data[start:stop]``.

    ``blank`` marks an empty line: no record, but it takes a row number.
    """

    start: int
    stop: int
    cells: list[bytes] | None
    reason: str = ""
    blank: bool = False


@lru_cache(maxsize=32)
def _patterns(delimiter: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes]]:
    ends = re.escape(delimiter) + rb"|\r\n|\n|\r|\Z"
    return (
        re.compile(rb'[ ]*"'),
        re.compile(rb"[ ]*(?P<end>" + ends + rb")"),
        re.compile(rb"(?P<cell>[^\r\n" + re.escape(delimiter) + rb"]*)(?P<end>" + ends + rb")"),
    )


def read_records(data: Bytes, start: int, stop: int, delimiter: bytes, width: int | None) -> Iterator[Record]:
    """Split ``data[start:stop]`` into records.

    Args:
        data: UTF-8 text.
        start: Where the first record begins.
        stop: Where to stop reading.
        delimiter: One byte.
        width: How many cells a record has; None takes any number.
    """
    position = start
    while position < stop:
        record = _record(data, position, stop, delimiter, width)
        yield record
        position = record.stop


def _line_end(data: Bytes, start: int, stop: int) -> int:
    """One past the line's end."""
    newline = data.find(b"\n", start, stop)
    return stop if newline < 0 else newline + 1


def _record(data: Bytes, start: int, stop: int, delimiter: bytes, width: int | None) -> Record:
    end = _line_end(data, start, stop)
    line = data[start:end]
    body = line.removesuffix(b"\n").removesuffix(b"\r")
    if b"\r" in body and b'"' not in body and not _is_one(body, delimiter, width):
        end = start + body.index(b"\r") + 1
        body = data[start : end - 1]
    if not body or (width != 1 and not body.strip()):
        return Record(start, end, None, blank=True)
    if b'"' not in body:
        return _judge(data, (start, end, end), body.split(delimiter), width)
    cells, after, reason = _quoted(data, start, stop, delimiter)
    if cells is None:
        return Record(start, end, None, reason)
    if cells == [b""] and width != 1:
        return Record(start, after, None, blank=True)
    return _judge(data, (start, end, after), cells, width)


def _is_one(body: bytes, delimiter: bytes, width: int | None) -> bool:
    """Is a carriage return within the line part of a cell? It is, if only the whole has the right width."""
    if width is None or body.count(delimiter) != width - 1:
        return False
    return any(part and part.count(delimiter) != width - 1 for part in body.split(b"\r"))


def _judge(data: Bytes, span: tuple[int, int, int], cells: list[bytes], width: int | None) -> Record:
    """Is it good? The span: where the record starts, where its first line ends, where it ends."""
    start, line, after = span
    if width is not None and len(cells) != width:
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        elif after > line:
            return Record(start, line, None, "a quote is opened and not closed; close it or double it")
        else:
            many = f"{len(cells)} cell{'s' if len(cells) > 1 else ''}"
            return Record(start, after, None, f"the row has {many} where the header has {width}; quote or fill it")
    if after - start > MAX_RECORD:
        return Record(start, after, None, f"the row is larger than {MAX_RECORD >> 20} MiB; shorten it")
    raw = data[start:after]
    if b"\0" in raw:
        return Record(start, after, None, "the row holds NUL bytes; export it again or remove them")
    if not raw.isascii():
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            where = f"byte {error.start + 1} of the row"
            return Record(start, after, None, f"{where} is no character of the file's encoding; state encoding=...")
    return Record(start, after, cells)


def _quoted(data: Bytes, start: int, stop: int, delimiter: bytes) -> tuple[list[bytes] | None, int, str]:
    """Cells of a record with quotes, where it ends, and why not."""
    opening, closing, plain = _patterns(delimiter)
    cells: list[bytes] = []
    at, limit = start, min(stop, start + 2 * MAX_RECORD)
    while True:
        opened = opening.match(data, at, limit) if data[at : at + 1] in {b'"', b" "} else None
        if opened:
            cell, end = _quoted_cell(data, opened.end(), limit, closing)
        else:
            end = plain.match(data, at, limit)
            cell = end["cell"] if end else b""
        if end is None:
            return None, start, "a quote is opened and not closed; close it or double it"
        cells.append(cell)
        at = end.end()
        if end["end"] != delimiter:
            return cells, at, ""


def _quoted_cell(
    data: Bytes, first: int, limit: int, closing: re.Pattern[bytes]
) -> tuple[bytes, re.Match[bytes] | None]:
    at = first
    while True:
        found = _INSIDE.match(data, at, limit)
        quote = found.end() if found else limit
        if quote >= limit:
            return b"", None
        end = closing.match(data, quote + 1, limit)
        if end:
            return data[first:quote].replace(b'""', b'"'), end
        if data.find(b"\n", first, quote) >= 0:
            return b"", None
        at = quote + 1  # a quote inside of the words, on the same line: meant as it stands
