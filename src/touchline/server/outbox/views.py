"""The pages of targets and deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import NotAllowed, TouchlineError
from touchline.server.outbox import managing
from touchline.server.outbox.api import found, who
from touchline.server.outbox.channels import channel, every
from touchline.server.outbox.channels.base import Channel
from touchline.server.outbox.models import DEAD, WAITING, Attempt, Delivery, Handle, Target
from touchline.server.outbox.personal import listed
from touchline.server.people.facade import needs, noted, problem

_PAGE: Final = 30


def whole(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let those who see some customers only be told so."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            who(request)
        except NotAllowed as error:
            return problem(request, 403, error.what, todo=error.todo)
        return view(request, *args, **kwargs)

    return guarded


@needs("admin")
@require_safe
@never_cache
@whole
def targets(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who is told, and what was told lately."""
    return _targets(request, slug)


def _targets(request: HttpRequest, slug: str, status: int = 200, **more: Any) -> HttpResponse:
    counted = listed(Target.objects.filter(workspace=slug, removed=False)).annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=WAITING)),
        dead=Count("deliveries", filter=Q(deliveries__state=DEAD)),
        last=Max("deliveries__ended_at", filter=Q(deliveries__state="delivered")),
    )
    rows = [{"target": one, "channel": channel(one.channel)} for one in counted]
    state = request.GET.get("state", "")
    before = request.GET.get("before", "")
    wanted = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    lately = list(found(slug, state if state in ("waiting", "delivered", "dead") else None, None, wanted)[: _PAGE + 1])
    kind = more.get("kind") or request.GET.get("channel", "webhook")
    chosen = every().get(kind) or every()["webhook"]
    context = {
        "rows": rows, "deliveries": lately[:_PAGE], "more": lately[_PAGE - 1].pk if len(lately) > _PAGE else None,
        "state": state, "channels": every().values(), "chosen": chosen, "fields": _fields(chosen, more.get("said", {})),
        "kinds": managing.KINDS, "wants": more.get("wants", []), "name": more.get("name", ""),
        "error": more.get("error"),
    }  # fmt: skip
    return render(request, "outbox/targets.html", context, status=status)


def _fields(way: Channel, said: dict[str, str]) -> list[dict[str, Any]]:
    return [{"field": one, "value": "" if one.secret else said.get(one.name, "")} for one in way.fields]


