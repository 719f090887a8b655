"""What people say on a case: among themselves or to the customer, naming each other."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.care import feeding, people
from touchline.server.care.changing import locked, touched, written
from touchline.server.care.models import Case, Comment, Mention
from touchline.server.care.telling import address
from touchline.server.outbox.facade import mail
from touchline.server.people.facade import Access
from touchline.words import Number, phrase

_LONGEST: Final = 20_000


def comment(
    workspace: str, number: int, text: str, *, by: Access | None, internal: bool = True, at: datetime | None = None
) -> Comment:
    """Write on a case. Two who write at once both stand there.

    Args:
        workspace: The workspace's slug.
        number: The case's.
        text: The words; ``@ann`` or ``@ann@acme.example`` names somebody.
        by: Who writes; None for ourselves.
        internal: Among ourselves; else it is what the customer is told, and part of their journey.
        at: When; now by default.

    Raises:
        CaseMissing: There is no such case, or they may not see it.
        InputError: The text is empty or too long.
    """
    said = text.strip()
    if not said or len(said) > _LONGEST:
        raise InputError(
            phrase("a comment has 1 to {longest} characters", longest=Number(f"{_LONGEST:,}")),
            where="text",
            todo=phrase("write it anew"),
        )
    moment = at or timezone.now()
    with transaction.atomic():
        case = locked(workspace, number, by)
        event = written(case, "commented", by, moment, {}, {"internal": internal}, tells="" if internal else "message")
        made = Comment.objects.create(
            workspace=workspace, case=case, at=moment, by_id=event.by_id, name=event.name, internal=internal, text=said
        )
        event.after = {"internal": internal, "comment": made.pk}
        event.save(update_fields=["after"])
        Mention.objects.bulk_create(
            [Mention(comment=made, user=user) for user in people.named(workspace, said) if user.pk != event.by_id]
        )
        mail(
            workspace, [user for user in people.named(workspace, said) if user.pk != event.by_id], "case.mentioned",
            {"title": phrase("{who} names you on the case {n}", who=event.name, n=str(case.number)),
             "url": address(case)},  # its words are there
            key=f"case-comment-{made.pk}",
        )  # fmt: skip
        touched(case, by, moment)
        if not internal:
            transaction.on_commit(lambda: feeding.soon(workspace))
    return made


def seen(case: Case, access: Access) -> None:
    """Note that somebody has read what names them on a case."""
    if access.user_id:
        Mention.objects.filter(comment__case=case, user_id=access.user_id, seen_at=None).update(seen_at=timezone.now())
