"""What a budget promises."""

import numpy as np
import pytest

from touchline.detection.base import MONTH
from touchline.detection.budget import family, split
from touchline.detection.restarting import walk
from touchline.errors import QuestionError


def test_shares_add_up_to_the_budget():
    patience = split([str(i) for i in range(300)], 2.0, {"7": 4})
    assert sum(MONTH / days for days in patience.values()) == pytest.approx(2.0)
    assert patience["7"] == pytest.approx(patience["8"] / 4)
    for wrong in ({"per_month": 0}, {"shares": {"a": 0}}):
        with pytest.raises(QuestionError):
            split(["a"], **wrong)


def test_a_family_sees_together_what_none_sees_alone():
    assert family(dict.fromkeys("abcdefghij", 0.11)) == list("abcdefghij")
    assert family(dict.fromkeys("abcdefghij", 0.11), among=100) == list("abcdefghij")
    assert family(dict.fromkeys("abcdefghij", 0.09)) == []
    assert family({}) == []
    with pytest.raises(QuestionError):
        family({"a": 1, "b": 1}, among=1)


def test_a_family_errs_no_more_often_than_the_budget():
    """20 monitors, most of them alike: the first false alarm of any comes after the workspace's patience on average."""
    rng, monitors, budget = np.random.default_rng(0), 20, 40.0
    first = []
    for _ in range(60):
        shared = rng.choice([-1.0, 1.0], (1, 400))
        coins = np.where(rng.random((monitors, 400)) < 0.5, shared, rng.choice([-1.0, 1.0], (monitors, 400)))
        standing = np.exp(walk(np.log1p(0.3 * coins), np.zeros(monitors), np.ones(400))) / (monitors * budget)
        days = (t for t in range(400) if family(dict(zip(map(str, range(monitors)), standing[:, t], strict=True))))
        first.append(next(days, 400))
    assert np.mean(first) > budget