@needs("admin")
@require_POST
@never_cache
@whole
def make(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a target; a webhook's secret is shown once, on the page that answers."""
    kind, name = request.POST.get("channel", ""), request.POST.get("name", "").strip()
    said, wants = _said(request, kind), request.POST.getlist("wants")
    try:
        made, secret = managing.create(slug, name, kind, said, wants)
    except TouchlineError as error:
        return _targets(request, slug, 400, kind=kind, name=name, said=said, wants=wants, error=told(error))
    noted(request, "target.created", f"{made.name} ({made.channel}, {made.shown})")
    if secret:
        return _target(request, made, secret=secret)
    messages.success(request, _("The target is made. Send it a test."))
    return HttpResponseRedirect(reverse("target", args=[slug, made.name]))


def _said(request: HttpRequest, kind: str) -> dict[str, str]:
    way = every().get(kind)
    return {one.name: request.POST.get(f"field-{one.name}", "").strip() for one in way.fields} if way else {}


@needs("admin")
@require_safe
@never_cache
@whole
def target(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Show one target, and what it was told."""
    return _target(request, _of(slug, name))


def _of(slug: str, name: str) -> Target:
    try:
        return managing.of(slug, name)
    except TouchlineError as error:
        raise Http404(error.what) from None


def _target(request: HttpRequest, one: Target, status: int = 200, **more: Any) -> HttpResponse:
    way = channel(one.channel)
    lately = list(found(one.workspace, None, one.name, None)[:_PAGE])
    context = {
        "target": one, "channel": way, "fields": _fields(way, one.options), "deliveries": lately,
        "kinds": managing.KINDS, "waiting": Delivery.objects.filter(target=one, state=WAITING).count(),
        "dead": Delivery.objects.filter(target=one, state=DEAD).count(),
        "people": _people(one) if way.chat else [], "presses": one.presses.order_by("-id")[:10],
        "hears": request.build_absolute_uri(f"/api/v1/heard/{one.inbound}") if one.inbound else "", **more,
    }  # fmt: skip
    return render(request, "outbox/target.html", context, status=status)


def _people(one: Target) -> Any:
    return Handle.objects.select_related("user").filter(workspace=one.workspace, system=one.channel)


@needs("admin")
@require_POST
@whole
def change(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give a target other values; empty secrets stay as they are."""
    one = _of(slug, name)
    said = _said(request, one.channel)
    try:
        managing.change(slug, name, said, request.POST.getlist("wants"))
    except TouchlineError as error:
        return _target(request, one, 400, error=told(error))
    noted(request, "target.changed", name)
    messages.success(request, _("The target is changed."))
    return HttpResponseRedirect(reverse("target", args=[slug, name]))


@needs("admin")
@require_POST
@never_cache
@whole
def rotate(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give a webhook a new secret, and show it once."""
    one = _of(slug, name)
    try:
        secret = managing.rotate(slug, name)
    except TouchlineError as error:
        return _target(request, one, 400, error=told(error))
    noted(request, "target.rotated", name)
    return _target(request, _of(slug, name), secret=secret, rotated=True)


@needs("admin")
@require_POST
@whole
def test(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Send something harmless."""
    return _did(
        request, slug, name, "target.tested", lambda: managing.test(slug, name), _("A test is on its way.")
    )  # fmt: skip


@needs("admin")
@require_POST
@whole
def switch(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Switch a target on or off."""
    on = request.POST.get("on") == "1"
    words = _("The target is on; what waited is sent now.") if on else _("The target is off; what it is told waits.")
    return _did(request, slug, name, "target.switched", lambda: managing.switch(slug, name, on=on), words)


@needs("admin")
@require_POST
@whole
def replay_dead(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Send everything again that was given up."""
    return _did(
        request, slug, name, "delivery.replayed", lambda: managing.replay_dead(slug, name),
        _("What was given up is sent again."),
    )  # fmt: skip


@needs("admin")
@require_POST
@whole
def remove(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Take a target away."""
    try:
        managing.remove(slug, name)
    except TouchlineError as error:
        messages.error(request, told(error))
    else:
        noted(request, "target.removed", name)
        messages.success(request, _("The target is gone, with its keys."))
    return HttpResponseRedirect(reverse("targets", args=[slug]))


@needs("admin")
@require_safe
@never_cache
@whole
def delivery(request: HttpRequest, slug: str, message: str) -> HttpResponse:
    """Show one delivery: what is told, and each try."""
    row = Delivery.objects.select_related("target").filter(workspace=slug, message=message).first()
    if row is None:
        raise Http404("there is no such delivery")
    noted(request, "delivery.seen", message)
    body = json.dumps(row.body, ensure_ascii=False, indent=2)
    tries = Attempt.objects.filter(delivery=row)
    return render(request, "outbox/delivery.html", {"row": row, "body": body, "tries": tries})


@needs("admin")
@require_POST
@whole
def replay(request: HttpRequest, slug: str, message: str) -> HttpResponse:
    """Send something again."""
    try:
        managing.replay(slug, message)
    except TouchlineError as error:
        messages.error(request, told(error))
        return HttpResponseRedirect(reverse("targets", args=[slug]))
    noted(request, "delivery.replayed", message)
    messages.success(request, _("It is sent again, with the same id."))
    return HttpResponseRedirect(reverse("delivery", args=[slug, message]))


def told(error: TouchlineError) -> str:
    """Return an error as a sentence of a page."""
    return error.what[:1].upper() + error.what[1:] + (f"; {error.todo}" if error.todo else "") + "."


def _did(request: HttpRequest, slug: str, name: str, action: str, act: Callable[[], Any], words: str) -> HttpResponse:
    """Do something, say so, and lead back to the target."""
    try:
        act()
    except TouchlineError as error:
        messages.error(request, told(error))
        return HttpResponseRedirect(reverse("targets", args=[slug]))
    noted(request, action, name)
    messages.success(request, words)
    return HttpResponseRedirect(reverse("target", args=[slug, name]))
