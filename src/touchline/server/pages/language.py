"""The language that somebody chooses to read: kept in their browser, and with them, for mails."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.i18n import set_language

from touchline.server.people.facade import keep_language, needs


@needs("public")
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep the language, and go on where they were."""
    if request.method == "POST":
        keep_language(request, request.POST.get("language", ""))
    return set_language(request)
