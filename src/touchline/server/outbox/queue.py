"""What waits to be told: written down with what makes it true, and read by the threads that send."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.outbox.models import Delivery, Target

#: Set when something was written down, so that it is sent at once.
written: Final = threading.Event()
_LONGEST_KEY: Final = 200


class TargetMissing(InputError):
    """A target that nobody has made."""


def put(workspace: str, target: str, kind: str, body: Mapping[str, Any], *, key: str) -> None:
    """Write down something to tell a target; it is sent once the caller's transaction has committed.

    It is delivered at least once, after everything that was written down for the same target before.

    Args:
        workspace: The workspace's slug.
        target: The target's name. One that is switched off, or was taken away, keeps what it would be told.
        kind: What it is: ``case.opened``.
        body: What is told, as JSON. The names that every channel knows how to show are listed in docs/outbox.md.
        key: Names it: a second one of the same key and target changes nothing.

    Raises:
        TargetMissing: There is no such target.
    """
    found = Target.objects.filter(workspace=workspace, name=target).first()
    if found is None:
        names = Target.objects.filter(workspace=workspace, removed=False).values_list("name", flat=True)
        there = ", ".join(names[:12]) or "none yet"
        raise TargetMissing(f"there is no target {target!r}", where=workspace, todo=f"there are: {there}")
    write(found, kind, body, key)


def tell(workspace: str, kind: str, body: Mapping[str, Any], *, key: str) -> list[str]:
    """Write down something for every target that wants things of its kind; return their names.

    Args:
        workspace: The workspace's slug.
        kind: What it is.
        body: What is told.
        key: Names it.
    """
    told = []
    for target in Target.objects.filter(workspace=workspace, removed=False):
        if wanted(target, kind):
            write(target, kind, body, key)
            told.append(target.name)
    return told


def wanted(target: Target, kind: str) -> bool:
    """Return whether a target is told things of a kind without being named."""
    return any(fnmatchcase(kind, pattern) for pattern in target.wants)


def write(target: Target, kind: str, body: Mapping[str, Any], key: str) -> None:
    """Write down something for a target: see `put`."""
    if not key or len(key) > _LONGEST_KEY:
        raise ValueError("a key has 1 to 200 characters")
    now = timezone.now()
    row = Delivery(
        workspace=target.workspace, target=target, message=f"msg_{uuid.uuid4().hex}", kind=kind, key=key,
        body=dict(body), next_at=now, created_at=now,
    )  # fmt: skip
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(written.set)
