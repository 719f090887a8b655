"""The tutorial runs from its first cell to its last, and shows what it speaks of."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from checks import notebook  # noqa: E402

TUTORIAL = ROOT / "docs" / "tutorial.ipynb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("notebook")
    notebook.make_folder(made)
    return made


def test_the_tutorial_runs_and_its_figures_show_themselves(folder: Path) -> None:
    shown = notebook.run(TUTORIAL, folder)
    assert sum("<svg" in one.html for one in shown) >= 6
    assert sum("<table" in one.html for one in shown) >= 4
    counted = [one for one in shown if one.plain.isdigit()]
    assert counted
    assert all(int(one.plain) > 0 for one in counted)


def test_the_tutorial_keeps_no_outputs() -> None:
    assert all(not cell["outputs"] and cell["execution_count"] is None for _, cell in notebook.cells(TUTORIAL))


def test_a_cell_that_fails_is_named(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Words"]},
        {"cell_type": "code", "source": ["x = 1\n", "x + 1"]},
        {"cell_type": "code", "source": ["x / 0"]},
    ]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": cells[:2]}), encoding="utf-8")
    assert [(one.cell, one.plain) for one in notebook.run(path, tmp_path)] == [(2, "2")]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    with pytest.raises(notebook.CellFailed, match="cell 3: ZeroDivisionError"):
        notebook.run(path, tmp_path)
