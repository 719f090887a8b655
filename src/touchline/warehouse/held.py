"""A derived table in memory: numbers as arrays, words as codes, so that a question of few rows needs no query.

A query of DuckDB costs 10 to 50 ms of planning alone; sums over as many rows of arrays as a page is about take one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.coded import Coded

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Warehouse

Ints = npt.NDArray[np.int64]

#: What is held of each table, beside its segments. ``cluster`` is the account, or the customer where there is none;
#: it and ``customer`` are numbered as words are.
COLUMNS: Final = {
    "touches": (
        "customer_key", "customer", "cluster", "conversation_key", "stage", "touchpoint", "sub_stage", "channel",
        "source", "family", "programme", "occurred_at", "day", "week", "s", "severity", "weight", "method", "theme",
        "emotion", "effort", "resolution", "contradiction",
    ),
    "answers": (
        "customer_key", "customer", "cluster", "interaction_id", "stage", "touchpoint", "channel", "source",
        "programme", "purpose", "occurred_at", "day", "question", "kind", "value", "low", "high", "direction", "sign",
    ),
    "mentions": (
        "customer_key", "conversation_key", "interaction_id", "mention", "stage", "theme", "sentiment", "channel",
        "emotion", "occurred_at", "start", "end",
    ),
}  # fmt: skip
#: Larger tables are not held.
MOST_ROWS: Final = 3_000_000
#: Strings of which nearly every row has its own.
_PLAIN: Final = frozenset({"interaction_id"})
_NUMBERED: Final = frozenset({"customer", "cluster"})
_REMEMBERED: Final = 8  # selections of rows
_MANY: Final = 50_000  # rows from which two threads are worth starting

Made = TypeVar("Made")


def rows_of(warehouse: Warehouse, name: str) -> ir.Table:
    """Return the rows of a table as they are held."""
    table = warehouse.table(name)
    table = table.mutate(customer=table.customer_key, cluster=table.account_key.fill_null(table.customer_key))
    if name == "mentions":  # only those of a theme are looked for among all
        table = table.filter(table.theme.notnull())
    segments = () if name == "mentions" else warehouse.segments()
    return table.select(*COLUMNS[name], *(f"seg_{segment}" for segment in segments))


def coded(rows: pa.Table) -> pa.Table:
    """Return rows with words as dictionary codes, in one piece; what is coded already stays so."""
    if rows.num_rows < _MANY:
        columns = list(map(_coded, rows.schema, rows.columns))
    else:
        with ThreadPoolExecutor(max_workers=2) as pool:
            columns = list(pool.map(_coded, rows.schema, rows.columns))
    return pa.Table.from_arrays(columns, names=rows.column_names)


def _coded(field: pa.Field, column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(field.type):
        return _one(column.unify_dictionaries())
    words = pa.types.is_string(field.type) and field.name not in _PLAIN
    return _one(column).dictionary_encode() if words or field.name in _NUMBERED else _one(column)


def replaced(rows: pa.Table, old: pa.Array, fresh: pa.Table) -> pa.Table:
    """Return coded rows without some, and with fresh ones of the same columns behind them; words keep their codes.

    Args:
        rows: From `coded`.
        old: Which of them go, a truth for each.
        fresh: What comes.
    """
    stay, more = rows.filter(pc.invert(old)), coded(fresh)
    columns = [_joined(_one(one), _one(other)) for one, other in zip(stay.columns, more.columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=rows.schema)


def _one(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _joined(one: pa.Array, other: pa.Array) -> pa.Array:
    """Join two arrays; the words of the second that the first has too have the same codes."""
    if not pa.types.is_dictionary(one.type):
        return pa.concat_arrays([one, other.cast(one.type)])
    words = other.dictionary.cast(one.dictionary.type)
    codes = pc.index_in(words, one.dictionary)
    unmet = pc.is_null(codes)
    codes = pc.if_else(unmet, pc.add(pc.cumulative_sum(unmet.cast(pa.int32())), len(one.dictionary) - 1), codes)
    indices = pa.concat_arrays([one.indices, codes.cast(one.indices.type).take(other.indices)])
    return pa.DictionaryArray.from_arrays(indices, pa.concat_arrays([one.dictionary, words.filter(unmet)]))


class Held:
    """A table's columns, each made an array when it is first asked for.

    Args:
        rows: From `coded`.
        only: Numbers of the rows that are meant; None: all.
    """

    def __init__(self, rows: pa.Table, only: Ints | None = None) -> None:
        self.rows = rows
        self.only = only
        self._arrays: dict[str, npt.NDArray[np.generic]] = {}
        self._remembered: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, column: str) -> bool:
        """Whether it has a column."""
        return column in self.rows.column_names

    def codes(self, column: str) -> npt.NDArray[np.int32]:
        """Return the codes of words, -1 for NULL."""
        found: npt.NDArray[np.int32] = self._array(column, lambda: self._whole(column).indices.fill_null(-1))  # type: ignore[assignment]
        return found

    def names(self, column: str) -> pa.Array:
        """Return the word of each code."""
        return self._whole(column).dictionary

    def coded(self, column: str, rows: Ints) -> Coded:
        """Return words of some rows."""
        return Coded(self.codes(column)[rows].astype(np.int64), tuple(self.names(column).to_pylist()))

    def numbers(self, column: str) -> npt.NDArray[Any]:
        """Return numbers: dates as days since 1970, times as microseconds, truths as 0 and 1; NULL is NaN."""
        return self._array(column, lambda: _plain(self._whole(column)))

    def among(self, customers: Ints) -> Held:
        """Return the rows of some customers; arrays that were made are shared."""
        found = Held(self.rows, np.flatnonzero(np.isin(self.numbers("customer_key"), customers)))
        found._arrays = self._arrays
        return found

    def remembered(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` makes, the same for the same key as long as it is among the last few."""
        with self._lock:
            if key in self._remembered:
                self._remembered.move_to_end(key)
                return self._remembered[key]  # type: ignore[return-value]
        made = make()
        with self._lock:
            self._remembered[key] = made
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return made

    def _whole(self, column: str) -> pa.Array:
        return _one(self.rows.column(column))

    def _array(self, column: str, make: Callable[[], pa.Array]) -> npt.NDArray[np.generic]:
        if column not in self._arrays:
            self._arrays[column] = make().to_numpy(zero_copy_only=False)
        return self._arrays[column]


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_date32(column.type):
        return column.cast(pa.int32())
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64())
    if pa.types.is_boolean(column.type):
        return pc.fill_null(column, False).cast(pa.int8())
    return column
