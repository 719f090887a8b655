"""Live data, as they arrive, into the monitors' detectors, and what they find into alerts: all in one transaction.

Monitoring is a second reader of the journal, behind the drain. It remembers the offset up to which it has read; that
position, the detectors' states, the alerts and whatever listeners write down are committed together. A process that is
killed anywhere begins again at the position before, meets the same touches, and comes to the same alerts, once.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import close_old_connections, transaction
from django.utils import timezone

from touchline.detection.base import Alarm, Detector, State
from touchline.detection.budget import family
from touchline.detection.drift import drifted
from touchline.server.monitoring import incidents, reading
from touchline.server.monitoring.defaults import default_gates, defaults
from touchline.server.monitoring.detectors import STATISTICAL, detector_of, learnt, patience
from touchline.server.monitoring.models import BEGINS, Gate, Monitor, Seen, Watch
from touchline.server.monitoring.spec import Spec

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.monitoring.telling import AlertNotice
    from touchline.server.workspaces.facade import Held
    from touchline.warehouse.duckdb import DuckWarehouse

#: A detector's past: what happened so long before it began to watch.
PAST: Final = timedelta(days=120)
_SEEN: Final = timedelta(days=40)
_FRESH: Final = timedelta(days=2)
_EACH_DAY: Final = 86_400
_log = logging.getLogger("touchline.monitoring")
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class Found:
    """An alarm of a monitor.

    Attributes:
        monitor: Whose.
        spec: What it watches; with the source where it watches each.
        alarm: What it says.
    """

    monitor: Monitor
    spec: Spec
    alarm: Alarm


def after_drain(held: Held) -> None:
    """Look at what a drain has brought: a listener of the drain's thread."""
    try:
        look(held)
    finally:
        close_old_connections()


def look(held: Held, now: datetime | None = None, *, clock: bool = False) -> list[AlertNotice]:
    """Let every monitor see what came in live since it looked last.

    Args:
        held: The workspace.
        now: The time; by default the clock's.
        clock: Whether the monitors are also told the time: silence is noticed by the clock alone.

    Returns:
        What there was to tell, in order.
    """
    moment = now or timezone.now()
    with _turns[held.slug]:
        watch = watch_of(held, moment)
        return held.ask(lambda local: _looked(held, local, watch, moment, clock))


def watch_of(held: Held, now: datetime) -> Watch:
    """Return how far a workspace is watched. The first time its default monitors are made, and its past is not news."""
    found = Watch.objects.filter(workspace=held.slug).first()
    if found is not None and found.position >= 0:
        return found
    taxonomy, score = held.workspace.taxonomy, held.workspace.settings.score
    warehouse = held.workspace.warehouse
    accounts = bool(warehouse.value("SELECT count(account_ref) FROM customers"))
    with transaction.atomic():
        watch, _new = Watch.objects.select_for_update().get_or_create(
            workspace=held.slug, defaults={"position": BEGINS, "since": now}
        )
        if watch.position < 0:
            watch.position, watch.derived, watch.since = warehouse.position, warehouse.meta("derived") or "", now
            watch.save()
            for spec in defaults(taxonomy):
                made = {"spec": spec.as_dict(), "origin": "default"}
                Monitor.objects.get_or_create(workspace=held.slug, name=spec.name, defaults=made)
            for gate in default_gates(taxonomy, score.gate, accounts):
                given = {"spec": gate.as_dict(), "origin": "default"}
                Gate.objects.get_or_create(workspace=held.slug, stage=gate.stage, of=gate.of, defaults=given)
    return watch


