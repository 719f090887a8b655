"""The impact of a change: against plain arithmetic, a planted effect, and where nothing was planted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import QuestionError
from touchline.value.basis import Basis, basis
from touchline.value.impact import impact
from touchline.value.linear import line
from touchline.value.observed import observed
from touchline.warehouse.index.frames import journeys_of

START = datetime(2026, 1, 1)
CHANGE = "2026-05-01"
CHANGED = (datetime(2026, 5, 1) - START).days


def world(seed: int = 0, customers: int = 600, effect: float = 0.0, drift: float = 0.0, mix: float = 0.0) -> Basis:
    """Two regions whose customers speak every few weeks; emea's mood rises by the effect, or drifts all along.

    ``mix``: vips, who gain by it after the change wherever they are, are commoner in emea.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number in range(customers):
        emea = number % 2 == 0
        vip = bool(rng.random() < (0.7 if emea else 0.3))
        mood = rng.normal(0, 0.6)
        for day in np.sort(rng.uniform(0, 240, 6)).tolist():
            after = day >= CHANGED
            lift = effect * (emea and after) + drift * emea * day / 240 + mix * (vip and after)
            felt = mood + lift + rng.normal(0, 0.8)
            said = 1 if felt > 0.4 else -1 if felt < -0.4 else 0
            rows.append(
                {
                    "customer": f"c{number:04}", "event": "survey", "time": START + timedelta(days=day), "s": said,
                    "about": "delivery" if rng.random() < 0.5 else "usage", "seg_tier": "vip" if vip else "basic",
                    "seg_region": "emea" if emea else "apac", "nps": int(np.clip(round(7 + 2 * felt), 0, 10)),
                    "value": float(np.round(20 + 10 * felt, 2)),
                }
            )  # fmt: skip
    return basis(journeys_of(pa.Table.from_pylist(rows)))


def asked(made: Basis, of: str = "jsi", **options: Any) -> list[dict[str, Any]]:
    moment = int(datetime(2026, 5, 1).timestamp() * 1e6)
    return impact(
        made, observed(made, of, change=moment), change=CHANGE, treated="region=emea", of=of, **options
    ).to_dicts()


def test_the_effect_is_the_difference_of_differences_by_hand() -> None:
    events = pa.table(
        {
            "customer": ["a", "a", "b", "b", "c", "c"],
            "event": ["x"] * 6,
            "seg_region": ["emea"] * 2 + ["apac"] * 4,
            "s": [-1, 1, 0, 0, -1, 1],
            "time": ["2026-04-20", "2026-05-10"] * 3,
        }
    )
    row = asked(basis(journeys_of(events)))[0]
    assert row["hidden"]
    assert row["effect"] is None
    many = pa.concat_tables(
        [events.set_column(0, "customer", pa.array([f"{name}{i}" for name in "aabbcc"])) for i in range(20)]
    )
    row = asked(basis(journeys_of(many)))[0]
    assert (row["before"], row["after"], row["before_other"], row["after_other"]) == (0.0, 100.0, 25.0, 75.0)
    assert row["effect"] == pytest.approx(100 - 50)
    assert (row["treated"], row["others"], row["n"]) == (20, 40, 120)
    # By customer: the treated all rise by 100, the others by 0 or by 100; residuals of the four cells by hand.
    gap = np.repeat([0.0, -50.0, 50.0], 20)  # each customer's own change less its group's
    by_hand = np.sqrt(60 / 59 * 119 / 116 * (gap[20:] ** 2).sum()) / 40
    from scipy.special import stdtrit

    assert row["high"] - row["effect"] == pytest.approx(by_hand * stdtrit(59, 0.975))


@given(st.integers(0, 2**32 - 1))
def test_the_regression_is_the_sandwich_written_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = 30, 3
    x, y, w = rng.normal(size=(n, k)), rng.normal(size=n), rng.uniform(0.5, 2, n)
    clusters = rng.integers(0, 8, n)
    found = line(x, y, clusters, w)
    assert found is not None
    root = np.sqrt(w)
    assert found.weights == pytest.approx(np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0])
    bread = np.linalg.inv(sum(w[i] * np.outer(x[i], x[i]) for i in range(n)))
    meat = np.zeros((k, k))
    names = sorted(set(clusters.tolist()))
    for name in names:
        score = sum(w[i] * x[i] * (y[i] - x[i] @ found.weights) for i in range(n) if clusters[i] == name)
        meat += np.outer(score, score)
    g = len(names)
    assert found.covariance == pytest.approx(bread @ meat @ bread * g / (g - 1) * (n - 1) / (n - k))


