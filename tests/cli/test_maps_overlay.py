"""`touchline maps measure`."""

from __future__ import annotations

import csv
import io

import pytest

from touchline.maps import Belief, Card, Lane, Map, Phase, Step
from touchline.maps.writing import write
from touchline.questions import open_workspace

STEPS = (Step("wait", "Waits", "delivery", believed=(Belief(jsi=97.0),)), Step("dream", "Dreams"))
NOW = Map(
    "lamp",
    "Lamp",
    phases=(Phase("p", "P", STEPS),),
    lanes=(Lane("hurts", "pains"),),
    cards=(Card("late", "hurts", "wait", "Late", theme="late_delivery"),),
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "lamp.yaml"
    path.write_text(write(NOW), encoding="utf-8")
    return path


def test_a_map_is_measured_in_a_terminal_and_for_programs(run, asked, file):
    with open_workspace(asked) as questions:
        (row,) = [row for row in questions.stages().to_dicts() if row["stage"] == "delivery"]
    told = run("maps", "measure", file, "-w", asked, "--cards", width=140).told
    assert f"{row['jsi']:.0f} ±" in told
    assert "Belief and data part at Waits: believed 97" in told
    assert "late_delivery" not in told
    assert "JSI" in told
    found = run("maps", "measure", file, "-w", asked, "--json").json
    assert found["steps"]["wait"]["metrics"]["jsi"]["value"] == pytest.approx(row["jsi"])
    assert found["steps"]["dream"]["metrics"] == {}
    assert found["cards"]["late"]["level"] in ("strong", "some")
    waits, dreams = csv.DictReader(io.StringIO(run("maps", "measure", file, "-w", asked, "--csv").out))
    assert float(waits["jsi"]) == pytest.approx(row["jsi"])
    assert (dreams["bound"], dreams["jsi"], dreams["volume"]) == ("", "", "0")


def test_a_map_that_is_not_there_is_told(run, asked, tmp_path):
    failed = run("maps", "measure", tmp_path / "none.yaml", "-w", asked)
    assert failed.code != 0
    assert "none.yaml" in failed.told
