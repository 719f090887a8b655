"""What the data are now, in a few bytes: a page that is open asks for it, and fetches itself again when it changes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from touchline.server.people.facade import needs
from touchline.server.workspaces.facade import held


@require_safe
@needs("read")
def version(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the name of the data as they are shown; 304 where the reader has it."""
    tag = f'"{held(slug).published}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(tag.strip('"'), content_type="text/plain; charset=utf-8")
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer
