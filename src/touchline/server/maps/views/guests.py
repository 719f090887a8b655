"""The room of a workshop as guests see it: the board, their own notes and votes, and nothing else of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from touchline.errors import InputError, TouchlineError
from touchline.server.maps import circles, guests, workshops
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.guests import Guest
from touchline.server.maps.views import around
from touchline.server.maps.views import workshop as rooms
from touchline.server.pages.facade import status_of
from touchline.server.people.facade import access_of, address_of, needs, network, noted, problem, record

COOKIE: Final = "touchline-guest"
View = Callable[[HttpRequest, Guest], HttpResponse]


@around.action()
def open_door(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Open a workshop to guests, or close it to them."""
    if request.POST.get("do") == "close":
        guests.close_door(slug, number)
        noted(request, "workshop.closed-to-guests", str(number))
    else:
        hours = around.whole(request.POST.get("hours", f"{guests.HOURS:g}"), 1, int(guests.MOST_HOURS), "hours")
        guests.open_door(slug, number, access_of(request).name, hours=hours)
        noted(request, "workshop.opened-to-guests", f"{number} for {hours} h")
    return around.back(slug, "workshop", number)


@needs("public")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str = "") -> HttpResponse:
    """Ask for a workshop's code and, where notes are named, for a name; then let in."""
    said = request.POST.get("code", code)
    if request.method != "POST":
        return _door(request, said)
    here = network(address_of(request))
    if guests.GUESSES.too_many(here):
        return _door(request, said, _("Too many wrong codes came from here. Try again in some minutes."), 429)
    try:
        guest, token = guests.enter(said, request.POST.get("name", ""))
    except (MapMissing, InputError) as error:
        if isinstance(error, MapMissing):
            guests.GUESSES.wrong(here)
        return _door(request, said, around.told(error), status_of(error))
    record(guest.access, "workshop.joined", guest.workshop.workspace, str(guest.workshop.pk), address_of(request))
    answer = HttpResponseRedirect(reverse("guest-room", args=[guest.workshop.pk]))
    answer.set_cookie(
        COOKIE, token, max_age=int((guest.door.expires_at - timezone.now()).total_seconds()), path="/workshops/guest",
        secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip
    return answer


def _door(request: HttpRequest, code: str, wrong: str = "", status: int = 200) -> HttpResponse:
    answer = render(request, "maps/workshop_join.html", {"code": code[:20], "wrong": wrong}, status=status)
    answer["X-Robots-Tag"] = "noindex"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # the path may hold the code
    return answer


def _guest(rate: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """Let guests of a workshop to a view, as often as they may."""

    def made(view: View) -> Callable[..., HttpResponse]:
        @needs("public")
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, number: int) -> HttpResponse:
            try:
                guest = guests.known(request.COOKIES.get(COOKIE, ""), number)
                if (guests.ACTS if rate == "act" else guests.LOOKS).wait(guest.id):
                    return problem(request, 429, _("that was too much at once"), todo=_("wait a moment"))
                request.access = guest.access  # type: ignore[attr-defined]
                with circles.vouched():
                    return view(request, guest)
            except TouchlineError as error:
                return problem(request, status_of(error), error.what, where=error.where, todo=error.todo)

        return guarded

    return made


@require_safe
@_guest("look")
def room(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Show the room to a guest."""
    answer = render(request, "maps/workshop_guest.html", _seen(request, guest))
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
@_guest("look")
def board(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Give the part of the room that changes; nothing where it is as it was."""
    if request.GET.get("after") == str(guest.workshop.version):
        return HttpResponse(status=204)
    return render(request, "maps/workshop_board.html", _seen(request, guest))


@require_POST
@_guest("act")
def take_part(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Do what a guest may: write, change what is theirs, dot, feel."""
    do, workshop = request.POST.get("do", ""), guest.workshop
    if do not in guests.MAY:
        raise InputError(_("guests write notes and vote"), where="do", todo=_("ask whoever leads the workshop"))
    if do == "write":
        guests.room_for_a_note(guest)
    act = rooms.PART[do]
    try:
        act(request, workshop.workspace, workshop.pk, guest.access)
    except InputError as error:
        if request.headers.get(around.SCRIPT):
            raise
        messages.error(request, around.told(error))
    if not request.headers.get(around.SCRIPT):
        return HttpResponseRedirect(reverse("guest-room", args=[workshop.pk]))
    workshop.refresh_from_db()
    return render(request, "maps/workshop_board.html", _seen(request, guest))


def _seen(request: HttpRequest, guest: Guest) -> Mapping[str, Any]:
    """Return what the room shows to a guest: what all see, without ways into the workspace."""
    workshop = workshops.find(guest.workshop.workspace, guest.workshop.pk)
    context = rooms.board_of(request, workshop)
    return {
        **context, "guest": True, "part": reverse("guest-part", args=[workshop.pk]), "map_href": "",
        "name": guest.name, "until": guest.door.expires_at,
    }  # fmt: skip
