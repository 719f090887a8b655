"""Alerts, monitors and gates over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Router
from pydantic import Field, StringConstraints

from touchline.errors import QuestionError
from touchline.server.monitoring import acting, applying, backtesting, gate_effect, gating, incidents, renewing, story
from touchline.server.monitoring.models import Alert, Decision, Gate, Monitor, Watch
from touchline.server.monitoring.spec import Spec
from touchline.server.people.facade import Access, Given, access_of, as_json, asks, noted, only
from touchline.server.workspaces.facade import Held, held

router = Router(tags=["Monitoring"])
Operation = TypeVar("Operation", bound=Callable[..., Any])
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=500)]


class Schedule(Given):
    """When alerts may be told, in the reporting zone."""

    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(default_factory=list)
    from_: Text = Field("", alias="from")
    to: Text = ""


class Escalation(Given):
    """To whom an alert is passed on that nobody takes on."""

    hours: Annotated[float, Field(ge=0.1, le=2160)] = 24.0
    to: Name


class Monitored(Given):
    """What a monitor watches, and how: the keys of a file for `touchline monitors apply`."""

    name: Name
    watch: Text = ""
    kind: Text = ""
    stage: Text = ""
    touchpoint: Text = ""
    theme: Text = ""
    channel: Text = ""
    source: Text = ""
    segment: dict[str, Text] = Field(default_factory=dict)
    direction: Text = ""
    below: Annotated[float, Field(ge=0, le=100)] | None = None
    above: Annotated[float, Field(ge=0, le=100)] | None = None
    least: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    severity: Annotated[float, Field(ge=0.5, le=3)] | None = None
    hours: Annotated[float, Field(ge=0, le=8760)] | None = None
    owner: Text = ""
    schedule: Schedule | None = None
    escalate: Escalation | None = None
    active: bool = True


class Gated(Given):
    """What it takes to pass a stage."""

    stage: Name
    of: Literal["account", "person"] = "account"
    minimum: Annotated[float, Field(ge=0, le=100)] | None = None
    no_severe: bool = True
    fall: Annotated[float, Field(ge=0, le=100)] = 0
    voices: Annotated[int, Field(ge=1, le=1000)] = 1
    heard_days: Annotated[float, Field(ge=0, le=3650)] = 0
    stages: dict[str, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)
    without: Annotated[float, Field(ge=0, le=0.5)] = 0
    active: bool = True


class File(Given):
    """A whole file of monitors and gates, as YAML."""

    yaml: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)]
    where: Text = "monitors.yaml"
    prune: bool = False


class Muting(Given):
    """For how long; 0 lets it be heard again."""

    days: Annotated[float, Field(ge=0, le=366)]


class Releasing(Given):
    """Why somebody who is held may pass."""

    why: Text = ""


def _who(request: HttpRequest, what: str) -> tuple[Access, Held]:
    """Return who asks and the workspace; an alert tells of all customers, so they must be allowed to see all."""
    from touchline.server.api.facade import unrestricted

    access = access_of(request)
    unrestricted(access, what)
    only(request, ("state", "limit", "days", "order"))
    return access, held(access.workspace or "")


def alert_json(alert: Alert) -> dict[str, Any]:
    """Return an alert as JSON has it."""
    made = alert.story
    moments = ("since", "opened_at", "updated_at", "closed_at", "acknowledged_at", "escalated_at")
    times = {name: one.isoformat() if (one := getattr(alert, name)) else None for name in moments}
    return {
        "id": alert.pk, "title": made["title"], "text": story.sentences(made, alert.since), "place": alert.place,
        "stage": alert.stage, "kind": alert.kind, "metric": alert.metric,
        "state": "closed" if alert.closed_at else "muted" if alert.muted else "open", "closed_why": alert.closed_why,
        "before": alert.before, "after": alert.after, "low": alert.low, "high": alert.high, "unit": made["unit"],
        "how_sure": alert.how_sure, "n": alert.n, "customers": alert.customers, "causes": made["causes"],
        "who": made.get("who", []), "url": settings.URL + reverse("alert", args=[alert.workspace, alert.pk]),
        "owner": alert.owner, "acknowledged_by": alert.acknowledged_by, "times": alert.times,
        "monitors": sorted(set(alert.firings.values_list("monitor", flat=True))), **times,
    }  # fmt: skip


@router.get("/alerts", response=None, summary="The alerts, the latest first")
@asks("read")
def alerts(
    request: HttpRequest, state: Literal["open", "closed", "muted", "all"] = "open",
    limit: Annotated[int, Field(ge=1, le=500)] = 100,
) -> JsonResponse:  # fmt: skip
    """List alerts: one for each incident."""
    _access, hold = _who(request, "alerts")
    found = Alert.objects.filter(workspace=hold.slug)
    chosen = {
        "open": found.filter(closed_at=None, muted=False), "muted": found.filter(closed_at=None, muted=True),
        "closed": found.filter(closed_at__isnull=False), "all": found,
    }[state]  # fmt: skip
    return as_json({"alerts": [alert_json(one) for one in chosen[:limit]]})


def _alert(hold: Held, number: int) -> Alert:
    found = Alert.objects.filter(workspace=hold.slug, pk=number).first()
    if found is None:
        raise _missing(f"there is no alert {number}")
    return found


def _missing(what: str, todo: str = "list them first") -> QuestionError:
    from touchline.server.api.facade import Missing

    return Missing(what, todo=todo)


@router.get("/alerts/{number}", response=None, summary="One alert")
@asks("read")
def alert(request: HttpRequest, number: int) -> JsonResponse:
    """Tell one alert: what changed, since when, how sure, who is affected, why probably, and in whose words."""
    _access, hold = _who(request, "alerts")
    found = _alert(hold, number)
    until = (found.closed_at or timezone.now()) + timedelta(days=1)
    spec = Spec.of(found.story["spec"])
    said = hold.ask(lambda local: story.verbatims(local, spec, found.since, until))
    words = [{"text": row["text"], "stage": row["stage"], "at": row["occurred_at"].isoformat()} for row in said]
    noted(request, "alert.seen", f"alert {number}")
    return as_json(alert_json(found) | {"verbatims": words})


@router.get("/alerts/{number}/customers", response=None, summary="Whom an alert is about")
@asks("read")
def alert_customers(request: HttpRequest, number: int) -> JsonResponse:
    """List the references of the customers who are affected."""
    _access, hold = _who(request, "alerts")
    found = _alert(hold, number)
    refs = hold.ask(lambda local: incidents.affected(found, local, timezone.now()))
    noted(request, "customers.seen", f"alert {number}")
    return as_json({"customers": refs})


@router.post("/alerts/{number}/{act}", response=None, summary="Take an alert on, close it, mute it")
@asks("cases")
def act_on_alert(
    request: HttpRequest, number: int, act: Literal["acknowledge", "take", "close", "mute", "unmute"]
) -> JsonResponse:
    """Acknowledge, take, close, mute or unmute an alert. One that is nobody's is theirs who acknowledge it."""
    access, hold = _who(request, "alerts")
    found = acting.act(hold.slug, number, act, access.name)
    if found is None:
        raise _missing(f"there is no alert {number}")
    noted(request, f"alert.{act}", f"alert {number}")
    return as_json(alert_json(found))


