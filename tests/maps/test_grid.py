"""A grid in a spreadsheet becomes a map and a map a grid, whoever made it; what is no grid is told with its cell."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.maps.strategies import maps

from touchline.errors import InputError, MapError, SourceError
from touchline.maps.grid import of_rows, read_grid, to_csv, to_rows, words
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.model import Belief, Card, Map

#: Words that a cell keeps as they are.
NAMES = st.sampled_from(("late", "Ärger", "a,b", '"so"', "it's", "3", "=1+1", "pains", "Step two", "Pain points"))
_GRID = [
    ["Map", "Ordering coffee"],
    ["Persona", "Nora; Ben"],
    ["Goal", "coffee by Friday"],
    ["Phase", "Buy", "", "Have"],
    ["Step", "Looks", "Pays", "Waits"],
    ["Stage", "consideration", "purchase", "delivery"],
    ["Believed", "61", "", "66"],
    ["Actions", "Reads reviews\nAsks a friend", "Pays by card", "Follows the parcel"],
    ["What hurts [pains]", "", "", "Later than promised"],
    ["Rival Ltd [competitor: rival]", "", "Cheaper", ""],
    ["Something of our own", "x", "", ""],
]


def test_a_grid_becomes_a_map():
    found = of_rows(_GRID)
    assert (found.id, found.name, found.personas, found.goal) == (
        "ordering-coffee", "Ordering coffee", ("Nora", "Ben"), "coffee by Friday",
    )  # fmt: skip
    assert [(phase.name, [step.name for step in phase.steps]) for phase in found.phases] == [
        ("Buy", ["Looks", "Pays"]), ("Have", ["Waits"]),
    ]  # fmt: skip
    steps = list(found.steps())
    assert [step.stage for step in steps] == ["consideration", "purchase", "delivery"]
    assert [step.believed for step in steps] == [(Belief(jsi=61),), (), (Belief(jsi=66),)]
    assert [(lane.kind, lane.name, lane.of) for lane in found.lanes] == [
        ("actions", "", ""), ("pains", "What hurts", ""), ("competitor", "Rival Ltd", "rival"),
        ("custom", "Something of our own", ""),
    ]  # fmt: skip
    assert [card.text for card in found.cell("actions", "looks")] == ["Reads reviews", "Asks a friend"]
    assert [row[: len(want)] for row, want in zip(to_rows(found), _GRID, strict=True)] == _GRID


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(maps(NAMES, steps=3))
def test_a_grid_that_is_read_and_written_again_is_the_same(one):
    phases = [
        replace(phase, name=f"{at} {phase.name}", steps=tuple(replace(step, believed=()) for step in phase.steps))
        for at, phase in enumerate(one.phases)
    ]
    one = replace(one, phases=tuple(phases), personas=("Nora", "Ben"))
    assume(any(phase.steps for phase in phases))
    rows = list(csv.reader(io.StringIO(to_csv(one, exact=True), newline="")))
    again = of_rows(rows)
    assert to_rows(again) == to_rows(one)
    assert [(lane.kind, lane.name, lane.of) for lane in again.lanes] == [
        (lane.kind, "" if lane.name == LANE_KINDS[lane.kind].title else lane.name, lane.of) for lane in one.lanes
    ]
    assert len(again.cards) == sum(bool(words(card)) for card in one.cards)


def test_cells_that_a_spreadsheet_would_run_are_defused_and_come_back(tmp_path):
    one = of_rows([["Step", "=1+1"], ["Pains", "@SUM(A1)\n-late"]])
    (tmp_path / "a.csv").write_text(to_csv(one), encoding="utf-8")
    assert "'=1+1" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    back = read_grid(tmp_path / "a.csv")
    assert (back.phases, [card.text for card in back.cards]) == (one.phases, ["@SUM(A1)", "-late"])


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("cp1252", ";"), ("utf-16", "\t")]
)
def test_any_usual_csv_is_read(tmp_path, encoding, delimiter):
    text = io.StringIO(newline="")
    rows = [["Schritt", "Größe wählen", "Zahlt"], ["Pain points", "", "Zu spät"]]
    csv.writer(text, delimiter=delimiter).writerows(rows)
    (tmp_path / "karte.csv").write_bytes(text.getvalue().encode(encoding))
    found = read_grid(tmp_path / "karte.csv")
    assert found.name == "karte"
    assert [step.name for step in found.steps()] == ["Größe wählen", "Zahlt"]
    assert [card.text for card in found.cards_of("pains")] == ["Zu spät"]


def test_a_workbook_is_read(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Journey")
    for row in _GRID:
        sheet.append([None if cell == "" else int(cell) if cell.isdigit() else cell for cell in row])
    sheet.merge_cells("B4:C4")
    book.save(tmp_path / "map.xlsx")
    assert read_grid(tmp_path / "map.xlsx") == of_rows(_GRID)
    assert read_grid(tmp_path / "map.xlsx", sheet="Journey") == of_rows(_GRID)
    with pytest.raises(SourceError, match="there is no sheet 'Map'"):
        read_grid(tmp_path / "map.xlsx", sheet="Map")


def test_grids_of_other_tools_are_understood():
    found = of_rows(
        [
            ["Stage", "Discover", "", "Buy"],
            ["Doing", "• Searches\n• Asks", "Compares", "Pays"],
            ["Thinking", "Is it for me?", "", ""],
            ["Feelings", "1", "-2", "2"],
            ["Pain Points", "", "", "Form too long"],
        ],
        name="Acme",
        scale=(-2, 2),
    )
    assert [(phase.name, len(phase.steps)) for phase in found.phases] == [("Discover", 2), ("Buy", 1)]
    assert [lane.kind for lane in found.lanes] == ["actions", "thoughts", "emotions", "pains"]
    assert [step.believed[0].jsi for step in found.steps()] == [75, 0, 100]
    assert [card.text for card in found.cards_of("actions")][:2] == ["Searches", "Asks"]


def test_a_grid_with_its_steps_down_is_turned():
    rows = [["Step", "Actions", "Pain points", "Emotion"], ["Looks", "Reads", "", "60"], ["Pays", "", "Dear", "40"]]
    assert of_rows(rows) == of_rows([list(row) for row in zip(*rows, strict=True)])
    assert [step.name for step in of_rows(rows).steps()] == ["Looks", "Pays"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "g: the grid is empty; put the steps into its first row"),
        ([["", " "]], "the grid is empty"),
        ([["Title only"], ["Pains", "x"]], "g, row 1, column A: the first row names no step"),
        ([["Who knows", "x"], ["Step", "Looks"]], "g, row 1, column A: 'Who knows' is not known"),
        ([["Step", "Looks"], ["Pains", "", "Late"]], "g, row 2, column C: the column has cards and no step"),
        ([["Step", "Looks"], [], ["Believed", "happy"]], "g, row 3, column B: 'happy' is no number from 0 to 100"),
        ([["Step", "Looks"], ["Emotion", "-1"]], "g, row 2, column B: '-1' is no number from 0 to 100"),
        ([["Kind", "wall"], ["Step", "Looks"]], "kind is 'wall', and must be one of journey"),
        ([["Step", "x"], *[["Pains", "y"]] * 1001], "the grid has over 1000 rows"),
        ([["Step", "a\x00b"]], "holds a control character"),
    ],
)
def test_what_is_no_grid_is_told_with_its_cell(rows, told):
    with pytest.raises(MapError) as caught:
        of_rows(rows, where="g")
    assert told in str(caught.value)


def test_a_scale_begins_low():
    with pytest.raises(InputError, match="write the lower number first"):
        of_rows([["Step", "x"]], scale=(2, -2))


def test_a_card_without_words_shows_what_it_is():
    assert words(Card("c", "l", "s", metric="nps", value=3)) == "nps 3"
    assert words(Card("c", "l", "s", channel="email")) == "email"
    assert to_rows(Map("a", "A"))[0] == ["Map", "A"]
