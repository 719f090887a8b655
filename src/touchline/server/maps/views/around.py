"""What the pages around a map have in common: who asks, how errors are told, the tabs, and where one goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.errors import InputError, MapError, QuestionError, TouchlineError
from touchline.server.maps.errors import MapMissing
from touchline.server.pages import facade as pages
from touchline.server.people.facade import access_of
from touchline.words import phrase

View = Callable[..., HttpResponseBase]
#: Says that a script asks, and wants the error as data.
SCRIPT = "Touchline-Part"


def action(scope: str = "maps") -> Callable[[View], View]:
    """Make a page that a form is sent to; what goes wrong is said on the page that it came from."""
    return pages.action(scope)


def shown(
    request: HttpRequest, slug: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page from its template, with the tabs of the pages around the maps."""
    more = {"may_edit": access_of(request).may("maps"), "tabs": tabs(request, slug)}
    return pages.shown(request, slug, template, {**context, **more}, status)


def tabs(request: HttpRequest, slug: str) -> list[dict[str, Any]]:
    """Return the pages beside the list of maps: what each is called, its address, and whether it is shown."""
    named = (
        (_("Maps"), "maps"), (_("Personas"), "personas"), (_("Touchpoints"), "inventory"), (_("Roadmap"), "roadmap"),
        (_("Workshops"), "workshops"),
    )  # fmt: skip
    found = [(label, reverse(name, args=[slug])) for label, name in named]
    here = max((href for _label, href in found if f"{request.path}/".startswith(f"{href}/")), key=len, default="")
    return [{"label": label, "href": href, "on": href == here} for label, href in found]


def tried(request: HttpRequest, act: Callable[[], object], done: object = "") -> bool:
    """Do something, and say on the next page that it is done, or why it is not."""
    try:
        act()
    except (InputError, MapError, QuestionError) as error:
        if isinstance(error, MapMissing):
            raise  # there is no page to say it on
        if request.headers.get(SCRIPT):
            raise
        messages.error(request, told(error))
        return False
    if done:
        messages.success(request, str(done))
    return True


def told(error: TouchlineError) -> str:
    """Return an error as a sentence."""
    text = f"{error.what}; {error.todo}" if error.todo else error.what
    return f"{text[:1].upper()}{text[1:]}."


def back(slug: str, name: str, *args: object, query: str = "") -> HttpResponse:
    """Return to a page after a form."""
    href = reverse(name, args=[slug, *args])
    return HttpResponseRedirect(f"{href}?{query}" if query else href)


def whole(said: str, least: int, most: int, where: str) -> int:
    """Return what a form says as a whole number.

    Raises:
        InputError: It is none, or not between the two.
    """
    if said.isascii() and said.removeprefix("-").isdecimal() and len(said) < 12 and least <= int(said) <= most:
        return int(said)
    raise InputError(
        phrase(
            "{value} is no whole number from {least} to {most}", value=repr(said[:20]), least=str(least), most=str(most)
        ),
        where=where,
    )
