"""Attribute maps, told apart: a million rows carry few distinct ones, so each is hashed, redacted or written once.

Inside a warehouse a map is JSON text: few distinct texts compress to almost nothing, where maps cost as much as all
other columns together (measured: 4 of 9 s per million rows).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

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
        """Tell the maps of a column apart; one that is coded already stays as it is, with no map as one more.

        >>> maps = pa.array([[("a", "1")], [("a", "2")], [("a", "1")]], pa.map_(pa.string(), pa.string()))
        >>> Attributes.of(pa.chunked_array([maps])).of_row.tolist()
        [0, 1, 0]
        """
        if pa.types.is_dictionary(column.type):
            coded = column.combine_chunks()
            distinct = pa.concat_arrays([coded.dictionary, pa.nulls(1, coded.dictionary.type)])
            return cls(distinct, coded.indices.fill_null(len(distinct) - 1).to_numpy().astype(np.int64))
        maps = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        lengths = np.diff(maps.offsets.to_numpy())
        longest = int(lengths.max(initial=0))
        keys, items = (_codes(part) for part in (maps.keys, maps.items))
        entries = keys * (int(items.max(initial=0)) + 2) + items + 1
        held = maps.is_valid().to_numpy(zero_copy_only=False)
        number = np.where(held, lengths + 1, 0).astype(np.int64)  # of the maps' first entries
        start = maps.offsets.to_numpy()[:-1]
        width = int(entries.max(initial=0)) + 2
        most = longest + 1
        for place in range(longest):
            if most > _FAR:  # number afresh before it overflows
                number = np.unique(number, return_inverse=True)[1]
                most = len(maps)
            has = lengths > place
            entry = np.zeros(len(maps), dtype=np.int64)
            entry[has] = entries[start[has] + place] + 1
            number = number * width + entry
            most = most * width + width
        _, first, of_row = np.unique(number, return_index=True, return_inverse=True)
        return cls(maps.take(pa.array(first)), of_row.astype(np.int64))

    def column(self) -> pa.Array:
        """Return the map of every row."""
        return self.distinct.take(pa.array(self.of_row))


_FAR: Final = 2**31  # so that a product with the largest possible width still fits 63 bits

MAP: Final = pa.map_(pa.string(), pa.string())


def packed(column: pa.ChunkedArray) -> pa.Array:
    """Return maps as JSON texts.

    >>> packed(pa.chunked_array([pa.array([[("tier", "vip")], None], MAP)])).to_pylist()
    ['{"tier":"vip"}', None]
    """
    told = Attributes.of(column)
    texts = [
        None if entries is None else json.dumps(dict(entries), ensure_ascii=False, separators=(",", ":"))
        for entries in told.distinct.to_pylist()
    ]
    return pa.array(texts, pa.string()).take(pa.array(told.of_row))


def unpacked(column: pa.ChunkedArray) -> pa.Array:
    """Return JSON texts as maps again.

    >>> unpacked(pa.chunked_array([pa.array(['{"tier":"vip"}', None])])).to_pylist()
    [[('tier', 'vip')], None]
    """
    coded = told_apart(column)
    return coded.dictionary.take(coded.indices)


def told_apart(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return JSON texts as codes of maps: each distinct text is read once.

    >>> told_apart(pa.chunked_array([pa.array(['{"a":"1"}', None, '{"a":"1"}'])])).indices.to_pylist()
    [0, None, 0]
    """
    coded = column.combine_chunks().dictionary_encode()
    maps = [list(json.loads(text).items()) for text in coded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(coded.indices, pa.array(maps, MAP))


def _codes(values: pa.Array) -> npt.NDArray[np.int64]:
    coded = values.dictionary_encode()
    codes: npt.NDArray[np.int64] = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes
