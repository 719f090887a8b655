"""The outer loop's pages: what was put right, who raised it, what they are told, and what that came to."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from touchline.errors import InputError, TouchlineError
from touchline.figures.numbers import plain
from touchline.server.care import loops
from touchline.server.care.framing import action, shown
from touchline.server.care.hours import calendar, rules
from touchline.server.outbox.facade import targets
from touchline.server.pages.facade import page
from touchline.server.people.facade import access_of, noted
from touchline.server.workspaces.facade import held
from touchline.words import phrase

_MOST: Final = 500


@page()
def fixes(request: HttpRequest, slug: str) -> HttpResponse:
    """List the causes that were put right, with a form for the next."""
    access = access_of(request)
    taxonomy = held(slug).workspace.taxonomy
    context = {
        "rows": [loops.told(fix, access) for fix in loops.fixes(slug)], "restricted": bool(access.segments),
        "themes": [(one.id, one.name) for one in taxonomy.themes], "stages": [(s.id, s.name) for s in taxonomy.stages],
        "hold_out": round(100 * rules(slug).hold_out), "theme": request.GET.get("theme", ""),
        "stage": request.GET.get("stage", ""), "did": request.GET.get("did", ""), "said": request.GET.get("said", ""),
    }  # fmt: skip
    return shown(request, slug, "care/fixes.html", context)


@action()
def make(request: HttpRequest, slug: str) -> HttpResponse:
    """Write down that a cause was put right, and find everybody who raised it."""
    given = request.POST
    try:
        fix = loops.put_right(
            slug, by=access_of(request), theme=given.get("theme", ""), stage=given.get("stage", ""),
            said=_needed(given.get("said", ""), _("what they said"), 300),
            did=_needed(given.get("did", ""), _("what was done"), 500),
            since=_day(slug, given.get("since", "")), hold_out=_share(given.get("hold_out", "")),
            message=given.get("message", "").strip()[:5000] or None,
        )  # fmt: skip
    except TouchlineError as error:
        messages.error(request, f"{error.what}. {error.todo}")
        return HttpResponseRedirect(reverse("fixes", args=[slug]))
    noted(request, "cause.fixed", f"{fix.number}: {fix.theme}")
    return HttpResponseRedirect(reverse("fix", args=[slug, fix.number]))


def _needed(text: str, what: str, most: int) -> str:
    if not text.strip() or len(text) > most:
        raise InputError(_("%(what)s has 1 to %(most)d characters") % {"what": what, "most": most}, where=what)
    return text


def _day(slug: str, text: str) -> datetime | None:
    from zoneinfo import ZoneInfo

    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar(slug).zone))
    except ValueError as error:
        raise InputError(
            phrase("{text} is no day", text=repr(text)), where="since", todo=phrase("write 2026-01-31")
        ) from error


def _share(text: str) -> float | None:
    if not text:
        return None
    if not text.isdecimal() or not 0 <= int(text) <= 90:
        raise InputError(
            phrase("{text} is no share in percent", text=repr(text)), where="hold_out", todo=phrase("give 0 to 90")
        )
    return int(text) / 100


@page()
def fix(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show one of them: whom it concerns, with their drafts, and how their scores went on."""
    access = access_of(request)
    found = loops.find(slug, number)
    effect = loops.effect(found, access)
    rows = loops.rows(found, access)
    noted(request, "fix.seen", str(number))
    told = {name: {**effect[name], "jsi": plain(effect[name]["jsi"])} for name in ("told", "held_out")}
    context = {
        "fix": found, "told": loops.told(found, access), "rows": rows[:_MOST], "n": rows.count(), "effect": effect,
        "groups": told, "targets": [one for one in targets(slug) if one.on],
        "difference": f"{effect['difference']:+.0f}".replace("-", "−") if "difference" in effect else "",
        "interval": f"{effect['low']:+.0f} to {effect['high']:+.0f}".replace("-", "−") if "low" in effect else "",
    }  # fmt: skip
    return shown(request, slug, "care/fix.html", context)


@action()
def send(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Tell those who raised it, through a system, or write down that people did."""
    found = loops.find(slug, number)
    chosen = request.POST.getlist("customer") if request.POST.get("whom") == "chosen" else None
    try:
        done = loops.send(found, by=access_of(request), target=request.POST.get("target", ""), customers=chosen)
    except InputError as error:
        messages.error(request, f"{error.what}. {error.todo}")
    else:
        noted(request, "fix.told", f"{number}: {done} customers")
        messages.success(request, ngettext("%(n)d customer is told.", "%(n)d customers are told.", done) % {"n": done})
    return HttpResponseRedirect(reverse("fix", args=[slug, number]))
