"""Maps as code: what is imported is kept, what is exported is the same, and nothing is done twice."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.server.maps.conftest import SLUG
from typer.testing import CliRunner

from touchline.cli import maps
from touchline.maps.library import template
from touchline.maps.reading import read
from touchline.maps.writing import write
from touchline.server.maps import commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch):
    """Run a command of the group on a workspace of this process's database."""
    monkeypatch.setattr(commands, "opened", lambda _folder: SimpleNamespace(slug=SLUG))
    if "import" not in {one.name for one in maps.app.registered_commands}:
        commands.add_to(maps.app)

    def invoke(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(maps.app, list(words))
        assert done.exit_code == code, (done.output, done.exception)
        return done.stdout

    return invoke


def test_maps_go_to_files_and_come_back(run, tmp_path):
    file = tmp_path / "journey.yaml"
    file.write_text(write(template("journey")))
    first = json.loads(run("import", str(file), "--json"))["maps"]
    assert [(one["id"], one["version"], one["done"]) for one in first] == [("journey", 1, "created")]
    assert "unchanged journey, version 1" in run("import", str(file))
    file.write_text(write(replace(template("journey"), name="Our journey")))
    assert "changed journey, version 2" in run("import", str(file), "--note", "a1b2c3")
    told = json.loads(run("list", "--json"))["maps"]
    assert [(one["id"], one["version"], one["updated_by"]) for one in told] == [("journey", 2, "command line")]
    run("export", "--to", str(tmp_path / "out"))
    assert read((tmp_path / "out" / "journey.yaml").read_text()) == read(file.read_text())
    assert read(run("export", "journey", "--version", "1")) == read(write(template("journey")))
    run("export", "nothing", code=1)
