"""Hints to the desk: somebody is losing patience in a conversation that is going on now.

The drain's thread looks at what came in live: a customer's own words in a chat, a call or a message of the last quarter
of an hour, read as angry or frustrated. One hint a conversation; targets that want ``conversation.hint`` are told too.
A hint lives for a day. Words are not kept with it: they stand on the customer's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import close_old_connections, transaction
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.care.customers import segments_of
from touchline.server.care.models import Hint
from touchline.server.care.seeing import visible
from touchline.server.outbox import facade as outbox
from touchline.words import phrase

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from touchline.questions import Local
    from touchline.server.people.facade import Access
    from touchline.server.workspaces.facade import Held

#: How long ago words of a conversation that goes on may have been said.
NOW: Final = timedelta(minutes=15)
_KEPT: Final = timedelta(days=1)
_read: dict[str, int] = {}  # offsets up to which this process has looked: what it missed is no longer of now
_HURT: Final = """
SELECT m.customer_key, m.conversation_key, m.stage, m.theme, m.emotion, i.customer_ref, i.channel, i.kind, i.occurred_at
FROM mentions m JOIN interactions i USING (interaction_id)
WHERE i."offset" > $after AND i."offset" <= $upto AND i.live AND i.author = 'customer' AND i.customer_ref IS NOT NULL
    AND i.kind IN ('chat', 'call', 'message') AND i.occurred_at >= $since
    AND m.sentiment < 0 AND m.emotion IN ('anger', 'frustration')
QUALIFY row_number() OVER (PARTITION BY m.conversation_key ORDER BY m.severity DESC, i.occurred_at, m.mention) = 1
ORDER BY i.occurred_at, m.conversation_key
"""


def after_drain(held: Held) -> None:
    """Look at what a drain has brought: a listener of the drain's thread."""
    try:
        look(held)
    finally:
        close_old_connections()


def look(held: Held, now: datetime | None = None) -> list[Hint]:
    """Raise hints for what came in since the last look, and return them."""
    moment = now or timezone.now()
    upto = held.workspace.warehouse.position
    after, _read[held.slug] = _read.get(held.slug, upto), upto
    if upto <= after:
        return []
    rows, segments = held.ask(lambda local: _hurt(local, after, upto, moment))
    made = []
    with transaction.atomic():
        Hint.objects.filter(workspace=held.slug, at__lt=moment - _KEPT).delete()
        for row in rows:
            hint, new = Hint.objects.get_or_create(
                workspace=held.slug,
                key=str(row["conversation_key"]),
                defaults={
                    "customer": row["customer_ref"], "at": row["occurred_at"].replace(tzinfo=UTC),
                    "stage": row["stage"] or "", "theme": row["theme"] or "", "emotion": row["emotion"],
                    "channel": row["channel"] or row["kind"], "segments": segments.get(row["customer_key"], {}),
                },
            )  # fmt: skip
            if new:
                made.append(hint)
                outbox.tell(held.slug, "conversation.hint", _body(hint), key=f"hint/{hint.key}")
    return made


def _hurt(local: Local, after: int, upto: int, now: datetime) -> tuple[list[dict[str, Any]], dict[int, dict[str, str]]]:
    since = (now - NOW).astimezone(UTC).replace(tzinfo=None)
    rows = local.workspace.warehouse.fetch(_HURT, after=after, upto=upto, since=since).to_pylist()
    return rows, segments_of(local, sorted({row["customer_key"] for row in rows})) if rows else {}


def _body(hint: Hint) -> Mapping[str, Any]:
    return {
        "title": phrase("{who} is losing patience ({channel})", who=hint.customer, channel=hint.channel),
        "customer": hint.customer, "stage": hint.stage, "theme": hint.theme, "emotion": hint.emotion,
        "at": hint.at.isoformat(),
        "url": f"/w/{hint.workspace}/customers/{hint.customer}",
    }  # fmt: skip


def hints(workspace: str, access: Access) -> QuerySet[Hint]:
    """Return the hints of the last quarter of an hour that nobody has taken, the newest first."""
    fresh = Hint.objects.filter(workspace=workspace, taken_at=None, at__gte=timezone.now() - NOW)
    return visible(fresh, access)


def take(workspace: str, number: int, access: Access) -> Hint:
    """Write down that somebody looks after it.

    Raises:
        InputError: There is none, or it is taken.
    """
    found = hints(workspace, access).filter(pk=number).first() if number < 1 << 62 else None
    if found is None:
        raise InputError(
            phrase("there is no hint {number}", number=str(number)),
            where="hint",
            todo=phrase("somebody may have taken it"),
        )
    found.taken_at, found.taken_by = timezone.now(), access.name
    found.save(update_fields=["taken_at", "taken_by"])
    return found


def told(hint: Hint) -> dict[str, Any]:
    """Return a hint as JSON has it."""
    return {
        "hint": hint.pk, "customer": hint.customer, "at": hint.at, "stage": hint.stage, "theme": hint.theme,
        "emotion": hint.emotion, "channel": hint.channel,
    }  # fmt: skip
