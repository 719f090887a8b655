"""Alarms into alerts: one for each incident, however many monitors notice, and closed by itself when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from touchline.server.monitoring import story
from touchline.server.monitoring.models import Alert, Firing, Monitor
from touchline.server.monitoring.spec import DAYS, Spec
from touchline.server.monitoring.telling import AlertEvent, AlertNotice, tell_alert

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.monitoring.watching import Found

#: Those who listen are told of an alert that goes on so often at most.
AGAIN: Final = timedelta(hours=24)
#: A severe item's alert is over after so long without another.
_SEVERE_CALM: Final = timedelta(days=7)


def told(local: Local, found: list[Found], now: datetime) -> dict[int, dict[str, Any]]:
    """Return the story of each alarm, by its place in the list; asked of the warehouse before anything is written."""
    return {
        number: story.told_of(local, one.spec, one.alarm, _moment(one.alarm.since), now)
        for number, one in enumerate(found)
    }


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def write(slug: str, found: list[Found], told: dict[int, dict[str, Any]], now: datetime) -> list[AlertNotice]:
    """Write alarms down as alerts, and tell those who listen; inside the caller's transaction."""
    notices: list[AlertNotice | None] = []
    touched: dict[int, tuple[Alert, AlertEvent]] = {}
    for number, one in enumerate(found):
        made = told[number]
        alert = Alert.objects.select_for_update().filter(workspace=slug, place=one.spec.place, closed_at=None).first()
        if alert is None:
            alert = _opened(slug, one, made, now)
            touched[alert.pk] = (alert, "opened")
        else:
            _updated(alert, one, made, now)
            _, event = touched.get(alert.pk, (alert, "updated"))
            touched[alert.pk] = (alert, event)
        detail = {**made["detail"], "how_sure": made["how_sure"], "before": made["before"], "after": made["after"]}
        Firing.objects.create(alert=alert, monitor=one.monitor.name, at=now, detail=detail)
    for alert, event in touched.values():
        if event == "opened" or alert.told_at is None or now - alert.told_at >= AGAIN:
            notices.append(_tell(alert, event, now))
    return [notice for notice in notices if notice is not None]


def _opened(slug: str, one: Found, made: dict[str, Any], now: datetime) -> Alert:
    spec, monitor = one.spec, one.monitor
    muted = monitor.muted_until is not None and monitor.muted_until > now
    return Alert.objects.create(
        workspace=slug, place=spec.place, stage=spec.stage, kind=spec.kind, metric=spec.watch, opened_at=now,
        since=_moment(one.alarm.since), updated_at=now, calm_at=_calm(one, now), muted=muted, owner=spec.owner,
        **_numbers(made),
    )  # fmt: skip


def _updated(alert: Alert, one: Found, made: dict[str, Any], now: datetime) -> None:
    """Add an alarm to an open alert: the story is that of whoever noticed first, told anew."""
    alert.times += 1
    alert.updated_at = now
    alert.calm_at = max(alert.calm_at, _calm(one, now))
    same = alert.story.get("spec") == one.spec.as_dict()
    if same or (alert.kind == "severe" and one.spec.kind != "severe"):
        first = alert.story.get("before")
        numbers = _numbers(made)
        if same and alert.kind != "severe" and first is not None:  # against what was before the whole incident
            numbers["before"] = first
            numbers["story"]["before"] = first
        if same and alert.kind == "severe":
            numbers["n"] += alert.n
        for name, value in numbers.items():
            setattr(alert, name, value)
        alert.kind, alert.metric = one.spec.kind, one.spec.watch
    alert.since = min(alert.since, _moment(one.alarm.since)) if same else alert.since
    alert.save()


def _numbers(made: dict[str, Any]) -> dict[str, Any]:
    names = ("before", "after", "low", "high", "n", "customers")
    return {name: made[name] for name in names} | {"how_sure": story.sure(made["how_sure"]), "story": made}


def _calm(one: Found, now: datetime) -> datetime:
    if one.spec.kind == "severe":
        return now + _SEVERE_CALM
    length = _moment(one.alarm.calm_at) - _moment(one.alarm.at)
    return now + length


