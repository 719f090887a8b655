from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drawings import HOSTILE, assert_sound, name, texts

from touchline.figures import JourneyStage, journey_line

SCORE = st.floats(0, 100)


@st.composite
def stages(draw: st.DrawFn) -> JourneyStage:
    low, value, high = sorted(draw(st.tuples(SCORE, SCORE, SCORE)))
    n = draw(st.integers(0, 10**6))
    if draw(st.booleans()):
        return JourneyStage(draw(st.text(max_size=40)), None, n=n, previous=draw(st.none() | SCORE))
    return JourneyStage(
        draw(st.text(max_size=40)),
        value,
        low,
        high,
        n,
        draw(st.none() | SCORE),
        draw(st.none() | st.floats(-100, 100)),
        draw(st.none() | st.floats(0, 50)),
        draw(st.booleans()),
        draw(st.booleans()),
    )


def line_of(*values: float | None, **given_: object) -> str:
    return journey_line([JourneyStage(f"Stage {i}", v, n=100, **given_) for i, v in enumerate(values)])  # type: ignore[arg-type]


@given(st.lists(stages(), max_size=14))
def test_any_journey_is_a_sound_drawing(journey: list[JourneyStage]) -> None:
    assert_sound(journey_line(journey))


@given(st.lists(stages(), min_size=1, max_size=12))
def test_every_visible_number_is_written(journey: list[JourneyStage]) -> None:
    written = " ".join(texts(assert_sound(journey_line(journey))))
    for stage in journey:
        if stage.value is not None:
            assert f"{stage.value:.0f}" in written
            assert f"n {stage.n:,}" in written


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_stage_name_stays_text(hostile: str) -> None:
    root = assert_sound(journey_line([JourneyStage(hostile, 50.0, n=9)]))
    assert {name(element) for element in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "g",
        "line",
        "path",
        "rect",
        "circle",
        "text",
    }


def test_a_hidden_stage_is_a_gap_that_the_line_does_not_cross() -> None:
    whole, broken = line_of(40, 50, 60, 70), line_of(40, 50, None, 70)
    assert whole.count('class="tl-line"') == broken.count('class="tl-line"') == 1
    assert broken.split('class="tl-line"')[0].count("C") < whole.split('class="tl-line"')[0].count("C")
    assert "n &lt; 5" in broken
    assert "Stage 2: hidden, fewer than 5 customers" in broken


def test_a_lone_stage_has_its_node_and_interval_but_no_line() -> None:
    drawing = journey_line([JourneyStage("Only", 50.0, 40.0, 60.0, 12)])
    assert 'class="tl-line"' not in drawing
    assert 'class="tl-band"' in drawing
    assert 'class="tl-node"' in drawing


def test_few_customers_are_hatched_and_get_no_arrow() -> None:
    sure = JourneyStage("Delivery", 50.0, 45.0, 55.0, 400, 60.0, -10.0, 4.0, significant=True)
    few = JourneyStage("Delivery", 50.0, 30.0, 70.0, 20, 60.0, -10.0, 20.0, significant=True, low_n=True)
    assert "▼ 10" in journey_line([sure])
    assert "tl-few" not in journey_line([sure])
    assert "▼" not in journey_line([few])
    assert "tl-few" in journey_line([few])


def test_a_change_within_chance_is_grey() -> None:
    fell = {"previous": 60.0, "change": -10.0, "change_margin": 4.0}
    assert "tl-bad" in line_of(50, significant=True, **fell)
    assert "tl-bad" not in line_of(50, significant=False, **fell)


def test_the_period_before_is_dashed_and_has_its_own_gaps() -> None:
    journey = [JourneyStage(str(i), 50.0, n=9, previous=p) for i, p in enumerate((40.0, 45.0, None, 60.0))]
    ghosts = [e for e in assert_sound(journey_line(journey)).iter() if e.attrib.get("class") == "tl-ghost"]
    assert [name(ghost) for ghost in ghosts] == ["path", "circle"]
    assert ghosts[0].attrib["stroke-dasharray"]


def test_a_bigger_stage_has_a_bigger_node() -> None:
    root = assert_sound(journey_line([JourneyStage("a", 50.0, n=10), JourneyStage("b", 50.0, n=1000)]))
    small, big = (float(e.attrib["r"]) for e in root.iter() if e.attrib.get("class") == "tl-node")
    assert small < big


def test_without_a_gate_none_is_drawn() -> None:
    assert "gate" not in journey_line([JourneyStage("a", 50.0, n=10)], gate=None)
    assert "gate 70" in journey_line([JourneyStage("a", 50.0, n=10)])
