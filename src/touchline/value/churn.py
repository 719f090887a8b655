"""Who was lost, by period, last stage, reason, segment or band: counts, rates with intervals, and the revenue gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from touchline.errors import unknown
from touchline.scores.base import Figure
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.intervals import wilson
from touchline.value.basis import Basis
from touchline.value.features import YEAR
from touchline.value.money import decimals
from touchline.value.outcomes import Examples, Outcomes, examples, outcomes, said
from touchline.value.periods import MONTHS, spans
from touchline.value.voices import BANDS, DAY, standings, until
from touchline.warehouse.index.journeys import Ints
from touchline.words import Number, phrase

BY: Final = (*MONTHS, "stage", "reason", "band", "segment:NAME")
NO_COMPLAINT: Final = "(no complaint)"
_NONE: Final = "(none)"


def churn(basis: Basis, *, by: str = "month", called: Callable[[str], str] | None = None) -> Figure:
    """Return how many customers were lost.

    Args:
        basis: The customers.
        by: A period; ``stage``: the one held the lead before; ``reason``: the theme of the last complaint, of the year
            before or of the grace after; ``band``: how the customer stood the lead before; ``segment:NAME``.
        called: From an id to the name that is shown.

    Returns:
        One row per value: name, n (decisions, or customers watched over a look-ahead), customers, lost, share (of all
        who were lost), churn with low and high (Wilson), renewal (1 - churn), revenue (what the lost had paid in the
        year before, decimal), hidden, low_n.

    Raises:
        QuestionError: Another breakdown, or nothing says when a customer is lost.
    """
    found = outcomes(basis)
    trials, at = _trials(basis, found)
    code, names = _grouped(basis, trials, at, by)
    many = len(names)
    n = np.bincount(code, minlength=many)
    lost = np.bincount(code[trials.lost], minlength=many)
    pairs = np.unique(np.column_stack([code, trials.owner]), axis=0)
    customers = np.bincount(pairs[:, 0], minlength=many) if len(pairs) else np.zeros(many, dtype=np.int64)
    gone = np.zeros(many, dtype=np.int64)
    np.add.at(gone, code[trials.lost], yearly(basis, trials.owner, at)[trials.lost])
    keep = np.flatnonzero(n > 0)
    if by not in MONTHS and by != "band":
        keep = keep[np.lexsort((-n[keep], -lost[keep]))]
    rate, low, high = wilson(lost[keep], n[keep])
    hide = hidden(customers[keep])
    share, *_ = wilson(lost[keep], np.full(len(keep), lost.sum()))
    money = decimals(gone[keep]).to_pylist()
    table = pa.table(
        {
            "name": pa.array([_called(names[value], called) for value in keep.tolist()], pa.string()),
            "n": pa.array(n[keep], pa.int64()),
            "customers": pa.array(customers[keep], pa.int64()),
            "lost": pa.array(lost[keep], pa.int64(), mask=hide),
            "share": column(share, hide),
            "churn": column(rate, hide),
            "low": column(low, hide),
            "high": column(high, hide),
            "renewal": column(1 - rate, hide),
            "revenue": pa.array([None if h else m for h, m in zip(hide, money, strict=True)], pa.decimal128(38, 4)),
            "hidden": pa.array(hide),
            "low_n": pa.array(low_n(customers[keep])),
        }
    )

    def behind(row: int) -> Ints:
        keys: Ints = np.unique(basis.journeys.keys[trials.owner[(code == keep[row]) & trials.lost]])
        return keys

    open_ = int((found.ends > 0).sum())
    return Figure(
        "churn",
        table,
        phrase(
            "{said}. Churn is the share lost of {whom}, with a 95 % interval; revenue is what the lost had paid in the "
            "year before.",
            said=said(basis, found.how),
            whom=phrase("the contracts decided")
            if found.how == "contract"
            else phrase("those watched for {ahead} days", ahead=Number(f"{basis.value.ahead:g}")),
        ),
        (*basis.money.notes, *hidden_note(hide)),
        {
            "how": found.how,
            "n": len(trials),
            "lost": int(trials.lost.sum()),
            "open": open_,
            "currency": basis.money.currency,
            "by": by,
        },
        behind,
    )


def _called(name: str, called: Callable[[str], str] | None) -> str:
    return called(name) if called and name not in (_NONE, NO_COMPLAINT) else name


def _trials(basis: Basis, found: Outcomes) -> tuple[Examples, Ints]:
    """Return what could end either way, and when it did or would have."""
    if found.how == "inactivity":
        made = examples(basis, found)
        return made, made.moment
    rows = basis.within(found.due)
    made = Examples(
        found.owner[rows], found.due[rows] - int(basis.value.lead * DAY), found.lost[rows], found.known[rows]
    )
    return made, found.due[rows]


def _grouped(basis: Basis, trials: Examples, at: Ints, by: str) -> tuple[Ints, tuple[str, ...]]:
    journeys = basis.journeys
    if by in MONTHS:
        if not len(at):
            return np.zeros(0, np.int64), ()
        periods = spans(int(at.min()), int(at.max()), by, journeys.zone)
        return periods.of(at), tuple(day.isoformat() for day in periods.firsts)
    if by == "reason":
        return _reasons(basis, trials.owner, at)
    if by == "band":
        stand = standings(
            basis.voices, trials.owner, trials.moment,
            half_life=basis.score.half_life_person, at_risk=basis.score.at_risk, healthy=basis.score.healthy,
        )  # fmt: skip
        return stand.band, BANDS
    if by != "stage" and not by.startswith("segment:"):
        raise unknown("breakdown", by, BY)
    coded = journeys.coded("stage") if by == "stage" else basis.column(by)
    rows = until(journeys.starts, journeys.at, trials.owner, trials.moment) - 1
    code = np.where(rows >= journeys.starts[trials.owner], coded.codes[rows].astype(np.int64), -1)
    return np.where(code < 0, len(coded.names), code), (*coded.names, _NONE)


def _reasons(basis: Basis, owner: Ints, at: Ints) -> tuple[Ints, tuple[str, ...]]:
    """Return the theme of each customer's last complaint: of the year before, or of the grace after."""
    voices = basis.voices
    names = voices.theme.names
    told = np.flatnonzero((voices.s < 0) & (voices.theme.codes >= 0))
    if not len(told):
        return np.full(len(owner), len(names)), (*names, NO_COMPLAINT)
    starts = np.searchsorted(told, voices.starts)
    when = voices.at[told]
    last = until(starts, when, owner, at + int(basis.value.grace * DAY)) - 1
    there = last >= starts[owner]
    last = np.maximum(last, 0)
    there &= when[last] > at - YEAR
    return np.where(there, voices.theme.codes[told[last]], len(names)), (*names, NO_COMPLAINT)


def yearly(basis: Basis, owner: Ints, at: Ints) -> Ints:
    """Return what customers paid in the year up to a moment, in ten-thousandths; never below 0."""
    journeys = basis.journeys
    total = np.concatenate([[0], np.cumsum(basis.money.amounts)])
    end = until(journeys.starts, journeys.at, owner, at)
    begin = until(journeys.starts, journeys.at, owner, at - YEAR)
    paid: Ints = np.maximum(total[end] - total[begin], 0)
    return paid


def moment_day(moment: int, zone: str) -> str:
    """Return the day of a moment in a zone, as ISO 8601.

    >>> moment_day(0, "Asia/Tokyo")
    '1970-01-01'
    """
    return datetime.fromtimestamp(moment / 1e6, UTC).astimezone(ZoneInfo(zone)).date().isoformat()