def monitor_json(one: Monitor) -> dict[str, Any]:
    """Return a monitor as JSON has it."""
    spec = Spec.of(one.spec)
    return {
        **spec.as_dict(), "watch": spec.watch, "kind": spec.kind, "active": one.active, "origin": one.origin,
        "fired": one.fired, "muted_until": one.muted_until.isoformat() if one.muted_until else None,
        "looked_at": one.looked_at.isoformat() if one.looked_at else None,
    }  # fmt: skip


@router.get("/monitors", response=None, summary="The monitors and the alarm budget")
@asks("read")
def monitors(request: HttpRequest) -> JsonResponse:
    """List the monitors, and how many false alarms a month they may raise together."""
    _access, hold = _who(request, "monitors")
    watch = Watch.objects.filter(workspace=hold.slug).first()
    found = Monitor.objects.filter(workspace=hold.slug)
    return as_json({"budget": watch.budget if watch else 1.0, "monitors": [monitor_json(one) for one in found]})


def _spec(hold: Held, body: Monitored) -> Spec:
    told = body.model_dump(by_alias=True, exclude_none=True)
    return hold.ask(lambda local: applying.one_monitor(told, local.workspace.taxonomy, applying.known_in(local)))


@router.put("/monitors", response=None, summary="Create or change a monitor, by its name")
@asks("admin")
def set_monitor(request: HttpRequest, body: Monitored) -> JsonResponse:
    """Set a monitor; sent twice, the second time changes nothing."""
    access, hold = _who(request, "monitors")
    spec = _spec(hold, body)
    verb = applying.set_monitor(hold.slug, spec, by=access.name, origin="api")
    noted(request, f"monitor.{verb}", spec.name)
    one = Monitor.objects.get(workspace=hold.slug, name=spec.name)
    return as_json({"did": verb, **monitor_json(one)})


