"""The pages of plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import TouchlineError
from touchline.sequences.due import Happening
from touchline.server.people.facade import access_of, needs, noted
from touchline.server.plays import effect as effects
from touchline.server.plays import following, journeys, managing, recipe
from touchline.server.plays.api import seen_run
from touchline.server.plays.models import Play
from touchline.server.plays.recipe import Recipe
from touchline.server.workspaces.facade import held

_RUNS: Final = 30
_LATE: Final = 12


def words_of(said: Recipe) -> str:
    """Return what starts a play, in words."""
    trigger = said.trigger
    where = _(" about %(stages)s") % {"stages": ", ".join(trigger.stages)} if trigger.stages else ""
    what = f" ({', '.join(one.replace('_', ' ') for one in trigger.themes)})" if trigger.themes else ""
    return {
        "answer": (
            _("a bad mark (%(kinds)s)") % {"kinds": ", ".join(kind.upper() for kind in trigger.kinds)}
            if trigger.kinds
            else _("a bad mark or unhappy words")
        )
        + where
        + what,
        "severe": _("something severe is said") + where + what,
        "jsi_below": _("the JSI stands below %(level)s") % {"level": f"{trigger.below:g}"},
        "jsi_falls": _("the JSI falls %(points)s points in %(days)s days")
        % {"points": f"{trigger.by:g}", "days": trigger.within},
        "alert": _("an alert") + where + what,
        "gate": _("a gate holds") + where,
        "journey": _journey(said) if trigger.on == "journey" else "",
    }[trigger.on]


def _journey(said: Recipe) -> str:
    trigger = said.trigger
    words = _("a customer does: %(what)s") % {"what": journeys.words(trigger.does or Happening())}
    if trigger.at:
        words = _("at %(stage)s, %(words)s") % {"stage": trigger.at, "words": words}
    if trigger.unless is not None:
        words += " · " + _("and not: %(what)s") % {"what": journeys.words(trigger.unless)}
    return words + (" · " + _("for %(time)s") % {"time": trigger.after} if trigger.after else "")


@needs("read")
@require_safe
@never_cache
def plays(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the plays, what is late, and the ready ones."""
    return _plays(request, slug)


def _plays(request: HttpRequest, slug: str, status: int = 200, **more: Any) -> HttpResponse:
    access = access_of(request)
    runs = managing.visible(access, slug)
    counted = managing.counts(runs)
    rows: list[dict[str, Any]] = []
    for one in Play.objects.filter(workspace=slug):
        said = recipe.read(one.text, one.slug)
        rows.append({"play": one, "said": said, "when": words_of(said), "counts": counted.get(one.pk, {})})
    there = {row["play"].slug for row in rows}
    ready = [
        {"said": said, "text": text, "when": words_of(said)}
        for name, (text, said) in recipe.ready().items() if name not in there
    ]  # fmt: skip
    late = managing.late(runs)
    context = {
        "rows": rows, "ready": ready, "late": late[:_LATE], "late_many": late.count(),
        "admin": access.may("admin"), "cases": access.may("cases"), **more,
    }  # fmt: skip
    return render(request, "plays/plays.html", context, status=status)


@needs("admin")
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a play: a ready one by its name, or one that is written."""
    text = request.POST.get("yaml", "")
    known = recipe.ready().get(request.POST.get("ready", ""))
    try:
        made = managing.add(slug, held(slug).workspace.taxonomy, known[0] if known else text)
    except TouchlineError as error:
        return _plays(request, slug, 400, error=_told(error), yaml=text)
    noted(request, "play.added", made.slug)
    messages.success(request, _("The play is added. Look at what it would have done, then switch it on."))
    return HttpResponseRedirect(reverse("play", args=[slug, made.slug]))


@needs("read")
@require_safe
@never_cache
def play(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Show one play: its steps, for whom it was started, and what it does."""
    return _play(request, _of(slug, name))


def _of(slug: str, name: str) -> Play:
    try:
        return managing.of(slug, name)
    except TouchlineError as error:
        raise Http404(error.what) from None


