"""Which answers are good, neither or bad: DESIGN section 5, box by box."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.settings import Scale, Settings

KINDS = ("nps", "csat", "ces", "rating")


def boxes(scale: Scale) -> str:
    """The signs of a scale's boxes from lowest to highest, as one reads them."""
    assert scale.low is not None
    assert scale.high is not None
    return "".join(
        {1: "+", 0: "0", -1: "-", None: "?"}[scale.sign(value)] for value in range(int(scale.low), int(scale.high) + 1)
    )


@pytest.mark.parametrize(
    ("kind", "low", "high", "signs"),
    [
        ("nps", 0, 10, "-------00++"),
        ("nps", 1, 10, "------00++"),
        ("csat", 0, 1, "-+"),
        ("csat", 1, 2, "-+"),
        ("csat", 1, 3, "-0+"),
        ("csat", 1, 4, "--++"),
        ("csat", 1, 5, "--0++"),
        ("csat", 1, 6, "---0++"),
        ("csat", 1, 7, "---00++"),
        ("csat", 1, 10, "-----000++"),
        ("csat", 0, 10, "-----0000++"),
        ("rating", 1, 5, "--0++"),
        ("rating", 1, 10, "-----000++"),
    ],
)
def test_boxes_of_scales_whose_high_end_is_good(kind: Any, low: float, high: float, signs: str) -> None:
    assert boxes(Scale.of(kind, low, high)) == signs


@pytest.mark.parametrize(("low", "high", "easy"), [(1, 7, "---0+++"), (1, 5, "--0++"), (1, 6, "---+++")])
def test_effort_is_read_in_the_declared_direction(low: float, high: float, easy: str) -> None:
    assert boxes(Scale.of("ces", low, high, direction=1)) == easy
    assert boxes(Scale.of("ces", low, high, direction=-1)) == easy[::-1]


def test_a_percentage_is_satisfied_from_its_top_fifth() -> None:
    scale = Scale.of("csat", 0, 100)
    assert [scale.sign(value) for value in (100, 80, 79, 50, 49)] == [1, 1, 0, 0, -1]


def test_an_effort_score_without_a_direction_is_a_question_not_a_guess() -> None:
    scale = Scale.of("ces", 1, 7, question="effort")
    assert scale.sign(7) is None
    assert scale.undecided == "is 7 on 'effort' easy or hard?"


def test_a_satisfaction_score_without_ends_is_a_question_not_a_guess() -> None:
    scale = Settings().scale("q1", "csat")
    assert scale.sign(4) is None
    assert "from which lowest to which highest value" in scale.undecided


def test_nps_on_another_scale_is_no_nps() -> None:
    scale = Scale.of("nps", 1, 5)
    assert scale.kind == "other"
    assert scale.sign(5) is None
    assert scale.undecided == ""


def test_nps_and_ratings_have_ends_of_their_own() -> None:
    assert boxes(Scale.of("nps")) == "-------00++"
    assert boxes(Scale.of("rating")) == "--0++"


@given(
    kind=st.sampled_from(KINDS),
    low=st.integers(0, 1),
    width=st.integers(1, 100),
    direction=st.sampled_from((1, -1)),
    values=st.lists(st.floats(-5, 120), min_size=2, max_size=20),
)
def test_a_better_answer_never_has_a_worse_sign(
    kind: Any, low: int, width: int, direction: Any, values: list[float]
) -> None:
    direction = 1 if kind == "nps" else direction
    scale = Scale.of(kind, low, low + width, direction=direction)
    better_last = sorted(values, key=lambda value: value * direction)
    signs = [sign for value in better_last if (sign := scale.sign(value)) is not None]
    assert signs == sorted(signs)


@given(
    kind=st.sampled_from(KINDS),
    ends=st.sampled_from(((0, 10), (1, 5), (1, 7), (0, 100), (None, None))),
    direction=st.sampled_from((1, -1, None)),
    values=st.lists(st.floats(allow_nan=True), max_size=30),
)
def test_many_answers_have_the_signs_of_each(kind: Any, ends: Any, direction: Any, values: list[float]) -> None:
    scale = Scale.of(kind, *ends, direction=direction)
    one_by_one = [np.nan if (sign := scale.sign(value)) is None else sign for value in values]
    np.testing.assert_array_equal(scale.signs(np.array(values, dtype=float)), np.array(one_by_one, dtype=float))


def test_the_workspace_decides_before_the_source() -> None:
    settings = Settings.parse(
        """
        [[scales]]
        question = "courier*"
        kind = "csat"
        low = 1
        high = 5
        satisfied = [5]
        neutral = [3, 4]
        [[scales]]
        kind = "ces"
        direction = "hard"
        [[scales]]
        question = "Effort_Easy"
        kind = "ces"
        direction = "easy"
        """
    )
    courier = settings.scale("Courier friendly?", "other", 1, 7)
    assert (courier.kind, boxes(courier)) == ("csat", "--00+")
    assert boxes(settings.scale("how hard was it", "ces", 1, 7)) == "+++0---"
    assert boxes(settings.scale("effort_easy", "ces", 1, 5)) == "--0++"
    assert boxes(settings.scale("anything else", "csat", 1, 5)) == "--0++"
    assert settings.scale("how hard was it", "csat", 1, 5).kind == "csat"


def test_a_scale_may_be_declared_bad_end_up() -> None:
    settings = Settings.parse(
        '[[scales]]\nquestion = "pain"\nkind = "csat"\nlow = 1\nhigh = 5\ndirection = "high_is_bad"\n'
        "satisfied = [1, 2]\nneutral = [3]"
    )
    assert boxes(settings.scale("pain", "csat")) == "++0--"
