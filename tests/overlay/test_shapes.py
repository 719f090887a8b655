"""The shapes of a line: found where they are planted, silent on noise, across gaps and on few customers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.maps.measured import Measure
from touchline.overlay.shapes import shapes


def line(*values, half=3.0, customers=400):
    return [
        (f"s{at}", Measure() if value is None else Measure(value, value - half, value + half, 900, customers))
        for at, value in enumerate(values)
    ]


def told(*values, **given):
    return [(one.name, one.steps) for one in shapes(line(*values, **given))]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((70, 71, 70), []),
        ((70, 40, 41, 68), [("rapid drop", ("s0", "s1")), ("trough", ("s1", "s2"))]),
        ((50, 60, 60, 50), [("peak", ("s1", "s2"))]),
        ((80, 70, 60, 75), [("trough", ("s2",))]),
        ((70, 58, 70, 58, 70), [("sawtooth", ("s0", "s1", "s2", "s3", "s4"))]),
        ((70, 40, None, 70), [("rapid drop", ("s0", "s1"))]),
        ((70, None, 40), []),
        ((), []),
    ],
)  # fmt: skip
def test_shapes_are_found_where_they_are(values, found):
    assert sorted(told(*values)) == sorted(found)


def test_what_may_be_chance_has_no_shape():
    assert told(70, 60, 70, half=12) == []
    assert told(70, 40, 70, customers=29) == []


values = st.lists(st.one_of(st.none(), st.integers(0, 100)), max_size=9)


@given(values, st.floats(0.5, 20))
def test_a_line_upside_down_has_its_peaks_for_troughs(line_, half):
    def bends(found):
        other = {"peak": "trough", "trough": "peak", "sawtooth": "sawtooth"}
        return [(other[name], steps) for name, steps in found if name in other]

    turned = [None if value is None else 100 - value for value in line_]
    found = [one for one in told(*turned, half=half) if one[0] != "rapid drop"]
    assert sorted(bends(told(*line_, half=half))) == sorted(found)


@given(values, st.floats(0.5, 20))
def test_a_shape_stands_on_steps_that_were_measured_and_leaves_no_gap(line_, half):
    for one in shapes(line(*line_, half=half)):
        at = [int(step[1:]) for step in (one.before, *one.steps, one.after) if step]
        assert at == list(range(at[0], at[-1] + 1))
        assert all(line_[place] is not None for place in at)
        assert one.points > 0


def test_noise_alone_seldom_has_a_shape():
    """Twelve equal steps measured with ±4 each: of a thousand maps some fifty at most may show a shape."""
    rng = np.random.default_rng(5)
    noise = 60 + rng.normal(0, 4 / 1.96, (1000, 12))
    wrong = sum(bool(shapes(line(*row, half=4.0))) for row in noise)
    assert wrong <= 60
