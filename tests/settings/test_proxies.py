"""Proxies: the two tests that placement runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import SettingsError
from touchline.settings import Drop, Settings, Threshold


def proxy(when: str) -> Settings:
    return Settings.parse(f"[[proxies]]\nname = 'p'\nstage = 'support'\nwhen = '{when}'")


def test_a_proxy_is_a_threshold_or_a_drop() -> None:
    (slow,) = proxy("wait_minutes > 2 * target(30)").proxies
    assert (slow.kind, slow.sentiment, slow.stage, slow.touchpoint) == ("threshold", -1, "support", None)
    assert slow.test == Threshold("wait_minutes", ">", 60.0)
    (gone,) = proxy("log-ins down 50 % in 28 d").proxies
    assert gone.kind == "drop"
    assert isinstance(gone.test, Drop)
    assert (gone.test.event, gone.test.share, gone.test.window_days) == ("log-ins", 0.5, 28.0)
    assert gone.test.counts("log_in", "event")
    assert not gone.test.counts("log_out", "event")


@pytest.mark.parametrize("when", ["usage up 30 %", "tier = vip", "a > 1 and b > 1", "no login for 30 d", "nps < 3"])
def test_other_rules_are_no_proxies(when: str) -> None:
    with pytest.raises(SettingsError, match="a proxy's rule is one condition"):
        proxy(when)


@given(st.lists(st.floats()), st.floats(-10, 10))
def test_a_threshold_holds_where_python_says_so(values: list[float], limit: float) -> None:
    array = np.array(values, dtype=float)
    compare = {
        ">": float.__gt__,
        ">=": float.__ge__,
        "<": float.__lt__,
        "<=": float.__le__,
        "=": float.__eq__,
    }
    for operator, python in compare.items():
        assert Threshold("m", operator, limit).holds(array).tolist() == [python(v, limit) for v in values]  # type: ignore[arg-type]
    different = Threshold("m", "!=", limit).holds(array).tolist()
    assert different == [v == v and v != limit for v in values]


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200))), st.integers(1, 100))
def test_a_drop_holds_from_its_share_on(counts: list[tuple[int, int]], percent: int) -> None:
    before, after = np.array(counts, dtype=np.int64).reshape(-1, 2).T
    holds = Drop("login", float(percent), 28.0).holds(before, after).tolist()
    assert holds == [b > 0 and (b - a) * 100 >= percent * b for b, a in counts]
