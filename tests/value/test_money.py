"""Money: exact, converted by dated rates, what cannot be converted counted."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import SettingsError
from touchline.value.basis import basis
from touchline.value.money import decimals, money, read_rates, summed
from touchline.warehouse.index.frames import journeys_of


def made(rows: list[tuple[str, float | None, str | None, str]]):
    names = ("customer", "value", "currency", "time")
    return journeys_of(
        pa.table({**{n: [r[i] for r in rows] for i, n in enumerate(names)}, "event": ["buy"] * len(rows)})
    )


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    path = tmp_path / "rates.csv"
    path.write_text("date,currency,rate\n2026-01-01,USD,0.9\n2026-02-01,usd,0.875\n2026-01-01,JPY,0.006123\n")
    return path


def test_the_latest_rate_on_or_before_the_day_holds(rates: Path) -> None:
    journeys = made(
        [("a", 10.0, "USD", "2026-01-31"), ("a", 10.0, "USD", "2026-02-01"), ("a", 0.01, "EUR", "2026-02-02")]
    )
    found = money(journeys, np.ones(3, bool), currency="EUR", rates=read_rates(rates))
    assert decimals(found.amounts).to_pylist() == [Decimal("9.0000"), Decimal("8.7500"), Decimal("0.0100")]
    assert found.missing == {}


def test_without_a_rate_an_amount_is_counted_and_not_guessed(rates: Path) -> None:
    journeys = made([
        ("a", 10.0, "USD", "2025-12-31"), ("a", 10.0, "USD", "2026-03-20"), ("a", 5.0, "GBP", "2026-01-02"),
        ("b", 2.0, "EUR", "2026-01-02"),
    ])  # fmt: skip
    found = money(journeys, np.ones(4, bool), currency="EUR", rates=read_rates(rates))
    assert found.amounts.tolist() == [0, 0, 0, 20_000]
    assert found.there.tolist() == [False, False, False, True]
    assert found.missing == {"USD": 2, "GBP": 1}
    assert "2 in USD" in found.notes[0]


def test_the_day_is_that_of_the_reporting_zone(rates: Path) -> None:
    table = pa.table(
        {"customer": ["a"], "event": ["x"], "value": [1.0], "currency": ["USD"], "time": ["2026-01-31T23:30:00"]}
    )
    utc, berlin = journeys_of(table), journeys_of(table, zone="Europe/Berlin")
    one, other = (money(j, np.ones(1, bool), currency="EUR", rates=read_rates(rates)).amounts[0] for j in (utc, berlin))
    assert (one, other) == (9000, 8750)


@given(st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=1, max_size=30))
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    journeys = made([("a", float(one), "EUR", f"2026-01-{day % 28 + 1:02}") for day, one in enumerate(amounts)])
    total = summed(money(journeys, np.ones(len(amounts), bool)).amounts, journeys.starts)
    assert decimals(total).to_pylist() == [sum(amounts)]


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=20), st.decimals("0.000001", 10**5, places=6))
def test_conversion_rounds_half_to_even_once(amounts: list[int], rate: Decimal) -> None:
    from touchline.value.money import _converted

    found = _converted(np.array(amounts), np.zeros(len(amounts), np.int64), (rate,))
    assert found.tolist() == [int((one * rate).quantize(Decimal(1), ROUND_HALF_EVEN)) for one in amounts]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,currency\n", "'rate' is missing"),
        ("date,currency,rate\n01/02/2026,USD,1\n", "rates.csv:2: '01/02/2026' is no date"),
        ("date,currency,rate\n2026-01-01,USD,x\n", "'x' is no rate"),
        ("date,currency,rate\n2026-01-01,USD,-1\n", "a rate of -1 is none"),
        ("date,currency,rate\n2026-01-01,USD,1\n2026-01-01,USD,2\n", "two rates on 2026-01-01"),
        ("date,currency,rate\n2026-01-01,,2\n", "the currency is missing"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(text)
    with pytest.raises(SettingsError) as error:
        read_rates(path)
    assert told in str(error.value)


def test_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_rates(tmp_path / "none.csv")


def test_without_money_everything_is_zero() -> None:
    assert not basis(
        journeys_of(pa.table({"customer": ["a"], "event": ["x"], "time": ["2026-01-01"]}))
    ).money.there.any()