def _looked(held: Held, local: Local, watch: Watch, now: datetime, clock: bool) -> list[AlertNotice]:
    warehouse = local.workspace.warehouse
    upto, derived = warehouse.position, warehouse.meta("derived") or ""
    if upto <= watch.position and not clock:
        return []
    rows = reading.fresh(warehouse, watch.position, upto)
    rows, seen = _unseen(held.slug, rows)
    monitors = list(Monitor.objects.filter(workspace=held.slug, active=True))
    patient = patience(monitors, watch.budget)
    zone = held.workspace.settings.workspace.timezone
    past = _Past(warehouse, watch.position, now)
    if derived != watch.derived:  # other stages, settings or model: what was learnt holds no more
        for monitor in monitors:
            monitor.state = {}
    found: list[Found] = []
    for monitor in monitors:
        spec = Spec.of(monitor.spec)
        if spec.kind == "drift":
            found += drifting(local, monitor, spec, now) if clock else []
        else:
            found += _stepped(monitor, spec, rows, past, patient, zone, now, clock)
    found += _together(monitors, patient, zone, now)
    told = incidents.told(local, found, now)
    spoken = _spoken(monitors, rows)
    with transaction.atomic():
        mine = Watch.objects.select_for_update().get(pk=watch.pk)
        if mine.position != watch.position:  # another process was here: what it wrote stands
            return []
        mine.position, mine.derived = max(upto, watch.position), derived
        mine.save()
        Seen.objects.bulk_create([Seen(workspace=held.slug, key=key, at=now) for key in seen], ignore_conflicts=True)
        for monitor in monitors:
            Monitor.objects.filter(pk=monitor.pk).update(
                state=monitor.state, looked_at=now, fired=monitor.fired + sum(one.monitor is monitor for one in found)
            )
        notices = incidents.write(held.slug, found, told, now)
        notices += incidents.recovered(held.slug, spoken, now)
        if clock:
            notices += incidents.by_the_clock(held.slug, now, zone)
            Seen.objects.filter(workspace=held.slug, at__lt=now - _SEEN).delete()
    return notices


class _Past:
    """What happened before the watching, read once, and only when a detector has to learn."""

    def __init__(self, warehouse: DuckWarehouse, position: int, now: datetime) -> None:
        self._warehouse, self._position, self._now = warehouse, position, now
        self._rows: reading.Rows | None = None

    @property
    def rows(self) -> reading.Rows:
        """The rows."""
        if self._rows is None:
            self._rows = reading.known(self._warehouse, self._position, PAST)
        return self._rows


def _stepped(
    monitor: Monitor, spec: Spec, rows: reading.Rows, past: _Past, patient: dict[str, float], zone: str, now: datetime,
    clock: bool,
) -> list[Found]:  # fmt: skip
    """Let one monitor see some rows; its state becomes the next one."""
    found: list[Found] = []
    states: dict[str, State] = dict(monitor.state)
    each = parts(spec, rows, states)
    days = patient.get(monitor.name)
    for key, part in each:
        made = detector_of(part, days and days * len(each), zone)
        if key not in states:
            states[key] = learnt(made, reading.evidence_of(part, past.rows))
        state, alarms = made.run(states[key], reading.evidence_of(part, rows))
        if clock:
            state, late = made.tick(state, int(now.timestamp()))
            alarms = [*alarms, *([late] if late else [])]
        states[key] = state
        found += [Found(monitor, part, one_of(alarms))] if alarms else []
    monitor.state = states
    return found


def parts(spec: Spec, rows: reading.Rows, states: dict[str, Any]) -> list[tuple[str, Spec]]:
    """Return what a monitor watches one by one, by name: silence of each source, severe items of each stage."""
    if spec.kind == "silence" and not spec.source:
        names = _values(rows.arrivals, "source")  # a source that only files brought is not waited for
        return [(name, replace(spec, source=name)) for name in sorted({*states, *names})]
    if spec.kind == "severe" and not spec.stage:
        names = _values(rows.touches, "stage")
        return [(name, replace(spec, stage=name)) for name in sorted({*states, *names})]
    return [("", spec)]


def one_of(alarms: list[Alarm]) -> Alarm:
    """Return the alarms that a monitor raised at one look as one: since the first, as the last has it.

    >>> both = [Alarm(9, 5, 0.8, 0.6, 0.5, 0.7, 0.9, {"n": 4}), Alarm(20, 11, 0.8, 0.4, 0.3, 0.5, 0.99, {"n": 3})]
    >>> one_of(both).since, one_of(both).after, one_of(both).detail
    (5, 0.4, {'n': 7})
    """
    last = alarms[-1]
    detail = {name: value for name, value in last.detail.items() if name != "customer"}
    detail["n"] = sum(int(one.detail.get("n", 0)) for one in alarms)
    return replace(last, since=min(one.since for one in alarms), detail=detail)


