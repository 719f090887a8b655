"""A table of labelled texts: one row per text, a column per kind of label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.errors import InputError
from touchline.vocabulary.names import fold, nearest
from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, INTENTS, RESOLUTIONS, SEVERITIES, UNASSIGNED

if TYPE_CHECKING:
    from touchline.sources import Block, Reading
    from touchline.vocabulary.taxonomy import Taxonomy

SENTIMENTS: Final = ("negative", "neutral", "positive")
#: The kinds of label that a table may hold, in the order in which they are told.
LABELS: Final = ("stage", "sentiment", "emotion", "effort", "resolution", "intent", "severity")
CONTEXT: Final = ("channel", "source")
#: What of its text a row's labels are of: characters, or the words themselves.
PART: Final = ("start", "end", "mention")
_SIGNS: Final = {"-1": "negative", "0": "neutral", "-0": "neutral", "1": "positive"}
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d*)?")
_CLOSED: Final = {
    "sentiment": SENTIMENTS, "emotion": EMOTIONS, "effort": EFFORTS, "resolution": RESOLUTIONS, "intent": INTENTS,
    "severity": tuple(f"{value:g}" for value in SEVERITIES),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with its labels.

    Attributes:
        row: Its number in the file, the header being row 1.
        channel: The channel that it came by, when it is known.
        source: Its source, when it is known.
        labels: Kind of label to its value; a kind without a label is absent.
        start: First character of what the labels are of, from 0; None where they are of the whole text.
        end: One past its last character; None where they are of the whole text.
    """

    row: int
    text: str
    channel: str | None = None
    source: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    start: int | None = None
    end: int | None = None

    @property
    def words(self) -> str:
        """What the labels are of: the text, or one thing that it says."""
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that could not be used: where, and why."""

    file: str
    row: int
    column: str
    what: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.file}, row {self.row}, column {self.column}: {self.what}"


@dataclass(frozen=True, slots=True)
class Labels:
    """A file of labelled texts.

    Attributes:
        file: Its name.
        rows: The texts that can be used.
        kinds: The kinds of label that its columns hold.
        skipped: The rows that cannot.
        ignored: Columns that were not read.
    """

    file: str
    rows: tuple[Labelled, ...]
    kinds: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    ignored: tuple[str, ...] = ()


class _BadCell(Exception):
    """A cell that cannot be used; never leaves this module."""

    def __init__(self, column: str, what: str) -> None:
        self.column, self.what = column, what


def read_labels(path: Path | str, taxonomy: Taxonomy) -> Labels:
    """Read a table of labels: CSV, JSON, Excel or Parquet.

    It has a column ``text``, any of `LABELS` and, where they are known, ``channel`` and ``source``; an empty cell is no
    label. Where the labels are of one thing that the text says, ``start`` and ``end`` tell its characters, or
    ``mention`` has its words. Sentiments are negative, neutral, positive or -1, 0, 1; stages go by id, name or alias,
    or are ``unassigned``.

    Args:
        path: The file.
        taxonomy: Knows the stages.

    Raises:
        SourceError: The file cannot be read.
        InputError: It has no texts or no labels, or none of its rows can be used.
    """
    from touchline.sources import SourceFile
    from touchline.sources.registry import recognise

    file = SourceFile.open(path)
    reading = recognise(file).read(file, {})
    columns = _columns(reading, str(path))
    rows: list[Labelled] = []
    skipped: list[Skipped] = []
    for row, cells in _records(reading, columns, skipped, str(path)):
        try:
            rows.append(_labelled(row, cells, columns, taxonomy))
        except _BadCell as bad:
            skipped.append(Skipped(str(path), row, bad.column, bad.what))
    if not rows:
        first = f": {skipped[0]}" if skipped else ""
        raise InputError(f"no row can be used{first}", where=str(path), todo="see docs/cli.md for the labels")
    known = set(columns.values())
    return Labels(
        file=str(path),
        rows=tuple(rows),
        kinds=tuple(kind for kind in LABELS if kind in columns),
        skipped=tuple(sorted(skipped, key=lambda bad: bad.row)),
        ignored=tuple(name for name in reading.columns if name not in known),
    )


def one_label(kind: str, value: str, taxonomy: Taxonomy, where: str) -> str:
    """Return a label that was given by itself, as `Labelled.labels` holds it.

    Args:
        kind: One of `LABELS`.
        value: What was said.
        taxonomy: Knows the stages.
        where: Where it was said.

    Raises:
        InputError: There is no such label.
    """
    read: Callable[[str], str | None] = _stage(taxonomy) if kind == "stage" else _closed(kind)
    found = read(value.strip())
    if found is None:
        known = (*taxonomy.ids, UNASSIGNED) if kind == "stage" else _CLOSED[kind]
        raise InputError(f"there is no {kind} {value!r}", where=where, todo=f"there are: {', '.join(known)}")
    return found


def _columns(reading: Reading, file: str) -> dict[str, str]:
    """Return what we read to the name of its column."""
    wanted = ("text", *LABELS, *CONTEXT, *PART)
    there = {fold(name): name for name in reversed(reading.columns)}
    columns = {name: there[name] for name in wanted if name in there}
    if "text" not in columns:
        guess = nearest("text", reading.columns)
        todo = f"rename the column of comments to text{f' ({guess}?)' if guess else ''}; it has: "
        raise InputError("there is no column 'text'", where=file, todo=todo + ", ".join(reading.columns))
    if not any(kind in columns for kind in LABELS):
        raise InputError("there is no column of labels", where=file, todo=f"add one or more of {', '.join(LABELS)}")
    return columns


def _records(
    reading: Reading, columns: Mapping[str, str], skipped: list[Skipped], file: str
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield every record's number and cells; records that have none are skipped."""
    first = reading.first_row
    for make in reading.blocks():
        block: Block = make()
        skipped += [Skipped(file, first + bad.row, bad.column or "-", bad.reason) for bad in block.rejects]
        names = [name for name in columns.values() if name in block.table.column_names]
        records = block.table.select(names).to_pylist()
        for number, record in zip(block.rows.to_pylist(), records, strict=True):
            yield first + number, {kind: record.get(name) for kind, name in columns.items()}
        first += block.span


