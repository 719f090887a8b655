"""What other apps may ask of plays."""

from __future__ import annotations

from touchline.server.plays.api import router
from touchline.server.plays.models import Run
from touchline.server.plays.recipe import Recipe, read, ready

__all__ = ["Recipe", "Run", "read", "ready", "router", "runs_of"]


def runs_of(workspace: str, customer: str) -> list[Run]:
    """Return the runs of a customer, the newest first. What a viewer may see of them is the caller's to ask."""
    return list(Run.objects.filter(workspace=workspace, customer=customer).select_related("play"))
