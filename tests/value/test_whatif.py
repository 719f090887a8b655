"""What if a theme were gone: against the root cause impact, plain loops, and worlds with a planted cost of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.value.worlds import START

from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.scores.impact import impacts
from touchline.settings import Score, Value
from touchline.value.basis import Basis, basis
from touchline.value.removing import carrying, moved, sums_in, without
from touchline.value.whatif import whatif
from touchline.warehouse.index.frames import journeys_of

SETTINGS = Value(start="started", lead=20, horizon=365)


def world(seed: int = 1, customers: int = 900, effect: float = 1.5) -> Basis:
    """Yearly contracts over three years; a late parcel sours a survey and, by the effect, the renewal."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number in range(customers):
        name, begin = f"c{number:05}", START + timedelta(days=float(rng.uniform(0, 365)))
        rows.append({"customer": name, "event": "started", "time": begin, "value": 100.0})
        for year in (1, 2, 3):
            due = begin + timedelta(days=365 * year)
            late = 0
            for ago in (200, 120, 40):
                bad = bool(rng.random() < 0.25)
                late += bad
                at = due - timedelta(days=ago)
                if at < START + timedelta(days=3 * 365):
                    said = -1 if bad else int(rng.choice([-1, 0, 1], p=[0.15, 0.25, 0.6]))
                    rows.append({"customer": name, "event": "survey", "time": at, "s": said, "about": "delivery",
                                 "theme": "late" if bad else "other" if said < 0 else None})  # fmt: skip
            if due > START + timedelta(days=3 * 365):
                break
            leaves = rng.random() < 1 / (1 + np.exp(2.2 - effect * late))
            paid = None if leaves else 100.0
            rows.append({"customer": name, "event": "cancelled" if leaves else "renewed", "time": due, "value": paid})
            if leaves:
                break
    rows.append({"customer": "last", "event": "survey", "time": START + timedelta(days=3 * 365), "s": 1,
                 "about": "usage"})  # fmt: skip
    names = ("customer", "event", "time", "value", "s", "about", "theme")
    made = journeys_of(pa.Table.from_pylist([{key: row.get(key) for key in names} for row in rows]))
    return basis(made, SETTINGS, score=Score(half_life_person=150))


def asked(made: Basis, **options: Any) -> Figure:
    carries = carrying(made.voices, "delivery", "late")
    sums = sums_in(made.voices, made.journeys.keys, "delivery", carries)
    return whatif(made, sums, carries, stage="delivery", theme="late", samples=60, **options)


@pytest.fixture(scope="module")
def costly() -> Basis:
    return world()


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1))
def test_points_are_those_of_touches_with_the_average_of_the_others(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    n = 30
    w, s = rng.uniform(0.5, 2, n), rng.choice([-1.0, 0.0, 1.0], n)
    here, theme = rng.random(n) < 0.7, rng.random(n) < 0.3
    theme &= here
    if not theme.any() or theme.sum() == here.sum():
        return
    others = [i for i in range(n) if here[i] and not theme[i]]
    mean = sum(w[i] * s[i] for i in others) / sum(w[i] for i in others)
    then = [(1 - share) * s[i] + share * mean if theme[i] else s[i] for i in range(n)]

    def jsi(scores: Any, rows: Any) -> float:
        return 50 * (1 + sum(w[i] * scores[i] for i in rows) / sum(w[i] for i in rows))

    def sums(rows: Any) -> Any:
        return np.array([w[rows].sum(), (w * s)[rows].sum()])

    stage, whole = moved(sums(np.ones(n, bool)), sums(here), sums(theme), share)
    assert stage == pytest.approx(jsi(then, np.flatnonzero(here)) - jsi(s, np.flatnonzero(here)))
    assert whole == pytest.approx(jsi(then, range(n)) - jsi(s, range(n)))
    if share == 1:
        assert stage == pytest.approx(impacts(*sums(here), *(x[None] for x in sums(theme)))[0])


def test_touches_without_the_theme_have_the_average_of_the_others(costly: Basis) -> None:
    voices = costly.voices
    carries = carrying(voices, "delivery", "late")
    others = (voices.stage.codes == voices.stage.names.index("delivery")) & ~carries
    drawn = [without(voices, "delivery", carries, 1.0, seed) for seed in range(5)]
    mean = np.mean([one.s[carries].mean() for one in drawn])
    assert mean == pytest.approx(voices.s[others].mean(), abs=0.02)
    assert all((one.s[~carries] == voices.s[~carries]).all() for one in drawn)
    half = without(voices, "delivery", carries, 0.5, 0)
    assert 0.2 < (half.s[carries] != -1).mean() / (drawn[0].s[carries] != -1).mean() < 0.8


def test_what_was_planted_comes_back_in_index_churn_and_revenue(costly: Basis) -> None:
    found = asked(costly, cost=100.0)
    rows = {row["measure"]: row for row in found.to_dicts()}
    assert list(rows) == ["jsi", "jsi_all", "churn", "lost", "revenue", "net", "roi"]
    assert rows["jsi"]["low"] > 10
    assert rows["churn"]["high"] < -0.02
    assert rows["revenue"]["low"] > 0
    assert rows["revenue"]["change"] == pytest.approx(-100 * rows["lost"]["change"], rel=0.1)
    assert rows["net"]["change"] == pytest.approx(rows["revenue"]["change"] - 100)
    assert rows["roi"]["change"] == pytest.approx(rows["net"]["change"] / 100)
    assert found.facts["chance"] == 1.0
    assert found.facts["payback"] == pytest.approx(365 * 100 / rows["revenue"]["change"])
    assert len(found.customers(2)) == rows["churn"]["customers"] > 100


def test_a_part_brings_a_part_and_a_margin_less(costly: Basis) -> None:
    whole, half = ({r["measure"]: r["change"] for r in asked(costly, share=s).to_dicts()} for s in (1.0, 0.5))
    assert half["jsi"] == pytest.approx(whole["jsi"] / 2)
    assert 0.3 < half["revenue"] / whole["revenue"] < 0.7
    thin = {r["measure"]: r["change"] for r in asked(costly, cost=100.0, margin=0.2).to_dicts()}
    assert thin["net"] == pytest.approx(0.2 * whole["revenue"] - 100)


def test_a_theme_that_costs_nobody_brings_no_customers_back() -> None:
    rows = {row["measure"]: row for row in asked(world(seed=3, effect=0.0), cost=1e6).to_dicts()}
    assert rows["jsi"]["low"] > 10
    assert rows["lost"]["low"] <= 3
    assert rows["lost"]["high"] >= -3
    assert rows["net"]["high"] < 0


def test_without_a_model_only_the_index_is_told() -> None:
    found = asked(world(customers=30))
    assert [row["measure"] for row in found.to_dicts()] == ["jsi", "jsi_all"]
    assert any("No churn model" in note for note in found.notes)


@pytest.mark.parametrize(
    ("options", "told"), [({"share": 0.0}, "share"), ({"margin": 2.0}, "revenue"), ({"cost": -1.0}, "cost")]
)
def test_wrong_numbers_are_told(costly: Basis, options: dict[str, float], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        asked(costly, **options)


def test_unknown_names_are_told(costly: Basis) -> None:
    with pytest.raises(QuestionError, match="there is no theme 'early'"):
        carrying(costly.voices, "delivery", "early")
    with pytest.raises(QuestionError, match="there is no stage"):
        carrying(costly.voices, "moon", "late")
