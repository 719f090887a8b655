"""A state is plain JSON, and evidence one by one, by the drain or all at once comes to the same."""

import json
from dataclasses import fields

import numpy as np
import pytest

from touchline.detection import detector, evidence, kinds
from touchline.detection.base import DAY, joined
from touchline.errors import QuestionError

DAYS = 75
ZONE = "Europe/Berlin"


def touches(seed=0, days=DAYS, per_day=10, level=0.7, later=0.25):
    rng = np.random.default_rng(seed)
    n = days * per_day
    at = np.sort(rng.integers(0, days * DAY, n)) + 19_800 * DAY
    at = at - rng.integers(0, 3, n) * 1800 * (rng.random(n) < 0.1)  # some come late
    value = (rng.random(n) < np.where(np.arange(n) < 0.8 * n, level, later)).astype(float)
    return evidence(at, value, rng.choice([0.5, 1.0, 3.0], n), rng.integers(0, 6 * per_day, n))


def close(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float) and not isinstance(other, bool) and other is not None:
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return one == other


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_any_batching_comes_to_the_same(kind):
    known = {each.name for each in fields(kinds()[kind])}
    made = detector(kind, {"zone": ZONE, **({"patience": 20.0} if "patience" in known else {})})
    everything = touches()
    past, live = everything[: len(everything) // 2], everything[len(everything) // 2 :]
    begun = json.loads(json.dumps(made.start(past)))
    at_once, alarms = made.run(begun, live)
    rng = np.random.default_rng(1)
    for cuts in (range(1, len(live)), np.sort(rng.integers(0, len(live), 30)), [0, 0, len(live)]):
        state, found = begun, []
        for low, high in zip([0, *cuts], [*cuts, len(live)], strict=True):
            state, more = made.run(json.loads(json.dumps(state)), live[low:high])
            found += more
        assert close(state, at_once), kind
        assert [one.at for one in found] == [one.at for one in alarms]
        assert all(close(a.as_json(), b.as_json()) for a, b in zip(found, alarms, strict=True))
    if kind not in ("silence", "spike"):
        assert alarms, "the level fell from 70 to 25"
        assert made.step(begun, live)[1].as_json() == alarms[0].as_json()
        assert all(one.since <= one.at and 0 <= one.low <= one.high <= 1 for one in alarms)
    assert begun == json.loads(json.dumps(made.start(past))), "a state that was given is not changed"


def test_evidence_says_what_is_wrong_with_it():
    assert len(joined(evidence([1], [0]), evidence([2], [1]))) == 2
    for wrong in (([1, 2], [0]), ([1], [1.5]), ([1], [float("nan")]), ([1], [0], [-1.0]), ([1], [0], [float("inf")])):
        with pytest.raises(QuestionError):
            evidence(*wrong)


def test_detectors_refuse_what_they_cannot_work_with():
    with pytest.raises(QuestionError, match="did you mean 'shift'"):
        detector("shfit")
    with pytest.raises(QuestionError, match="did you mean 'patience'"):
        detector("shift", {"patienc": 3})
    for kind, wrong in (
        ("shift", {"patience": 0}), ("shift", {"side": "down"}), ("shift", {"least": 0.5}), ("shift", {"once": -1}),
        ("threshold", {"level": 60}), ("drop", {"days": 0}), ("changepoint", {"days": 5}), ("silence", {"hours": -1}),
        ("sequential", {"alpha": 1.0}), ("severe", {"quiet_days": 0.5}), ("spike", {"memory": float("nan")}),
    ):  # fmt: skip
        with pytest.raises(QuestionError):
            detector(kind, wrong)
