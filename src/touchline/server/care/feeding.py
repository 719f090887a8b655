"""The loop is closed: what is done about a case becomes part of the customer's journey.

Every step that the journey should know of is an interaction of an employee, or of ours where nobody did it: the case is
opened, escalated, resolved, closed, opened again, and what the customer is told. Its id is made of the case's history,
so that it enters once however often it is sent. No stage is declared: that people talk about delivery again moves
nobody back to it.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from django.utils import timezone

from touchline.errors import TouchlineError, WorkspaceMissing
from touchline.server.care.models import Comment, Event, Told
from touchline.server.intake.facade import post
from touchline.server.workspaces.facade import Held, held

_log = logging.getLogger("touchline.cases")
SOURCE: Final = "touchline"
_MOST: Final = 500


def soon(slug: str) -> None:
    """Tell a workspace's journal at once, where this process holds it; else the clock does it later."""
    try:
        feed(held(slug))
    except WorkspaceMissing:
        return
    except TouchlineError as error:  # it is on disk, and tried again by the clock
        _log.warning("the journey of %s is told of its cases later: %s", slug, error)


def feed(opened: Held) -> int:
    """Tell a workspace's journal what it does not know yet; return how much that was."""
    waiting = list(
        Event.objects.filter(workspace=opened.slug, told_at=None).exclude(tells="").select_related("case", "by")[:_MOST]
    )
    sent = list(Told.objects.filter(workspace=opened.slug, journal_at=None, sent_at__isnull=False)[:_MOST])
    if not waiting and not sent:
        return 0
    words = {
        comment.pk: comment.text
        for comment in Comment.objects.filter(pk__in=[one.after.get("comment") for one in waiting])
    }
    items = [*(_interaction(one, words) for one in waiting), *map(_message, sent)]
    post(opened.workspace, items, source=SOURCE, origin="cases", live=True)
    now = timezone.now()
    Event.objects.filter(pk__in=[one.pk for one in waiting]).update(told_at=now)
    Told.objects.filter(pk__in=[one.pk for one in sent]).update(journal_at=now)
    opened.wake()
    return len(items)


def _message(one: Told) -> dict[str, Any]:
    return {
        "id": f"fix/{one.fix_id}/{one.pk}", "kind": "message", "author": "employee", "customer_ref": one.customer,
        "conversation_ref": f"fix-{one.fix_id}-{one.pk}", "text": one.message,
        "occurred_at": one.sent_at.isoformat() if one.sent_at else None,
    }  # fmt: skip


def _interaction(event: Event, words: dict[int, str]) -> dict[str, Any]:
    case = event.case
    made: dict[str, Any] = {
        "id": f"case/{case.number}/{event.pk}",
        "kind": "message" if event.tells == "message" else "event",
        "author": "employee" if event.by_id else "system",
        "customer_ref": case.customer,
        "conversation_ref": f"case-{case.number}",
        "occurred_at": event.at.isoformat(),
    }
    if event.tells == "message":
        made["text"] = words.get(event.after.get("comment", 0), "")
    else:
        made["event"] = event.tells
    if case.team:
        made["team"] = case.team
    return made
