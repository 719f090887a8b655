"""The monitors: all of them with their state, and one as a form with its back-test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import InputError
from touchline.server.monitoring import applying, backtesting, incidents, pictures, reading, story
from touchline.server.monitoring.framing import action, page, shown
from touchline.server.monitoring.models import Alert, Monitor, Watch
from touchline.server.monitoring.spec import DAYS, DIRECTIONS, KINDS, METRICS, Spec
from touchline.server.pages.facade import safe
from touchline.server.people.facade import access_of, noted
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from touchline.questions import Local

_PLAIN: Final = (
    "name", "watch", "kind", "stage", "touchpoint", "theme", "channel", "source", "direction", "below", "above",
    "least", "severity", "hours", "owner",
)  # fmt: skip
_MUTES: Final = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30)}


def _found(slug: str, number: int) -> Monitor:
    found = Monitor.objects.filter(workspace=slug, pk=number).first()
    if found is None:
        raise Http404
    return found


@page(what="monitors")
def monitors(request: HttpRequest, slug: str) -> HttpResponse:
    """List the monitors with their state."""
    now = timezone.now()
    taxonomy = held(slug).workspace.taxonomy
    places = set(Alert.objects.filter(workspace=slug, closed_at=None).values_list("place", flat=True))
    rows = []
    for one in Monitor.objects.filter(workspace=slug):
        spec = Spec.of(one.spec)
        rows.append(
            {
                "monitor": one, "spec": spec, "name": story.called_by(spec, taxonomy),
                "watches": watches(spec, taxonomy),
                "state": _state(one, spec, places, now),
                "muted": one.muted_until is not None and one.muted_until > now,
            }
        )  # fmt: skip
    watch = Watch.objects.filter(workspace=slug).first()
    return shown(request, slug, "monitoring/monitors.html", {"rows": rows, "watch": watch})


def watches(spec: Spec, taxonomy: Any) -> str:
    """Return what a monitor watches, in some words."""
    if spec.kind == "silence":
        return spec.source or _("each source")
    if spec.stage or spec.theme or spec.segment or spec.source:
        where = story.about(spec, taxonomy)
    else:
        where = _("each stage") if spec.kind == "severe" else _("the whole journey")
    return f"{story.name_of(spec)} · {where}"


def _state(one: Monitor, spec: Spec, places: set[str], now: datetime) -> tuple[str, str]:
    """Return a monitor's state: a word for the style, and one for people."""
    if not one.active:
        return "off", _("off")
    if one.muted_until is not None and one.muted_until > now:
        return "off", _("muted")
    each = {"severe": "stage:", "silence": "source:"}.get(spec.kind)
    if spec.place in places or (each and one.fired and any(place.startswith(each) for place in places)):
        return "bad", _("alert")
    return ("good", _("quiet")) if one.looked_at else ("off", _("begins with the next data"))


