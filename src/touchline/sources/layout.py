"""How a delimited file is laid out: its delimiter, its header, where its records begin."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from touchline.sources.encodings import Bytes
from touchline.sources.headers import known
from touchline.sources.records import Record, read_records

_DELIMITERS: Final = (b",", b"\t", b";", b"|")
#: Stands for "no delimiter": a character that text does not hold.
NO_DELIMITER: Final = b"\x1f"
_NAMED: Final = {
    "comma": b",", "tab": b"\t", "\\t": b"\t", "semicolon": b";", "pipe": b"|", "none": NO_DELIMITER,
}  # fmt: skip
_SNIFFED: Final = 200
_DATA_LIKE: Final = re.compile(
    r"[+-]?[\d.,]+\s*%?$|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|[^@\s]+@[^@\s]+\.\w+$|https?://|true$|false$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a delimited file's records are, and what their columns are called.

    Attributes:
        delimiter: One byte.
        columns: Unique names.
        start: Byte at which the first record behind the header begins.
        first_row: Its row number.
        before: Lines ahead of the header that hold something else, with their row numbers.
        notes: What a user should know.
    """

    delimiter: bytes
    columns: tuple[str, ...]
    start: int
    first_row: int
    before: tuple[tuple[int, Record], ...] = ()
    notes: tuple[str, ...] = ()


def lay_out(data: Bytes, start: int, suffix: str, delimiter: str | None = None, header: str | None = None) -> Layout:
    """Find delimiter and header of the UTF-8 text ``data[start:]``.

    Args:
        data: The text.
        start: Behind the byte order mark.
        suffix: The file name's ending: ``tsv`` makes a tab likelier.
        delimiter: What the user said it is: a character or ``tab``, ``comma``, ``semicolon``, ``pipe``,
            ``none``.
        header: ``yes`` or ``no`` when the user said so.
    """
    stop = _sample_end(data, start)
    stated, start = _stated(data, start, stop)
    mark = _NAMED.get(delimiter, delimiter.encode()) if delimiter else stated or sniff(data, start, stop, suffix)
    lines = [r for r, _ in zip(read_records(data, start, stop, mark, None), range(_SNIFFED), strict=False)]
    filled = [(i, r) for i, r in enumerate(lines) if r.cells]
    if not filled:
        return Layout(mark, ("column1",), start, 1)
    width = Counter(len(r.cells or ()) for _, r in filled).most_common(1)[0][0]
    top = _title_lines(filled, width)
    first_index, first = filled[top]
    names = [_decoded(c) for c in first.cells or ()]
    below = [[_decoded(c) for c in r.cells or ()] for _, r in filled[top + 1 :]]
    before = tuple((i + 1, r) for i, r in filled[:top])
    notes = [f"{top} line{'s' if top > 1 else ''} before the header set aside"] if top else []
    if header == "no" or (header != "yes" and not is_header(names, below)):
        columns = tuple(f"column{i + 1}" for i in range(max(width, len(names))))
        notes.append(f"no header found: the columns are called column1 to column{len(columns)} (header=yes to differ)")
        return Layout(mark, columns, first.start, first_index + 1, before, tuple(notes))
    columns, told = name_columns(names, width)
    return Layout(mark, columns, first.stop, first_index + 2, before, (*notes, *told))


def sniff(data: Bytes, start: int, stop: int, suffix: str = "") -> bytes:
    r"""The delimiter that cuts the first records into the same number of cells most often.

    >>> sniff(b"a;b\n1,5;2\n2,5;3\n", 0, 16)
    b';'
    """
    best, best_score = NO_DELIMITER, 0.0
    for mark in _DELIMITERS:
        widths: Counter[int] = Counter()
        for record, _ in zip(read_records(data, start, stop, mark, None), range(_SNIFFED), strict=False):
            if record.cells:
                widths[len(record.cells)] += 1
        if not widths:
            continue
        width, often = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        share = often / widths.total()
        expected = (mark, suffix) in {(b"\t", "tsv"), (b",", "csv"), (b"\t", "tab")}
        score = share + 0.2 * expected + min(width, 20) / 100
        if width > 1 and share >= (0.25 if expected else 0.5) and score > best_score:
            best, best_score = mark, score
    return best


def is_header(names: list[str], below: list[list[str]]) -> bool:
    """Is this row the columns' names rather than the first record?

    >>> is_header(["id", "comment"], [["1", "fine"]]), is_header(["1", "fine"], [["2", "bad"]])
    (True, False)
    """
    shown = [n.strip() for n in names if n.strip()]
    if not shown or any(_DATA_LIKE.match(n) for n in shown):
        return False
    if any(known(n) for n in shown):
        return True
    if any(len(n) > 120 for n in shown):
        return False
    for i, name in enumerate(names):
        cells = [row[i] for row in below if i < len(row) and row[i].strip()]
        if name in cells:
            return False
        if cells and all(_DATA_LIKE.match(c) for c in cells):
            return True
    sentence = any(len(n.split()) > 6 or n.endswith((".", "!")) for n in shown)
    return bool(below) and not sentence and (len(names) > 1 or len(shown[0].split()) <= 3)


def name_columns(names: list[str], width: int = 0) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Unique, non-empty names and what was changed.

    >>> name_columns(["id", "note", "note"])
    (('id', 'note', 'note_2'), ("second column 'note' renamed to 'note_2'",))
    """
    out: list[str] = []
    notes: list[str] = []
    ordinals = {2: "second", 3: "third"}
    for i, raw in enumerate([*names, *[""] * (width - len(names))]):
        name = " ".join(raw.replace("\ufeff", "").replace("\u200b", "").replace("\0", "").split())
        if not name:
            name = f"column{i + 1}"
            notes.append(f"column {i + 1} has no name: called {name}")
        if name in out:
            count = 2
            while f"{name}_{count}" in out or f"{name}_{count}" in names:
                count += 1
            notes.append(f"{ordinals.get(count, 'another')} column {name!r} renamed to '{name}_{count}'")
            name = f"{name}_{count}"
        out.append(name)
    return tuple(out), tuple(notes)


def _decoded(cell: bytes) -> str:
    return cell.decode("utf-8", "replace")


def _sample_end(data: Bytes, start: int, size: int = 256 * 1024) -> int:
    if len(data) <= start + size:
        return len(data)
    newline = data.rfind(b"\n", start, start + size)
    return newline + 1 if newline > start else start + size


def _stated(data: Bytes, start: int, stop: int) -> tuple[bytes | None, int]:
    """Excel's first line ``sep=;`` states the delimiter."""
    found = re.compile(rb'"?sep=(.)"?\r?\n', re.IGNORECASE).match(data, start, stop)
    return (found.group(1), found.end()) if found else (None, start)


def _title_lines(filled: list[tuple[int, Record]], width: int) -> int:
    """How many lines stand before the header: a title, a date, an author, in fewer cells than the table has."""
    if width == 1:
        return 0
    for i, (_, record) in enumerate(filled[:10]):
        cells = record.cells or []
        if len(cells) >= width and sum(1 for c in cells if c.strip()) > 1:
            return i
        if sum(1 for c in cells if c.strip()) > max(1, width // 3):
            return 0 if i == 0 else i
    return 0
