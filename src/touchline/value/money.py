"""Money: exact inside, converted by a dated rates file, what cannot be converted counted.

Inside, money is an integer of ten-thousandths of a unit, as exact as what interactions carry (four decimals). A rate
says what one unit of a currency is worth in the currency that is shown; the latest one on or before the day holds, for
some days. An amount without a rate is left out and counted, never guessed.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import SettingsError
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys
from touchline.words import joined, phrase

#: What one unit of money is inside.
UNIT: Final = 10_000
#: What money is in a figure's table.
MONEY: Final = pa.decimal128(38, 4)
_COLUMNS: Final = ("date", "currency", "rate")
_DAY: Final = 86_400_000_000


@dataclass(frozen=True)
class Rates:
    """Dated rates.

    Attributes:
        days: Per currency the days since 1970 from which its rates hold, ascending.
        rates: Per currency the rates, beside the days.
    """

    days: dict[str, Ints]
    rates: dict[str, tuple[Decimal, ...]]

    def at(self, currency: str, days: Ints, hold: float) -> Ints:
        """Return the place of the rate that holds on each day; -1 where none does."""
        known = self.days.get(currency, np.zeros(0, np.int64))
        place = np.searchsorted(known, days, side="right") - 1
        if not len(known):
            return np.full(len(days), -1, dtype=np.int64)
        found: Ints = np.where((place >= 0) & (days - known[np.maximum(place, 0)] <= hold), place, -1)
        return found


@dataclass(frozen=True)
class Money:
    """The amounts of some rows.

    Attributes:
        amounts: Ten-thousandths of the currency shown, shape (rows,); 0 where there is none.
        there: Has the row an amount that could be converted? shape (rows,).
        currency: What it is in; empty when no amount names a currency.
        missing: Per currency how many amounts no rate was found for.
    """

    amounts: Ints
    there: Bools
    currency: str
    missing: dict[str, int]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: how much could not be converted."""
        if not self.missing:
            return ()
        told = joined(
            ", ", (phrase("{count} in {name}", count=count, name=name) for name, count in sorted(self.missing.items()))
        )
        return (
            phrase(
                "Amounts left out, as no rate to {currency} holds on their day: {told}.",
                currency=self.currency,
                told=told,
            ),
        )