@router.post("/monitors/apply", response=None, summary="Apply a file of monitors and gates")
@asks("admin")
def apply_file(request: HttpRequest, body: File) -> JsonResponse:
    """Make monitors and gates what a YAML file says; every problem is told with its line and field."""
    access, hold = _who(request, "monitors")
    taxonomy, minimum = hold.workspace.taxonomy, hold.workspace.settings.score.gate
    knows = hold.ask(applying.known_in)
    wanted = applying.plan(body.yaml, body.where or "monitors.yaml", taxonomy, knows, minimum)
    done = applying.apply(hold.slug, wanted, by=access.name, prune=body.prune)
    noted(request, "monitors.applied", body.where)
    return as_json(asdict(done))


@router.post("/monitors/backtest", response=None, summary="What a monitor would have done with the history")
@asks("read")
def try_monitor(
    request: HttpRequest, body: Monitored, days: Annotated[int, Field(ge=14, le=730)] = backtesting.DAYS
) -> JsonResponse:
    """Let a monitor, saved or not, see the history, and tell when it would have fired."""
    _access, hold = _who(request, "monitors")
    spec = _spec(hold, body)
    return as_json(
        hold.ask(lambda local: backtesting.backtest(local, hold.slug, spec, days=days), seconds=60).as_dict()
    )


def _monitor(hold: Held, name: str) -> Monitor:
    found = Monitor.objects.filter(workspace=hold.slug, name=name).first()
    if found is None:
        raise _missing(f"there is no monitor {name!r}")
    return found


@router.get("/monitors/{name}/backtest", response=None, summary="What a saved monitor would have done")
@asks("read")
def backtest(
    request: HttpRequest, name: str, days: Annotated[int, Field(ge=14, le=730)] = backtesting.DAYS
) -> JsonResponse:
    """Let a monitor see the history, and tell when it would have fired."""
    _access, hold = _who(request, "monitors")
    spec = Spec.of(_monitor(hold, name).spec)
    return as_json(
        hold.ask(lambda local: backtesting.backtest(local, hold.slug, spec, days=days), seconds=60).as_dict()
    )


@router.post("/monitors/{name}/mute", response=None, summary="Mute a monitor for some days")
@asks("cases")
def mute(request: HttpRequest, name: str, body: Muting) -> JsonResponse:
    """Let a monitor's alerts be told nobody for some days."""
    _access, hold = _who(request, "monitors")
    found = _monitor(hold, name)
    incidents.mute(found, timezone.now() + timedelta(days=body.days) if body.days else None)
    noted(request, "monitor.muted", name)
    return as_json(monitor_json(found))


