"""API keys: made, shown once, rotated, revoked."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import Conflict, Missing
from touchline.server.home import Home
from touchline.server.people import checks, tokens
from touchline.server.people.audit import record
from touchline.server.people.models import Key
from touchline.server.people.roles import Access
from touchline.server.workspaces.facade import Workspace
from touchline.words import phrase

_log = logging.getLogger("touchline.people")
OVERLAP: Final = 24.0  # hours for which an old secret is good after a rotation
LONGEST_DAYS: Final = 3650
LONGEST_OVERLAP: Final = 24.0 * 30


def create(
    by: Access,
    workspace: Workspace,
    name: str,
    scopes: Iterable[str],
    *,
    segments: Mapping[str, Iterable[str]] | None = None,
    days: float | None = None,
    ip: str = "",
) -> tuple[Key, str]:
    """Make a key; return it and its token, which cannot be had again.

    Args:
        by: Who makes it.
        workspace: What it opens.
        name: What it is for.
        scopes: What it may do, of `roles.SCOPES`.
        segments: What it may see, if it may only read.
        days: How long it is good; None for ever.
        ip: From which address it is made.

    Raises:
        InputError: A scope, a segment, the name or the days cannot be used.
    """
    allowed = checks.scopes(scopes)
    prefix = tokens.prefix()
    token = f"tl_{prefix}_{tokens.fresh()}"
    until = None if days is None else timedelta(days=checks.within(days, 1 / 1440, LONGEST_DAYS, "days"))
    key = Key.objects.create(
        workspace=workspace,
        prefix=prefix,
        digest=tokens.digest(token),
        name=checks.name(name),
        scopes=allowed,
        segments=checks.segments(segments, allowed),
        made_by_id=by.user_id,
        expires_at=None if until is None else timezone.now() + until,
    )
    record(by, "key.created", workspace.slug, f"{prefix} {key.name}: {', '.join(allowed)}", ip)
    return key, token


def find(workspace: str, prefix: str) -> Key:
    """Return a workspace's key.

    Raises:
        Missing: It has none of that prefix.
    """
    key = Key.objects.filter(workspace__slug=workspace, prefix=prefix).first()
    if key is None:
        todo = phrase("`touchline keys list` shows the keys")
        raise Missing(phrase("there is no key {key}", key=repr(prefix)), todo=todo)
    return key


def rotate(by: Access, key: Key, *, overlap: float = OVERLAP, ip: str = "") -> str:
    """Give a key a new secret, and return the new token. The one before stays good for the overlap.

    Args:
        by: Who does it.
        key: The key.
        overlap: For how many hours the old token is good; 0 ends it now.
        ip: From which address.

    Raises:
        Conflict: The key is revoked or expired.
        InputError: The overlap is out of bounds.
    """
    hours = checks.within(overlap, 0, LONGEST_OVERLAP, "overlap")
    if key.state != "good":
        told = phrase("the key is revoked") if key.state == "revoked" else phrase("the key is expired")
        raise Conflict(told, todo=phrase("make a new one"))
    token = f"tl_{key.prefix}_{tokens.fresh()}"
    now = timezone.now()
    key.old_digest, key.old_until = (key.digest, now + timedelta(hours=hours)) if hours else ("", None)
    key.digest, key.rotated_at = tokens.digest(token), now
    key.save(update_fields=["old_digest", "old_until", "digest", "rotated_at"])
    transaction.on_commit(_let_know)
    record(by, "key.rotated", key.workspace.slug, f"{key.prefix} {key.name}: old secret good for {hours:g} h", ip)
    return token


def revoke(by: Access, key: Key, *, ip: str = "") -> None:
    """End a key, now.

    Raises:
        Conflict: It was revoked before.
    """
    if not Key.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise Conflict(phrase("the key is revoked already"))
    transaction.on_commit(_let_know)
    record(by, "key.revoked", key.workspace.slug, f"{key.prefix} {key.name}", ip)


def _let_know() -> None:
    """Let the door, which remembers keys for a moment, look anew at the next request."""
    path, now = Home.from_environment().keys, time.time_ns()
    try:
        path.touch(mode=0o600)
        os.utime(path, ns=(now, now))
    except OSError as error:  # it looks anew after a second in any case
        _log.warning("the door could not be told that a key has ended: %s", error)


def told(key: Key) -> dict[str, Any]:
    """Return what may be told of a key."""
    times = ("created_at", "rotated_at", "expires_at", "revoked_at", "used_at")
    return {
        "id": key.prefix,
        "name": key.name,
        "scopes": list(key.scopes),
        "segments": dict(key.segments),
        "state": key.state,
        "made_by": key.made_by.email if key.made_by else None,
        **{one: at.isoformat() if (at := getattr(key, one)) else None for one in times},
    }
