"""The rules in Django: every answer of the web process has its headers, and no request of another site gets through."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from touchline.server.security import rules

Answer = Callable[[HttpRequest], HttpResponseBase]


class Secured:
    """Stands before all other middleware."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response
        self._headers = rules.headers()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request, or refuse it."""
        refusal = rules.refused_method(request.method or "") or self._foreign(request)
        answer = JsonResponse(refusal.as_json(), status=refusal.status) if refusal else self._next(request)
        for name, value in self._headers.items():
            answer.headers[name] = value
        said = answer.headers.get("Cache-Control", "")
        kind = answer.headers.get("Content-Type", "")
        answer.headers["Cache-Control"] = rules.cached(said, kind, "ETag" in answer.headers)
        return answer

    @staticmethod
    def _foreign(request: HttpRequest) -> rules.Refusal | None:
        given = {name.lower(): value for name, value in request.headers.items()}
        own = list(settings.CSRF_TRUSTED_ORIGINS)
        try:
            own.append(f"{request.scheme}://{request.get_host()}")
        except DisallowedHost:
            return rules.Refusal(400, "this server does not go by that name", rules.HOST_TODO)
        return rules.refused_origin(request.method or "", given, own)
