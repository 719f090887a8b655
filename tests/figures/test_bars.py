from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drawings import HOSTILE, assert_sound, texts

from touchline.figures import CauseBar, cause_bar, gauge, logo, stacked_bar

POINTS = st.floats(-5, 60)


@given(st.text(max_size=30), st.tuples(POINTS, POINTS, POINTS), st.none() | POINTS, st.floats(0, 80))
def test_any_cause_is_a_sound_drawing(
    name: str, ends: tuple[float, float, float], added: float | None, most: float
) -> None:
    low, alone, high = sorted(ends)
    assert_sound(cause_bar(CauseBar(name, alone, low, high, added), most=most))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_theme_name_stays_text(hostile: str) -> None:
    assert_sound(cause_bar(CauseBar(hostile, 3.0, 1.0, 5.0), most=5))


def test_bars_on_one_scale_are_as_long_as_their_values() -> None:
    def length(value: float) -> float:
        root = assert_sound(cause_bar(CauseBar("x", value, value, value), most=10))
        return next(float(e.attrib["width"]) for e in root.iter() if e.attrib.get("class") == "tl-fill-bad")

    assert length(10) == pytest.approx(2 * length(5), rel=0.01)
    assert length(0) == 0


def test_the_whisker_reaches_from_low_to_high_and_may_be_absent() -> None:
    root = assert_sound(cause_bar(CauseBar("x", 5, 2, 8), most=10, width=102))
    whisker = next(e for e in root.iter() if e.attrib.get("class") == "tl-whisker")
    assert (float(whisker.attrib["x1"]), float(whisker.attrib["x2"])) == pytest.approx((21, 81), abs=0.5)
    assert "tl-whisker" not in cause_bar(CauseBar("x", 5), most=10)


def test_what_hurts_is_orange_and_what_lifts_is_teal() -> None:
    assert "tl-fill-bad" in cause_bar(CauseBar("x", 5, 2, 8), most=10)
    assert "tl-fill-good" in cause_bar(CauseBar("x", 5, 2, 8), most=10, direction="lifts")


@given(st.tuples(*[st.integers(0, 1000)] * 3).filter(any))
def test_any_shares_fill_the_bar_and_are_told(counts: tuple[int, int, int]) -> None:
    negative, neutral, positive = (n / sum(counts) for n in counts)
    root = assert_sound(stacked_bar(negative, neutral, positive, title="x"))
    widths = [float(e.attrib["width"]) for e in root.iter() if e.tag.endswith("rect")]
    assert sum(widths) == pytest.approx(480, abs=4)
    assert root.attrib["aria-label"].count("%") == 3


def test_a_share_too_thin_for_its_number_goes_without() -> None:
    assert texts(assert_sound(stacked_bar(0.01, 0.01, 0.98, title="x"))) == ["98 %"]


@given(st.none() | st.floats(0, 100), st.none() | st.floats(0, 100), st.booleans())
def test_any_gauge_is_a_sound_drawing(value: float | None, target: float | None, few: bool) -> None:
    assert_sound(gauge(value, value and value / 2, value, title="x", target=target, low_n=few))


def test_a_gauge_without_a_score_says_so() -> None:
    assert "no score, target 70" in gauge(None, title="Delivery", target=70)


def test_the_logo_is_sound() -> None:
    assert_sound(logo())
