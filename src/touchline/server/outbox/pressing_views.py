"""The pages behind buttons: one that asks once more and does it, and one that says who somebody of a chat is here.

Nothing is done by opening an address, since mail and chat programs open them to look. Both pages ask for the log-in.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from touchline.errors import NotAllowed, TouchlineError
from touchline.server.outbox import acts, pressing
from touchline.server.outbox.models import Press
from touchline.server.outbox.views import told, whole
from touchline.server.people.facade import access_of, address_of, needs, problem


@needs("cases")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def do(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Ask whether to do what a button stands for, and do it."""
    try:
        button = acts.opened(token)
    except NotAllowed as error:
        return problem(request, 404, error.what, todo=error.todo)
    act, who = acts.act_of(button.act), access_of(request)
    if act is None or button.workspace != slug or who.user_id is None:
        return problem(request, 404, _("this button does nothing here"), todo=_("log in, and open the thing itself"))
    context: dict[str, Any] = {
        "offered": act, "thing": act.thing(button.of), "url": act.url(slug, button.of), "who": who.name,
        "used": pressing.used(button),
    }  # fmt: skip
    if request.method != "POST" or context["used"] is not None:
        return render(request, "outbox/do.html", context)
    try:
        press: Press = pressing.use(button, who, address_of(request))
    except TouchlineError as error:
        return render(request, "outbox/do.html", context | {"error": told(error)}, status=400)
    messages.success(request, press.told)
    return HttpResponseRedirect(context["url"])


@needs("known")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def say_who(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Ask somebody whether they are the one of a chat, and write it down."""
    who = access_of(request)
    try:
        handle = pressing.handle_of(slug, token)
    except NotAllowed as error:
        return problem(request, 404, error.what, todo=error.todo)
    if who.user_id is None:
        return problem(request, 404, _("a key is nobody of a chat"), todo=_("log in"))
    if request.method != "POST":
        return render(request, "outbox/say_who.html", {"handle": handle, "who": who.name})
    pressing.say_who(handle, who.user_id, who, address_of(request))
    return render(request, "outbox/say_who.html", {"handle": handle, "who": who.name, "done": True})


@needs("admin")
@require_POST
@whole
def forget_who(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Let go of who somebody of a chat is."""
    try:
        pressing.forget_handle(slug, number, access_of(request), address_of(request))
    except TouchlineError as error:
        messages.error(request, told(error))
    else:
        messages.success(request, _("It is forgotten."))
    back = request.POST.get("back", "")
    return HttpResponseRedirect(back if back.startswith(f"/w/{slug}/targets") else f"/w/{slug}/targets")
