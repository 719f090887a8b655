"""Between the door and the views: where a request comes from, and that a session was used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

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


class Seen:
    """Notes, at most once a minute, that a session was used, from where and with what."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request."""
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