def drifting(local: Local, monitor: Monitor, spec: Spec, now: datetime) -> list[Found]:
    """Return an alarm where texts, or what is read of them, have drifted: looked at once a day, of live data only."""
    state = monitor.state.get("", {})
    span = local.span()
    if span is None or now.date() - span[1] > _FRESH or now.timestamp() - state.get("looked", 0) < _EACH_DAY:
        return []
    alarm = drifted(local.drift(), int(now.timestamp()), state.get("told", ()))
    measures = alarm.detail["measures"] if alarm else state.get("told", [])
    monitor.state = {"": {"looked": now.timestamp(), "told": list(measures)}}
    return [Found(monitor, spec, alarm)] if alarm else []


def _spoken(monitors: list[Monitor], rows: reading.Rows) -> list[str]:
    """Return the places of silence that are over, as something came."""
    sources = _values(rows.arrivals, "source")
    quiet = any(Spec.of(one.spec).kind == "silence" for one in monitors)
    return [f"source:{name}" for name in sorted(sources)] if quiet else []


def _values(table: pa.Table, name: str) -> set[str]:
    return set(pc.unique(table[name]).to_pylist()) if table.num_rows else set()


def _together(monitors: list[Monitor], patient: dict[str, float], zone: str, now: datetime) -> list[Found]:
    """Return the alarms that several monitors raise together, though none would alone; family-wide as one budget."""
    made: dict[str, tuple[Monitor, Spec, Detector]] = {}
    standing: dict[str, float] = {}
    for monitor in monitors:
        spec = Spec.of(monitor.spec)
        if spec.kind == "shift" and "" in monitor.state:
            one = detector_of(spec, patient.get(monitor.name), zone)
            made[monitor.name] = (monitor, spec, one)
            standing[monitor.name] = one.standing(monitor.state[""])
    among = sum(Spec.of(monitor.spec).kind in STATISTICAL for monitor in monitors)
    found = []
    for name in family(standing, among=among):
        monitor, spec, one = made[name]
        state, alarm = one.fire(monitor.state[""], int(now.timestamp()))
        monitor.state = {**monitor.state, "": state}
        found.append(Found(monitor, spec, alarm))
    return found


def _unseen(slug: str, rows: reading.Rows) -> tuple[reading.Rows, list[int]]:
    """Return the rows without touches and answers that have entered before, and the numbers of those that now do."""
    touches, one = _new(slug, rows.touches, ("conversation_key", "stage"))
    answers, two = _new(slug, rows.answers, ("interaction_id", "question"))
    return reading.Rows(touches, answers, rows.arrivals), [*one, *two]


def _new(slug: str, table: pa.Table, columns: tuple[str, str]) -> tuple[pa.Table, list[int]]:
    if not table.num_rows:
        return table, []
    keys = [number_of(pair) for pair in zip(*(table[name].to_pylist() for name in columns), strict=True)]
    known: set[int] = set()
    for start in range(0, len(keys), 500):  # SQLite takes so many parameters
        part = keys[start : start + 500]
        known |= set(Seen.objects.filter(workspace=slug, key__in=part).values_list("key", flat=True))
    fresh: dict[int, int] = {}
    for place, key in enumerate(keys):
        if key not in known:
            fresh.setdefault(key, place)
    places = np.array(sorted(fresh.values()), np.int64)
    return table.take(pa.array(places)), list(fresh)


def number_of(pair: tuple[Any, Any]) -> int:
    """Return a number of 63 bits for a touch or an answer.

    >>> number_of((1, "delivery")) == number_of((1, "delivery")) != number_of((1, "support"))
    True
    """
    from hashlib import blake2b

    return int.from_bytes(blake2b(repr(pair).encode(), digest_size=8).digest()) >> 1


def at(seconds: int) -> datetime:
    """Return a detector's moment."""
    return datetime.fromtimestamp(seconds, UTC)
