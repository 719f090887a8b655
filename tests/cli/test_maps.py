"""`touchline maps`: a map is begun, checked, compared, turned into a spreadsheet and back, on the command line."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
import typer

from touchline.maps.grid import read_grid
from touchline.maps.plain import from_plain
from touchline.maps.reading import load
from touchline.maps.schema import schema
from touchline.maps.writing import ordered, write
from touchline.workspace import Workspace

COFFEE = """\
map: coffee
name: Ordering coffee
owner: Delivery
lanes: [actions, pains]
phases:
  - name: Have
    steps:
      - name: Waits
        stage: delivery
        cards: {actions: Follows the parcel, pains: Late}
"""


_COMMAND = cache(typer.main.get_command)


@pytest.fixture(autouse=True)
def _built_once(monkeypatch):
    """Build the program's 150 commands once, not for each of the runs below."""
    monkeypatch.setattr(typer.main, "get_command", _COMMAND)


@pytest.fixture
def coffee(tmp_path):
    (tmp_path / "coffee.yaml").write_text(COFFEE, encoding="utf-8")
    return tmp_path / "coffee.yaml"


def test_a_new_map_is_sound_and_bound_to_the_stages(run, tmp_path):
    said = run("maps", "new", tmp_path / "coffee.yaml", "--title", "Ordering coffee", "--taxonomy", "saas")
    assert said.code == 0
    assert "touchline maps check" in said.told
    made = load(tmp_path / "coffee.yaml")
    assert (made.id, made.name) == ("coffee", "Ordering coffee")
    assert {step.stage for step in made.steps()} >= {"onboarding", "renewal"}
    assert run("maps", "check", tmp_path / "coffee.yaml", "--taxonomy", "saas").out.startswith("1 map: nothing wrong")
    again = run("maps", "new", tmp_path / "coffee.yaml")
    assert again.code == 2
    assert "the file is there already" in again.err


def test_a_future_map_begins_from_the_current_one(run, tmp_path, coffee):
    assert run("maps", "new", tmp_path / "shall.yaml", "--of", coffee, "--title", "As it shall be").code == 0
    made = load(tmp_path / "shall.yaml")
    assert (made.id, made.state, made.of, made.name) == ("shall", "future", "coffee", "As it shall be")
    assert run("maps", "check", tmp_path, "--taxonomy", "b2c").out.startswith("2 maps: nothing wrong")


def test_a_workspace_tells_stages_and_personas(run, tmp_path, coffee, monkeypatch):
    with Workspace.create(tmp_path / "acme", taxonomy="support"):
        pass
    found = run("maps", "check", coffee, "--workspace", tmp_path / "acme")
    assert found.code == 1
    assert "coffee.yaml:9: step 'Waits': there is no stage 'delivery'" in found.told
    monkeypatch.chdir(tmp_path / "acme")
    assert run("maps", "check", coffee).code == 1
    assert run("maps", "check", coffee, "--taxonomy", "b2c").code == 0


def test_what_is_wrong_and_what_is_weak(run, coffee):
    coffee.write_text(COFFEE.replace("owner: Delivery\n", ""), encoding="utf-8")
    assert run("maps", "check", coffee).code == 0
    assert run("maps", "check", coffee, "--strict").code == 1
    told = run("maps", "check", coffee, "--json").json
    assert told["maps"] == 1
    (only,) = told["problems"]
    assert (only["level"], only["what"], only["line"]) == ("weak", "nobody looks after the map", 1)
    coffee.write_text(COFFEE.replace("stage: delivery", "stag: delivery"), encoding="utf-8")
    found = run("maps", "check", coffee)
    assert (found.code, found.out) == (2, "1 map: 1 wrong\n")
    assert "coffee.yaml:9: step 'Waits': unknown key 'stag'; did you mean stage?" in found.told


