"""Telling attribute maps apart loses nothing."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from touchline.vocabulary.attributes import Attributes

MAP = pa.map_(pa.string(), pa.string())
entries = st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.sampled_from("xyz"))), max_size=3)


@given(st.lists(st.one_of(st.none(), entries), max_size=20), st.integers(0, 5))
def test_every_row_gets_its_own_map_back_and_none_is_there_twice(rows, cut):
    column = pa.chunked_array([pa.array(rows[:cut], MAP), pa.array(rows[cut:], MAP)])
    told = Attributes.of(column)
    assert told.column().to_pylist() == column.to_pylist()
    distinct = told.distinct.to_pylist()
    assert len({repr(entry) for entry in distinct}) == len(distinct)


def test_a_slice_of_a_larger_column_is_read_as_it_is():
    column = pa.chunked_array([pa.array([[("a", "x")], [("b", "y"), ("c", "z")], None, []], MAP)]).slice(1, 2)
    assert Attributes.of(column).column().to_pylist() == [[("b", "y"), ("c", "z")], None]
