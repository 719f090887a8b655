"""Quantiles of durations against NumPy's, however many there are, however far apart, and in however many slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.sequences.durations import SECOND, Durations

SHARES = (0.0, 0.5, 0.9, 1.0)


@given(
    st.integers(0, 2**32),
    st.sampled_from((0, 1, 3, 40, 500, 3000)),
    st.sampled_from((1, 3, 100)),
    st.sampled_from((0, 1, 60, 4 * 10**7, 2**32 - 1, 2**40)),
    st.booleans(),
)
def test_quantiles_are_those_of_each_group(seed: int, many: int, groups: int, longest: int, skewed: bool) -> None:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, many).astype(np.int16)
    seconds = (longest * rng.random(many) ** (9 if skewed else 1)).astype(np.int64)
    cut = many // 3
    held = Durations.of(group[:cut], seconds[:cut] * SECOND) + Durations.of(group[cut:], seconds[cut:] * SECOND + 7)
    found = held.quantiles(np.arange(groups + 1), SHARES)
    assert np.isnan(found[groups]).all()
    for number in range(groups):
        mine = np.minimum(seconds[group == number], 2**32 - 1)
        if len(mine):
            assert found[number].tolist() == pytest.approx(np.quantile(mine, SHARES).tolist(), rel=1e-12)
        else:
            assert np.isnan(found[number]).all()


def test_one_group_for_all_and_none_at_all() -> None:
    assert np.isnan(Durations().quantiles([0, 5])).all()
    assert Durations.of(5, np.array([1, 4]) * SECOND).quantiles([5], (0.5,)).tolist() == [[2.5]]
