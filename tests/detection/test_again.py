"""What customers say again: measured against what they said before, in any batching, and older states go on."""

import json

import numpy as np
from benchmarks.detection_worlds import FIRST, world

from touchline.detection.again import TURNS, lines, paired, passed, turns
from touchline.detection.base import DAY, evidence
from touchline.detection.once import first_of
from touchline.detection.shift import Shift


def test_turns_and_what_was_said_before_against_counting_by_hand():
    rng = np.random.default_rng(0)
    seen, met = [], {}
    for day in np.sort(rng.integers(0, 30, 60)).tolist():
        who, value = rng.integers(0, 25, 6).astype(np.uint64), rng.choice([0.0, 0.5, 1.0], 6)
        told = []
        for i, key in enumerate(who.tolist()):
            since, said = met.get(key, (-99, []))
            if since <= day - 7:
                since, said = day, []
            if len(said) < TURNS:
                told.append((i, len(said), np.mean(said) if said else 0.0, day - since))
                met[key] = since, [*said, value[i]]
        seen, which = turns(seen, day, who, value, 7)
        np.testing.assert_array_equal(np.stack([which.place, which.turn, which.days]), np.array(told)[:, [0, 1, 3]].T)
        np.testing.assert_allclose(which.before, np.array(told)[:, 2], atol=0.01)


def test_a_line_hangs_on_nothing_that_was_said_before():
    rng = np.random.default_rng(1)
    seen, table, rest = [], np.zeros((TURNS - 1, 7)), []
    for day in range(0, 4000, 7):
        who, own = np.repeat(np.arange(8), 3).astype(np.uint64), np.repeat(rng.beta(2, 2, 8), 3)
        value = (rng.random(24) < own).astype(float)
        seen, which = turns(seen, day, who, value, 7)
        if day > 3000:
            found = lines(table)
            later = which[np.flatnonzero(which.turn)]
            expected = 0.5 + found.expected(later.turn, later.before)[0]
            rest.append(np.stack([value[later.place] - expected, later.before], axis=1))
        table = passed(table, paired(which, value, np.ones(24)), 0.5)
    left, before = np.concatenate(rest).T
    assert abs(left.mean()) < 0.03
    assert abs(np.corrcoef(left, before)[0, 1]) < 0.05
    assert (lines(table).slope > 0.15).all()


def test_a_state_of_an_older_version_goes_on_with_its_past_and_new_bets():
    rng = np.random.default_rng(2)
    everything = world(rng, 120, 30).evidence()
    cut = int(np.searchsorted(everything.at, (FIRST + 90) * DAY))
    watch = Shift(patience=90)
    old = json.loads(json.dumps(watch.start(everything[:cut])))
    del old["past"]["again"]
    today = int(everything.at[cut - 1] // DAY)
    old["seen"] = first_of([], today, everything.customer[cut - 40 : cut], 7)[0]
    old["past"]["queue"] = [entry[:8] for entry in old["past"]["queue"]]
    kinds = 4
    old["bets"] = {"prior": [0.25] * kinds, "r": [1.0] * kinds, "c": [0.0] * kinds, "since": [None] * kinds,
                   "gone": [[0.0] * 3] * kinds}  # fmt: skip
    assert 0 < watch.standing(old) < 1
    state, _ = watch.run(old, everything[cut:])
    assert len(state["bets"]["r"]) == 2
    assert "again" in json.loads(json.dumps(state))["past"]
    later = evidence(everything.at[-1] + 600 * np.arange(400), np.zeros(400))
    assert watch.run(state, later)[1]
