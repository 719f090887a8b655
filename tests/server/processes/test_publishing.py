"""How soon new data show: each second, and each other one while much comes in."""

from __future__ import annotations

import pytest

from touchline.drain import Drained
from touchline.server.workspaces import holding
from touchline.server.workspaces.holding import Held
from touchline.workspace import Workspace


@pytest.fixture
def acme(tmp_path):
    Workspace.create(tmp_path / "acme").close()
    held = Held("acme", tmp_path / "acme", "http://127.0.0.1:1", None)
    yield held
    held.close()


@pytest.mark.parametrize(
    ("rows", "least"), [(1, holding._PAUSE), (holding._BUSY, holding._PAUSE), (holding._BUSY + 1, holding._BUSY_PAUSE)]
)
def test_the_next_drain_waits_longer_after_one_of_many_records(acme, monkeypatch, rows, least):
    drains, waits = iter([Drained(stored=rows), Drained(stored=1)]), []
    acme._stop.set()  # the thread of the workspace ends; what it does is done here
    acme._woken.set()
    acme._thread.join()
    acme._stop.clear()
    monkeypatch.setattr(acme.workspace, "drain", lambda _: next(drains))
    monkeypatch.setattr(acme, "_failed", True)  # something waits
    monkeypatch.setattr(acme._stop, "wait", waits.append)
    acme._drained -= 60.0
    acme._brought_up()
    acme._failed = True
    acme._brought_up()
    first, second = waits
    assert first == 0.0
    assert least - 0.5 < second <= least
    assert acme._pause == holding._PAUSE  # few came since
