"""What a monitor would have done with the history: when it would have fired, and what it can notice at this volume."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.detection.base import DAY, MONTH, Alarm, Evidence
from touchline.detection.reach import detectable
from touchline.server.monitoring import reading, story
from touchline.server.monitoring.defaults import defaults
from touchline.server.monitoring.detectors import STATISTICAL, detector_of, patience
from touchline.server.monitoring.models import Monitor, Watch
from touchline.server.monitoring.spec import COUNTS, Spec

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.vocabulary.taxonomy import Taxonomy

#: Days of history that a detector learns before the back-test begins.
LEARNING: Final = 90
DAYS: Final = 180


@dataclass(frozen=True, slots=True)
class Firing:
    """An incident that would have been one alert.

    Attributes:
        at: When it would have been noticed.
        since: Since when it was so.
        until: When it would have been over; None while it lasts.
        title: One line.
        before: The level before, as people read it.
        after: The level since.
        times: How many alarms it holds.
        how_sure: In words.
    """

    at: datetime
    since: datetime
    until: datetime | None
    title: str
    before: float | None
    after: float | None
    times: int
    how_sure: str


@dataclass(frozen=True, slots=True)
class Tested:
    """A back-test.

    Attributes:
        spec: The monitor.
        first: The first day that was looked at.
        last: The last.
        firings: What would have been alerts.
        items: How many touches it saw, learning aside.
        per_day: How many a day.
        smallest: The smallest change, in points, that it would notice within `within` days at this volume; None: none.
        within: Days.
        false_alarms: How many by chance it may raise in a year.
    """

    spec: Spec
    first: date
    last: date
    firings: tuple[Firing, ...]
    items: int
    per_day: float
    smallest: float | None
    within: int
    false_alarms: float | None

    @property
    def sentence(self) -> str:
        """What came of it, in a sentence."""
        n = len(self.firings)
        times = "not have fired" if not n else f"have fired {n} time{'s' if n > 1 else ''}"
        return f"From {self.first} to {self.last} it would {times}."

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "monitor": self.spec.as_dict(), "first": self.first.isoformat(), "last": self.last.isoformat(),
            "sentence": self.sentence, "items": self.items, "per_day": round(self.per_day, 2),
            "detectable": self.smallest, "within_days": self.within, "false_alarms_a_year": self.false_alarms,
            "firings": [
                {
                    "at": one.at.isoformat(), "since": one.since.isoformat(),
                    "until": one.until.isoformat() if one.until else None, "title": one.title,
                    "before": one.before, "after": one.after, "times": one.times, "how_sure": one.how_sure,
                }
                for one in self.firings
            ],
        }  # fmt: skip


def backtest(local: Local, slug: str, spec: Spec, *, days: int = DAYS) -> Tested:
    """Let a monitor see the history as it came, day by day, and return what it would have told.

    Args:
        local: The workspace's questions.
        slug: Its slug; the other monitors there share the alarm budget.
        spec: The monitor.
        days: Of history, the last ones; what lies up to `LEARNING` days before them is learnt from.
    """
    span = local.span()
    if span is None:
        day = datetime.now(UTC).date()
        return Tested(spec, day, day, (), 0, 0.0, None, WITHIN, None)
    last = datetime.combine(span[1] + timedelta(days=1), datetime.min.time(), UTC)
    first = max(last - timedelta(days=days), datetime.combine(span[0], datetime.min.time(), UTC) + timedelta(days=14))
    warehouse, taxonomy = local.workspace.warehouse, local.workspace.taxonomy
    learnt = reading.past(warehouse, first - timedelta(days=LEARNING), first)
    seen = reading.past(warehouse, first, last)
    zone = local.workspace.settings.workspace.timezone
    patient = _patience(slug, spec, taxonomy)
    firings: list[Firing] = []
    items = 0
    parts = _parts(spec, learnt, seen)
    for part in parts:
        if part.kind == "drift":  # it is asked of the present only
            continue
        made = detector_of(part, patient and patient * len(parts), zone)
        past, now = reading.evidence_of(part, learnt), reading.evidence_of(part, seen)
        items += len(now)
        _state, alarms = made.run(made.start(past), now)
        if part.kind in ("silence", "threshold"):
            alarms = _ticked(made, past, now, int(first.timestamp()), int(last.timestamp()))
        firings += _incidents(part, alarms, taxonomy, last)
    per_day = items / max((last - first).days, 1)
    return Tested(
        spec, first.date(), span[1], tuple(sorted(firings, key=lambda one: one.at)), items, per_day,
        smallest(local, spec, patient), WITHIN, round(365.25 / patient, 2) if patient else None,
    )  # fmt: skip


WITHIN: Final = 60


def _patience(slug: str, spec: Spec, taxonomy: Taxonomy) -> float | None:
    """Return the monitor's patience beside the others of the workspace, or those that it will begin with."""
    if spec.kind not in STATISTICAL:
        return None
    watch = Watch.objects.filter(workspace=slug).first()
    others = list(Monitor.objects.filter(workspace=slug, active=True))
    if watch is None or watch.position < 0:
        others += [Monitor(name=one.name, spec=one.as_dict()) for one in defaults(taxonomy)]
    others = [one for one in others if one.name != spec.name]
    mine = Monitor(workspace=slug, name=spec.name, spec=spec.as_dict())
    return patience([*others, mine], watch.budget if watch else 1.0)[spec.name]


