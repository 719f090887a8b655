"""An export: a file that was recognised and mapped, ready to be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from touchline.errors import SourceError
from touchline.sources.base import Chunk, Reading, Source
from touchline.sources.chunking import read_chunks
from touchline.sources.converting import Plan, latest
from touchline.sources.files import SourceFile
from touchline.sources.guessing import Stages, guess
from touchline.sources.headers import normalise
from touchline.sources.mapping import ColumnMapping, ScoreRange
from touchline.sources.overriding import override
from touchline.sources.profiles import Profile, profile
from touchline.sources.registry import recognise
from touchline.sources.times import day_first, is_ambiguous
from touchline.words import phrase

#: A column with fewer filled cells in the sample is looked at further on: a scale needs more, and rare scores are many.
_FEW: Final = 200
#: Records in a sample that did not reach the file's end; and how far to look for what it lacks.
_WHOLE_SAMPLE: Final = 2_000
_FURTHEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column, as a preview shows it.

    Attributes:
        name: As in the file, made unique.
        looks: What its cells look like: empty, time, number, email, text, category or id.
        role: What it is taken for.
        why: The reason.
        confidence: 0 to 1.
        filled: Share of the sample's cells that hold something.
        distinct: Different values in the sample.
        samples: Some of them, commonest first.
        score: What it measures, if it is a score.
    """

    name: str
    looks: str
    role: str
    why: str
    confidence: float
    filled: float
    distinct: int
    samples: tuple[str, ...]
    score: ScoreRange | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A recognised file with its mapping. Reading starts with `chunks`, as often as wanted.

    Attributes:
        path: The file.
        size: In bytes.
        format: The source that reads it.
        encoding: Of its text, or "".
        delimiter: Between its cells, or "".
        source: What its interactions call their source, where no column does.
        mapping: Which column plays which role.
        columns: What was found.
        notes: What a user should know: rules that were applied, headers renamed.
    """

    path: Path
    size: int
    format: str
    encoding: str
    delimiter: str
    source: str
    mapping: ColumnMapping
    columns: tuple[FoundColumn, ...]
    notes: tuple[str, ...]
    _file: SourceFile
    _reading: Reading
    _plan: Plan

    def chunks(self) -> Iterator[Chunk]:
        """All records, from the front: raw interactions and quarantine, `CHUNK_ROWS` records at a time."""
        return read_chunks(self._reading, self._plan)

    def reading(self) -> str:
        """How it is read, as JSON: kept with its rejected records, so that they can be tried again."""
        from touchline.sources.again import reading

        return reading(self, self._reading.columns, self._plan)

    def preview(self, rows: int = 20) -> pa.Table:
        """The first accepted interactions, as they would be imported; schema `RAW_INTERACTIONS`."""
        parts: list[pa.Table] = []
        for chunk in read_chunks(self._reading, self._plan, max(rows, 1)):
            parts.append(chunk.interactions)
            if sum(p.num_rows for p in parts) >= rows or len(parts) > 100:
                break
        return pa.concat_tables(parts).slice(0, rows)

    def digest(self) -> bytes:
        """SHA-256 of the file's bytes."""
        return self._file.digest()


def open_export(
    path: Path | str,
    *,
    mapping: ColumnMapping | None = None,
    overrides: Mapping[str, str] | None = None,
    source: str | None = None,
    timezone: str = "UTC",
    taxonomy: Stages | None = None,
    format: str | None = None,  # noqa: A002 - the word that users know
    day: date | None = None,
    now: datetime | None = None,
) -> Export:
    """Recognise a file, find or take its mapping, and prepare to read it.

    Args:
        path: The file.
        mapping: A saved mapping; without one it is guessed.
        overrides: Role to column, and reader options: see `touchline.sources.overriding`.
        source: What its interactions call their source; the file's name without dates by default.
        timezone: Of times that do not tell theirs, such as ``Europe/Berlin``.
        taxonomy: Helps to recognise a column of stages.
        format: The source to read it with; recognised by default.
        day: The day of the rows of a file without times; the day on which it was last written by default.
        now: The present moment; times more than a day ahead of it are refused.

    Raises:
        SourceError: If the file cannot be read as a whole, or the mapping does not fit it.
    """
    file = SourceFile.open(path)
    _check_zone(timezone)
    reader = recognise(file, format)
    said, options = _apart(dict(overrides or {}), reader)
    options = {**(mapping.options if mapping else {}), **options}
    reading = reader.read(file, options)
    profiles = _profiles(reading)
    name = str(path)
    if mapping is None:
        mapping = guess(profiles, roles=reading.roles, kind=reading.kind, name=file.stem, taxonomy=taxonomy)
    else:
        mapping = mapping.limited_to(profiles, name)
    scales = {c: p.scale for c, p in profiles.items()}
    mapping = replace(override(mapping, said, scales=scales, where=name), options=options)
    source = source or slug(file.stem)
    present = now or datetime.now(UTC)
    plan = Plan(
        mapping, source, file.path.name, timezone, day or file.modified.astimezone(ZoneInfo(timezone)).date(),
        latest(present),
    )  # fmt: skip
    time_format, told = _decide_times(reading, mapping)
    plan = replace(plan, mapping=replace(mapping, time_format=time_format))
    return Export(
        path=file.path,
        size=file.size,
        format=reader.name,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        source=source,
        mapping=plan.mapping,
        columns=tuple(_found(m.column, profiles[m.column], plan.mapping) for m in plan.mapping.columns),
        notes=(*reading.notes, *told, *_time_notes(plan, file, day)),
        _file=file,
        _reading=reading,
        _plan=plan,
    )


