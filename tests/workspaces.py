"""Workspaces for the tests of several rooms: their conftest imports these fixtures."""

from __future__ import annotations

import itertools

import pytest

from touchline import understanding
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.workspace import Workspace


@pytest.fixture(scope="session", autouse=True)
def compiled_once():
    """Compile each taxonomy once for all workspaces of these tests; that is half of what opening one takes."""
    compiled: dict[tuple[str, str], understanding.Understander] = {}
    load = understanding.load

    def remembered(name: str = "fast", *, taxonomy: Taxonomy) -> understanding.Understander:
        if (name, taxonomy.version) not in compiled:
            compiled[name, taxonomy.version] = load(name, taxonomy=taxonomy)
        return compiled[name, taxonomy.version]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(understanding, "load", remembered)
        yield


@pytest.fixture
def make(tmp_path):
    """Return a function that makes an empty workspace; all of one test share their key, and are closed."""
    opened: list[Workspace] = []
    numbers = itertools.count(1)

    def fresh(settings: str = "", taxonomy: str = "b2c") -> Workspace:
        from touchline.settings import new_toml

        folder = tmp_path / f"workspace{next(numbers)}"
        text = new_toml("test", "taxonomy.yaml") + settings
        workspace = Workspace.create(folder, taxonomy=taxonomy, settings=text)
        if opened:
            (folder / ".touchline" / "key").write_text((opened[0].folder.inside / "key").read_text())
            workspace.close()
            workspace = Workspace(folder)
        opened.append(workspace)
        return workspace

    yield fresh
    for workspace in opened:
        workspace.close()


@pytest.fixture
def workspace(make):
    return make()
