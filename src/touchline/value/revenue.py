"""Revenue period by period, and how much of it stays: gross and net retention, logo churn, expansion, contraction.

With r0 and r1 a customer's revenue in the period before and in this one, over the customers with r0 > 0 (the *base*):

    gross retention = sum(min(r0, max(r1, 0))) / sum(r0)     net retention = sum(r1) / sum(r0)
    logo churn = customers with r1 <= 0 / customers          expansion = sum of r1 - r0 where r1 > r0
    contraction = sum of r0 - r1 where 0 < r1 < r0           lost = sum of r0 - r1 where r1 <= 0

and of the others *new* is the revenue of those never seen paying before, *returned* that of the rest, so that
``revenue = before + new + returned + expansion - contraction - lost`` to the last decimal. By contract, what a start or
a renewal cost is spread evenly over the term; other amounts count when they are paid. Of a period that is not over,
only its revenue so far is told: who has not paid yet is not lost.

Intervals: of the ratios by the linearised variance of a ratio over customers (Cochran 1977, section 6.3); of logo churn
Wilson's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.figures.numbers import period
from touchline.scores.base import Figure
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.intervals import wilson
from touchline.value.basis import RENEWALS, Basis
from touchline.value.money import decimals, summed
from touchline.value.outcomes import how
from touchline.value.periods import Spans, spans
from touchline.value.voices import DAY, until
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

_Z: Final = 1.959963984540054
#: What cannot be told before a period is over.
_UNFINISHED: Final = ("new", "returned", "expansion", "contraction", "lost")
_MONEY: Final = ("revenue", "before", "new", "returned", "expansion", "contraction", "lost")


@dataclass(frozen=True)
class _Flow:
    """Where one period's revenue came from and went, per group; money in ten-thousandths."""

    money: dict[str, Ints]
    base: Ints
    gone: Ints
    paying: Ints
    gross: tuple[Floats, Floats, Floats]
    net: tuple[Floats, Floats, Floats]


def revenue(basis: Basis, *, by: str = "month", over: str = "") -> Figure:
    """Return revenue and its retention per period.

    Args:
        basis: The customers.
        by: month, quarter or year; each is compared with the one before.
        over: ``segment:NAME`` for a row per value: the one that a customer had when the period began.

    Returns:
        One row per period (and value): period, value, money (decimal), customers (who paid), n (the base),
        lost_customers, gross, net and churn with low and high, hidden, low_n, and censored: the period is not over.

    Raises:
        QuestionError: There is no money, no such period or no such segment.
    """
    money = basis.money
    if not money.there.any():
        raise QuestionError(
            phrase("no interaction carries money that counts"),
            where="value",
            todo=phrase("import amounts, or set revenue in [value]"),
        )
    journeys = basis.journeys
    when = journeys.at[money.there]
    periods = spans(int(when.min()), basis.end, by, journeys.zone)
    code, names = _groups(basis, over)
    paid = _payments(basis)
    ever = np.zeros(journeys.customers, dtype=np.bool_)
    earlier: Ints | None = None
    rows: list[dict[str, Any]] = []
    counted: list[tuple[int, int]] = []
    for number in range(len(periods)):
        begin, end = int(periods.edges[number]), int(periods.edges[number + 1])
        now = paid(begin, end)
        if basis.within(np.array([begin]))[0] or basis.within(np.array([end - 1]))[0]:
            group = code(begin)
            found = _flow(now, earlier, ever, group, len(names))
            told = [v for v in range(len(names)) if found.base[v] or found.paying[v]]
            rows += _rows(found, periods, number, names, told, end - DAY > basis.end)
            counted += [(number, value) for value in told]
        ever |= now > 0
        earlier = now

    def behind(row: int) -> Ints:
        number, value = counted[row]
        begin, end = int(periods.edges[number]), int(periods.edges[number + 1])
        before = paid(int(periods.edges[number - 1]), begin) if number else np.zeros_like(basis.journeys.keys)
        mine = (code(begin) == value) & ((paid(begin, end) != 0) | (before > 0))
        keys: Ints = basis.journeys.keys[mine]
        return keys

    return Figure(
        "revenue",
        _table(rows),
        phrase(
            "Revenue per {by}{currency}, and what became of the customers who paid in the {by} before: gross and net "
            "retention and logo churn with 95 % intervals over customers.",
            by=period(by),
            currency=phrase(" in {currency}", currency=money.currency) if money.currency else "",
        ),
        (*money.notes, *hidden_note(np.array([row["hidden"] for row in rows], dtype=bool)), *_spread_note(basis)),
        {"currency": money.currency, "by": by, "missing_rates": dict(money.missing)},
        behind,
    )


def _groups(basis: Basis, over: str) -> tuple[Callable[[int], Ints], tuple[str, ...]]:
    journeys = basis.journeys
    everyone = np.arange(journeys.customers)
    if not over:
        return lambda _: np.zeros(journeys.customers, dtype=np.int64), ("all",)
    coded = basis.column(over)

    def code(moment: int) -> Ints:
        end = until(journeys.starts, journeys.at, everyone, np.full(len(everyone), moment - 1))
        found: Ints = coded.codes[np.maximum(end - 1, journeys.starts[:-1])].astype(np.int64)
        return np.where(found < 0, len(coded.names), found)

    return code, (*coded.names, "(none)")


