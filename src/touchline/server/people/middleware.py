"""Between the door and the views: where a request comes from, its reader's language, and that a session was used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from touchline.server.people.access import person
from touchline.server.people.audit import address_of, plain
from touchline.server.people.models import Session

Answer = Callable[[HttpRequest], HttpResponseBase]
_MINUTE: Final = timedelta(minutes=1)
_HEADER: Final = "HTTP_X_TOUCHLINE_CLIENT"


class Client:
    """Puts the address that the door saw into ``REMOTE_ADDR``.

    The header can be trusted: only the door reaches the web process's private socket, and it drops what a client
    sends under that name.
    """

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request."""
        said = request.META.get(_HEADER)
        if said:
            request.META["REMOTE_ADDR"] = said
        return self._next(request)


def _speak(request: HttpRequest) -> None:
    """Speak the language that somebody chose elsewhere; the one chosen in this browser goes before it."""
    cookies = request.COOKIES
    if settings.SESSION_COOKIE_NAME in cookies and settings.LANGUAGE_COOKIE_NAME not in cookies:
        user = person(request)
        if user is not None and user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)


class Seen:
    """Speaks the language of whoever is logged in, and notes that a session was used, at most once a minute."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request."""
        _speak(request)
        answer = self._next(request)
        row = getattr(request.session, "row", None)
        now = timezone.now()
        if row is None or request.session.is_empty() or (row.agent and now - row.seen_at < _MINUTE):
            return answer
        row.seen_at = now
        row.address = plain(address_of(request), 45)
        row.agent = plain(request.headers.get("User-Agent") or "unknown", 200)
        Session.objects.filter(pk=row.pk).update(seen_at=now, address=row.address, agent=row.agent)
        return answer