def _parts(spec: Spec, learnt: reading.Rows, seen: reading.Rows) -> list[Spec]:
    from dataclasses import replace

    import pyarrow.compute as pc

    if spec.kind == "silence" and not spec.source:
        names = {*pc.unique(learnt.arrivals["source"]).to_pylist(), *pc.unique(seen.arrivals["source"]).to_pylist()}
        return [replace(spec, source=name) for name in sorted(names)]
    if spec.kind == "severe" and not spec.stage:
        return [replace(spec, stage=name) for name in sorted(set(pc.unique(seen.touches["stage"]).to_pylist()))]
    return [spec]


def _ticked(made: Any, past: Evidence, now: Evidence, first: int, last: int) -> list[Alarm]:
    """Return the alarms of a detector that is also told the time, an hour at a time."""
    state = made.start(past)
    found: list[Alarm] = []
    for start in range(first, last, 3600):
        rows = now[(now.at >= start) & (now.at < start + 3600)]
        state, alarms = made.run(state, rows)
        state, late = made.tick(state, start + 3600)
        found += [*alarms, *([late] if late else [])]
    return found


def _incidents(spec: Spec, alarms: list[Alarm], taxonomy: Any, last: datetime) -> list[Firing]:
    """Return alarms as incidents: those that follow while one is open belong to it."""
    groups: list[list[Alarm]] = []
    calm = 0
    for alarm in alarms:
        if groups and alarm.at <= calm:
            groups[-1].append(alarm)
            calm = max(calm, _calm(spec, alarm))
        else:
            groups.append([alarm])
            calm = _calm(spec, alarm)
    made = []
    for group in groups:
        first, latest = group[0], group[-1]
        shown, final = story.levels(spec, first), story.levels(spec, latest)
        over = datetime.fromtimestamp(max(_calm(spec, one) for one in group), UTC)
        n = sum(int(one.detail.get("n", 0)) for one in group)
        made.append(
            Firing(
                datetime.fromtimestamp(first.at, UTC), datetime.fromtimestamp(first.since, UTC),
                over if over < last else None, story.title(spec, shown, n, taxonomy), shown.before, final.after,
                len(group), story.sure(first.how_sure),
            )
        )  # fmt: skip
    return made


def _calm(spec: Spec, alarm: Alarm) -> int:
    return alarm.at + 7 * DAY if spec.kind == "severe" else alarm.calm_at


def smallest(local: Local, spec: Spec, patient: float | None) -> float | None:
    """Return the smallest lasting change that is noticed within `WITHIN` days at today's volume, in points; None: none.

    A customer's first touch in a week is what counts (`touchline.detection.reach`).
    """
    span = local.span()
    if patient is None or span is None or spec.watch in COUNTS:
        return None
    until = datetime.combine(span[1] + timedelta(days=1), datetime.min.time(), UTC)
    seen = reading.evidence_of(spec, reading.past(local.workspace.warehouse, until - timedelta(days=WITHIN), until))
    if len(seen) < 2:
        return None
    weeks = np.unique(np.stack([seen.customer.astype(np.int64), seen.at // (7 * DAY)]), axis=1).shape[1]
    base = min(max(100 * float(np.average(seen.value, weights=seen.weight)), 1.0), 99.0)
    variance = max(float(np.var(seen.value)), 0.01)
    found = detectable(weeks / WITHIN, MONTH / patient, base, within=WITHIN, variance=variance).facts["smallest"]
    return round(float(found), 1) if found < base else None
