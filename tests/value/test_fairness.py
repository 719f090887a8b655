"""Rates of segments against all others: by hand, by symmetry, and how often alarms are false."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.files import answer, take_in, write_csv

from touchline.questions import Local
from touchline.value.fairness import MEASURES, Sums, compared
from touchline.workspace import Workspace

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 1), st.integers(0, 3), st.integers(1, 4)), min_size=4)


@given(ROWS)
@settings(max_examples=200)
def test_rates_are_ratios_of_sums(rows):
    key, value, x, n = (np.array(part) for part in zip(*rows, strict=True))
    x = np.minimum(x, n)
    found = compared(Sums(key, value, x.astype(float), n.astype(float)), 0)
    mine = value == 0
    for name, mask in (("rate", mine), ("rest", ~mine)):
        if mask.any():
            assert found[name] == pytest.approx(x[mask].sum() / n[mask].sum())
        else:
            assert np.isnan(found[name])
    assert found["customers"] == len(set(key[mine].tolist()))
    assert found["n"] == n[mine].sum()
    if mine.any() and (~mine).any():
        assert found["difference_low"] <= found["difference"] <= found["difference_high"]


@given(ROWS)
@settings(max_examples=100)
def test_two_sides_differ_by_opposite_amounts(rows):
    key, value, x, n = (np.array(part) for part in zip(*rows, strict=True))
    sums = Sums(key, np.where(value == 0, 0, 1), np.minimum(x, n).astype(float), n.astype(float))
    one, other = compared(sums, 0), compared(sums, 1)
    for name in ("difference", "p"):
        sign = -1 if name == "difference" else 1
        assert one[name] == pytest.approx(sign * other[name], nan_ok=True)


def test_false_alarms_are_as_rare_as_they_say():
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(400):
        n = rng.integers(1, 6, 300).astype(float)
        x = rng.binomial(n.astype(int), rng.beta(2, 3, 300)).astype(float)  # customers differ, segments do not
        alarms += compared(Sums(np.arange(300), rng.integers(0, 2, 300), x, n), 0)["p"] < 0.05
    assert 0.02 <= alarms / 400 <= 0.09


def test_a_segment_that_is_misread_is_told(tmp_path):
    rows = []
    for n in range(160):
        north = n % 2 == 0
        bad, good = "The parcel was terribly late, awful", "The courier was friendly, great"
        rows.append(
            answer(n, customer=f"C{n}", region=("north", "south")[n % 2], comment=good if n % 3 else bad)
            | {"nps": (0 if n % 3 else 10) if north else (10 if n % 3 else 0)}
        )
    with Workspace.create(tmp_path / "w") as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", rows))
        found = Local(workspace).fairness()
    told = {(row["value"], row["measure"]): row for row in found.to_dicts()}
    assert {measure for _, measure in told} <= set(MEASURES)
    wrong = told["north", "contradicted"]
    assert wrong["significant"]
    assert wrong["rate"] > 0.9 > 0.1 > wrong["rest"]
    assert any("foretold" in note for note in found.notes)
