"""Revenue and what stays of it: against plain loops over decimals."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from tests.value import oracle
from tests.value.worlds import planted, random_journeys, seeds

from touchline.errors import QuestionError
from touchline.settings import Value
from touchline.value.basis import basis
from touchline.value.churn import churn
from touchline.value.revenue import revenue
from touchline.warehouse.index.frames import journeys_of

SILENT = Value(churn="inactivity", currency="EUR")


@settings(max_examples=200)
@given(seeds)
def test_flows_equal_plain_loops_and_add_up(seed: int) -> None:
    journeys = random_journeys(seed)
    made = basis(journeys, SILENT)
    if not made.money.there.any():
        with pytest.raises(QuestionError, match="no interaction carries money"):
            revenue(made, by="quarter")
        return
    found = revenue(made, by="quarter").to_dicts()
    firsts = [row["period"] for row in revenue(made, by="quarter", over="seg_tier").to_dicts()]
    coded, values = journeys.coded("currency"), journeys.numbers("value")
    periods = _quarters(journeys, made.money.there)
    paid: dict[str, list[Decimal]] = {name: [Decimal(0)] * len(periods) for name in journeys.names}
    for row in range(len(journeys)):
        if coded.names[coded.codes[row]] == "EUR" and not np.isnan(values[row]):
            day = datetime.fromtimestamp(int(journeys.at[row]) / 1e6, UTC)
            place = periods.index((day.year, (day.month - 1) // 3))
            paid[journeys.names[journeys.owner[row]]][place] += Decimal(str(values[row]))
    told = {row["period"]: row for row in found}
    for number, (year, quarter) in enumerate(periods):
        row = told.get(datetime(year, quarter * 3 + 1, 1).date())
        want = oracle.flows(paid, number)
        if row is None:  # nobody paid, and nobody had
            assert want["base"] == 0
            continue
        if row["hidden"]:
            assert row["revenue"] is None
            continue
        assert row["revenue"] == want["revenue"]
        if row["censored"]:
            assert row["lost"] is row["churn"] is row["net"] is None
            continue
        assert {name: row[name] for name in ("new", "returned", "expansion", "contraction", "lost")} == {
            name: want[name] for name in ("new", "returned", "expansion", "contraction", "lost")
        }
        total = row["before"] + row["new"] + row["returned"] + row["expansion"] - row["contraction"] - row["lost"]
        assert total == row["revenue"]
        if want["base"] >= 5:
            stays = want["before"] + want["expansion"] - want["contraction"] - want["lost"] - _others(paid, number)
            assert row["net"] == pytest.approx(float(stays / _base(paid, number)))
            assert row["gross"] == pytest.approx(float(want["kept"] / _base(paid, number)))
            assert row["churn"] == pytest.approx(float(want["gone"] / want["base"]))
            assert row["low"] <= row["churn"] <= row["high"]
    assert firsts == sorted(firsts)


def _quarters(journeys, there) -> list[tuple[int, int]]:
    first = datetime.fromtimestamp(int(journeys.at[there].min()) / 1e6, UTC)
    last = datetime.fromtimestamp(journeys.observed[1] / 1e6, UTC)
    numbers = range(first.year * 4 + (first.month - 1) // 3, last.year * 4 + (last.month - 1) // 3 + 1)
    return [(n // 4, n % 4) for n in numbers]


def _base(paid: dict[str, list[Decimal]], number: int) -> Decimal:
    return sum((p[number - 1] for p in paid.values() if p[number - 1] > 0), Decimal(0))


def _others(paid: dict[str, list[Decimal]], number: int) -> Decimal:
    """Return what those who were not in the base had before: refunds."""
    return sum((p[number - 1] for p in paid.values() if p[number - 1] <= 0), Decimal(0))


def test_segments_add_up_to_everybody() -> None:
    made = basis(planted(customers=300), Value(start="started"))
    whole = {row["period"]: row["revenue"] for row in revenue(made).to_dicts()}
    parts: dict[object, Decimal] = {}
    for row in revenue(made, over="segment:tier").to_dicts():
        parts[row["period"]] = parts.get(row["period"], Decimal(0)) + (row["revenue"] or 0)
    assert all(abs(parts[period] - total) < 100 for period, total in whole.items())  # hidden cells of few customers
    assert sum(parts.values()) > 0


def test_a_contract_is_spread_over_its_term_to_the_last_decimal() -> None:
    rows = [(f"c{i}", "started", "2024-01-01", 100.01) for i in range(6)] + [("z", "visit", "2025-06-01", None)]
    table = pa.table({n: [r[i] for r in rows] for i, n in enumerate(("customer", "event", "time", "value"))})
    found = revenue(basis(journeys_of(table), Value(churn="contract", start="started")))
    paid = [row["revenue"] for row in found.to_dicts() if row["revenue"]]
    assert sum(paid) == Decimal("600.06")
    assert len(paid) == 12
    assert abs(paid[0] - Decimal("600.06") * 31 / 365) < Decimal("0.01")


def test_who_is_behind_a_row_and_how_many_were_lost() -> None:
    made = basis(planted(customers=300), Value(start="started"))
    found = churn(made, by="quarter")
    for row, told in enumerate(found.to_dicts()):
        if not told["hidden"]:
            assert len(found.customers(row)) == told["lost"]
            assert told["renewal"] == pytest.approx(1 - told["churn"])
    assert sum(told["n"] for told in found.to_dicts()) == found.facts["n"]


@pytest.mark.parametrize("by", ["month", "year", "reason", "band", "segment:tier"])
def test_every_breakdown_counts_the_same_outcomes(by: str) -> None:
    made = basis(planted(customers=300), Value(start="started"))
    found = churn(made, by=by)
    assert sum(row["n"] for row in found.to_dicts()) == found.facts["n"]
    assert sum(row["share"] or 0 for row in found.to_dicts()) == pytest.approx(1, abs=0.05)


def test_an_unknown_breakdown_says_which_there_are() -> None:
    with pytest.raises(QuestionError, match="reason"):
        churn(basis(planted(customers=50), Value(start="started")), by="raeson")
