"""Mails to one colleague, in their own name: they go through the outbox as everything does, and can be turned off.

Each person has a target of their own, which nobody makes and no list shows unless it is out of order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from touchline.server.outbox import vault
from touchline.server.outbox.models import Target
from touchline.server.outbox.queue import Body, write
from touchline.server.people.facade import User, language_of, wants_mail
from touchline.words import phrase

#: What the names of people's own targets begin with; nobody can give a target such a name.
MARK: Final = "@"


def mail(workspace: str, people: Iterable[User], kind: str, body: Body, *, key: str) -> list[str]:
    """Write down a mail to colleagues, each their own; return the addresses of those who want such mails.

    It is sent once the caller's transaction has committed. Without a mail server nobody is mailed.

    Args:
        workspace: The workspace's slug.
        people: To whom: those who may see what it tells.
        kind: What it is: ``map.mentioned``.
        body: What is told, as `queue.put` takes it: each reads it in their own language.
        key: Names it: a second one of the same key and person changes nothing.
    """
    if not settings.EMAIL_HOST:
        return []
    off = {"text": phrase("Turn such mails off"), "url": f"{reverse('account')}#mails"}
    written = []
    for user in people:
        if wants_mail(user, kind):
            write(_target(workspace, user), kind, partial(_with, body, off), key, language_of(user))
            written.append(user.email)
    return written


def _with(body: Body, button: Mapping[str, str]) -> dict[str, Any]:
    """Return what is told with one more button."""
    made = body() if callable(body) else body
    return {**made, "buttons": [*made.get("buttons", ()), button]}


def _target(workspace: str, user: User) -> Target:
    target, _new = Target.objects.get_or_create(
        workspace=workspace, name=f"{MARK}{user.pk}",
        defaults={"channel": "email", "sealed": vault.seal({}), "shown": user.email, "options": {"to": user.email}},
    )  # fmt: skip
    if target.shown != user.email:
        target.shown, target.options = user.email, {"to": user.email}
        target.save(update_fields=["shown", "options"])
    return target


def listed(rows: QuerySet[Target]) -> QuerySet[Target]:
    """Return targets without people's own, but for those that are out of order."""
    return rows.exclude(name__startswith=MARK, why_off="")
