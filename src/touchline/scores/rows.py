"""The rows of touches or answers that a question is about, as arrays, and the groups that their columns make."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.scores.filtering import COLUMNS
from touchline.vocabulary.coded import Coded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.held import Held

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

Made = TypeVar("Made")

#: Made of ``day``: the first day of its month.
MONTH: Final = "month"
_DATES: Final = ("day", "week", MONTH)
#: Numbers are counted in an array of all that there could be, up to so many per row and so many in any case.
_SPARSE: Final = 32
_SMALL: Final = 1_000_000
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Rows:
    """Some rows of a held table; what is taken of a column is kept.

    Attributes:
        held: The table.
        at: Their numbers in there.
    """

    held: Held
    at: Ints
    _taken: dict[str, npt.NDArray[np.generic]] = field(default_factory=dict, repr=False)
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.at)

    def codes(self, column: str) -> Ints:
        """Return the codes of words; -1 for NULL."""
        if column not in self._taken:
            self._taken[column] = self.held.codes(column)[self.at].astype(np.int64)
        return self._taken[column]  # type: ignore[return-value]

    def coded(self, column: str) -> Coded:
        """Return a column of words."""
        return Coded(self.codes(column), tuple(self.held.names(column).to_pylist()))

    def floats(self, column: str) -> Floats:
        """Return a column of numbers; NULL is NaN."""
        return self._numbers(column, np.float64)  # type: ignore[return-value]

    def ints(self, column: str) -> Ints:
        """Return a column of whole numbers; see `touchline.warehouse.held.Held.numbers` for days and times."""
        return self._numbers(column, np.int64)  # type: ignore[return-value]

    def is_(self, column: str, word: str) -> Bools:
        """Return where a column holds a word."""
        names = self.held.names(column).to_pylist()
        return self.codes(column) == names.index(word) if word in names else np.zeros(len(self), dtype=np.bool_)

    def numbered(self, column: str) -> tuple[Ints, int]:
        """Return the numbers from 0 of a column without NULL, and below what they are."""
        return self.codes(column), len(self.held.names(column))

    def once(self, key: str, make: Callable[[], Made]) -> Made:
        """Return what ``make`` makes of these rows, made once."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[no-any-return]

    def groups(self, by: Sequence[str]) -> tuple[Ints, dict[str, pa.Array]]:
        """Return the group of each row, numbered from 0, and of each group the value of every column."""
        key, whole, parts = np.zeros(len(self), dtype=np.int64), 1, []
        for column in by:
            codes, values = self._valued(column)
            width = len(values) + 1
            key, whole = key * width + codes + 1, whole * width
            parts.append((column, width, values))
        group, keys = numbered(key, whole) if by else (key, np.zeros(1, dtype=np.int64))
        found: dict[str, pa.Array] = {}
        for column, width, values in reversed(parts):
            keys, code = keys // width, keys % width - 1
            found[column] = values.take(pa.array(code, pa.int64(), mask=code < 0))
        return group, {column: found[column] for column in by}

    def beside(self, others: Rows) -> tuple[Rows, Bools]:
        """Return these rows and others of the same table after them, and which are these."""
        first = np.zeros(len(self) + len(others), dtype=np.bool_)
        first[: len(self)] = True
        return Rows(self.held, np.concatenate([self.at, others.at])), first

    def _numbers(self, column: str, kind: type[np.generic]) -> npt.NDArray[np.generic]:
        name = f"{column} {kind.__name__}"
        if name not in self._taken:
            self._taken[name] = self.held.numbers(column)[self.at].astype(kind)
        return self._taken[name]

    def _valued(self, column: str) -> tuple[Ints, pa.Array]:
        """Return codes of a column, and the value of each."""
        if column not in _DATES:
            return self.codes(column), self.held.names(column)
        days = self.ints("day" if column == MONTH else column)
        if column == MONTH:
            days = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        first = int(days.min(initial=np.iinfo(np.int64).max)) if len(days) else 0
        values = pa.array(np.arange(first, int(days.max(initial=first)) + 1, dtype=np.int32)).cast(pa.date32())
        return days - first, values


def held_rows(warehouse: Warehouse, table: str, filters: Filters) -> Rows | None:
    """Return the rows of ``touches`` or ``answers`` that resolved filters keep; None where the warehouse must be asked.

    A question that asks for the same rows twice gets the same object.
    """
    held = warehouse.held(table)
    if held is None or any(column not in held for field, column in COLUMNS.items() if getattr(filters, field)):
        return None
    return held.remembered(filters, lambda: Rows(held, _kept(held, filters)))


def _kept(held: Held, filters: Filters) -> Ints:
    keep: Bools | None = None

    def both(more: Bools) -> Bools:
        return more if keep is None else keep & more

    if filters.since is not None:
        keep = both(held.numbers("day") >= (filters.since - _EPOCH).days)
    if filters.until is not None:
        keep = both(held.numbers("day") <= (filters.until - _EPOCH).days)
    columns = [(column, getattr(filters, field)) for field, column in COLUMNS.items()]
    for column, wanted in (*columns, *((f"seg_{name}", values) for name, values in filters.segments)):
        if wanted:
            names = held.names(column).to_pylist()
            keep = both(np.isin(held.codes(column), [names.index(value) for value in wanted if value in names]))
    if held.only is None:
        return np.arange(held.rows.num_rows) if keep is None else np.flatnonzero(keep)
    return held.only if keep is None else held.only[keep[held.only]]


def numbered(keys: Ints, width: int) -> tuple[Ints, Ints]:
    """Number the different ones of some numbers from 0, ascending; return each row's, and the value of each number.

    Args:
        keys: From 0 to below ``width``.
        width: Where it is not much larger than the rows are many, nothing need be sorted.

    >>> numbered(np.array([7, 3, 7]), 8)[0].tolist()
    [1, 0, 1]
    """
    if width > _SPARSE * len(keys) + _SMALL:
        values, number = np.unique(keys, return_inverse=True)
        return number.astype(np.int64), values
    there = np.zeros(width, dtype=np.bool_)
    there[keys] = True
    values = np.flatnonzero(there)
    place = np.empty(width, dtype=np.int64)
    place[values] = np.arange(len(values))
    return place[keys], values


def pairs(first: Ints, second: Ints, many: int, width: int) -> tuple[Ints, Ints]:
    """Number different pairs of numbers below ``many`` and ``width``; return each row's, and the first of each pair."""
    number, keys = numbered(first * width + second, many * width)
    return number, keys // max(width, 1)


def added(group: Ints, values: npt.NDArray[np.generic], many: int) -> Floats:
    """Return the sum of values per group, shape (many,)."""
    return np.bincount(group, values, many).astype(np.float64)
