"""The default keeps its promise of false alarms where weekdays differ and customers repeat, and is nearly the best."""

import numpy as np
import pytest
from benchmarks.detection import FIRST, LEARNT, PATIENCE, default_delays, delays, dropping, median, peak_bound, quiet
from benchmarks.detection_rules import cusum, watched
from benchmarks.detection_worlds import world

from touchline.detection.base import DAY, MONTH, evidence
from touchline.detection.shift import Shift


def rate(per_day, worlds, days, seed=5, repeats=0.3, learnt=LEARNT, **given):
    """False alarms of the default, as a share of those allowed."""
    rng, alarms, patience = np.random.default_rng(seed), 0, 40.0
    for _ in range(worlds):
        seen = world(rng, learnt + days, per_day, repeats=repeats).evidence()
        cut = int(np.searchsorted(seen.at, (FIRST + learnt) * DAY))
        watch = Shift(patience=patience, **given)
        alarms += len(watch.run(watch.start(seen[:cut]), seen[cut:])[1])
    return alarms * patience / (worlds * days)


def test_false_alarms_stay_within_the_budget_and_a_drop_is_seen_nearly_as_soon_as_can_be():
    found, seen = quiet(60, 6, 12, seed=3)
    assert found <= 1.4 * MONTH / PATIENCE  # 9 may come in these 72 months
    worlds = dropping(60, 15, 25, seed=4)
    changes = [one.change for one in worlds]
    ours = median(default_delays(worlds, 0.10))
    paths = [cusum(watched(one.made.evidence(one.change, 0.10), FIRST, FIRST + LEARNT), 0.10) for one in worlds]
    best = median(delays(paths, changes, peak_bound(seen, 0.10, max(found * 72, 0.5), true=False)))
    assert ours <= 1.6 * best  # the bench holds it to 1.5, on more worlds
    assert ours < 7


def test_customers_who_repeat_themselves_do_not_raise_alarms():
    held = rate(20, 3, 400, repeats=3.0)
    assert held <= 1.1
    assert rate(20, 3, 400, repeats=3.0, once=0) > 1.5 * max(held, 0.5)


def test_a_short_past_costs_no_false_alarms():
    assert rate(20, 5, 250, learnt=28) <= 1.4


def test_a_long_quiet_past_does_not_slow_it():
    rng = np.random.default_rng(2)
    taken = []
    for quiet_items in (500, 20_000):
        past = evidence(np.arange(8000) * 432, rng.random(8000) < 0.7)
        after = []
        for _ in range(7):
            x = rng.random(quiet_items + 2000) < np.where(np.arange(quiet_items + 2000) < quiet_items, 0.7, 0.6)
            live = evidence((8000 + np.arange(len(x))) * 432, x)
            watch = Shift(patience=200)
            alarms = watch.run(watch.start(past), live)[1]
            change = (8000 + quiet_items) * 432
            after.append(next((one.at - change) / 432 for one in alarms if one.at >= change))
        taken.append(np.median(after))
    assert taken[1] < 1.5 * taken[0]
    assert max(taken) < 600


def test_it_tells_since_when_and_how_far():
    rng = np.random.default_rng(8)
    past = evidence(np.arange(8000) * 864, rng.random(8000) < 0.7)
    x = rng.random(1200) < np.repeat([0.7, 0.5], 600)
    watch = Shift(patience=120, side="both")
    state, alarm = watch.step(watch.start(past), evidence((8000 + np.arange(1200)) * 864, x))
    change = (8000 + 600) * 864
    assert abs(alarm.since - change) < 2 * DAY < alarm.at - change + 2 * DAY < 5 * DAY
    assert alarm.before == pytest.approx(0.7, abs=0.02)
    assert alarm.low < 0.5 < alarm.high < 0.7
    assert 0.5 < alarm.how_sure < 1
    assert alarm.calm_at >= alarm.at + 7 * DAY
    rising = Shift(patience=120, side="rise")
    assert rising.run(rising.start(past), evidence((8000 + np.arange(1200)) * 864, x))[1] == []
    fired, together = watch.fire(state, int(alarm.at + DAY))
    assert watch.standing(fired) == 0 <= watch.standing(state) <= 1
    assert together.at == alarm.at + DAY


def test_a_theme_s_share_that_doubles_is_a_rise():
    rng = np.random.default_rng(1)
    past = evidence(np.arange(6000) * 864, rng.random(6000) < 0.05)
    live = evidence((6000 + np.arange(1500)) * 864, rng.random(1500) < 0.12)
    watch = Shift(patience=243, side="rise")
    alarm = watch.step(watch.start(past), live)[1]
    assert alarm.before == pytest.approx(0.05, abs=0.01)
    assert alarm.after > 0.09


def test_without_a_past_it_learns_before_it_speaks():
    rng = np.random.default_rng(0)
    watch = Shift()
    state, alarms = watch.run(watch.start(), evidence(np.arange(60) * 8640, rng.random(60) < 0.5))
    assert alarms == []
    assert state["bets"] is None
    assert watch.standing(state) == 0
    state, _ = watch.tick(state, 10 * DAY)
    assert state["day"] == 10
