"""String columns as integer codes: what lets a kernel treat words as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Coded:
    """A string column, dictionary-coded.

    Attributes:
        codes: One code per row; -1 for NULL.
        names: The string of each code.
    """

    codes: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, column: pa.ChunkedArray | pa.Array) -> Coded:
        """Code an Arrow string column.

        >>> Coded.of(pa.array(["a", None, "b", "a"])).codes.tolist()
        [0, -1, 1, 0]
        """
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # no chunk at all
            column = pa.array([], pa.string())
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return cls(codes, tuple(coded.dictionary.to_pylist()))

    def take(self, rows: Ints) -> Coded:
        """Return the column of some rows; a row of -1 gives NULL."""
        return Coded(np.where(rows >= 0, self.codes[rows], -1) if len(self.codes) else rows * 0 - 1, self.names)

    def where(self, keep: Bools) -> Coded:
        """Return the column with NULL where ``keep`` is false."""
        return Coded(np.where(keep, self.codes, -1), self.names)

    def map(self, function: Callable[[str], float], missing: float) -> Floats:
        """Return one number per row, computed once per distinct string."""
        table = np.array([function(name) for name in self.names] + [missing], dtype=np.float64)
        return table[self.codes]

    def arrow(self) -> pa.Array:
        """Return an Arrow string array."""
        indices = pa.array(self.codes.astype(np.int32), mask=self.codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self.names, pa.string())).cast(pa.string())


def combine(columns: list[Ints]) -> tuple[Ints, Ints]:
    """Number the distinct rows of several code columns.

    Returns:
        For every row the number of its combination, and for every combination the first row that has it.

    >>> combine([np.array([0, 1, 0]), np.array([2, 2, 2])])[0].tolist()
    [0, 1, 0]
    """
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        width = int(column.max(initial=-1)) + 2
        key = key * width + (column + 1)
        if key.max(initial=0) > 2**52:  # far from overflow: number afresh before the next column
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return inverse.astype(np.int64), first.astype(np.int64)


def mix(left: Ints, right: Ints) -> Ints:
    """Hash two columns of integers into one of 63 bits (splitmix64; Steele, Lea and Flood, 2014)."""
    with np.errstate(over="ignore"):
        z = left.astype(np.uint64) + (right.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashed: Ints = ((z ^ (z >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
        return hashed


def carry_forward(codes: Ints, start: Ints) -> Ints:
    """Fill each -1 with the last code before it within its customer.

    Args:
        codes: One code per row, in timeline order; -1 where there is none.
        start: For every row, the index of its customer's first row.

    >>> carry_forward(np.array([-1, 3, -1, -1]), np.array([0, 0, 0, 3])).tolist()
    [-1, 3, 3, -1]
    """
    rows = np.arange(len(codes), dtype=np.int64)
    last = np.maximum.accumulate(np.where(codes >= 0, rows, -1)) if len(codes) else rows
    return np.where(last >= start, codes[last], -1)


def starts(customer: Ints) -> Ints:
    """For every row of a sorted column, return the index of the first row of its run.

    >>> starts(np.array([7, 7, 9])).tolist()
    [0, 0, 2]
    """
    rows = np.arange(len(customer), dtype=np.int64)
    new = np.ones(len(customer), dtype=np.bool_)
    new[1:] = customer[1:] != customer[:-1]
    return np.maximum.accumulate(np.where(new, rows, 0)) if len(rows) else rows
