"""Notebooks run, in order, without Jupyter: each cell is run as Jupyter would, and what it ends with shows itself.

Nothing of a notebook's server is needed for that: cells are JSON, and what is shown is ``_repr_html_`` or ``repr``.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.examples import make_workspace
from checks.pages import Page

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a code cell showed.

    Attributes:
        cell: Its number among all cells, from 1.
        html: As a notebook would show it; "" for nothing, or where it is plain.
        plain: Its repr; "" for nothing.
    """

    cell: int
    html: str
    plain: str


class CellFailed(Exception):
    """A cell raised an error."""


def make_folder(folder: Path) -> None:
    """Put what the notebooks speak of into a folder: ``workspace``."""
    make_workspace(folder)
    (folder / "acme").rename(folder / "workspace")


def cells(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the code cells with their numbers."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(number, cell) for number, cell in enumerate(found, 1) if cell["cell_type"] == "code"]


def run(path: Path, folder: Path) -> list[Shown]:
    """Run every cell in one namespace, in a folder; raises `CellFailed` where one fails."""
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        for number, cell in cells(path):
            try:
                value = _value("".join(cell["source"]), f"{path.name}:cell {number}", names)
                html = getattr(value, "_repr_html_", lambda: "")()
            except Exception as error:
                raise CellFailed(f"{path.name}, cell {number}: {type(error).__name__}: {error}") from error
            shown.append(Shown(number, html or "", "" if value is None else repr(value)))
    return shown


def _value(source: str, name: str, names: dict[str, Any]) -> object:
    """Run a cell; return the value of the expression that it ends with, None where it ends with something else."""
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), names)  # noqa: S102  our own pages
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), names)  # noqa: S307  our own pages


def check(_: list[Page]) -> list[str]:
    """Return a line per notebook that fails, or that keeps outputs."""
    problems = []
    for path in sorted((ROOT / "docs").glob("*.ipynb")):
        name = f"docs/{path.name}"
        if any(cell["outputs"] or cell["execution_count"] for _, cell in cells(path)):
            problems.append(f"{name}: it keeps outputs; clear them")
        with tempfile.TemporaryDirectory() as folder:
            make_folder(Path(folder))
            try:
                run(path, Path(folder))
            except CellFailed as error:
                problems.append(str(error))
    return problems
