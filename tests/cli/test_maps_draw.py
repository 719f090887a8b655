"""`touchline maps draw`: a map's file, or a spreadsheet, becomes what people hand on."""

from __future__ import annotations

import pytest
from tests.drawings import assert_sound
from tests.maps.drawn import coffee

from touchline.cli.maps_draw import Kind, Paper
from touchline.maps import Belief, Card, Lane, Map, Phase, Step
from touchline.maps.writing import write
from touchline.questions import open_workspace
from touchline.report.maps import FORMATS, PAPERS


@pytest.fixture
def file(tmp_path):
    (tmp_path / "coffee.yaml").write_text(write(coffee()), encoding="utf-8")
    return tmp_path / "coffee.yaml"


def test_all_formats_and_papers_can_be_chosen():
    assert [one.value for one in Kind] == list(FORMATS)
    assert [one.value for one in Paper] == list(PAPERS)


def test_a_drawing_lies_beside_the_map_or_where_it_is_told(run, file):
    assert "Wrote" in run("maps", "draw", file).out
    text = file.with_suffix(".svg").read_text(encoding="utf-8")
    assert_sound(text.split("\n", 1)[1])
    said = run("maps", "draw", file, "-o", file.with_name("page.md"), "--json").json
    assert (said["map"], said["format"], said["measured"]) == ("coffee-machine", "markdown", False)
    assert file.with_name("page.md").read_text(encoding="utf-8").startswith("# Ordering a coffee machine\n")
    assert run("maps", "draw", file, "-f", "mermaid", "-o", "-").out.startswith("journey\n    title Ordering")
    dark = run("maps", "draw", file, "-o", "-", "--dark").out
    assert "#14171a" in dark
    assert "#14171a" not in text


def test_a_spreadsheet_is_drawn_too(run, file):
    run("maps", "draw", file, "-f", "csv")
    text = run("maps", "draw", file.with_suffix(".csv"), "-f", "markdown", "-o", "-").out
    assert "Later than promised" in text


def test_what_was_measured_is_the_analytics_own_number(run, asked, tmp_path):
    step = Step("wait", "Waits", "delivery", believed=(Belief(jsi=97.0),))
    whole = Map("lamp", "Lamp", phases=(Phase("p", "P", (step,)),), lanes=(Lane("hurts", "pains"),),
                cards=(Card("late", "hurts", "wait", "Late", theme="late_delivery"),))  # fmt: skip
    (tmp_path / "lamp.yaml").write_text(write(whole), encoding="utf-8")
    with open_workspace(asked) as questions:
        (row,) = [row for row in questions.stages().to_dicts() if row["stage"] == "delivery"]
    text = run("maps", "draw", tmp_path / "lamp.yaml", "-f", "markdown", "-o", "-", "-m", "-w", asked).out
    assert f"| Waits | 97 | {row['jsi']:.0f} ±" in text
    assert f"| {row['n']:,} |" in text
    bare = run("maps", "draw", tmp_path / "lamp.yaml", "-f", "markdown", "-o", "-").out
    assert "±" not in bare


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("-o", "map.doc"), "the ending .doc tells no format"),
        (("-o", "-", "-f", "xlsx"), "xlsx is no text"),
        (("-f", "yaml"), "the map's own file would be overwritten"),
        (("--last", "28"), "add --measured"),
        (("-o", "nowhere/map.svg"), "the file cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told(run, file, more, told):
    before = file.read_bytes()
    failed = run("maps", "draw", file, *more)
    assert failed.code == 2
    assert told in failed.told
    assert file.read_bytes() == before
