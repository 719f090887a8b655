"""Mails to one person, in their own name: which there are, and which of them somebody does not want."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from touchline.server.people.access import person
from touchline.server.people.models import User

#: What a person can be mailed about: its name, and what people read.
ABOUT: Final = {
    "mentions": gettext_lazy("Somebody names me in a comment"),
    "reviews": gettext_lazy("A map that I look after waits for its review"),
}
_OF: Final = {"case.mentioned": "mentions", "map.mentioned": "mentions", "map.review": "reviews"}


def wants_mail(user: User, kind: str) -> bool:
    """Tell whether somebody wants mails of a kind, such as ``map.mentioned``."""
    return user.is_active and _OF.get(kind, kind) not in user.no_mail


def language_of(user: User) -> str:
    """Return the language of a mail to somebody: the one they chose to read, else the server's."""
    return user.language if user.language in dict(settings.LANGUAGES) else settings.TOLD_IN


def keep_language(request: HttpRequest, language: str) -> None:
    """Keep which language somebody chose to read; nothing where nobody is logged in, or there is none such."""
    user = person(request)
    if user is not None and language in dict(settings.LANGUAGES):
        user.language = language
        user.save(update_fields=["language"])


def choices(user: User) -> list[dict[str, Any]]:
    """Return what somebody can be mailed about, and whether they want it."""
    return [{"name": name, "about": about, "on": name not in user.no_mail} for name, about in ABOUT.items()]


def choose(user: User, wanted: Iterable[str]) -> None:
    """Keep which mails somebody wants; the others are not sent."""
    chosen = frozenset(wanted)
    user.no_mail = [name for name in ABOUT if name not in chosen]
    user.save(update_fields=["no_mail"])
