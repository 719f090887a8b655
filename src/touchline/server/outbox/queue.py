"""What waits to be told: written down with what makes it true, and read by the threads that send."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import override

from touchline.errors import InputError
from touchline.server.outbox.models import Delivery, Target
from touchline.words import phrase

#: Set when something was written down, so that it is sent at once.
written: Final = threading.Event()
_LONGEST_KEY: Final = 200
#: What is told, or a function that makes it, called in the language of those who read it.
Body = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
#: Where a body says which language its words are in; not where that is English.
SAID_IN: Final = "said_in"
#: Channels that programs read: they are told in English, with days as ISO 8601 writes them.
_OF_PROGRAMS: Final = frozenset({"webhook"})


class TargetMissing(InputError):
    """A target that nobody has made."""


def put(workspace: str, target: str, kind: str, body: Body, *, key: str, language: str = "") -> None:
    """Write down something to tell a target; it is sent once the caller's transaction has committed.

    It is delivered at least once, after everything that was written down for the same target before.

    Args:
        workspace: The workspace's slug.
        target: The target's name. One that is switched off, or was taken away, keeps what it would be told.
        kind: What it is: ``case.opened``.
        body: What is told, as JSON. The names that every channel knows how to show are listed in docs/outbox.md.
            Phrases in it, and what is made by a function, are in the language of those who read it.
        key: Names it: a second one of the same key and target changes nothing.
        language: Which that is; the target's without one.

    Raises:
        TargetMissing: There is no such target.
    """
    found = Target.objects.filter(workspace=workspace, name=target).first()
    if found is None:
        names = Target.objects.filter(workspace=workspace, removed=False).values_list("name", flat=True)
        there = ", ".join(names[:12]) or "none yet"
        raise TargetMissing(
            phrase("there is no target {target}", target=repr(target)),
            where=workspace,
            todo=phrase("there are: {there}", there=str(there)),
        )
    write(found, kind, body, key, language)


def tell(workspace: str, kind: str, body: Body, *, key: str) -> list[str]:
    """Write down something for every target that wants things of its kind; return their names.

    Args:
        workspace: The workspace's slug.
        kind: What it is.
        body: What is told, as `put` takes it.
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


def language_of(target: Target) -> str:
    """Return the language that a target is told things in: the server's, but for programs."""
    return settings.LANGUAGE_CODE if target.channel in _OF_PROGRAMS else settings.TOLD_IN


def write(target: Target, kind: str, body: Body, key: str, language: str = "") -> None:
    """Write down something for a target: see `put`."""
    if not key or len(key) > _LONGEST_KEY:
        raise ValueError("a key has 1 to 200 characters")
    now, tongue = timezone.now(), language or language_of(target)
    with override(tongue):
        said = _plain(body() if callable(body) else body)
    if not tongue.startswith("en"):
        said[SAID_IN] = tongue
    row = Delivery(
        workspace=target.workspace, target=target, message=f"msg_{uuid.uuid4().hex}", kind=kind, key=key,
        body=said, next_at=now, created_at=now,
    )  # fmt: skip
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(written.set)


def _plain(value: Any) -> Any:
    """Return what is told with its words in the language of now: a phrase is English once it is JSON."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str | Promise) else value
