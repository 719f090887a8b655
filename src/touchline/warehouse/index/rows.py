"""Rows as they stream in: words coded, numbers joined, and which row of one table is which row of another."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Ints, narrow, width

Ids = npt.NDArray[np.uint64]


class AlikeError(Exception):
    """Two rows of a table have the same id."""


@dataclass(frozen=True, slots=True)
class Batches:
    """A table as it is read.

    Attributes:
        batches: Its rows: ``id`` (64 bits without a sign), and columns of words, and of numbers without NULL.
        most: So many rows there are at most.
    """

    batches: Iterable[pa.RecordBatch]
    most: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """A table's columns, each to be taken once: it is let go then.

    Attributes:
        ids: What its rows are told apart by, shape (rows,).
        columns: The others, by name.
    """

    ids: Ids
    columns: dict[str, Coded | npt.NDArray[Any]]

    def words(self, name: str, rows: Ints) -> Coded:
        """Return a column of words at some rows, its names sorted; none at a row of -1, and without the column."""
        column = self.columns.pop(name, None)
        if not isinstance(column, Coded):
            return Coded(np.full(len(rows), -1, dtype=np.int8), ())
        return sorted_names(Coded(np.append(column.codes, column.codes.dtype.type(-1)).take(rows), column.names))

    def numbers(self, name: str, rows: Ints, none: np.number[Any]) -> npt.NDArray[Any]:
        """Return a column of numbers at some rows; ``none`` at a row of -1, and without the column."""
        column = self.columns.pop(name, None)
        if not isinstance(column, np.ndarray):
            return np.full(len(rows), none)
        return np.append(column, none).take(rows)


class _Filled:
    """A column that is filled batch by batch; memory that is never written is never taken."""

    def __init__(self, most: int, kind: pa.DataType) -> None:
        self.known: dict[str, int] | None = {} if pa.types.is_string(kind) else None
        self.array: npt.NDArray[Any] = np.empty(most, np.int8 if self.known is not None else kind.to_pandas_dtype())

    def put(self, at: int, column: pa.Array) -> None:
        """Write a batch's numbers, or the codes of its words: they are given as words are met."""
        if self.known is None:
            self.array[at : at + len(column)] = column.to_numpy(zero_copy_only=False)
            return
        coded = column.dictionary_encode(null_encoding="encode")
        words = coded.dictionary.to_pylist()
        codes = [-1 if word is None else self.known.setdefault(word, len(self.known)) for word in words]
        kind = np.dtype(width(len(self.known)))
        if kind.itemsize > self.array.itemsize:
            self.array = self.array.astype(kind)
        self.array[at : at + len(column)] = np.array(codes, dtype=kind).take(coded.indices.to_numpy())

    def made(self, rows: int) -> Coded | npt.NDArray[Any]:
        return self.array[:rows] if self.known is None else Coded(self.array[:rows], tuple(self.known))


def gathered(table: Batches) -> Gathered:
    """Return a table's rows together; a batch is let go as soon as it is read."""
    columns: dict[str, _Filled] = {}
    rows = 0
    for batch in table.batches:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name not in columns:
                columns[name] = _Filled(table.most, column.type)
            columns[name].put(rows, column)
        rows += len(batch)
    ids = columns.pop("id").array[:rows] if columns else np.zeros(0, np.uint64)
    return Gathered(ids, {name: column.made(rows) for name, column in columns.items()})


def rows_in(wanted: Ids, *tables: Ids) -> list[Ints]:
    """Return for every id which row of each table has it; -1 where none has.

    Raises:
        AlikeError: An id is there twice.

    >>> wanted, table = np.array([7, 3, 9], np.uint64), np.array([9, 8, 7], np.uint64)
    >>> [rows.tolist() for rows in rows_in(wanted, table)]
    [[2, -1, 0]]
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        (place, mine), *others = pool.map(_ascending, (wanted, *tables))
    found = []
    for order, theirs in others:
        rows = np.full(len(wanted), -1, dtype=np.int64)
        if np.array_equal(mine, theirs):
            rows[place] = order
        elif len(theirs):
            at = np.minimum(np.searchsorted(theirs, mine), len(theirs) - 1)
            same = theirs[at] == mine
            rows[place[same]] = order[at[same]]
        found.append(rows)
    return found


def _ascending(ids: Ids) -> tuple[Ints, Ids]:
    """Return the order of ids that are spread evenly, and the ids in that order.

    The first bits of each are sorted together with its row in one number, which is twice as fast as an argsort.
    """
    row_bits = np.uint64((1 << len(ids).bit_length()) - 1)
    packed = ids & ~row_bits
    packed |= np.arange(len(ids), dtype=np.uint64)
    packed.sort()
    order = (packed & row_bits).astype(np.int64)
    packed &= ~row_bits
    alike = packed[1:] == packed[:-1]
    if alike.any():  # in their first bits: sorted by all of them
        at = np.flatnonzero(np.append(alike, False) | np.append(False, alike))
        order[at] = order[at][np.argsort(ids[order[at]])]
    ascending = ids[order]
    if (ascending[1:] == ascending[:-1]).any():
        raise AlikeError
    return order, ascending


def sorted_names(column: Coded) -> Coded:
    """Return a coded column whose names are sorted and all in use, its codes in as few bytes as they need.

    >>> column = sorted_names(Coded(np.array([0, 1, -1]), ("b", "a", "unused")))
    >>> column.names, column.codes.tolist()
    (('a', 'b'), [1, 0, -1])
    """
    used = np.zeros(len(column.names) + 1, dtype=np.bool_)
    used[column.codes] = True
    names = sorted(name for name, there in zip(column.names, used, strict=False) if there)
    if tuple(names) == column.names:
        return narrow(column)
    place = {name: number for number, name in enumerate(names)}
    table = np.array([place.get(name, -1) for name in column.names] + [-1], dtype=width(len(names)))
    return Coded(table.take(column.codes, mode="wrap"), tuple(names))
