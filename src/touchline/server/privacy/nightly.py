"""What is done by the clock for privacy."""

from __future__ import annotations

from datetime import timedelta

from touchline.server.operations.facade import Job, register
from touchline.server.privacy import acting
from touchline.server.workspaces.facade import Held


def register_all() -> None:
    """Have it done from now on."""
    register(Job("retention", timedelta(hours=24), retain, each=True))


def retain(held: Held | None) -> str:
    """Let go of what is past its time by ``[[retention]]``."""
    assert held is not None  # noqa: S101  a job for each workspace gets one
    if not held.workspace.settings.retention:
        return "nothing is declared under [[retention]]"
    done = acting.retain(held.slug)
    return f"{done.whole} records went, and the words of {done.text}"
