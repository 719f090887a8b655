"""Fixtures that every room's tests share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.browsers import browser  # noqa: F401  a fixture
from tests.postgres import postgres  # noqa: F401  a server of our own, for whoever asks for it
from xdist.scheduler import LoadScopeScheduling

from touchline.workspace.folder import Folder

# A busy machine is no failure: worlds may take their time; and a few say little of how many are refused.
# In CI the examples are the same in every run.
settings.register_profile(
    "here", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

#: Worlds per property in `make test`; `make soak` draws all that a test asks for.
MOST_WORLDS = 4


#: Rooms whose files have something dear to set up (a server, an imported export): a file's tests stay together.
BY_FILE = ("acceptance", "cli", "client", "faults", "server")
#: Rooms that share one dear thing: a Spark cluster.
AS_ONE = ("spark",)


#: What takes longest in one piece.
FIRST = ("tests/spark/", "tests/faults/test_server_killed.py", "tests/acceptance/test_recovery.py")


class ByRoom(LoadScopeScheduling):
    """Hands out tests one by one, but for those that share something dear, which go to one worker together."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        room = path.split("/")[1] if path.startswith("tests/") else ""
        return room if room in AS_ONE else path if room in BY_FILE else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByRoom:
    """Group by room (`--dist loadgroup` of pytest-xdist 3.8 groups nothing under pytest 9.2)."""
    config.option.loadscopereorder = False
    return ByRoom(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep `make test` short: what stays together and takes long begins first, so that nobody waits for it at the end.

    And no property draws more worlds than `MOST_WORLDS`; a soak draws all that it asks for.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
    if os.environ.get("TOUCHLINE_SOAK"):
        return
    for item in items:
        test = getattr(item, "obj", None)
        asked = getattr(test, "_hypothesis_internal_use_settings", None)
        if asked is not None and asked.max_examples > MOST_WORLDS:
            test._hypothesis_internal_use_settings = settings(asked, max_examples=MOST_WORLDS)


@pytest.fixture(scope="session", autouse=True)
def same_keys() -> Iterator[None]:
    """Give a workspace that a test makes a key of its folder's name: who is held out, and each interval, never change.

    A soak draws its keys, as a user does.
    """
    fresh = Folder.make

    def made(self: Folder, key: bytes | None = None) -> None:
        fresh(self, key or hashlib.sha256("/".join(self.root.resolve().parts[-2:]).encode()).digest())

    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("TOUCHLINE_SOAK"):
            patch.setattr(Folder, "make", made)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets beside the checkout (or in $TOUCHLINE_SHARED), or a skip that says so."""
    root = Path(os.environ.get("TOUCHLINE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not (root / "data").is_dir():
        pytest.skip("needs the public data sets; set TOUCHLINE_SHARED to the folder that holds data/")
    return root / "data"
