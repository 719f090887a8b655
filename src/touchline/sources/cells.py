"""Text cells made clean: no blanks around them, nothing where they say nothing."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.sources.base import MISSING

#: White space and marks of no width, at a cell's edges.
_EDGES: Final = (
    " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u200e\u200f\u2060\ufeff"
)
#: What else says nothing where a name or a number is meant; in a text, "none" is an answer.
_NO_NAME: Final = pa.array(["NA", "na", "Na", "-", "--", "?", ".", "None", "none", "NONE", "nil"])


def clean(cells: pa.StringArray) -> pa.StringArray:
    """Trim the cells; those that hold nothing become NULL.

    >>> import pyarrow as pa
    >>> clean(pa.array([" vip ", "n/a ", None, "x"])).to_pylist()
    ['vip', None, None, 'x']
    """
    if not _has_edges(cells):
        return cells
    trimmed = pc.utf8_trim(cells, characters=_EDGES)
    return pc.if_else(pc.is_in(trimmed, pa.array(MISSING)), None, trimmed)


def names(cells: pa.StringArray) -> pa.StringArray:
    """Cells that name or count something: NA, none and a dash do not.

    >>> import pyarrow as pa
    >>> names(pa.array(["c1", "NA", "-"])).to_pylist()
    ['c1', None, None]
    """
    shortest = pc.min(pc.binary_length(cells)).as_py()
    if shortest is None or shortest > 4:
        return cells
    return pc.if_else(pc.is_in(cells, _NO_NAME), None, cells)


def joined(parts: list[pa.StringArray], by: str) -> pa.StringArray:
    """The cells of several columns in one, those that hold nothing left out.

    >>> joined([pa.array(["a", "b", None]), pa.array(["c", None, None])], "+").to_pylist()
    ['a+c', 'b', None]
    """
    text = parts[0]
    for part in parts[1:]:  # two by two: Arrow 26 loses the rows where every cell to be joined is NULL
        text = pc.coalesce(pc.binary_join_element_wise(text, part, by), text, part)
    return text


def _has_edges(cells: pa.StringArray) -> bool:
    """Might any cell begin or end with something to trim? Looks at first and last bytes only."""
    offsets_buffer, data_buffer = cells.buffers()[1:3]
    if not len(cells) or data_buffer is None or not data_buffer.size:
        return False
    offsets = np.frombuffer(offsets_buffer, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    data = np.frombuffer(data_buffer, np.uint8)
    # A cell of no length looks at its neighbours, which does no harm. Below 33 is a blank or a control
    # character, 128 and above may be a wide blank.
    for ends in (data.take(offsets[:-1], mode="clip"), data.take(offsets[1:] - 1, mode="clip")):
        if ends.min() < 33 or ends.max() > 127:
            return True
    return False
