"""Journeys from any table of who, what and when: no workspace needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import QuestionError, unknown
from touchline.vocabulary.coded import Coded, carry_forward, starts
from touchline.warehouse.index.journeys import Column, Columns, Ints, Journeys, narrow

_MICROSECONDS: Final = pa.timestamp("us")
#: Behind a clock time: Z, +01:00, +0100, +01.
_OFFSET: Final = r":\d{2}(\.\d+)?\s*(Z|[+-]\d{2}(:?\d{2})?)$"


def journeys_of(
    frame: Any,
    *,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    stages: Sequence[str] = (),
    zone: str = "UTC",
) -> Journeys:
    """Return the journeys in a table of events.

    Ties in time keep the table's own order. Rows without a customer or a time are an error, not dropped.

    Args:
        frame: A pandas or Polars frame, an Arrow table, or anything with ``__arrow_c_stream__``.
        customer: Column of who.
        event: Column of what.
        time: Column of when: timestamps, dates (their midnight), ISO 8601 text with or without an offset. Those without
            a zone are in UTC.
        stages: Names of events in the order of progress, when there is one.
        zone: The reporting zone, for days and months.

    Raises:
        QuestionError: It is no table, a column is missing, a row lacks its customer, event or time, or a time cannot be
            read (it says which row).

    >>> import pyarrow as pa
    >>> made = journeys_of(pa.table({"customer": ["b", "a", "a"], "event": ["x", "y", "x"],
    ...                              "time": ["2026-01-02", "2026-01-02", "2026-01-01"]}))
    >>> made.names, made.starts.tolist(), made.coded("event").arrow().to_pylist()
    (('a', 'b'), [0, 2, 3], ['x', 'y', 'x'])
    """
    table = _table(frame)
    for wanted in (customer, event, time):
        if wanted not in table.column_names:
            raise unknown("column", wanted, table.column_names)
    at = _times(table[time], time)
    who = _filled(_strings(table[customer]), customer)
    what = _filled(_strings(table[event]), event)
    coded = Coded.of(who)
    rank = np.argsort(np.array(coded.names, dtype=object), kind="stable") if coded.names else np.zeros(0, np.int64)
    number = np.empty(len(rank), np.int64)
    number[rank] = np.arange(len(rank))
    owner = number[coded.codes] if len(rank) else coded.codes
    order = np.lexsort((at, owner)).astype(np.int64)
    owner, at = owner[order], at[order]
    columns: dict[str, Column] = {"event": _coded(what, order)}
    columns["step"] = columns["event"]
    if stages:
        columns["stage"] = _held(columns["event"], tuple(stages), owner)
    for name in table.column_names:
        if name not in (customer, event, time) and (made := _column(table[name], order)) is not None:
            columns[name] = made
    return Journeys(
        keys=np.arange(len(rank), dtype=np.int64),
        starts=np.searchsorted(owner, np.arange(len(rank) + 1)).astype(np.int64),
        at=at,
        columns=Columns.of(columns),
        observed=(int(at.min()), int(at.max())) if len(at) else (0, 0),
        zone=zone,
        stages=tuple(stages),
        names=tuple(coded.names[code] for code in rank),
    )


def _table(frame: Any) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    try:
        table = pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as error:  # Arrow's own errors of content are ValueErrors
        raise QuestionError(
            f"this is no table of events: {' '.join(str(part) for part in error.args)}",
            todo="give a pandas or Polars frame (collected) or an Arrow table, each column of one type",
        ) from error
    unnamed = [name for name in table.column_names if name.startswith("__index_level_")]  # a pandas index
    return table.drop_columns(unnamed) if unnamed else table


def _times(column: pa.ChunkedArray, name: str) -> Ints:
    kind = _filled(column, name).type
    if not len(column):
        return np.zeros(0, np.int64)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        zone = "UTC" if pa.types.is_timestamp(kind) and kind.tz else None
        column = column.cast(pa.timestamp("us", zone), safe=False)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_nested(kind):
        raise QuestionError(
            f"the column {name!r} holds {kind}, which may mean anything",
            todo='give timestamps: pandas.to_datetime(column, unit="s") makes them of seconds since 1970',
        )
    else:
        column = _read(_strings(column), name)
    found: Ints = column.cast(pa.int64()).to_numpy()
    return found


def _read(text: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return times from text; each value may have an offset or none."""
    zoned = pc.match_substring_regex(text, _OFFSET)
    for has_zone, kind in ((False, _MICROSECONDS), (True, pa.timestamp("us", "UTC"))):
        if pc.all(pc.equal(zoned, has_zone)).as_py():
            try:
                return text.cast(kind).cast(_MICROSECONDS)
            except pa.ArrowInvalid:
                break
    return pa.chunked_array([[_one(value, row, name) for row, value in enumerate(text.to_pylist(), 1)]], _MICROSECONDS)


def _one(value: str, row: int, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        raise QuestionError(
            f"the column {name!r} holds {value!r}, which is no time",
            where=f"row {row}",
            todo="give timestamps, or text like 2026-03-01 14:05 or 2026-03-01T14:05:00+01:00",
        ) from None
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def _strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind) and not pa.types.is_string(kind.value_type):  # Polars' views: Arrow takes none out
        made = [pa.DictionaryArray.from_arrays(c.indices, c.dictionary.cast(pa.string())) for c in column.chunks]
        column = pa.chunked_array(made, pa.dictionary(kind.index_type, pa.string()))
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _filled(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    if column.null_count:
        row = int(pc.index(column.is_null(), True).as_py()) + 1
        raise QuestionError(
            f"{column.null_count} rows have no {name}", where=f"row {row}", todo="leave them out, or fill them in"
        )
    return column


def _coded(column: pa.ChunkedArray, order: Ints) -> Coded:
    found = Coded.of(column)
    return narrow(Coded(found.codes[order], found.names))


def _column(column: pa.ChunkedArray, order: Ints) -> Column | None:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers: Column = column.cast(pa.float64()).fill_null(np.nan).to_numpy()[order]
        return numbers
    if pa.types.is_nested(kind):
        return None
    return _coded(_strings(column), order)


def _held(event: Column, stages: tuple[str, ...], owner: Ints) -> Coded:
    """Return the furthest-named stage held: the last event that is one."""
    assert isinstance(event, Coded)  # noqa: S101  made above
    place = {name: number for number, name in enumerate(stages)}
    code = np.array([place.get(name, -1) for name in event.names] or [-1])[event.codes]
    return narrow(Coded(carry_forward(code, starts(owner)), stages))
