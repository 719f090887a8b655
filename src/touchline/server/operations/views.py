"""What probes ask: is it alive, is it ready?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from touchline.server.operations import health


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process answers; nothing is looked at."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say whether records can be taken in and questions answered; 503 with reasons where not."""
    found = health.reasons()
    return JsonResponse(health.as_json(found, details=False), status=503 if found else 200)
