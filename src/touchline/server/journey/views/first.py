"""Where ``/`` leads, and what every page fetches."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

import touchline.report
from touchline.figures import logo, stylesheet
from touchline.server.people.facade import needs, workspace_of


@require_safe
@needs("signed-in")
def home(request: HttpRequest, *_args: object) -> HttpResponse:
    """Lead to the workspace's overview."""
    slug = workspace_of(request)
    return HttpResponseRedirect(reverse("overview", args=[slug]) if slug else "/account")


@cache
def _style() -> str:
    report = Path(touchline.report.__file__).with_name("report.css")
    return stylesheet() + report.read_text(encoding="utf-8")


def _kept(text: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response["Cache-Control"] = "public, max-age=3600"
    response["ETag"] = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    return response


@require_safe
@needs("public")
def figures_css(_request: HttpRequest, *_args: object) -> HttpResponse:
    """Return the rules of figures and of the report's sections."""
    return _kept(_style(), "text/css; charset=utf-8")


@require_safe
@needs("public")
def icon(_request: HttpRequest, *_args: object) -> HttpResponse:
    """Return the icon."""
    return _kept(str(logo()), "image/svg+xml")
