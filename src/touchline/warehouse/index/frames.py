"""Journeys from any table of who, what and when: no workspace needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import QuestionError, unknown
from touchline.vocabulary.coded import Coded, carry_forward, starts
from touchline.warehouse.index.journeys import Column, Columns, Ints, Journeys, narrow

_MICROSECONDS: Final = pa.timestamp("us")


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
        time: Column of when: timestamps (those without a zone are UTC), dates, ISO 8601 text.
        stages: Names of events in the order of progress, when there is one.
        zone: The reporting zone, for days and months.

    Raises:
        QuestionError: A column is missing, or a row lacks its customer or its time (it says which row).

    >>> import pyarrow as pa
    >>> made = journeys_of(pa.table({"customer": ["b", "a", "a"], "event": ["x", "y", "x"],
    ...                              "time": ["2026-01-02", "2026-01-02", "2026-01-01"]}))
    >>> made.names, made.starts.tolist(), made.coded("event").arrow().to_pylist()
    (('a', 'b'), [0, 2, 3], ['x', 'y', 'x'])
    """
    table = frame if isinstance(frame, pa.Table) else pa.table(frame)
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


def _times(column: pa.ChunkedArray, name: str) -> Ints:
    kind = column.type
    try:
        if pa.types.is_timestamp(kind) and kind.tz:
            column = column.cast(pa.timestamp("us", "UTC"))
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
            column = _strings(column).cast(_MICROSECONDS)
        else:
            column = column.cast(_MICROSECONDS, safe=False)
    except pa.ArrowInvalid as error:
        raise QuestionError(
            f"the column {name!r} does not hold times: {error}", todo="give timestamps, or text like 2026-03-01 14:05"
        ) from error
    found: Ints = _filled(column, name).cast(pa.int64()).to_numpy()
    return found


def _strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
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
