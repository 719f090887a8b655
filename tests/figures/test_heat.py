from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drawings import HOSTILE, parsed

from touchline.figures import HeatCell, HeatRow, heat_table, stylesheet
from touchline.figures.colour import contrast, ink_on, jsi_class, jsi_colour, jsi_rules

AA = 4.5


@given(st.floats(0, 100))
def test_the_ink_of_every_cell_reads(value: float) -> None:
    colour = jsi_colour(value)
    assert contrast(colour, ink_on(colour)) >= AA


def test_every_rule_of_a_cell_reads_and_every_class_has_one() -> None:
    rules = dict(re.findall(r"\.(j\d+)\{(.*)\}", jsi_rules()))
    assert set(rules) == {jsi_class(v / 10) for v in range(1001)}
    for rule in rules.values():
        background, ink = re.findall(r"#[0-9a-f]{6}", rule)
        assert contrast(background, ink) >= AA


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_reads_on_paper_in_both_schemes(scheme: str) -> None:
    light, dark = re.findall(r"--paper:.*?\}", stylesheet(), flags=re.DOTALL)
    tokens = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))
    for ink in ("ink", "muted", "good", "bad"):
        for ground in ("paper", "surface", "soft"):
            assert contrast(tokens[ink], tokens[ground]) >= AA, (ink, ground)


def test_the_scale_runs_from_orange_over_sand_to_teal() -> None:
    assert [jsi_colour(v) for v in (0, 25, 50, 75, 100)] == ["#be4a18", "#be4a18", "#d6cdbe", "#0f6b5e", "#0f6b5e"]


def test_numbers_hatching_hiding_and_nothing() -> None:
    cells = (
        HeatCell("37", "±4", 37.0, 3960, 900),
        HeatCell("50", "±20", 50.0, 12, 11, low_n=True),
        HeatCell(None),
        None,
    )
    table = heat_table(["a", "b", "c", "d"], [HeatRow("Delivery", cells)], caption="JSI")
    sure, few, hidden, nothing = re.findall(r"<td class=.*?</td>", table)
    assert 'class="tl-cell j37"' in sure
    assert "<b>37</b> <i>±4</i>" in sure
    assert 'title="n 3,960 · 900 customers"' in sure
    assert "tl-low" in few
    assert "<b>50</b>" in few
    assert " j50" not in few
    assert "n &lt; 5" in hidden
    assert "–" in nothing


def test_a_cell_that_differs_is_outlined() -> None:
    marked = heat_table(["a"], [HeatRow("x", (HeatCell("37", marked=True),))], caption="JSI")
    assert "tl-marked" in marked


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_stay_text(hostile: str) -> None:
    table = heat_table([hostile, hostile * 5], [HeatRow(hostile, (HeatCell(hostile, hostile), None))], caption=hostile)
    elements = {element.tag for element in parsed(table).iter()}
    assert elements <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "b", "i", "span"}


def test_a_muted_row_is_told_apart() -> None:
    assert '<tr class="muted">' in heat_table([], [HeatRow("Unassigned", (), muted=True)], caption="JSI")
