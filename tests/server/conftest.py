"""What all tests of the server begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monitors, plays and hints write from the drain's thread, and would wait for a test's own transaction to end.

    Tests of theirs look by themselves; a server that is started as a process has them all.
    """
    from touchline.server.workspaces import holding

    monkeypatch.setattr(holding, "_after", [])


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """The last request's language stays with its thread, as in Django; the next test is asked in English."""
    from django.utils import translation

    yield
    translation.deactivate()
