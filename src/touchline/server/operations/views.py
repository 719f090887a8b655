"""What probes and Prometheus ask: is it alive, is it ready, how much does it do?"""

from __future__ import annotations

import ipaddress
import os
from typing import Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from touchline.server.home import ADDRESS
from touchline.server.operations import health, measuring
from touchline.server.people import facade as people

#: Networks from which the metrics may be read without a key, separated by commas.
FROM: Final = "TOUCHLINE_METRICS_FROM"
_LOOPBACK: Final = "127.0.0.0/8,::1/128"


@people.needs("public")
@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process answers; nothing is looked at."""
    return JsonResponse({"alive": True})


@people.needs("public")
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether records can be taken in and questions answered; 503 with reasons where not.

    Who may read the metrics is told which workspace it is and what is the matter; others the kinds of trouble only.
    """
    found = health.reasons()
    told = health.as_json(found, details=bool(found) and may_look(request))
    return JsonResponse(told, status=503 if found else 200)


@people.needs("public")
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell the metrics to an administrator's key, and to the networks that may look."""
    if not may_look(request):
        what = {"what": "who may not administrate does not see the metrics", "todo": f"give a key, or set {FROM}"}
        answer = JsonResponse({"error": what}, status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(measuring.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def may_look(request: HttpRequest) -> bool:
    """Whether one who asks may see what the server does: by key, or from a network that may."""
    if people.bearer(request) is not None:
        slug = people.workspace_of(request)
        access = people.by_request(request, slug) if slug else None
        return access is not None and "admin" in access.scopes
    try:
        client = ipaddress.ip_address(request.headers.get("X-Touchline-Client", ""))
    except ValueError:
        return False
    return any(client in ipaddress.ip_network(text.strip()) for text in _networks().split(",") if text.strip())


def _networks() -> str:
    """Return who may look; by default this machine, unless people come from elsewhere.

    Behind a proxy on the same machine everybody seems to come from it.
    """
    told = os.environ.get(FROM)
    if told is not None:
        return told
    host = urlsplit(os.environ.get(ADDRESS, "")).hostname or ""
    return _LOOPBACK if host in ("localhost", "127.0.0.1", "::1") else ""