def _labelled(row: int, cells: Mapping[str, str | None], columns: Mapping[str, str], taxonomy: Taxonomy) -> Labelled:
    text = cells["text"]
    if text is None or not text.strip():
        raise _BadCell(columns["text"], "the text is missing")
    labels = {}
    for kind in LABELS:
        cell = cells.get(kind)
        if cell is not None and cell.strip():
            read: Callable[[str], str | None] = _stage(taxonomy) if kind == "stage" else _closed(kind)
            value = read(cell.strip())
            if value is None:
                known = (*taxonomy.ids, UNASSIGNED) if kind == "stage" else _CLOSED[kind]
                raise _BadCell(columns[kind], f"there is no {kind} {cell.strip()!r}; there are: {', '.join(known)}")
            labels[kind] = value
    start, end = _part(text, cells, columns)
    return Labelled(row, text, cells.get("channel"), cells.get("source"), labels, start, end)


def _part(text: str, cells: Mapping[str, str | None], columns: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return where the words stand that the labels are of; None and None for the whole text."""
    said = {name: (cells.get(name) or "").strip() for name in PART}
    if not any(said.values()):
        return None, None
    start, end = (_character(said[name], name, columns) for name in ("start", "end"))
    if not said["mention"]:
        if start is None or end is None:
            missing = "start" if start is None else "end"
            raise _BadCell(columns.get(missing, missing), f"{missing} is missing: the labels are of a part of the text")
        if not start < end <= len(text) or not text[start:end].strip():
            what = f"there is nothing from character {start} to {end} of a text of {len(text)}"
            raise _BadCell(columns["end"], f"{what}; they count from 0, and end is one past the last")
        return start, end
    # an apostrophe may have been put before words that a spreadsheet would run
    for words in (said["mention"], said["mention"].removeprefix("'")):
        found = text.find(words, start or 0)
        if found >= 0 and (start in (None, found)) and end in (None, found + len(words)):
            return found, found + len(words)
    where = "" if start is None and end is None else " at that place"
    raise _BadCell(columns["mention"], f"the text does not say {said['mention']!r}{where}")


def _character(cell: str, name: str, columns: Mapping[str, str]) -> int | None:
    if not cell:
        return None
    if not _NUMBER.fullmatch(cell) or (value := float(cell)) != int(value) or value < 0:
        raise _BadCell(columns[name], f"{name} must be a number of characters, not {cell!r}")
    return int(value)


def _stage(taxonomy: Taxonomy) -> Callable[[str], str | None]:
    def read(cell: str) -> str | None:
        return UNASSIGNED if fold(cell) == UNASSIGNED else taxonomy.stage_id(cell)

    return read


def _closed(kind: str) -> Callable[[str], str | None]:
    """Return what turns a cell into one of a closed vocabulary's words, or None."""
    known = _CLOSED[kind]

    def read(cell: str) -> str | None:
        word = cell.casefold().replace("−", "-")
        if kind in ("sentiment", "severity") and _NUMBER.fullmatch(word):
            word = f"{float(word):g}"
        word = _SIGNS.get(word, word) if kind == "sentiment" else word
        return word if word in known else None

    return read
