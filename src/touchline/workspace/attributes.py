"""Attribute maps, told apart: a million rows carry few distinct ones, so each is hashed and redacted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Attributes:
    """The distinct attribute maps of a chunk, and which row has which.

    Attributes:
        distinct: The distinct maps.
        of_row: For every row the place of its map among them.
    """

    distinct: pa.MapArray
    of_row: npt.NDArray[np.int64]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Attributes:
        """Tell the maps of a column apart.

        >>> maps = pa.array([[("a", "1")], [("a", "2")], [("a", "1")]], pa.map_(pa.string(), pa.string()))
        >>> Attributes.of(pa.chunked_array([maps])).of_row.tolist()
        [0, 1, 0]
        """
        maps = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        lengths = np.diff(maps.offsets.to_numpy())
        longest = int(lengths.max(initial=0))
        keys, items = (_codes(part) for part in (maps.keys, maps.items))
        entries = keys * (int(items.max(initial=0)) + 2) + items + 1
        held = maps.is_valid().to_numpy(zero_copy_only=False)
        number = np.where(held, lengths + 1, 0)  # of the maps' first entries, numbered afresh after each
        start = maps.offsets.to_numpy()[:-1]
        for place in range(longest):
            has = lengths > place
            entry = np.full(len(maps), -1, dtype=np.int64)
            entry[has] = entries[start[has] + place]
            number = np.unique(number * (int(entries.max(initial=0)) + 2) + entry + 1, return_inverse=True)[1]
        _, first, of_row = np.unique(number, return_index=True, return_inverse=True)
        return cls(maps.take(pa.array(first)), of_row.astype(np.int64))

    def column(self) -> pa.Array:
        """Return the map of every row."""
        return self.distinct.take(pa.array(self.of_row))


def _codes(values: pa.Array) -> npt.NDArray[np.int64]:
    coded = values.dictionary_encode()
    codes: npt.NDArray[np.int64] = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes
