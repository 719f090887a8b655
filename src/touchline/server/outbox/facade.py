"""What other apps may ask of the outbox."""

from __future__ import annotations

from dataclasses import dataclass

from touchline.server.outbox.acts import Act, add_act
from touchline.server.outbox.api import router
from touchline.server.outbox.hearing import Told, on_told
from touchline.server.outbox.models import Target as _Target
from touchline.server.outbox.personal import listed, mail
from touchline.server.outbox.queue import TargetMissing, put, tell

__all__ = ["Act", "Target", "TargetMissing", "Told", "add_act", "mail", "on_told", "put", "router", "targets", "tell"]


@dataclass(frozen=True, slots=True)
class Target:
    """A system, or a group of people, that can be told.

    Attributes:
        name: For `put`.
        channel: How it is spoken to: ``webhook``, ``email``, ``slack``, ``zendesk`` ...
        shown: Where it leads, without secrets.
        wants: Kinds of things it is told without being named.
        on: Whether things are sent to it now.
    """

    name: str
    channel: str
    shown: str
    wants: tuple[str, ...]
    on: bool


def targets(workspace: str) -> list[Target]:
    """Return the targets of a workspace, by name."""
    rows = listed(_Target.objects.filter(workspace=workspace, removed=False))
    return [Target(row.name, row.channel, row.shown, tuple(row.wants), not row.why_off) for row in rows]
