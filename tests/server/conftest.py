"""What all tests of the server begin with."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monitors, plays and hints write from the drain's thread, and would wait for a test's own transaction to end.

    Tests of theirs look by themselves; a server that is started as a process has them all.
    """
    from touchline.server.workspaces import holding

    monkeypatch.setattr(holding, "_after", [])