def test_the_regression_equals_statsmodels() -> None:
    api = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(3)
    clusters = rng.integers(0, 40, 400)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 3))])
    y = x @ [1.0, 2.0, 0.0, -1.0] + rng.normal(size=40)[clusters] + rng.normal(size=400)
    theirs = api.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    ours = line(x, y, clusters)
    assert ours is not None
    assert ours.weights == pytest.approx(theirs.params)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse)
    assert [ours.told(place)[1:3] for place in range(4)] == pytest.approx(theirs.conf_int())
    assert ours.told(2)[3] == pytest.approx(theirs.pvalues[2])


def test_a_planted_effect_is_found_and_both_went_the_same_way_before() -> None:
    rows = {row["stage"]: row for row in asked(world(1, effect=0.7))}
    assert set(rows) == {"all", "delivery", "usage"}
    assert rows["all"]["low"] > 8
    assert rows["all"]["p_adjusted"] < 0.001
    assert rows["all"]["parallel"]
    only = asked(world(1, effect=0.7), stages=("delivery",))
    assert [row["stage"] for row in only] == ["delivery"]
    assert only[0]["effect"] == pytest.approx(rows["delivery"]["effect"])


@pytest.mark.parametrize("of", ["nps", "revenue"])
def test_other_measures_find_it_too(of: str) -> None:
    row = asked(world(1, effect=0.7), of)[0]
    assert row["low"] > 0
    assert row["customers"] == 600


def test_without_an_effect_the_interval_holds_nothing_as_often_as_it_says() -> None:
    inside = [row["low"] <= 0 <= row["high"] for seed in range(60) for row in asked(world(seed, 120))[:1]]
    assert sum(inside) >= 52  # 57 of 60 are due; fewer than 52 come once in 60 times at most
    alike = [asked(world(seed, 120))[0]["parallel"] for seed in range(30)]
    assert sum(alike) >= 22


def test_groups_that_drifted_apart_before_are_told() -> None:
    made = world(drift=4.0, customers=1500)
    row = asked(made)[0]
    assert row["effect"] > 5  # the naive answer
    assert row["parallel"] is False
    assert row["slope"] > 0


def test_others_are_made_like_the_treated() -> None:
    made = world(mix=0.9, customers=1500)
    plain, like = asked(made)[0], asked(made, like=("tier",))[0]
    assert plain["low"] > 0  # emea has more vips, and vips gained
    assert like["low"] < 0 < like["high"]


def test_a_group_may_be_a_step_and_is_told_to_have_chosen() -> None:
    made = world(1, effect=0.7)
    found = impact(made, observed(made, "jsi"), change=CHANGE, treated="seg_region=emea", of="jsi")
    assert len(found.customers(0)) == 300
    step = impact(made, observed(made, "jsi"), change=CHANGE, treated="survey[seg_region=emea]", of="jsi")
    assert step.to_dicts()[0]["effect"] == pytest.approx(found.to_dicts()[0]["effect"])
    assert any("chose" in note for note in step.notes)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"change": "2030-01-01"}, "lies outside the data"),
        ({"change": "soon"}, "is no date"),
        ({"treated": "region=mars"}, "has no value 'mars'"),
        ({"against": "region=emea"}, "nobody is region=emea"),
        ({"stages": ("delivry",)}, "delivery"),
    ],
)
def test_wrong_questions_say_what_is_wrong(options: dict[str, Any], told: str) -> None:
    made = world(customers=40)
    with pytest.raises(QuestionError, match=told):
        impact(made, observed(made, "jsi"), **{"change": CHANGE, "treated": "region=emea", **options})
    with pytest.raises(QuestionError, match="measure"):
        observed(made, "joy")
