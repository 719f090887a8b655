"""A case as a whole: what was said and attached, and everything that happened, in one order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from touchline.server.care import seeing
from touchline.server.care.models import Attachment, Case, Comment, Event


def whole(case: Case) -> dict[str, Any]:
    """Return a case with its comments, files and whole history, as plain values."""
    return {
        **seeing.told(case),
        "comments": [said(one) for one in case.comments.all()],
        "files": [file(one) for one in case.attachments.all()],
        "history": [happened(one) for one in history(case)],
        "merged": sorted(one.number for one in case.merged.all()),
    }


def history(case: Case) -> Iterator[Event]:
    """Yield what happened to a case and to those that became part of it, the first first."""
    merged = case.merged.values_list("pk", flat=True)
    yield from Event.objects.filter(case_id__in=[case.pk, *merged]).select_related("case").order_by("at", "id")


def said(one: Comment) -> dict[str, Any]:
    """Return a comment as plain values."""
    return {"id": one.pk, "at": one.at.isoformat(), "by": one.name, "internal": one.internal, "text": one.text,
            "mentions": [mention.user.email for mention in one.mentions.select_related("user")]}  # fmt: skip


def file(one: Attachment) -> dict[str, Any]:
    """Return what is known of a file."""
    return {
        "id": one.pk, "at": one.at.isoformat(), "by": str(one.by) if one.by else "", "name": one.name,
        "type": one.kind, "size": one.size, "sha256": one.sha256,
    }  # fmt: skip


def happened(one: Event) -> dict[str, Any]:
    """Return a line of the history as plain values."""
    return {"at": one.at.isoformat(), "by": one.name, "kind": one.kind, "case": one.case.number, "before": one.before,
            "after": one.after, "note": one.note}  # fmt: skip
