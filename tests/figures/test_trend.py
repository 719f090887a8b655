from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.drawings import assert_sound, texts

from touchline.figures import TrendPoint, sparkline, trend_line

START = date(2026, 1, 5)
SCORE = st.floats(0, 100)


def weeks(*values: float | None, unfinished: bool = False) -> list[TrendPoint]:
    last = len(values) - 1
    return [
        TrendPoint(START + timedelta(weeks=i), v, v and v - 5, v and v + 5, 50, unfinished and i == last)
        for i, v in enumerate(values)
    ]


@st.composite
def trends(draw: st.DrawFn) -> list[TrendPoint]:
    offsets = sorted(draw(st.sets(st.integers(0, 200), max_size=40)))
    points = []
    for i in offsets:
        low, value, high = sorted(draw(st.tuples(SCORE, SCORE, SCORE)))
        hidden, few, unfinished = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
        when = START + timedelta(weeks=i)
        known = TrendPoint(when, value, low, high, draw(st.integers(5, 999)), unfinished and i == offsets[-1], few)
        points.append(TrendPoint(when, None, n=3) if hidden else known)
    return points


@given(trends())
def test_any_trend_is_a_sound_drawing(points: list[TrendPoint]) -> None:
    assert_sound(trend_line(points, title="JSI", step=7))
    assert_sound(sparkline(points, title="JSI", step=7))


@given(trends())
def test_every_number_is_told(points: list[TrendPoint]) -> None:
    told = trend_line(points, title="JSI", step=7)
    for point in points:
        assert point.period.isoformat() in told
        if point.value is not None:
            assert f"(n {point.n:,}" in told


def test_a_period_without_touches_breaks_the_line() -> None:
    points = weeks(40, 50, 60, 50, 40)
    whole = trend_line(points, title="JSI", step=7)
    broken = trend_line([*points[:2], *points[3:]], title="JSI", step=7)
    hidden = trend_line([*points[:2], TrendPoint(points[2].period, None, n=2), *points[3:]], title="JSI", step=7)
    assert whole.count('class="tl-line"') == 1
    assert broken.count('class="tl-line"') == hidden.count('class="tl-line"') == 2


def test_an_unfinished_last_period_is_dashed_and_hollow() -> None:
    finished = trend_line(weeks(40, 50, 60), title="JSI", step=7)
    unfinished = trend_line(weeks(40, 50, 60, unfinished=True), title="JSI", step=7)
    assert "tl-open" not in finished
    assert unfinished.count("tl-open") == 1
    assert "tl-few" in unfinished
    assert "unfinished" in unfinished


def test_the_last_value_is_written_beside_its_node() -> None:
    assert "60" in texts(assert_sound(trend_line(weeks(40, 50, 60), title="JSI", step=7)))


def test_two_trends_have_one_scale_and_a_sparkline_spans_forty_points_at_least() -> None:
    low, high = (trend_line(weeks(v, v), title="JSI", step=7) for v in (10, 90))
    assert [t for t in texts(assert_sound(low)) if t in ("0", "50", "100")] == ["0", "50", "100"]
    assert [t for t in texts(assert_sound(high)) if t in ("0", "50", "100")] == ["0", "50", "100"]
    flat = assert_sound(sparkline(weeks(50, 52), title="JSI", step=7, height=32))
    path = next(e for e in flat.iter() if e.attrib.get("class") == "tl-line").attrib["d"]
    start, end = float(path[1:].split("C")[0].split()[1]), float(path.split()[-1])
    assert abs(start - end) < 32 * 3 / 40


def test_labels_of_days_do_not_touch() -> None:
    points = weeks(*[50.0] * 40)
    root = assert_sound(trend_line(points, title="JSI", step=7))
    places = [float(e.attrib["x"]) for e in root.iter() if e.attrib.get("y") == "144" and "x" in e.attrib]
    assert len(places) >= 3
    assert min(b - a for a, b in pairwise(places)) >= 48