def read_rates(path: Path) -> Rates:
    """Read a CSV file of ``date,currency,rate``.

    Args:
        path: The file; the rate is what one unit of the currency is worth in the currency that is shown.

    Raises:
        SettingsError: It cannot be read, lacks a column, or a line is wrong; it says which.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = names
            for name in _COLUMNS:
                if name not in names:
                    raise SettingsError(
                        phrase("the column {name} is missing", name=repr(name)),
                        where=str(path),
                        todo=phrase("give {names}", names=", ".join(_COLUMNS)),
                    )
            read = [_read(row, f"{path}:{reader.line_num}") for row in reader]
    except OSError as error:
        raise SettingsError(
            phrase("the rates cannot be read ({strerror})", strerror=str(error.strerror)),
            where=str(path),
            todo=phrase("correct rates in [value]"),
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            phrase("byte {start} is not UTF-8", start=str(error.start)),
            where=str(path),
            todo=phrase("save it as UTF-8"),
        ) from error
    by: dict[str, dict[int, Decimal]] = {}
    for where, day, currency, rate in read:
        if by.setdefault(currency, {}).setdefault(day, rate) != rate:
            raise SettingsError(
                phrase(
                    "{currency} has two rates on {value}",
                    currency=str(currency),
                    value=str(date.fromordinal(day + _EPOCH)),
                ),
                where=where,
            )
    days = {name: np.array(sorted(rates), dtype=np.int64) for name, rates in by.items()}
    return Rates(days, {name: tuple(by[name][int(day)] for day in days[name]) for name in by})


_EPOCH: Final = date(1970, 1, 1).toordinal()


def _read(row: dict[str, str | None], where: str) -> tuple[str, int, str, Decimal]:
    texts = {name: (row[name] or "").strip() for name in _COLUMNS}
    try:
        day = date.fromisoformat(texts["date"]).toordinal() - _EPOCH
    except ValueError as error:
        raise SettingsError(
            phrase("{value} is no date", value=repr(texts["date"])), where=where, todo=phrase("write it as 2026-01-31")
        ) from error
    try:
        rate = Decimal(texts["rate"])
    except InvalidOperation as error:
        raise SettingsError(
            phrase("{value} is no rate", value=repr(texts["rate"])), where=where, todo=phrase("write it as 0.9134")
        ) from error
    if not (rate.is_finite() and rate > 0):
        raise SettingsError(
            phrase("a rate of {value} is none", value=str(texts["rate"])),
            where=where,
            todo=phrase("give a number above 0"),
        )
    if not texts["currency"]:
        raise SettingsError(phrase("the currency is missing"), where=where)
    return where, day, texts["currency"].upper(), rate


def money(
    journeys: Journeys, rows: Bools, *, currency: str = "", rates: Rates | None = None, hold: float = 31.0
) -> Money:
    """Return the amounts of some rows of journeys in one currency.

    Args:
        journeys: They have a column ``value``; without ``currency`` all is taken to be in one.
        rows: Whose amounts count, shape (rows,).
        currency: What to show; empty takes the one that most amounts are in.
        rates: To convert by.
        hold: How many days a rate holds after its date.

    Raises:
        QuestionError: There is no ``value``.

    >>> from touchline.warehouse.index.frames import journeys_of
    >>> made = journeys_of(pa.table({"customer": ["a", "a"], "event": ["buy", "buy"], "value": [0.1, 19.99],
    ...     "currency": ["EUR", "USD"], "time": ["2026-01-02", "2026-01-03"]}))
    >>> found = money(made, made.first | True, currency="EUR")
    >>> found.amounts.tolist(), found.notes
    ([1000, 0], ('Amounts left out, as no rate to EUR holds on their day: 1 in USD.',))
    """
    values: Floats = np.asarray(journeys.numbers("value"), dtype=np.float64)
    there = rows & ~np.isnan(values)
    amounts = np.zeros(len(values), dtype=np.int64)
    amounts[there] = np.rint(values[there] * UNIT).astype(np.int64)
    coded = journeys.columns.get("currency")
    if not isinstance(coded, Coded) or not len(coded.names):
        return Money(amounts, there, currency, {})
    count = np.bincount(coded.codes[there].astype(np.int64) + 1, minlength=len(coded.names) + 1)[1:]
    shown = currency or (coded.names[int(count.argmax())] if count.sum() else "")
    missing: Counter[str] = Counter()
    for code in np.flatnonzero(count).tolist():
        name = coded.names[code]
        if name.upper() == shown.upper():
            continue
        mine = np.flatnonzero(there & (coded.codes == code))
        place = np.full(len(mine), -1, dtype=np.int64)
        if rates is not None:
            place = rates.at(name.upper(), local_days(journeys.at[mine], journeys.zone), hold)
            amounts[mine] = _converted(amounts[mine], place, rates.rates.get(name.upper(), ()))
        lost = mine[place < 0]
        amounts[lost], there[lost] = 0, False
        if len(lost):
            missing[name] += len(lost)
    return Money(amounts, there, shown, dict(missing))


def local_days(at: Ints, zone: str) -> Ints:
    """Return days since 1970 in a zone."""
    local = pc.local_timestamp(pa.array(at, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone)))
    days: Ints = np.floor_divide(local.cast(pa.int64()).to_numpy(zero_copy_only=False), _DAY)
    return days


def _converted(amounts: Ints, place: Ints, rates: tuple[Decimal, ...]) -> Ints:
    """Multiply exactly, and round half to even; a place of -1 gives 0."""
    out = np.zeros_like(amounts)
    for number in np.unique(place[place >= 0]).tolist():
        mine = place == number
        distinct, of = np.unique(amounts[mine], return_inverse=True)
        exact = [int((amount * rates[number]).to_integral_value(ROUND_HALF_EVEN)) for amount in distinct.tolist()]
        out[mine] = np.array(exact, dtype=np.int64)[of]
    return out


def decimals(amounts: Ints) -> pa.Array:
    """Return money as decimals.

    >>> decimals(np.array([12_3450, -1])).to_pylist()
    [Decimal('12.3450'), Decimal('-0.0001')]
    """
    amounts = np.ascontiguousarray(amounts, dtype=np.int64)
    words = np.empty((len(amounts), 2), dtype="<i8")
    words[:, 0], words[:, 1] = amounts, amounts >> 63
    return pa.Array.from_buffers(MONEY, len(amounts), [None, pa.py_buffer(words.tobytes())])


def summed(amounts: Ints, starts: Ints) -> Ints:
    """Return exact sums of rows per customer.

    Args:
        amounts: Shape (rows,).
        starts: Where each customer's rows begin, and their number, shape (customers + 1,).
    """
    total = np.concatenate([[0], np.cumsum(amounts)])
    out: Ints = total[starts[1:]] - total[starts[:-1]]
    return out