def _play(request: HttpRequest, one: Play, status: int = 200, **more: Any) -> HttpResponse:
    access = access_of(request)
    said = recipe.read(one.text, one.slug)
    runs = managing.visible(access, one.workspace).filter(play=one)
    noted(request, "play.seen", one.slug)
    found: dict[str, Any] = {"effect": None, "past": None, "trouble": ""}
    if not access.segments:
        try:
            found["effect"] = effects.effect(held(one.workspace), one)
            found["past"] = _bars(managing.past(held(one.workspace), said))
        except TouchlineError as error:  # the page stands without what the data cannot tell now
            found["trouble"] = _told(error)
    context = {
        "play": one, "said": said, "when": words_of(said), "counts": managing.counts(runs).get(one.pk, {}),
        "runs": runs.prefetch_related("steps")[:_RUNS], "yaml": one.text, "now": timezone.now(),
        "admin": access.may("admin"), "cases": access.may("cases"), "figures": _figures(found["effect"]),
        **found, **more,
    }  # fmt: skip
    return render(request, "plays/play.html", context, status=status)


def _bars(past: managing.Past) -> dict[str, Any]:
    """Return a past with the heights of its bars, in a picture 100 high."""
    most = max(past.by_week, default=0) or 1
    bars = [
        {"x": 4 + number * 12, "y": 44 - 40 * many / most, "height": max(40 * many / most, 0.75), "n": many}
        for number, many in enumerate(past.by_week)
    ]  # fmt: skip
    return {"past": past, "bars": bars, "width": 8 + 12 * len(bars)}


def _figures(found: effects.Effect | None) -> list[dict[str, Any]]:
    """Return the rows of the effect's table, as people read them."""
    if found is None:
        return []
    rows = [
        (_("Recovered within 28 days"), found.recovered, 100.0, " %"),
        (_("Change of the JSI in 28 days"), found.jsi, 1.0, ""),
    ]
    if found.stayed is not None:
        rows.append((_("Stayed for 90 days"), found.stayed, 100.0, " %"))
    return [
        {
            "name": name, "treated": _shown(one.treated, by, unit), "out": _shown(one.held_out, by, unit),
            "difference": _shown(one.difference, by, unit and _(" points"), sign=True),
            "sure": one.difference.low is not None and one.difference.high is not None
            and (one.difference.low > 0 or one.difference.high < 0),
            "good": (one.difference.value or 0) > 0,
        }
        for name, one, by, unit in rows
    ]  # fmt: skip


def _shown(value: effects.Value, by: float, unit: str, *, sign: bool = False) -> dict[str, Any]:
    if value.value is None or value.low is None or value.high is None or value.n < effects.LEAST:
        return {"text": "", "n": value.n}
    form = "+.0f" if sign else ".0f"
    return {
        "text": f"{value.value * by:{form}}{unit}", "low": f"{value.low * by:.0f}", "high": f"{value.high * by:.0f}",
        "n": value.n,
    }  # fmt: skip


@needs("admin")
@require_POST
def change(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give a play another recipe."""
    one, text = _of(slug, name), request.POST.get("yaml", "").replace("\r\n", "\n")
    try:
        managing.change(slug, held(slug).workspace.taxonomy, name, text)
    except TouchlineError as error:
        return _play(request, one, 400, error=_told(error), yaml=text)
    noted(request, "play.changed", name)
    messages.success(request, _("The play is changed; runs that are under way keep their steps."))
    return HttpResponseRedirect(reverse("play", args=[slug, name]))


@needs("admin")
@require_POST
def switch(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Switch a play on or off."""
    on = request.POST.get("on") == "1"
    words = _("The play is on: what comes in from now starts it.") if on else _("The play is off.")
    return _did(request, slug, name, "play.switched", lambda: managing.switch(slug, name, on=on), words)


@needs("admin")
@require_POST
def remove(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Take a play away."""
    try:
        managing.remove(slug, name)
    except TouchlineError as error:
        messages.error(request, _told(error))
    else:
        noted(request, "play.removed", name)
        messages.success(request, _("The play is gone; its cases stay."))
    return HttpResponseRedirect(reverse("plays", args=[slug]))


@needs("cases")
@require_POST
def done(request: HttpRequest, slug: str, name: str, run: int, number: int) -> HttpResponse:
    """Say that a step is done."""

    def end() -> None:
        seen_run(request, name, run)
        following.end_step(slug, run, number, access_of(request).name)

    return _did(request, slug, name, "play.step-done", end, _("The step is done."))


def _did(request: HttpRequest, slug: str, name: str, action: str, act: Callable[[], Any], words: str) -> HttpResponse:
    try:
        act()
    except TouchlineError as error:
        messages.error(request, _told(error))
    else:
        noted(request, action, name)
        messages.success(request, words)
    return HttpResponseRedirect(reverse("play", args=[slug, name]))


def _told(error: TouchlineError) -> str:
    where = f" ({error.where})" if error.where else ""
    return error.what[:1].upper() + error.what[1:] + where + (f"; {error.todo}" if error.todo else "") + "."
