"""Forecasts: their recursion against plain loops, their coverage by simulation, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.value.basis import basis
from touchline.value.forecast import Series, contacts, forecast, told
from touchline.value.foretold import Scale, foretell, least
from touchline.value.smoothing import first, grid, passed
from touchline.warehouse.index.frames import journeys_of

WEEK = np.array([1.3, 1.2, 1.1, 1.0, 1.0, 0.5, 0.4])


def noise(n: int, rng: np.random.Generator) -> np.ndarray:
    return 60 + rng.normal(0, 4, n)


def walk(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.clip(55 + np.cumsum(rng.normal(0, 1, n)) + rng.normal(0, 3, n), 0, 100)


def rising(n: int, rng: np.random.Generator) -> np.ndarray:
    return 40 + 0.3 * np.arange(n) + rng.normal(0, 3, n)


def weekly(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(30 * WEEK[np.arange(n) % 7]).astype(float)


def uneven(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.negative_binomial(5, 5 / (5 + 30 * WEEK[np.arange(n) % 7])).astype(float)


@pytest.mark.parametrize(("model", "m"), [("damped trend", 1), ("seasonal damped trend", 4), ("seasonal naive", 4)])
def test_the_recursion_is_the_one_of_the_book(model: str, m: int) -> None:
    rng = np.random.default_rng(5)
    y = np.round(20 + rng.normal(0, 3, 40) + np.tile([0, 5, -5, 2], 10), 2)
    y[17] = np.nan
    found = passed(y, model, m)
    weights = grid(model)
    for place in range(0, len(weights.alpha), 37):
        alpha, beta, phi, gamma = (
            float(part[place]) for part in (weights.alpha, weights.beta, weights.phi, weights.gamma)
        )
        begin = y[: first(m)]
        level, trend = float(np.nanmean(begin)), 0.0
        season = [float(np.nanmean(begin[i::m])) - level if m > 1 else 0.0 for i in range(m)]
        mean = sum(season) / m
        season = [value - mean for value in season]
        loss = 0.0
        for t, value in enumerate(y.tolist()):
            expected = level + phi * trend + season[t % m]
            error = 0.0 if np.isnan(value) else value - expected
            level, trend = level + phi * trend + alpha * error, phi * trend + beta * error
            season[t % m] += gamma * error
            loss += error**2 if t >= m else 0.0
        assert found.losses[-1, place] == pytest.approx(loss)
        assert found.levels[-1, place] == pytest.approx(level)
        assert found.seasons[-1, :, place] == pytest.approx(season)  # 40 periods are whole seasons
    if model == "seasonal naive":
        assert found.foretold(40, 6)[0] == pytest.approx([*y[36:], *y[36:38]])


def test_the_variance_ahead_is_that_of_simulated_errors() -> None:
    weights = grid("damped trend")
    place = 5
    rng = np.random.default_rng(1)
    level, trend = np.zeros(200_000), np.zeros(200_000)
    alpha, beta, phi = weights.alpha[place], weights.beta[place], weights.phi[place]
    for ahead in range(6):
        error = rng.normal(size=len(level))
        spread = (level + phi * trend + error).std()
        assert spread == pytest.approx(weights.errors(6, 1)[place, ahead], rel=0.01)
        level, trend = level + phi * trend + alpha * error, phi * trend + beta * error


@pytest.mark.parametrize("make", [noise, walk, rising])
@pytest.mark.parametrize("n", [30, 104])
def test_the_intervals_of_a_weekly_index_cover_what_they_say(make: Callable[..., np.ndarray], n: int) -> None:
    _covers(make, n, 8, 1, Scale(most=100.0), worlds=80)


@pytest.mark.parametrize("make", [weekly, uneven])
def test_the_intervals_of_daily_contacts_cover_what_they_say(make: Callable[..., np.ndarray]) -> None:
    _covers(make, 120, 28, 7, Scale(counts=True), worlds=25)


def _covers(make: Callable[..., np.ndarray], n: int, ahead: int, m: int, scale: Scale, worlds: int) -> None:
    rng = np.random.default_rng(n)
    inside = np.zeros((2, ahead))
    for _ in range(worlds):
        y = make(n + ahead, rng)
        found = foretell(y[:n], ahead=ahead, m=m, scale=scale)
        inside += (y[n:] >= found.low) & (y[n:] <= found.high)
    narrow, wide = (inside / worlds).mean(axis=1)
    print(f"\nforecasts of {make.__name__}, {n} periods: {narrow:.1%} inside 80 %, {wide:.1%} inside 95 %")
    assert 0.75 <= narrow <= 0.89
    assert 0.91 <= wide <= 0.99


def test_a_season_is_found_and_beats_the_last_value() -> None:
    found = foretell(weekly(140, np.random.default_rng(0)), ahead=28, m=7, scale=Scale(counts=True))
    assert "seasonal" in found.model
    assert found.scaled < 1
    assert found.value[:7] / found.value[:7].mean() == pytest.approx(WEEK / WEEK.mean(), rel=0.2)


def test_a_trend_is_followed_and_a_gap_is_borne() -> None:
    y = rising(60, np.random.default_rng(2))
    y[[10, 30, 31]] = np.nan
    found = foretell(y, ahead=4)
    assert found.value[3] > 54


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(QuestionError, match=r"12 periods are too short.*it takes 24"):
        foretell(np.arange(12.0), ahead=8, needed=least("week", 8))


def _events(days: int = 120) -> pa.Table:
    rng = np.random.default_rng(4)
    start = datetime(2026, 1, 5, 12)
    rows = [
        {"customer": f"c{rng.integers(0, 200)}", "event": "contact", "kind": kind, "channel": channel,
         "time": start + timedelta(days=day, hours=float(rng.uniform(-11, 11)))}
        for day in range(days)
        for channel, kind, many in (("phone", "call", 12), ("email", "ticket", 4), ("web", "event", 9))
        for _ in range(rng.poisson(many * WEEK[day % 7]))
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def test_contacts_are_counted_by_day_and_channel_and_foretold() -> None:
    made = basis(journeys_of(_events()))
    series = contacts(made, by="day")
    assert [one.key for one in series] == ["all", "phone", "email"]
    day = series[1].firsts[10]
    by_hand = sum(
        row["channel"] == "phone" and row["time"].date() == day
        for row in _events().to_pylist()
    )  # fmt: skip
    assert series[1].values[10] == by_hand
    assert (series[0].values == series[1].values + series[2].values).all()
    figure = forecast(series, of="contacts", by="day", ahead=14)
    rows = figure.to_dicts()
    assert len(rows) == 3 * 14
    assert rows[0]["period"] == series[0].firsts[-1] + timedelta(days=1)
    assert all(row["low"] <= row["low80"] <= row["value"] <= row["high80"] <= row["high"] for row in rows)
    assert (figure.customers(14) == series[1].keys).all()
    with pytest.raises(QuestionError, match="too short"):
        forecast(contacts(basis(journeys_of(_events(30))), by="day"), of="contacts", by="day")


def test_unfinished_weeks_are_left_out_and_missing_ones_stay_missing() -> None:
    monday = date(2026, 1, 5)
    rows = [
        {"stage": "delivery", "name": "Delivery", "period": monday + timedelta(weeks=week), "jsi": 50.0 + week % 3,
         "n": 10, "unfinished": week == 29}
        for week in range(30) if week != 12
    ]  # fmt: skip
    figure = Figure("trend", pa.Table.from_pylist(rows), "", facts={"by": "week"})
    (made,) = told(figure, lambda _: np.arange(40))
    assert len(made.values) == 29
    assert np.isnan(made.values[12])
    assert made.n == 280
    found = forecast(
        [made, Series("use", "Use", made.firsts[:3], made.values[:3], 3, np.arange(9))], of="jsi", by="week"
    )
    assert {row["series"] for row in found.to_dicts()} == {"delivery"}
    assert found.to_dicts()[0]["period"] == monday + timedelta(weeks=29)
    assert any("Too short a history" in note and "Use" in note for note in found.notes)
    (later,) = told(figure, lambda _: np.arange(40), since=monday + timedelta(weeks=2))
    assert later.firsts[0] == monday + timedelta(weeks=2)
