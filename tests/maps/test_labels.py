"""Words beside lines never lie on each other, and stand where no line runs if there is such a place."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.maps.drawn import coffee, laid_over

from touchline.maps.drawing import draw
from touchline.maps.drawing.labels import Labels, Put
from touchline.maps.drawing.letters import width
from touchline.maps.measured import Measure
from touchline.maps.model import Belief, Lane
from touchline.server.maps.views.map_curve import curve

SAID = ("61", "±4 · 1.2k", "disappointment")
PERSONAS = ("Nora the newcomer", "Henrik the regular")


def box(put: Put, text: str, size: float) -> tuple[float, float, float, float]:
    half = width(text, size) / 2
    return put.x - half, put.y - size * 0.8, put.x + half, put.y + size * 0.22


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.floats(20, 160), st.sampled_from(SAID)), max_size=24))
def test_words_never_lie_on_each_other_and_stay_within(points: list[tuple[int, float, str]]) -> None:
    labels = Labels(0.0, 180.0)
    labels.line([(at * 158.0, y) for at, (_, y, _) in enumerate(points)])
    boxes: list[tuple[float, float, float, float]] = []
    for column, y, text in points:
        put = labels.beside(column * 158.0, y, 6.0, text, 11.0)
        if put is None:
            continue
        one = box(put, text, 11.0)
        assert one[1] >= 0
        assert one[3] <= 180
        assert not any(one[0] < b[2] and b[0] < one[2] and one[1] < b[3] and b[1] < one[3] for b in boxes)
        boxes.append(one)


def test_words_leave_a_line_alone_where_they_can() -> None:
    labels = Labels(0.0, 180.0)
    labels.line([(0.0, 80.0), (100.0, 80.0)])
    below = labels.beside(50.0, 90.0, 5.0, "late", 11.0)
    assert below is not None
    assert below.y > 95  # above it the line runs
    assert labels.beside(50.0, 90.0, 5.0, "", 11.0) is None


def of_two():
    """Return a map of two personas, and what was measured of each."""
    whole, laid = coffee(), laid_over()
    theirs = tuple(Belief(name, 40.0 + 20 * at) for at, name in enumerate(PERSONAS))
    phases = tuple(
        replace(phase, steps=tuple(replace(step, believed=(*step.believed, *theirs)) for step in phase.steps))
        for phase in whole.phases
    )
    own = {
        name: {step: Measure(30.0 + 30 * at, 25.0 + 30 * at, 35.0 + 30 * at, 90, 80) for step in laid.steps}
        for at, name in enumerate(PERSONAS)
    }
    return replace(whole, personas=PERSONAS, phases=phases), replace(laid, personas=own)


def test_each_persona_has_its_own_lines_where_the_map_has_several() -> None:
    whole, laid = of_two()
    drawn = draw(whole, laid)
    for name in PERSONAS:
        assert f"believed: {name}" in drawn
        assert f"measured: {name}" in drawn
        assert f"{name}, Discover:" in drawn
    lane = next(one for one in whole.lanes if one.kind == "emotions")
    page = curve(whole, laid, lane)
    for at, name in enumerate(PERSONAS):
        assert page.count(f"believed own p{at}") == 1
        assert page.count(f"measured own p{at}") == 1
        assert f"{name}, Discover: believed {40 + 20 * at}, measured {30 + 30 * at} ±5 · n 90" in page
    assert " own p" not in curve(whole, laid, Lane("e", "emotions", of=PERSONAS[0]))
    assert " own p" not in curve(replace(whole, personas=PERSONAS[:1]), laid, lane)