@router.delete("/monitors/{name}", response=None, summary="Remove a monitor")
@asks("admin")
def remove_monitor(request: HttpRequest, name: str) -> JsonResponse:
    """Remove a monitor; its alerts stay."""
    _access, hold = _who(request, "monitors")
    _monitor(hold, name).delete()
    noted(request, "monitor.removed", name)
    return as_json({"removed": name})


@router.get("/gates", response=None, summary="The gates, whom they hold, and what that does")
@asks("read")
def gates(
    request: HttpRequest,
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1_000,
    order: renewing.Order = renewing.Order.JSI,
) -> JsonResponse:
    """List the gates, each with those whom it holds, when their contracts end, and its measured effect."""
    _access, hold = _who(request, "gates")
    told = []
    for gate in gating.gates_of(hold.slug):
        dues = renewing.dues_of(hold, gate.of)
        rows = [_decision(one, dues.get(one.ref)) for one in gate.decisions.filter(result="hold")]
        effect = gate_effect.effect(hold, gate).as_dict()
        told.append({**gate.spec, "held": renewing.ordered(rows, order, dict)[:limit], "effect": effect})
    noted(request, "customers.seen", "gates")
    return as_json({"gates": told})


def _decision(one: Decision, due: datetime | None) -> dict[str, Any]:
    return {
        "ref": one.ref, "due": due.isoformat() if due else None, "since": one.first_at.isoformat(), "jsi": one.jsi,
        "low": one.low, "high": one.high, "let_pass_by_chance": one.without, "released_by": one.released_by,
        "released_at": one.released_at.isoformat() if one.released_at else None,
    }  # fmt: skip


@router.put("/gates", response=None, summary="Create or change a gate, by its stage and kind")
@asks("admin")
def set_gate(request: HttpRequest, body: Gated) -> JsonResponse:
    """Set a gate, and ask it at once."""
    access, hold = _who(request, "gates")
    told = body.model_dump(exclude_none=True)
    spec = applying.one_gate(told, hold.workspace.taxonomy, hold.workspace.settings.score.gate)
    verb = applying.set_gate(hold.slug, spec, by=access.name, origin="api")
    gating.decide(hold)
    noted(request, f"gate.{verb}", f"{spec.stage} {spec.of}")
    return as_json({"did": verb, **spec.as_dict()})


def _asked(request: HttpRequest, stage: str, of: str, ref: str) -> JsonResponse:
    _access, hold = _who(request, "gates")
    try:
        answer = gating.asked(hold, stage, of, ref)
    except QuestionError as error:
        raise _missing(error.what, error.todo) from error
    noted(request, "gate.asked", ref)
    return as_json(answer)


@router.get("/gates/{stage}/accounts/{path:ref}", response=None, summary="May this account renew automatically?")
@asks("read")
def account(request: HttpRequest, stage: str, ref: str) -> JsonResponse:
    """Answer `pass`, `hold` or `unsure`, with reasons; `may_pass` is false only where it is held."""
    return _asked(request, stage, "account", ref)


@router.get("/gates/{stage}/persons/{path:ref}", response=None, summary="May this person pass?")
@asks("read")
def person(request: HttpRequest, stage: str, ref: str) -> JsonResponse:
    """Answer `pass`, `hold` or `unsure`, with reasons; `may_pass` is false only where they are held."""
    return _asked(request, stage, "person", ref)


@router.post("/gates/{stage}/{of}/{path:ref}/release", response=None, summary="Let somebody who is held pass")
@asks("cases")
def release(
    request: HttpRequest, stage: str, of: Literal["accounts", "persons"], ref: str, body: Releasing
) -> JsonResponse:
    """Let somebody pass who is held; who did it and why is kept."""
    access, hold = _who(request, "gates")
    gate = Gate.objects.filter(workspace=hold.slug, stage=stage, of=of.removesuffix("s")).first()
    if gate is None:
        raise _missing(f"there is no gate for {of} before {stage!r}")
    gating.release(gate, ref, access.name, body.why, timezone.now())
    noted(request, "gate.released", ref)
    return as_json({"released": ref})