def test_links_are_looked_at_where_several_maps_are_given(run, tmp_path, coffee):
    zoom = COFFEE.replace("map: coffee", "map: zoom\nof: tea")
    (tmp_path / "zoom.yaml").write_text(zoom, encoding="utf-8")
    assert run("maps", "check", tmp_path / "zoom.yaml").code == 0
    found = run("maps", "check", tmp_path)
    assert found.code == 1
    assert "zoom.yaml:2: the map: there is no map 'tea'" in found.told
    (tmp_path / "zoom.yaml").write_text(COFFEE, encoding="utf-8")
    assert "the map's id 'coffee' is that of" in run("maps", "check", tmp_path).told
    (tmp_path / "empty").mkdir()
    assert run("maps", "check", tmp_path / "empty").code == 2


def test_what_changed_is_told(run, tmp_path, coffee):
    (tmp_path / "new.yaml").write_text(COFFEE.replace("owner: Delivery", "owner: Ann"), encoding="utf-8")
    found = run("maps", "diff", coffee, tmp_path / "new.yaml")
    assert (found.code, found.out) == (0, "The map: owner “Delivery” is now “Ann”\n")
    assert run("maps", "diff", coffee, tmp_path / "new.yaml", "--exit-code").code == 1
    assert run("maps", "diff", coffee, coffee, "--exit-code").out == "Nothing changed\n"
    (edit,) = run("maps", "diff", coffee, tmp_path / "new.yaml", "--json").json
    assert edit["values"] == {"owner": "Ann"}
    assert edit["op"] == "set"


def test_a_map_becomes_other_files_and_comes_back(run, tmp_path, coffee):
    made = load(coffee)
    assert run("maps", "convert", coffee).out == write(made)
    assert run("maps", "convert", coffee, tmp_path / "coffee.json").code == 0
    assert from_plain(type(made), json.loads((tmp_path / "coffee.json").read_text(encoding="utf-8"))) == made
    assert run("maps", "convert", tmp_path / "coffee.json").out == write(made)
    assert "1 steps, 2 lanes, 2 cards" in run("maps", "convert", coffee, tmp_path / "coffee.csv").told
    assert ordered(read_grid(tmp_path / "coffee.csv")).cards == ordered(made).cards
    assert run("maps", "convert", coffee, tmp_path / "coffee.svg").code == 0
    assert "<svg" in (tmp_path / "coffee.svg").read_text(encoding="utf-8")
    assert run("maps", "check", tmp_path / "coffee.csv").code == 0
    assert run("maps", "convert", coffee, tmp_path / "coffee.xlsx").code == 0
    assert ordered(read_grid(tmp_path / "coffee.xlsx")).cards == ordered(made).cards
    refused = run("maps", "convert", coffee, tmp_path / "coffee.doc")
    assert refused.code == 2
    assert ".yaml" in refused.err
    assert run("maps", "convert", coffee, tmp_path / "coffee.json").code == 2
    assert run("maps", "convert", coffee, tmp_path / "coffee.json", "--force").code == 0


def test_a_spreadsheet_becomes_a_map(run, tmp_path):
    grid = tmp_path / "wall.csv"
    grid.write_text("Step;Looks;Pays\nFeelings;-1;2\nPain points;;Zu teuer\n", encoding="cp1252")
    said = run("maps", "convert", grid, tmp_path / "wall.yaml", "--scale=-2..2", "--title", "The wall")
    assert said.code == 0, said.err
    made = load(tmp_path / "wall.yaml")
    assert (made.name, [step.believed[0].jsi for step in made.steps()]) == ("The wall", [25, 100])
    for scale in ("big", "2..-2"):
        assert run("maps", "convert", grid, f"--scale={scale}").code == 2
    assert "is no number from 0 to 100" in run("maps", "convert", grid).err


def test_templates_and_the_schema_are_told(run):
    names = {one["name"] for one in run("maps", "templates", "--json").json}
    assert {"journey", "blueprint", "empathy"} <= names
    assert "blueprint" in run("maps", "templates").out
    assert run("maps", "schema").json == schema()


def test_a_map_that_is_not_there_is_one_line(run, tmp_path):
    for command in ("check", "convert"):
        found = run("maps", command, tmp_path / "none.yaml")
        assert found.code == 2
        assert len(found.err.splitlines()) == 1
    assert run("maps", "convert", Path("none.csv")).code == 2
