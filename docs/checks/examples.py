"""Every example is sound: Python runs, TOML is a ``touchline.toml``, YAML a map, a play, metrics or a taxonomy.

Python blocks with ``<!-- runs -->`` above them are run in a folder that holds what the pages speak of:
``world/interactions.csv``, and the workspace ``acme`` with it imported.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from checks.pages import Block, Page
from touchline.errors import InputError, SettingsError
from touchline.maps.reading import examine
from touchline.server.plays.recipe import read as read_play
from touchline.settings import Settings
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.value.own.file import parse
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.workspace import Workspace

CUSTOMERS = 150


def make_workspace(folder: Path) -> None:
    """Simulate a small world into ``world`` and import it into the workspace ``acme``."""
    simulate_to(folder / "world", CUSTOMERS, seed=1)
    with Workspace.create(folder / "acme") as workspace:
        export = open_export(folder / "world" / "interactions.csv", taxonomy=workspace.taxonomy)
        workspace.take_in(export)


def run(body: str, name: str, folder: Path) -> None:
    """Run an example in a folder, what it prints aside; raises what it raises."""
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(body, name, "exec"), {"__name__": "__main__"})  # noqa: S102  our own pages


def check_files(pages: list[Page]) -> list[str]:
    """Return a line per problem of a TOML or YAML block."""
    return [f"{page.name}:{block.line}: {problem}" for page in pages for block, problem in _wrong_files(page)]


def check(pages: list[Page]) -> list[str]:
    """Return a line per example that is wrong or fails."""
    problems = check_files(pages)
    with tempfile.TemporaryDirectory() as name:
        make_workspace(Path(name))
        for page in pages:
            for block in page.blocks("python"):
                if block.runs:
                    problems += _failure(page, block.body, block.line, Path(name))
    return problems


def _wrong_files(page: Page) -> Iterator[tuple[Block, str]]:
    for block in page.blocks("toml"):
        try:
            Settings.parse(block.body)
        except SettingsError as error:
            yield block, str(error)
    for block in page.blocks("yaml"):
        if block.body.lstrip().startswith("play:"):
            try:
                read_play(block.body)
            except InputError as error:
                yield block, str(error)
            continue
        if block.body.lstrip().startswith("metrics:"):
            try:
                parse(block.body)
            except InputError as error:
                yield block, str(error)
            continue
        if block.body.lstrip().startswith("map:"):
            yield from ((block, str(problem)) for problem in examine(block.body).problems)
            continue
        for problem in Taxonomy.check(block.body):
            yield block, str(problem)


def _failure(page: Page, body: str, line: int, folder: Path) -> list[str]:
    where = f"{page.name}:{line}"
    try:
        run(body, where, folder)
    except Exception as error:
        return [f"{where}: the example fails: {type(error).__name__}: {error}"]
    return []
