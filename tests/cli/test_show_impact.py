"""The questions of changes, tests, forecasts and own metrics, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from touchline.cli.app import app
from touchline.questions import open_workspace
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.workspace import Workspace

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("impact")
    simulate_to(root / "world", 700, seed=1)
    with Workspace.create(root / "acme") as workspace:
        workspace.take_in(open_export(root / "world" / "interactions.csv", taxonomy=workspace.taxonomy))
    own = "metrics:\n  - {id: basket, name: Basket, kind: value, over: 'event:order_placed'}\n"
    (root / "acme" / "metrics.yaml").write_text(own)
    return root / "acme"


@pytest.mark.parametrize(
    "words",
    [
        "show impact --change 2026-05-01 --treated region=emea --stage delivery",
        "show impact --change 2026-05-01 --treated region=emea --of revenue --like tier",
        "show whatif --stage delivery --theme late_delivery --cost 100",
        "show forecast --stage all --ahead 4",
        "show forecast --of contacts --by week --ahead 4",
        "show metrics --by month --metric basket --metric conversion",
        "experiment read --control tier=standard --treated tier=vip --of event:order_placed --window 30d",
    ],
)
def test_each_question_has_rows_for_people_and_for_programs(folder: Path, words: str) -> None:
    told = RUNNER.invoke(app, [*words.split(), "-w", str(folder), "--json"])
    assert told.exit_code == 0, told.output
    figure = json.loads(told.stdout)
    assert figure["rows"]
    assert {"n", "customers", "low", "high", "hidden", "low_n"} <= set(figure["rows"][0])
    shown = RUNNER.invoke(app, [*words.split(), "-w", str(folder)])
    assert shown.exit_code == 0, shown.output
    who = RUNNER.invoke(app, [*words.split(), "-w", str(folder), "--who", "1", "--json"])
    assert who.exit_code == 0, who.output
    assert json.loads(who.stdout)["rows"]


def test_the_index_that_comes_back_is_the_impact_of_the_cause(folder: Path) -> None:
    with open_workspace(folder) as journey:
        cause = next(row for row in journey.causes(stage="delivery").to_dicts() if row["theme"] == "late_delivery")
        back = journey.whatif(stage="delivery", theme="late_delivery").to_dicts()[0]
        assert back["change"] == pytest.approx(cause["impact"])
        assert back["n"] == cause["n"]
        assert "basket" in {row["column"] for row in journey.heatmap(by="metric").to_dicts()}


def test_a_size_needs_no_workspace() -> None:
    told = RUNNER.invoke(app, ["experiment", "size", "--base", "0.5", "--lift", "0.25", "--power", "0.9", "--json"])
    assert json.loads(told.stdout)["rows"][1]["n_control"] == 77
    wrong = RUNNER.invoke(app, ["experiment", "size", "--lift", "0.1"])
    assert wrong.exit_code != 0