def _payments(basis: Basis) -> Callable[[int, int], Ints]:
    """Return a function from a stretch of time to what each customer paid in it."""
    journeys, amounts = basis.journeys, basis.money.amounts
    spread = _spread(basis)
    once = np.where(spread, 0, amounts)
    rows = np.flatnonzero(spread)
    term = int(basis.value.term * DAY)
    starts = np.searchsorted(rows, journeys.starts)

    def so_far(moment: int) -> Ints:
        share = np.clip((moment - journeys.at[rows]) / term, 0, 1)
        part: Ints = np.rint(amounts[rows] * share).astype(np.int64)
        return part

    def paid(begin: int, end: int) -> Ints:
        inside = (journeys.at >= begin) & (journeys.at < end)
        total = summed(np.where(inside, once, 0), journeys.starts)
        return total + summed(so_far(end) - so_far(begin), starts) if len(rows) else total

    return paid


def _spread(basis: Basis) -> Bools:
    """Return the rows whose amount is spread over a term."""
    if how(basis) != "contract":
        return np.zeros(len(basis.journeys), dtype=np.bool_)
    rows = basis.usual(basis.value.renewal, RENEWALS)
    if basis.value.start:
        rows = rows | basis.rows(basis.value.start)
    found: Bools = rows & basis.money.there
    return found


def _spread_note(basis: Basis) -> tuple[str, ...]:
    many = int(_spread(basis).sum())
    return (
        (
            phrase(
                "{many} payments of contracts are spread evenly over their {term} days.",
                many=many,
                term=Number(f"{basis.value.term:g}"),
            ),
        )
        if many
        else ()
    )


def _flow(now: Ints, earlier: Ints | None, ever: Bools, group: Ints, many: int) -> _Flow:
    before = np.zeros_like(now) if earlier is None else earlier
    base = before > 0
    change = now - before

    def added(values: Ints, rows: Bools) -> Ints:
        out = np.zeros(many, dtype=np.int64)
        np.add.at(out, group[rows], values[rows])
        return out

    everyone = np.ones(len(now), dtype=np.bool_)
    stays = now > 0
    money = {
        "revenue": added(now, everyone),
        "before": added(before, everyone),
        "new": added(change, ~base & ~ever),
        "returned": added(change, ~base & ever),
        "expansion": added(change, base & (change > 0)),
        "contraction": added(-change, base & stays & (change < 0)),
        "lost": added(-change, base & ~stays),
    }
    kept = np.minimum(before, np.maximum(now, 0))
    return _Flow(
        money,
        np.bincount(group[base], minlength=many),
        np.bincount(group[base & ~stays], minlength=many),
        np.bincount(group[stays], minlength=many),
        _ratio(kept, before, base, group, many),
        _ratio(now, before, base, group, many),
    )


def _ratio(part: Ints, whole: Ints, rows: Bools, group: Ints, many: int) -> tuple[Floats, Floats, Floats]:
    """Return sums' ratio per group with its 95 % interval."""
    y, x, of = part[rows].astype(np.float64), whole[rows].astype(np.float64), group[rows]
    n = np.bincount(of, minlength=many)
    total = np.bincount(of, x, many)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.bincount(of, y, many) / total
        squares = np.bincount(of, (y - ratio[of] * x) ** 2, many)
        error = np.sqrt(squares * n / (n - 1)) / total
    return ratio, np.maximum(ratio - _Z * error, 0), ratio + _Z * error


def _rows(
    found: _Flow, periods: Spans, number: int, names: tuple[str, ...], told: list[int], open_: bool
) -> list[dict[str, Any]]:
    churn, low, high = wilson(found.gone, found.base)
    out = []
    for value in told:
        numbers = {
            "gross": found.gross[0][value], "gross_low": found.gross[1][value], "gross_high": found.gross[2][value],
            "net": found.net[0][value], "net_low": found.net[1][value], "net_high": found.net[2][value],
            "churn": churn[value], "low": low[value], "high": high[value],
        }  # fmt: skip
        size = int(found.base[value])
        out.append(
            {"period": periods.firsts[number], "value": names[value]}
            | {key: int(found.money[key][value]) for key in _MONEY}
            | {"customers": int(found.paying[value]), "n": size, "lost_customers": int(found.gone[value])}
            | {key: float(one) for key, one in numbers.items()}
            | {
                "hidden": bool(hidden(max(size, int(found.paying[value])))),
                "low_n": bool(low_n(size)),
                "censored": open_,
                "few": bool(hidden(size)) or open_,
            }
        )
    return out


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    def numbers(name: str) -> Any:
        return np.array([row[name] for row in rows], dtype=np.float64)

    def whole(name: str) -> pa.Array:
        return pa.array([row[name] for row in rows], pa.int64())

    few = np.array([row["few"] for row in rows], dtype=np.bool_)
    hide = pa.array([row["hidden"] for row in rows], pa.bool_())
    made: dict[str, pa.Array] = {
        "period": pa.array([row["period"] for row in rows], pa.date32()),
        "value": pa.array([row["value"] for row in rows], pa.string()),
    }
    for name in _MONEY:
        amounts = decimals(np.array([row[name] for row in rows], dtype=np.int64))
        made[name] = pa.array(
            [
                None if row["hidden"] or (row["censored"] and name in _UNFINISHED) else one
                for row, one in zip(rows, amounts.to_pylist(), strict=True)
            ],
            amounts.type,
        )
    made["customers"], made["n"] = whole("customers"), whole("n")
    gone = [None if row["few"] else row["lost_customers"] for row in rows]
    made["lost_customers"] = pa.array(gone, pa.int64())
    for name in ("gross", "gross_low", "gross_high", "net", "net_low", "net_high", "churn", "low", "high"):
        made[name] = column(numbers(name), few)
    made["hidden"] = hide
    made["low_n"] = pa.array([row["low_n"] for row in rows], pa.bool_())
    made["censored"] = pa.array([row["censored"] for row in rows], pa.bool_())
    return pa.table(made)