def _profiles(reading: Reading) -> dict[str, Profile]:
    """Look at every column: in the sample, and further on where it holds little there."""
    sample = reading.sample
    cells = {c: sample.column(c) for c in reading.columns if c in sample.column_names}
    few = {c for c, column in cells.items() if len(column) - column.null_count < _FEW}
    if few and sample.num_rows >= _WHOLE_SAMPLE:
        cells |= _further(reading, few)
    return {c: profile(column) for c, column in cells.items()}


def _further(reading: Reading, columns: set[str]) -> dict[str, pa.ChunkedArray]:
    """Read columns from the front until each has held enough, or as far as one looks."""
    parts: dict[str, list[pa.Array]] = {column: [] for column in columns}
    filled = dict.fromkeys(columns, 0)
    looked = 0
    for make in reading.blocks():
        table = make().table
        looked += table.num_rows
        for column in columns & set(table.column_names):
            cells = table.column(column)
            parts[column].extend(cells.cast(pa.string()).chunks)
            filled[column] += len(cells) - cells.null_count
        if looked >= _FURTHEST or min(filled.values()) >= _FEW:
            break
    return {column: pa.chunked_array(found, pa.string()) for column, found in parts.items()}


def slug(stem: str) -> str:
    """A source's name from a file's: without dates, counters and the word export.

    >>> slug("Post-Delivery Survey 2024-03-01"), slug("reviews_com.shop_202403"), slug("2024")
    ('post_delivery_survey', 'reviews_com_shop', 'file')
    """
    words = normalise(re.sub(r"\d{4}[-_.]?\d{2}([-_.]?\d{2})?", " ", stem)).split()
    words = [w for w in words if w not in {"export", "#"}]
    while words and re.fullmatch(r"v?\d+", words[-1]):
        words.pop()
    return "_".join(words) or "file"


def _apart(said: dict[str, str], reader: Source) -> tuple[dict[str, str], dict[str, str]]:
    """What was said of columns, and what was said to the reader."""
    options = {k: said.pop(k) for k in reader.options if k in said}
    return said, options


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise SourceError(
            phrase("there is no time zone {zone}", zone=repr(zone)), todo=phrase("use a name such as Europe/Berlin")
        ) from None


def _found(name: str, p: Profile, mapping: ColumnMapping) -> FoundColumn:
    m = next(m for m in mapping.columns if m.column == name)
    return FoundColumn(name, p.looks, m.role, m.why, m.confidence, p.filled, p.distinct, p.values[:5], m.score)


def _decide_times(reading: Reading, mapping: ColumnMapping) -> tuple[str, tuple[str, ...]]:
    """Day or month first, from values that leave no doubt: the sample's or, if need be, the whole file's."""
    column = mapping.first("time")
    if mapping.time_format or column is None:
        return mapping.time_format, ()
    sample = [v for v in reading.sample.column(column).unique().to_pylist() if v]
    if not any(map(is_ambiguous, sample)):
        return "", ()
    days, months = day_first(sample)
    if not days and not months:
        for make in reading.blocks():
            table = make().table
            if column in table.column_names:
                days, months = day_first([v for v in table.column(column).unique().to_pylist() if v])
            if days or months:
                break
    order, other = ("M/D/Y", days) if months > days else ("D/M/Y", months)
    if not days and not months:
        note = f"{column!r} never tells whether day or month comes first: read as {order}"
        note += " (time_format=M/D/Y to differ)"
    else:
        note = f"{column!r} is read as {order}, from its own values"
        note += f"; {other} differ{'s' if other == 1 else ''} and can only be read the other way" if other else ""
    return order, (note,)


def _time_notes(plan: Plan, file: SourceFile, day: date | None) -> tuple[str, ...]:
    if plan.mapping.of("time"):
        return (f"times without a zone are in {plan.zone}; a date alone means noon there",)
    why = "as you said" if day else f"the day on which {file.path.name} was last written"
    return (f"no column of times: every row gets {plan.day.isoformat()}, {why}; state another with --date",)