@page(what="monitors")
def monitor(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show one monitor as a form; with ``test`` also what it would have done with the history."""
    found = _found(slug, number)
    told = _told(request.GET) if "test" in request.GET else _form_of(Spec.of(found.spec))
    return _form(request, slug, told, found, test="test" in request.GET)


@page(what="monitors")
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form of a new monitor; with ``test`` also what it would have done with the history."""
    told = _told(request.GET) if request.GET else {"watch": "jsi", "kind": "shift", "direction": "worse"}
    return _form(request, slug, told, None, test="test" in request.GET)


def _form(
    request: HttpRequest, slug: str, told: dict[str, Any], found: Monitor | None, *, test: bool,
    error: InputError | None = None,
) -> HttpResponse:  # fmt: skip
    def ask(local: Local) -> dict[str, Any]:
        knows = applying.known_in(local)
        made: dict[str, Any] = {"fields": _choices(local, knows, told)}
        if test and error is None:
            try:
                named = {**told, "name": told.get("name") or _("New monitor")}
                made |= _tested(local, slug, applying.one_monitor(named, local.workspace.taxonomy, knows))
            except InputError as wrong:
                made["error"] = wrong
        return made

    asked = held(slug).ask(ask, seconds=60)
    context = {"monitor": found, "name": _name(slug, found), "told": told, "error": error, "days": _days(told), **asked}
    return shown(request, slug, "monitoring/monitor.html", context, 400 if context["error"] else 200)


def _tested(local: Local, slug: str, spec: Spec) -> dict[str, Any]:
    tested = backtesting.backtest(local, slug, spec)
    start = datetime.combine(tested.first, datetime.min.time(), UTC)
    rows = reading.past(local.workspace.warehouse, start, datetime.combine(tested.last, datetime.max.time(), UTC))
    marks = [pictures.Mark(one.at.date(), str(place)) for place, one in enumerate(tested.firings, 1)]
    drawn = pictures.through_time(spec, reading.evidence_of(spec, rows), tested.first, tested.last, marks)
    return {"tested": tested, "picture": safe(drawn)}


def _choices(local: Local, knows: Mapping[str, tuple[str, ...]], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the form's selects: what may be watched, how, and where."""
    taxonomy = local.workspace.taxonomy
    stages = [(stage.id, stage.name) for stage in taxonomy.stages]
    themes = [(one, theme.name if (theme := taxonomy.theme(one)) else one) for one in knows["theme"]]
    segments = [
        (f"{name[4:]}={value}", f"{name[4:]} {value}")
        for name in knows
        if name.startswith("seg_")
        for value in knows[name]
    ]
    fields: list[tuple[str, str, str, list[tuple[str, str]]]] = [
        ("watch", _("Watch"), "", [(one, story.name_of(Spec("", one))) for one in METRICS]),
        ("kind", _("How"), "", [(one, _(KIND_NAMES[one])) for one in KINDS]),
        ("direction", _("Tell when it gets"), "", [(one, one) for one in DIRECTIONS]),
        ("stage", _("Stage"), _("any"), stages),
        ("theme", _("Theme"), _("any"), themes),
        ("touchpoint", _("Touchpoint"), _("any"), [(one, one) for one in knows["touchpoint"]]),
        ("segment", _("Segment"), _("everybody"), segments),
        ("channel", _("Channel"), _("any"), [(one, one) for one in knows["channel"]]),
        ("source", _("Source"), _("any"), [(one, one) for one in knows["source"]]),
    ]
    return [
        {"name": name, "label": label, "none": none, "value": told.get(name, ""),
         "values": [{"value": value, "name": shown_, "on": value == told.get(name, "")} for value, shown_ in values]}
        for name, label, none, values in fields
    ]  # fmt: skip


KIND_NAMES: Final = {
    "shift": "a lasting change (the default)",
    "drop": "a drop against its own past",
    "changepoint": "a change point",
    "threshold": "a fixed threshold",
    "sequential": "one always-valid test against a level",
    "spike": "a spike in volume",
    "severe": "each severe item",
    "silence": "silence",
    "drift": "drift of the texts",
}


def _days(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    chosen = (told.get("schedule") or {}).get("days") or []
    return [{"value": one, "on": one in chosen} for one in DAYS]


def _told(parameters: Any) -> dict[str, Any]:
    """Return a form's fields as `applying.one_monitor` reads them; a segment still as the form has it."""
    told: dict[str, Any] = {name: parameters.get(name, "").strip() for name in _PLAIN}
    segment = parameters.get("segment", "").strip()
    if segment:
        name, _sep, value = segment.partition("=")
        told["segment"] = {name: value}
    schedule = {"days": parameters.getlist("days"), "from": parameters.get("from", ""), "to": parameters.get("to", "")}
    escalate = {"hours": parameters.get("escalate_hours", ""), "to": parameters.get("escalate_to", "").strip()}
    told["schedule"] = {key: value for key, value in schedule.items() if value}
    told["escalate"] = {key: value for key, value in escalate.items() if value} if escalate["to"] else {}
    told["active"] = "false" if parameters.get("active") == "0" else "true"
    return told


def _name(slug: str, found: Monitor | None) -> str:
    return story.called_by(Spec.of(found.spec), held(slug).workspace.taxonomy) if found else ""


def _form_of(spec: Spec) -> dict[str, Any]:
    """Return a monitor as the form's fields."""
    told = {name: value for name in _PLAIN if (value := getattr(spec, name)) not in (None, "")}
    told["segment"] = dict(spec.segment)
    told["schedule"] = {"days": list(spec.days), "from": spec.start, "to": spec.end}
    told["escalate"] = {"hours": f"{spec.escalate_hours:g}", "to": spec.escalate_to} if spec.escalate_to else {}
    told["active"] = "true" if spec.active else "false"
    return told


@action("admin", "monitors")
def save(request: HttpRequest, slug: str, number: int = 0) -> HttpResponse:
    """Create a monitor, or change one."""
    found = _found(slug, number) if number else None
    told = _told(request.POST)
    hold = held(slug)
    try:
        spec = hold.ask(lambda local: applying.one_monitor(told, local.workspace.taxonomy, applying.known_in(local)))
        verb = applying.set_monitor(
            slug, spec, by=access_of(request).name, origin="web", before=found.name if found else ""
        )
    except InputError as error:
        return _form(request, slug, told, found, test=False, error=error)
    noted(request, f"monitor.{verb}", spec.name)
    messages.success(request, _("%(name)s watches from now on.") % {"name": spec.name} if spec.active else _("Saved."))
    return HttpResponseRedirect(reverse("monitors", args=[slug]))


@action("cases", "monitors")
def mute(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Mute a monitor for some days, or let it be heard again."""
    found = _found(slug, number)
    span = _MUTES.get(request.POST.get("days", ""))
    incidents.mute(found, timezone.now() + span if span else None)
    noted(request, "monitor.muted" if span else "monitor.unmuted", found.name)
    return HttpResponseRedirect(reverse("monitors", args=[slug]))


@action("admin", "monitors")
def remove(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Remove a monitor; its alerts stay."""
    found = _found(slug, number)
    found.delete()
    noted(request, "monitor.removed", found.name)
    messages.success(request, _("%(name)s is removed.") % {"name": found.name})
    return HttpResponseRedirect(reverse("monitors", args=[slug]))
