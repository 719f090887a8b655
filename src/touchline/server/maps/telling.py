"""Maps, their versions, comments and links as plain data, for the API, pages and commands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from touchline.server.maps import circles, keeping, plain
from touchline.server.maps.circles import Circle
from touchline.server.maps.keeping import Kept
from touchline.server.maps.models import Change, Named, Remark, Share


def due(kept: Kept) -> date | None:
    """Return the day on which somebody should look at a map again; None for never."""
    if not kept.map.review_days:
        return None
    since = kept.sheet.reviewed_at or kept.sheet.created_at
    return (since + timedelta(days=kept.map.review_days)).date()


def late(kept: Kept, today: date | None = None) -> bool:
    """Tell whether the day of a map's review has come."""
    day = due(kept)
    return day is not None and day <= (today or timezone.now().date())


def about(kept: Kept) -> dict[str, Any]:
    """Return what a list says of a map."""
    now, sheet = kept.map, kept.sheet
    return {
        "id": now.id, "name": now.name, "kind": now.kind, "state": now.state, "of": now.of, "owner": now.owner,
        "personas": list(now.personas), "tags": list(now.tags), "steps": sum(1 for _ in now.steps()),
        "cards": len(now.cards), "version": kept.version, "created_by": sheet.created_by,
        "created_at": sheet.created_at.isoformat(), "updated_by": sheet.updated_by,
        "updated_at": sheet.updated_at.isoformat(), "reviewed_by": sheet.reviewed_by,
        "reviewed_at": _moment(sheet.reviewed_at), "review_due": day.isoformat() if (day := due(kept)) else None,
        "review_late": late(kept), "archived_at": _moment(sheet.archived_at), "url": sheet.href,
        **kept_to(kept),
    }  # fmt: skip


def kept_to(kept: Kept) -> dict[str, Any]:
    """Return who sees a map and who changes it, None for everybody, and whether whoever asks may change that."""
    sheet = kept.sheet
    return {"seen_by": sheet.seen_by, "changed_by": sheet.changed_by, "may_keep": circles.may_keep(sheet)}


def circles_told(kept: Kept) -> str:
    """Return who sees a map and who changes it, as the audit log says it."""
    said = []
    for what, circle in (("seen", Circle.of(kept.sheet.seen_by)), ("changed", Circle.of(kept.sheet.changed_by))):
        whose = "all" if circle is None else ", ".join((*circle.roles, *circle.people)) or "its maker"
        said.append(f"{what} by {whose}")
    return f"{kept.map.id}: {'; '.join(said)}"


def changes(rows: Iterable[Change]) -> list[dict[str, Any]]:
    """Return changes with their edits, for whoever keeps up with a map."""
    return [{**change(one), "edits": one.edits} for one in rows]


def change(one: Change) -> dict[str, Any]:
    """Return what the history says of a change."""
    return {"version": one.version, "by": one.by, "at": one.at.isoformat(), "note": one.note}


def versions(rows: Iterable[Change], names: Iterable[Named]) -> list[dict[str, Any]]:
    """Return the history: each version with its name, where it has one, and how many edits made it."""
    named = {one.version: one.name for one in names}
    return [{**change(one), "name": named.get(one.version, ""), "edits": len(one.edits)} for one in rows]


def sentences(workspace: str, slug: str, version: int) -> list[str]:
    """Return what a version changed, for people.

    Raises:
        MapMissing: There is no such map or version.
    """
    from touchline.maps.diff import told

    now = keeping.at(workspace, slug, version)
    if version == 1:
        return []
    (made,) = (one for one in keeping.since(workspace, slug, version - 1) if one.version == version)
    return told(plain.edits(made.edits), keeping.at(workspace, slug, version - 1), now)


def remark(one: Remark) -> dict[str, Any]:
    """Return a comment."""
    return {
        "id": one.pk, "of": one.of, "part": one.part, "text": one.text, "by": one.by, "at": one.at.isoformat(),
        "mentions": one.mentions, "reply_to": one.reply_to_id, "resolved_by": one.resolved_by,
        "resolved_at": _moment(one.resolved_at),
    }  # fmt: skip


def share(one: Share) -> dict[str, Any]:
    """Return a link, without its secret, which nobody knows any more."""
    return {
        "id": one.pk, "note": one.note, "by": one.by, "at": one.at.isoformat(),
        "expires_at": one.expires_at.isoformat(), "used_at": _moment(one.used_at),
    }  # fmt: skip


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
