"""Moments: emotion times effect, where an effect was planted and not where none was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.value.test_drivers import told
from tests.value.worlds import planted
from tests.worlds import TAXONOMY

from touchline.errors import QuestionError
from touchline.scores.touched import Touched
from touchline.settings import Value
from touchline.value.basis import Basis, basis
from touchline.value.moments import moments
from touchline.vocabulary.coded import Coded

SETTINGS = Value(start="started", lead=20, horizon=365, ahead=90)


def world(effect: float) -> tuple[Touched, Basis]:
    """Contracts whose customers speak of delivery with emotion and of use without any."""
    base = basis(planted(seed=3, customers=900, effect=effect), SETTINGS)
    data = told(base)
    stage = data.columns["stage"].codes
    emotions = ("anger", "delight", "neutral")
    codes = np.where(stage == 1, 2, np.where(data.s < 0, 0, np.where(data.s > 0, 1, 2)))
    return replace(data, columns={**data.columns, "emotion": Coded(codes, emotions)}), base


@pytest.fixture(scope="module")
def felt() -> tuple[Touched, Basis]:
    return world(1.5)


def test_a_planted_effect_matters_as_much_as_it_is_felt(felt: tuple[Touched, Basis]) -> None:
    data, base = felt
    figure = moments(data, TAXONOMY, base)
    found = {(row["moment"], row["value"]): row for row in figure.to_dicts()}
    delivery, use = found["matters", "delivery"], found["matters", "use"]
    assert delivery["stands_out"]
    assert delivery["effect"] > 0.03
    assert delivery["effect_low"] <= delivery["effect"] <= delivery["effect_high"]
    assert delivery["low"] <= delivery["score"] <= delivery["high"]
    there = data.columns["stage"].codes == 0
    assert delivery["load"] == pytest.approx(float((data.s[there] != 0).mean()))
    assert delivery["score"] == pytest.approx(delivery["load"] * delivery["effect"])
    assert use["load"] == 0.0
    assert use["score"] == 0.0
    assert found["delight", "delivery"]["effect"] > 0
    scores = [row["score"] for row in figure.to_dicts()]
    assert scores == sorted(scores, reverse=True)
    place = figure.to_dicts().index(delivery)
    assert figure.customers(place).tolist() == np.unique(data.customer[there]).tolist()
    assert delivery["n"] == there.sum()


def test_of_nothing_nothing_is_claimed() -> None:
    data, base = world(0.0)
    assert not any(row["stands_out"] for row in moments(data, TAXONOMY, base).to_dicts())


def test_revenue_ahead(felt: tuple[Touched, Basis]) -> None:
    data, base = felt
    figure = moments(data, TAXONOMY, base, outcome="revenue")
    found = {(row["moment"], row["value"]): row for row in figure.to_dicts()}
    delivery = found["matters", "delivery"]
    assert delivery["stands_out"]  # who is lost does not pay the next year's 100
    churn = {(row["moment"], row["value"]): row for row in moments(data, TAXONOMY, base).to_dicts()}
    assert delivery["effect"] == pytest.approx(100 * churn["matters", "delivery"]["effect"], rel=0.35)
    assert "auc" not in figure.facts


def test_wrong_questions_say_so(felt: tuple[Touched, Basis]) -> None:
    data, base = felt
    with pytest.raises(QuestionError, match="breakdown"):
        moments(data, TAXONOMY, base, by="theme")
    with pytest.raises(QuestionError, match="outcome"):
        moments(data, TAXONOMY, base, outcome="joy")  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match="at no touchpoint"):
        moments(data, TAXONOMY, base, by="touchpoint")
