"""The command line in this process, and a small simulated world to ask it about."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from touchline.cli import console, main
from touchline.settings import new_toml
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.workspace import Workspace

SETTINGS = '\n[[scales]]\nkind = "ces"\ndirection = "easy"\n'


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))

    @property
    def told(self) -> str:
        """Everything that was said, on one line."""
        return " ".join((self.out + " " + self.err).split())


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command line with some arguments, in a terminal of some width."""

    def running(*arguments: object, width: int = 100) -> Ran:
        monkeypatch.setattr(sys, "argv", ["touchline", *(str(a) for a in arguments)])
        monkeypatch.setenv("COLUMNS", str(width))
        for one in (console.out, console.err):
            monkeypatch.setattr(one, "_width", width)
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return running


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Path:
    """A folder with the files of a simulated world: `interactions.csv` and `truth`."""
    folder = tmp_path_factory.mktemp("world")
    simulate_to(folder, 150, 3)
    return folder


@pytest.fixture(scope="session")
def asked(world, tmp_path_factory) -> Path:
    """A workspace that holds the world. Ask it; change nothing."""
    folder = tmp_path_factory.mktemp("asked")
    settings = new_toml("Nordlicht", "taxonomy.yaml") + SETTINGS
    with Workspace.create(folder, settings=settings) as workspace:
        workspace.take_in(open_export(world / "interactions.csv", taxonomy=workspace.taxonomy))
    return folder
