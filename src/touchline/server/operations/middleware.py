"""Around every request in the web process: its id, how long it took, and a line where it took too long."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from touchline.server.operations.logs import request_id
from touchline.server.operations.metrics import Counter, Histogram

SLOW: Final = "TOUCHLINE_SLOW_SECONDS"
_SLOW: Final = 1.0
_ID: Final = re.compile(r"[\w.-]{8,64}")
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_access = logging.getLogger("touchline.access")
_slow = logging.getLogger("touchline.slow")

REQUESTS: Final = Counter(
    "touchline_http_requests_total", "Requests that the web process answered.", ("method", "route", "status")
)
TOOK: Final = Histogram("touchline_http_request_seconds", "How long the web process took to answer.", ("route",))
BEGUN: Final = Counter("touchline_http_requests_begun_total", "Requests that the web process began to answer.")


class Observed:
    """Measures and logs; it stands before every other middleware.

    A request may bring its id (``X-Request-ID``); else it gets one. The answer has it, and every line logged on the
    way. Parameters are logged as a keyed hash: equal ones can be told, and nobody can tell what they were.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = get_response
        self._slow = float(os.environ.get(SLOW, _SLOW))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        said = request.headers.get("X-Request-ID", "")
        known = said if _ID.fullmatch(said) else secrets.token_hex(8)
        mark = request_id.set(known)
        began = time.perf_counter()
        BEGUN.add()
        status = 500
        try:
            response = self._answer(request)
            status = response.status_code
            response["X-Request-ID"] = known
            return response
        finally:
            self._tell(request, status, time.perf_counter() - began)
            request_id.reset(mark)

    def _tell(self, request: HttpRequest, status: int, seconds: float) -> None:
        route = route_of(request)
        method = request.method if request.method in _METHODS else "OTHER"
        REQUESTS.add(str(method), route, str(status))
        TOOK.add(seconds, route)
        told = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
        if seconds >= self._slow:
            query = request.META.get("QUERY_STRING", "")
            _slow.warning("slow", extra={"touchline": told | {"parameters": hashed(query)}})
        else:
            _access.info("answered", extra={"touchline": told})


def route_of(request: HttpRequest) -> str:
    """Return the pattern that a request's path matched; never the path itself."""
    match = request.resolver_match
    return f"/{match.route}" if match else "none"


def hashed(query: str) -> str:
    """Return a keyed hash of a query's parameters, whatever their order; empty where there are none.

    >>> from django.test import override_settings
    >>> with override_settings(SECRET_KEY="x"):
    ...     hashed("a=1&b=2") == hashed("b=2&a=1") != hashed("a=1")
    True
    """
    parts = sorted(part for part in query.split("&") if part)
    if not parts:
        return ""
    return hmac.new(settings.SECRET_KEY.encode(), "&".join(parts).encode(), hashlib.sha256).hexdigest()[:16]
