"""What is done by the clock for the outbox, and what is measured of it."""

from __future__ import annotations

from datetime import timedelta

from touchline.server.operations.facade import Job, register
from touchline.server.outbox import pressing
from touchline.server.outbox.managing import forget_old
from touchline.server.outbox.models import DEAD, WAITING, Delivery
from touchline.server.workspaces.facade import Held


def register_all() -> None:
    """Have it done from now on."""
    register(Job("outbox", timedelta(hours=6), tidy))


def tidy(_held: Held | None) -> str:
    """Let go of deliveries and presses whose time is over."""
    pressing.forget_old()
    return forget_old()


def waiting() -> float:
    """Return how many deliveries wait."""
    return float(Delivery.objects.filter(state=WAITING).count())


def dead() -> float:
    """Return how many deliveries were given up."""
    return float(Delivery.objects.filter(state=DEAD).count())
