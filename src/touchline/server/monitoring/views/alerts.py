"""The alerts: all of them, and one as a story."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.figures.numbers import between, places, plain
from touchline.questions import Local
from touchline.report.pieces import quote
from touchline.server.monitoring import acting, hitting, incidents, pictures, reading, story
from touchline.server.monitoring.framing import action, page, shown
from touchline.server.monitoring.models import Alert
from touchline.server.monitoring.spec import Spec
from touchline.server.pages.facade import safe
from touchline.server.people.facade import access_of, noted
from touchline.server.workspaces.facade import held
from touchline.vocabulary.taxonomy import Taxonomy

STATES: Final = ("open", "closed", "muted")
_PAGE: Final = 50
_MOST_PEOPLE: Final = 500
_BEFORE: Final = timedelta(days=42)


def _found(slug: str, number: int) -> Alert:
    found = Alert.objects.filter(workspace=slug, pk=number).first()
    if found is None:
        raise Http404
    return found


@page()
def alerts(request: HttpRequest, slug: str) -> HttpResponse:
    """List the alerts: those that are open, closed or muted."""
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    every = Alert.objects.filter(workspace=slug)
    chosen = {
        "open": every.filter(closed_at=None, muted=False), "closed": every.filter(closed_at__isnull=False),
        "muted": every.filter(closed_at=None, muted=True),
    }  # fmt: skip
    tabs = [{"state": one, "name": name, "n": chosen[one].count(), "on": one == state} for one, name in (
        ("open", _("Open")), ("closed", _("Closed")), ("muted", _("Muted")),
    )]  # fmt: skip
    taxonomy = held(slug).workspace.taxonomy
    rows = [_row(one, taxonomy) for one in chosen[state][:_PAGE]]
    return shown(request, slug, "monitoring/alerts.html", {"rows": rows, "tabs": tabs, "state": state})


def _row(alert: Alert, taxonomy: Taxonomy) -> dict[str, Any]:
    made = alert.story
    return {
        "alert": alert,
        "title": story.headline(made, taxonomy),
        "tone": _tone(alert),
        "sentence": _sentence(alert),
        "causes": made["causes"],
    }


def _sentence(alert: Alert) -> str:
    """Return the story without its title, which stands above it."""
    return story.sentences(alert.story, alert.since).removeprefix(f"{alert.story['title']}. ")


def _tone(alert: Alert) -> str:
    spec = Spec.of(alert.story["spec"])
    if alert.closed_at is not None:
        return "over"
    if alert.before is None or alert.after is None or spec.kind in ("severe", "silence", "drift"):
        return "bad"
    worse = alert.after < alert.before if spec.falls else alert.after > alert.before
    return "bad" if worse else "good"


@page()
def alert(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Tell one alert: what changed, since when, how sure, who is affected, why probably, in whose words."""
    found = _found(slug, number)
    spec = Spec.of(found.story["spec"])
    now = timezone.now()
    until = found.closed_at or now

    def ask(local: Local) -> dict[str, Any]:
        rows = reading.past(local.workspace.warehouse, found.since - _BEFORE, until + timedelta(days=1))
        marks = [pictures.Mark(found.since.date(), _("since")), pictures.Mark(found.opened_at.date(), _("noticed"))]
        if found.since.date() == found.opened_at.date():
            marks = marks[1:]
        picture = pictures.through_time(
            spec, reading.evidence_of(spec, rows), (found.since - _BEFORE).date(), until.date(), marks
        )
        causes = story.causes(local, spec, found.since, until, examples=2)
        said = [safe(quote(row)) for row in story.verbatims(local, spec, found.since, until + timedelta(days=1))]
        name = local.workspace.taxonomy.stage(found.stage).name if found.stage in local.workspace.taxonomy.ids else ""
        who = hitting.hit(local, spec, found.since, until + timedelta(days=1))
        return {
            "who": who,
            "picture": picture,
            "causes": [_cause(row) for row in causes],
            "stage_name": name,
            "said": said,
        }

    asked = held(slug).ask(ask, seconds=30)
    noted(request, "alert.seen", f"alert {number}")
    context = {
        **asked, "alert": found, "tone": _tone(found), "spec": spec,
        "title": story.headline(found.story, held(slug).workspace.taxonomy),
        "facts": _facts(found, spec), "firings": list(found.firings.all()[:50]),
        "sentence": _sentence(found),
        "monitors": sorted({one.monitor for one in found.firings.all()}),
    }  # fmt: skip
    return shown(request, slug, "monitoring/alert.html", context)


def _cause(row: dict[str, Any]) -> dict[str, Any]:
    words = [safe(quote(said)) for said in row["verbatims"]]
    return {"name": row["name"], "points": row["impact"], "n": row["n"], "customers": row["customers"], "words": words}


def _facts(alert: Alert, spec: Spec) -> list[dict[str, str]]:
    """Return the strip of figures at the story's head."""
    made = alert.story
    facts = []
    if alert.after is not None and spec.kind not in ("severe", "silence", "drift"):
        digits = places((alert.high or 0) - (alert.low or 0)) if alert.low is not None else 0
        name = story.name_of(spec)
        was = plain(alert.before, digits) if alert.before is not None else ""
        note = _("%(was)s before") % {"was": was} if was else ""
        unit = " %" if made["unit"] == "%" else ""
        interval = between(alert.low, alert.high, digits) if alert.low is not None else ""
        facts.append({"label": name, "value": plain(alert.after, digits) + unit, "margin": interval, "note": note})
    facts.append(
        {"label": _("Since"), "value": _day(alert.since), "margin": f"{alert.since:%H:%M}", "note": _ago(alert.since)}
    )
    facts.append(
        {"label": _("How sure"), "value": alert.how_sure, "margin": "", "note": _("from %(n)d items") % {"n": alert.n}}
    )
    return facts


def _day(moment: datetime) -> str:
    from django.utils.formats import date_format

    return date_format(moment, "j M")


def _ago(moment: datetime) -> str:
    from django.utils.timesince import timesince

    return _("%(span)s ago") % {"span": timesince(moment)}


@page()
def people(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """List the customers whom an alert is about."""
    found = _found(slug, number)
    noted(request, "customers.seen", f"alert {number}")
    refs = held(slug).ask(lambda local: incidents.affected(found, local, timezone.now()), seconds=30)
    title = story.headline(found.story, held(slug).workspace.taxonomy)
    context = {"alert": found, "title": title, "refs": refs[:_MOST_PEOPLE], "n": len(refs)}
    return shown(request, slug, "monitoring/people.html", context)


def _done(request: HttpRequest, slug: str, number: int, what: str, said: str) -> HttpResponseRedirect:
    noted(request, what, f"alert {number}")
    messages.success(request, said)
    return HttpResponseRedirect(reverse("alert", args=[slug, number]))


@action("cases")
def acknowledge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Take an alert on."""
    acting.act(slug, number, "take", access_of(request).name)
    return _done(request, slug, number, "alert.acknowledged", _("It is yours."))


@action("cases")
def close(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Close an alert by hand."""
    acting.act(slug, number, "close", access_of(request).name)
    return _done(request, slug, number, "alert.closed", _("The alert is closed. It opens again if it goes on."))


@action("cases")
def mute(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Mute an alert, or let it be heard again: nobody is told of it any more."""
    muted = request.POST.get("muted") == "1"
    acting.act(slug, number, "mute" if muted else "unmute", access_of(request).name)
    said = _("Nobody is told of it any more.") if muted else _("It is told again.")
    return _done(request, slug, number, "alert.muted" if muted else "alert.unmuted", said)
