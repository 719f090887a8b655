"""What monitoring does by the clock: silence, closing, telling what had to wait, gates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from touchline.server.monitoring import gating, watching
from touchline.server.operations.facade import Job, register

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held


def register_all() -> None:
    """Have it done from now on."""
    register(Job("monitors", timedelta(seconds=30), look, each=True))
    register(Job("gates", timedelta(minutes=10), decide, each=True))


def look(held: Held | None) -> str:
    """Look at what came in, and at the time."""
    assert held is not None  # noqa: S101  a job for each workspace gets one
    told = watching.look(held, clock=True)
    return ", ".join(f"{one.title} {one.event}" for one in told) or "nothing to tell"


def decide(held: Held | None) -> str:
    """Ask every gate anew."""
    assert held is not None  # noqa: S101  as above
    held_now = gating.decide(held)
    return f"{held_now} held"
