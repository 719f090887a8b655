"""The other detectors, each in the world that it is for and in one where it must be quiet."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from touchline.detection.base import DAY, evidence
from touchline.detection.baseline import nothing, passed, queued, sums, usual
from touchline.detection.drift import drifted
from touchline.detection.drop import Drop
from touchline.detection.reach import Volume, detectable
from touchline.detection.sequential import Sequential
from touchline.detection.severe import Severe, reasons
from touchline.detection.silence import Silence
from touchline.detection.spike import Spike
from touchline.detection.threshold import Threshold
from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.scores.drift import SCHEMA

MONDAY = 19_723  # 2024-01-01


def daily(rng, levels, per_day, first=MONDAY):
    """Touches of days in a row, each with its level."""
    n = rng.poisson(per_day, len(levels))
    at = np.repeat(first + np.arange(len(levels)), n) * DAY + rng.integers(0, DAY, n.sum())
    value = rng.random(n.sum()) < np.repeat(levels, n)
    order = np.argsort(at, kind="stable")
    return evidence(at[order], value[order])


def test_the_usual_level_knows_weekdays_and_shrinks_chance():
    rng = np.random.default_rng(0)
    apart = np.tile([0.5, 0.7, 0.7, 0.7, 0.7, 0.7, 0.8], 26)
    for levels, spread in ((apart, 0.2), (np.full(182, 0.7), 0.03)):
        seen, past = daily(rng, levels, 40), nothing()
        for day in range(MONDAY, MONDAY + 182):
            own = seen[seen.at // DAY == day]
            past = queued(past, day, 1.0, sums(own.value, own.weight))
        known = usual(passed(past, MONDAY + 182, MONDAY, 0, 365))
        assert known.mean == pytest.approx(levels.mean(), abs=0.02)
        if spread > 0.1:
            assert known.level == pytest.approx(levels[:7], abs=0.05)
        else:
            assert np.ptp(known.level) < spread
        assert known.dispersion < 1.5
        assert known.error == pytest.approx(np.sqrt(0.2 / 7280), rel=0.5)


def test_a_confidence_sequence_holds_at_all_times_at_once():
    rng, missed = np.random.default_rng(0), 0
    for _ in range(200):
        watch = Sequential(level=0.6, alpha=0.1, side="both", once=0)
        x = rng.choice([0.0, 0.5, 1.0], 1500, p=[0.3, 0.2, 0.5])
        missed += watch.step(watch.start(), evidence(np.arange(1500), x))[1] is not None
    assert missed <= 20  # one in ten may; it is cautious
    watch = Sequential(level=0.6, side="drop")
    state, alarm = watch.step(watch.start(), evidence(np.arange(1500), rng.random(1500) < 0.5))
    low, high = watch.interval(state)
    assert alarm is not None
    assert low < 0.5 < high < 0.6
    with pytest.raises(QuestionError):
        Sequential().start()


def test_a_threshold_waits_for_enough_and_tells_once_until_it_was_back():
    watch = Threshold(level=0.6, least_n=10, days=7)
    bad, good = np.zeros(12), np.ones(40)
    x = np.concatenate([bad, good, np.zeros(60)])
    _, alarms = watch.run(watch.start(), evidence(np.arange(len(x)) * 60, x))
    assert [one.detail["n"] for one in alarms] == [10, 67]
    assert Threshold(level=0.6, least_n=200).run(watch.start(), evidence(np.arange(len(x)) * 60, x))[1] == []


def test_a_bad_season_that_comes_every_year_is_no_drop():
    rng = np.random.default_rng(1)
    year = np.full(364, 0.7)
    year[340:354] = 0.55  # two bad weeks before the holidays
    levels = np.concatenate([year, year])
    seen = daily(rng, levels, 60)
    cut = np.searchsorted(seen.at, (MONDAY + 696) * DAY)
    found = {}
    for season in (True, False):
        watch = Drop(patience=243, season=season)
        alarms = watch.run(watch.start(seen[:cut]), seen[cut:])[1]
        found[season] = [one for one in alarms if one.at > (MONDAY + 364 + 341) * DAY]
    assert not found[True]
    assert found[False]
    assert found[False][0].after < 0.66


def test_a_spike_is_more_than_its_hours_let_expect_and_one_who_writes_fifty_mails_is_none():
    rng = np.random.default_rng(2)
    patience, alarms, days = 30.0, 0, 300
    rate = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 3.0, 0.2)

    def come(first, days, times=1.0):
        hours = rng.poisson(np.tile(rate * times, days))
        at = np.repeat(first * 24 + np.arange(days * 24), hours) * 3600
        return evidence(np.sort(at + rng.integers(0, 3600, len(at))), np.zeros(len(at)))

    watch = Spike(patience=patience)
    begun = watch.start(come(MONDAY, 84))
    for _ in range(4):
        alarms += len(watch.run(begun, come(MONDAY + 84, days))[1])
    assert alarms <= 1.3 * 4 * days / patience
    alarm = watch.step(begun, come(MONDAY + 84, 2, times=2.0))[1]
    assert alarm.at < (MONDAY + 85) * DAY
    assert alarm.detail["times"] > 1.5
    noon = (MONDAY + 84) * DAY + 12 * 3600
    mails = evidence(noon + np.arange(50), np.zeros(50), customer=np.ones(50, np.uint64))
    assert watch.step(begun, mails)[1] is None


def test_silence_is_measured_against_the_source_s_own_cadence():
    nightly = np.concatenate([(MONDAY + day) * DAY + 2 * 3600 + np.arange(40) for day in range(60)])
    office = np.concatenate(
        [(MONDAY + day) * DAY + 9 * 3600 + np.arange(0, 8 * 3600, 600) for day in range(60) if day % 7 < 5]
    )
    for at, quiet_until, told_by in ((nightly, 25, 60), (office, 14, 40)):
        watch = Silence(patience=60)
        state = watch.start(evidence(at, np.zeros(len(at))))
        last = int(at.max())
        for hours in range(1, quiet_until):
            assert watch.tick(state, last + hours * 3600)[1] is None, hours
        after, alarm = watch.tick(state, last + told_by * 3600 + 48 * 3600 * (at is office))
        assert alarm is not None
        assert alarm.since == last
        assert watch.tick(after, last + 200 * 3600)[1] is None, "one silence is told once"
        again, none = watch.run(after, evidence([last + 201 * 3600], [0]))
        assert none == []
        assert not again["told"]


def test_severe_items_are_told_each_and_why():
    assert reasons(severity=3, sentiment=-1, intent="complaint", text="The charger exploded in my hand") == ("safety",)
    assert reasons(severity=2, sentiment=-1, intent="complaint", text="I will call the ombudsman") == ("regulator",)
    assert reasons(severity=1, sentiment=-1, intent="cancel", text="Please end it") == ("churn",)
    assert reasons(severity=3, sentiment=-1, intent="complaint", text="Mein Anwalt meldet sich, ich kündige") == (
        "legal",
        "churn",
    )
    assert reasons(severity=3, sentiment=-1, intent="complaint", text="It is bad") == ("severe",)
    assert reasons(severity=2, sentiment=-1, intent="complaint", text="It is late") == ()
    watch = Severe()
    state, first = watch.run(watch.start(), evidence([1, 2], [0, 0], customer=[5, 5]))
    _, later = watch.run(state, evidence([8 * DAY], [0], customer=[5]))
    assert len(first) == len(later) == 1


def test_drift_is_told_once_and_again_when_another_measure_joins():
    row = dict.fromkeys(SCHEMA.names) | {
        "measure": "unassigned share", "tells": "reading", "verdict": "drifted", "reference": 0.1, "recent": 0.3,
        "change": 0.2, "low": 0.15, "high": 0.25, "p_adjusted": 0.001, "n": 900,
    }  # fmt: skip
    found = Figure("drift", pa.Table.from_pylist([row], SCHEMA), "", facts={"since": date(2026, 1, 1)})
    alarm = drifted(found, 10**10)
    assert (alarm.before, alarm.after, alarm.detail["measures"]) == (0.1, 0.3, ["unassigned share"])
    assert drifted(found, 10**10, alarm.detail["measures"]) is None
    assert drifted(found, 10**10, ["stage mix"]) is not None


def test_it_says_what_cannot_be_seen():
    found = detectable(14, monitors=8)
    assert [row["within"] for row in found.to_dicts()] == [False, False, True, True, True]
    assert found.meaning.startswith("A drop of 3 points is not detectable within 60 days at 14 touches a day")
    assert detectable(2000, monitors=8, drop=3).meaning.startswith("A drop of 3 points is seen within about")
    volume = Volume(200, 243.5, 0.2)
    b = np.linspace(0.01, 12, 5)  # the bound's own equation, solved forwards
    for height in b[1:]:
        information = (np.expm1(height) - height) / (243.5 * 200)
        drop = np.sqrt(2 * 0.2 * information)
        assert volume.bound(drop) == pytest.approx((np.exp(-height) + height - 1) / information / 200, rel=1e-6)
    assert all(volume.days(d) >= volume.bound(d) for d in (0.02, 0.05, 0.1, 0.2))
    assert volume.days(volume.smallest(60)) <= 60
    for wrong in ({"n_per_day": 0}, {"n_per_day": 9, "base": 100}, {"n_per_day": 9, "drop": 0}):
        with pytest.raises(QuestionError):
            detectable(**wrong)