def by_the_clock(slug: str, now: datetime, zone: str) -> list[AlertNotice]:
    """Close what is over, tell what had to wait for its hours, pass on what nobody took on."""
    notices: list[AlertNotice | None] = []
    for alert in Alert.objects.select_for_update().filter(workspace=slug, closed_at=None):
        spec = Spec.of(alert.story["spec"])
        if alert.calm_at <= now and alert.kind != "silence":  # that one is over when something comes
            notices.append(close(alert, "recovered", now))
        elif alert.told_at is None and not alert.muted and in_hours(spec, now, zone):
            notices.append(_tell(alert, "opened", now, zone=zone))
        elif _unanswered(alert, spec, now):
            alert.escalated_at, alert.owner = now, spec.escalate_to
            alert.save()
            notices.append(_tell(alert, "escalated", now))
    return [notice for notice in notices if notice is not None]


def _unanswered(alert: Alert, spec: Spec, now: datetime) -> bool:
    if not spec.escalate_hours or alert.escalated_at or alert.acknowledged_at or alert.muted or alert.told_at is None:
        return False
    return now - alert.told_at >= timedelta(hours=spec.escalate_hours)


def close(alert: Alert, why: str, now: datetime) -> AlertNotice | None:
    """Close an alert, and tell those who were told that it had opened."""
    alert.closed_at, alert.closed_why = now, why
    alert.save()
    return _tell(alert, "closed", now) if alert.told_at is not None else None


def recovered(slug: str, places: list[str], now: datetime) -> list[AlertNotice]:
    """Close the alerts of silence of some sources: something came."""
    found = Alert.objects.select_for_update().filter(workspace=slug, place__in=places, kind="silence", closed_at=None)
    return [notice for alert in found if (notice := close(alert, "recovered", now)) is not None]


def in_hours(spec: Spec, now: datetime, zone: str) -> bool:
    """Tell whether a monitor's alerts may be told at a moment.

    >>> at = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)  # a Monday
    >>> office = Spec("a", days=("mon",), start="08:00", end="18:00")
    >>> in_hours(office, at, "Europe/Berlin"), in_hours(office, at, "UTC")
    (True, False)
    """
    there = now.astimezone(ZoneInfo(zone))
    if spec.days and DAYS[there.weekday()] not in spec.days:
        return False
    return not spec.start or spec.start <= there.strftime("%H:%M") < spec.end


def _tell(alert: Alert, event: AlertEvent, now: datetime, zone: str = "") -> AlertNotice | None:
    """Tell those who listen, unless the alert is muted or it is not the time; None where nobody was told."""
    if alert.muted:
        return None
    spec = Spec.of(alert.story["spec"])
    if event == "opened" and not in_hours(spec, now, zone or _zone(alert.workspace)):
        return None
    if event == "updated" and alert.told_at is None:
        return None
    if event in ("opened", "updated"):
        alert.told_at = now
        alert.save()
    notice = notice_of(alert, event)
    tell_alert(notice)
    return notice


def _zone(slug: str) -> str:
    from touchline.server.workspaces.facade import held

    return held(slug).workspace.settings.workspace.timezone


def notice_of(alert: Alert, event: AlertEvent) -> AlertNotice:
    """Return what is told of an alert."""
    made = alert.story
    monitors = tuple(dict.fromkeys(alert.firings.values_list("monitor", flat=True)))
    return AlertNotice(
        event=event, workspace=alert.workspace, id=alert.pk, place=alert.place, stage=alert.stage, title=made["title"],
        text=story.sentences(made, alert.since), url=reverse("alert", args=[alert.workspace, alert.pk]),
        kind=alert.kind, metric=alert.metric, since=alert.since, before=alert.before, after=alert.after,
        customers=alert.customers, causes=tuple(one["theme"] for one in made["causes"]), owner=alert.owner,
        monitors=monitors, more={"times": alert.times, "how_sure": alert.how_sure, "closed_why": alert.closed_why},
    )  # fmt: skip


def affected(alert: Alert, local: Local, now: datetime) -> list[str]:
    """Return the references of the customers who are affected by an alert, in order."""
    spec = Spec.of(alert.story["spec"])
    until = (alert.closed_at or now) + timedelta(days=1)
    keys = story.affected(local, spec, alert.since, until)
    import pyarrow as pa

    found = local.workspace.warehouse.having("customers", "customer_key", pa.array(keys, pa.int64()))
    return sorted(ref for ref in found["customer_ref"].to_pylist() if ref is not None)


def mute(monitor: Monitor, until: datetime | None) -> None:
    """Let a monitor's alerts be told nobody until a moment; None lets them be told again."""
    monitor.muted_until = until
    monitor.save(update_fields=["muted_until", "changed_at"])
