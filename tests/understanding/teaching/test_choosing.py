"""The choice of what to label."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchline.understanding.teaching.choosing import choose, uncertainty

DOUBTS = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(DOUBTS, st.integers(1, 40))
def test_each_text_once_and_as_many_as_there_are(doubt, many):
    vectors = np.random.default_rng(0).normal(size=(len(doubt), 5))
    chosen = choose(vectors, np.array(doubt), many)
    assert len(set(chosen.tolist())) == len(chosen) == min(many, len(doubt))


@given(DOUBTS)
def test_equal_texts_leave_the_choice_to_doubt(doubt):
    assert doubt[choose(np.ones((len(doubt), 3)), np.array(doubt), 1)[0]] == max(doubt)


def test_it_looks_for_doubt_and_for_what_is_new():
    vectors = np.array([[1, 0], [1, 0.05], [0, 1], [0.05, 1]], dtype=float)
    doubt = np.array([0.9, 0.95, 0.7, 0.1])
    assert choose(vectors, doubt, 2).tolist() == [1, 2]
    assert choose(vectors, doubt, 1, near=np.array([[1.0, 0.02]])).tolist() == [2]


def test_doubt_is_nothing_for_the_sure_and_one_for_the_undecided():
    assert np.allclose(uncertainty(np.log([[1 / 3] * 3, [1 - 2e-12, 1e-12, 1e-12]])), [1, 0], atol=1e-9)
