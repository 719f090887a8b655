"""Every answer has a picture: well-formed, inside its frame, its numbers in words for those who listen."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drawings import HOSTILE, assert_sound, texts

from touchline.figures.curves import Curve, CurvePoint, share_curves
from touchline.figures.dots import Dot, dots
from touchline.figures.flow import FlowLink, FlowNode, flow
from touchline.figures.grid import GridCell, share_grid
from touchline.figures.plotting import plotted
from touchline.figures.steps import FunnelStep, funnel_steps
from touchline.figures.tables import sheet

share = st.floats(0, 1)
name = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


@settings(max_examples=20)
@given(st.lists(st.builds(Dot, name, st.none() | share, name, share, share, name), max_size=9), st.booleans())
@pytest.mark.parametrize("width", [316, 440, 600, 1130])
def test_dots_are_as_wide_as_they_are_told(width, rows, apart):
    root = assert_sound(dots(rows, title="Dots", apart=apart, width=width))
    assert float(root.attrib["viewBox"].split()[2]) == width


@pytest.mark.parametrize("width", [330, 600, 1100])
@pytest.mark.parametrize("figure", ["funnel", "gate", "cohorts", "transitions"])
def test_a_figure_is_drawn_as_wide_as_it_is_told(figure, width):
    shares = {"sensitivity": 0.3, "specificity": 0.7, "share": 0.4, "rate": 0.5, "value": 0.5}
    ends = {f"{of}_{end}": 0.5 for of in ("sensitivity", "specificity") for end in ("low", "high")}
    rows = [
        {**shares, **ends, "threshold": at, "name": f"step_{at}", "n": 40, "customers": 40, "step": at, "period": at,
         "cohort": date(2026, 1, 1), "source": "order_placed", "target": f"parcel_number_{at}"}
        for at in range(3)
    ]  # fmt: skip
    if figure == "funnel":
        rows = [{name: value for name, value in row.items() if name != "value"} for row in rows]
    root = assert_sound(plotted(figure, rows, width=width))
    if width != 330 or figure not in ("cohorts", "transitions"):  # a grid scrolls where it is too wide
        assert float(root.attrib["viewBox"].split()[2]) >= width
    assert "Order placed" in texts(root) or figure != "transitions"


def test_a_forecast_is_one_row_a_stage_and_drift_is_no_count():
    ahead = {"n": 9, "value": 40.0, "low": 30.0, "high": 50.0, "period": date(2026, 11, 2)}
    rows = [{**ahead, "series": of, "name": of, "ahead": at} for of in ("all", "delivery") for at in (1, 2)]
    drawn = texts(assert_sound(plotted("forecast", rows)))
    assert [said for said in drawn if said == "Delivery"] == ["Delivery"]
    row = {"measure": "stage mix", "distance": 0.58, "change": None, "n": 49, "low": None, "high": None}
    assert "0.58" in texts(assert_sound(plotted("drift", [row])))


@given(
    st.lists(
        st.builds(FunnelStep, name, st.integers(0, 10**7), st.none() | share, share, share), min_size=1, max_size=9
    )
)
def test_funnels_are_sound(steps):
    assert_sound(funnel_steps(steps, title="Funnel"))


@given(st.lists(st.tuples(name, st.lists(share, min_size=1, max_size=6)), max_size=9))
def test_curves_are_sound(groups):
    curves = [Curve(n, tuple(CurvePoint(x, y, y, y) for x, y in enumerate(ys))) for n, ys in groups]
    assert_sound(share_curves(curves, title="Survival", unit="days"))


@given(st.lists(st.builds(Dot, name, st.none() | st.floats(-1e6, 1e6), name), max_size=12), st.booleans())
def test_dots_are_sound(rows, apart):
    assert_sound(dots(rows, title="Dots", apart=apart))


@given(
    st.lists(
        st.tuples(name, st.lists(st.none() | st.builds(GridCell, name, share), min_size=3, max_size=3)), max_size=6
    )
)
def test_grids_are_sound(rows):
    assert_sound(share_grid(["a", "b", "c"], rows, title="Grid"))


def test_a_flow_keeps_to_its_levels_and_says_every_number():
    nodes = [FlowNode(0, "order", 90), FlowNode(1, "delivery", 60), FlowNode(1, "nothing", 30, ends=True)]
    drawn = flow(nodes, [FlowLink(0, "order", "delivery", 60), FlowLink(0, "order", "nothing", 30)], title="Paths")
    assert_sound(drawn)
    assert "Order to Delivery: 60; Order to Nothing: 30" in drawn


def test_a_funnel_says_what_is_lost_and_what_is_open():
    drawn = plotted(
        "funnel",
        [
            {"step": 1, "name": "visit", "n": 200, "rate": 1.0, "low": 0.98, "high": 1.0, "lost": 0},
            {"step": 2, "name": "order", "n": 50, "rate": 0.25, "low": 0.19, "high": 0.31, "lost": 130, "open": 20,
             "step_seconds_median": 7200.0},
        ],
    )  # fmt: skip
    assert_sound(drawn)
    assert "130 lost" in drawn
    assert "20 still open" in drawn
    assert "half within 2 h" in drawn
    assert "Order: 25 % (50), 130 lost" in drawn


def test_an_unfinished_cell_of_a_cohort_is_no_zero():
    rows = [
        {"cohort": date(2026, 1, 1), "period": p, "value": v, "censored": v is None, "customers": 40}
        for p, v in ((0, 1.0), (1, 0.5), (2, None))
    ]
    drawn = plotted("cohorts", rows, {"measure": "retention"})
    assert_sound(drawn)
    assert "0 1…" not in drawn
    assert "1 Jan 2026: 0 100 %, 1 50 %, 2 …" in drawn


@pytest.mark.parametrize("figure", ["anything", "variants", "clusters"])
def test_a_figure_without_a_drawing_of_its_own_gets_a_dot_per_row(figure):
    drawn = plotted(figure, [{"name": "a", "n": 3, "share": 0.2, "low": 0.1, "high": 0.3}])
    assert_sound(drawn)
    assert "A: 20 % n 3" in drawn


def test_no_rows_are_no_error():
    assert_sound(plotted("anything", []))
    assert_sound(plotted("cohorts", []))


@pytest.mark.parametrize("words", HOSTILE)
def test_a_notebook_never_runs_what_customers_say(words):
    page = sheet("<svg></svg>", words, (words,), [{words: words}])
    assert "<script" not in page
    assert "<img" not in page
