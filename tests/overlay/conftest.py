"""A small simulated world in a workspace, to lay maps over."""

from __future__ import annotations

import pytest
from tests.workspaces import compiled_once  # noqa: F401  a fixture

from touchline.questions import Local
from touchline.settings import new_toml
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.workspace import Workspace

SETTINGS = """
[[scales]]
kind = "ces"
direction = "easy"

[[personas]]
name = "Loyal regular"
when = "orders >= 3 in 366 d"
motto = "They know me here."

[[personas]]
name = "Window shopper"
when = "order < 2 in 366 d"

[[personas]]
name = "Nobody"
when = "orders >= 9000 in 366 d"
"""


@pytest.fixture(scope="session")
def local(tmp_path_factory):
    """Questions to a workspace of 400 customers. Ask it; change nothing."""
    folder = tmp_path_factory.mktemp("overlaid")
    simulate_to(folder / "world", 400, 3)
    with Workspace.create(folder / "here", settings=new_toml("Nordlicht", "taxonomy.yaml") + SETTINGS) as workspace:
        workspace.take_in(open_export(folder / "world" / "interactions.csv", taxonomy=workspace.taxonomy))
        yield Local(workspace)


@pytest.fixture(scope="session")
def taxonomy(local):
    return local.workspace.taxonomy
