"""Links by which whoever has one may look at a map: without a log-in, and without what was measured."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.utils import timezone

from touchline.errors import InputError
from touchline.maps import Map
from touchline.maps.plain import from_plain
from touchline.server.maps import keeping
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.keeping import Kept
from touchline.server.maps.models import Share
from touchline.words import phrase

LONGEST_DAYS: Final = 365
DAYS: Final = 30
_MOST: Final = 100  # links of a map
_HOUR: Final = timedelta(hours=1)


def make(workspace: str, slug: str, by: str, *, days: float = DAYS, note: str = "") -> tuple[Share, str]:
    """Make a link; return it and its secret, which cannot be had again.

    Raises:
        MapMissing: There is no such map.
        NotAllowed: It may be changed by others only.
        InputError: It would be good for too long, or the map has too many.
    """
    if not 0 < days <= LONGEST_DAYS:
        raise InputError(
            phrase("a link is good for at most {longest_days} days", longest_days=str(LONGEST_DAYS)),
            where="days",
            todo=phrase("give fewer"),
        )
    sheet, now, token = keeping.changeable(workspace, slug).sheet, timezone.now(), secrets.token_urlsafe(32)
    if sheet.shares.filter(revoked_at=None, expires_at__gt=now).count() >= _MOST:
        raise InputError(
            phrase("the map has {most} links, the most that it can have", most=str(_MOST)),
            todo=phrase("take some back"),
        )
    share = Share.objects.create(
        sheet=sheet,
        digest=_digest(token),
        note=note.strip()[:120],
        by=by,
        at=now,
        expires_at=now + timedelta(days=days),
    )
    return share, token


def of(workspace: str, slug: str) -> list[Share]:
    """Return the links of a map that still open it, the newest first.

    Raises:
        MapMissing: There is no such map.
    """
    rows = keeping.load(workspace, slug).sheet.shares
    return list(rows.filter(revoked_at=None, expires_at__gt=timezone.now()))


def revoke(workspace: str, slug: str, number: int) -> None:
    """Take a link back; it opens nothing from then on.

    Raises:
        MapMissing: There is no such map or link.
        NotAllowed: The map may be changed by others only.
    """
    rows = keeping.changeable(workspace, slug).sheet.shares.filter(pk=min(number, 1 << 62), revoked_at=None)
    if not rows.update(revoked_at=timezone.now()):
        raise MapMissing(
            phrase("there is no link {number} to the map", number=str(number)),
            where=slug,
            todo=phrase("look at the map's links"),
        )


def opened(token: str) -> Kept:
    """Return the map that a link leads to.

    Raises:
        MapMissing: The link is wrong, has run out or was taken back, or the map was put away.
    """
    now = timezone.now()
    rows = Share.objects.select_related("sheet").filter(revoked_at=None, expires_at__gt=now, sheet__archived_at=None)
    share = rows.filter(digest=_digest(token)).first()
    if share is None:
        raise MapMissing(phrase("this link leads nowhere"), todo=phrase("ask whoever gave it to you for a new one"))
    if share.used_at is None or now - share.used_at > _HOUR:
        Share.objects.filter(pk=share.pk).update(used_at=now)
    return Kept(from_plain(Map, share.sheet.doc), share.sheet.version, share.sheet)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
