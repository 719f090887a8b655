"""What is known of customers at a moment, as numbers: nothing that happens later is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.value.basis import Basis
from touchline.value.money import UNIT
from touchline.value.voices import DAY, Standings, standings, until
from touchline.warehouse.index.journeys import Bools, Floats, Ints

#: What every customer has a number of, in the order of the columns.
NUMBERS: Final = (
    "standing JSI", "nothing said", "JSI trend", "evidence", "negative share", "hard", "unresolved", "contacts",
    "days since active", "activity", "spend", "tenure", "stage reached",
)  # fmt: skip
#: The values of a segment that get a column of their own, the most common one left out, and the fewest of each.
_MOST: Final = 12
_FEWEST: Final = 30
HALF_YEAR: Final = 182 * DAY
QUARTER: Final = 91 * DAY
YEAR: Final = 365 * DAY


@dataclass(frozen=True)
class Known:
    """What is known of customers at moments.

    Attributes:
        names: Of the columns.
        x: Shape (n, columns).
        standing: How each stood.
        recency: Days since the last active step; since the first interaction where there was none.
    """

    names: tuple[str, ...]
    x: Floats
    standing: Standings
    recency: Floats


@dataclass(frozen=True)
class Levels:
    """Which values of segments have columns: pairs of a segment and a value."""

    pairs: tuple[tuple[str, str], ...]


def levels(basis: Basis, owner: Ints, moment: Ints) -> Levels:
    """Choose the columns of segments: values common enough at these moments, the most common one left out."""
    rows = until(basis.journeys.starts, basis.journeys.at, owner, moment) - 1
    pairs: list[tuple[str, str]] = []
    for name in basis.segments:
        coded = basis.column(name)
        count = np.bincount(coded.codes[rows].astype(np.int64) + 1, minlength=len(coded.names) + 1)[1:]
        order = sorted(range(len(coded.names)), key=lambda code: (-count[code], coded.names[code]))
        pairs += [(name, coded.names[code]) for code in order[1 : _MOST + 1] if count[code] >= _FEWEST]
    return Levels(tuple(pairs))


def known(basis: Basis, owner: Ints, moment: Ints, chosen: Levels) -> Known:
    """Return what is known of customers at moments.

    Args:
        basis: Whose.
        owner: Customers' numbers, shape (n,); each has an interaction by the moment.
        moment: Microseconds, shape (n,).
        chosen: The columns of segments.

    Returns:
        Columns: standing JSI (tens of points around 50; 0 without a word), nothing said (0 or 1), JSI trend (tens of
        points), evidence (log of 1 + n_eff), and over the last half year negative share (of touches), hard and
        unresolved (log of 1 + touches); contacts (log of 1 + those of a quarter); days since active (log of 1 +
        days), activity (log of 1 + active steps of half a year), spend (log of 1 + a year's revenue), tenure (log of
        1 + days since the first interaction), stage reached (0 to 1); a 0 or 1 per segment's value.
    """
    journeys, voices = basis.journeys, basis.voices
    stand = standings(
        voices, owner, moment,
        half_life=basis.score.half_life_person, at_risk=basis.score.at_risk, healthy=basis.score.healthy,
    )  # fmt: skip
    end = until(journeys.starts, journeys.at, owner, moment)
    spoke = until(voices.starts, voices.at, owner, moment)
    spoke_before = until(voices.starts, voices.at, owner, moment - HALF_YEAR)

    def said(mask: Bools) -> Floats:
        total = np.concatenate([[0], np.cumsum(mask)])
        found: Floats = (total[spoke] - total[spoke_before]).astype(np.float64)
        return found

    def did(amount: Bools | Ints, span: int) -> Floats:
        total = np.concatenate([[0], np.cumsum(amount, dtype=np.int64)])
        begin = until(journeys.starts, journeys.at, owner, moment - span)
        found: Floats = (total[end] - total[begin]).astype(np.float64)
        return found

    touches = (spoke - spoke_before).astype(np.float64)
    recency = since_active(basis, owner, moment, end)
    tenure = (moment - journeys.at[journeys.starts[owner]]) / DAY
    spend = np.maximum(did(basis.money.amounts, YEAR), 0) / UNIT
    columns = [
        np.where(stand.n > 0, np.nan_to_num(stand.jsi) / 10 - 5, 0.0),
        (stand.n == 0).astype(np.float64),
        np.nan_to_num(stand.trend) / 10,
        np.log1p(stand.n_eff),
        np.divide(said(voices.s < 0), touches, out=np.zeros_like(touches), where=touches > 0),
        np.log1p(said(voices.hard)),
        np.log1p(said(voices.unresolved)),
        np.log1p(did(basis.contacts, QUARTER)),
        np.log1p(recency),
        np.log1p(did(basis.active, HALF_YEAR)),
        np.log1p(spend),
        np.log1p(tenure),
        reached(basis)[end - 1],
    ]
    for name, value in chosen.pairs:
        coded = basis.column(name)
        columns.append((coded.codes[end - 1] == coded.names.index(value)).astype(np.float64))
    names = (*NUMBERS, *(f"{name.removeprefix('seg_')}={value}" for name, value in chosen.pairs))
    return Known(names, np.column_stack(columns), stand, recency)


def since_active(basis: Basis, owner: Ints, moment: Ints, end: Ints) -> Floats:
    """Return the days since each customer's last active step, or first interaction; ``end`` is from `until`."""
    journeys = basis.journeys
    rows = np.arange(len(journeys), dtype=np.int64)
    last = np.maximum.accumulate(np.where(basis.active, rows, -1)) if len(rows) else rows
    place = np.maximum(last[end - 1], journeys.starts[owner])
    days: Floats = (moment - journeys.at[place]) / DAY
    return days


def reached(basis: Basis) -> Floats:
    """Return the furthest progress stage reached by each row, 0 before the first to 1 at the last."""
    journeys = basis.journeys
    many = len(journeys.stages)
    if not many or "stage" not in journeys.columns:
        return np.zeros(len(journeys))
    coded = journeys.coded("stage")
    place = np.array([journeys.stages.index(n) + 1 if n in journeys.stages else 0 for n in coded.names] + [0])
    base = journeys.owner.astype(np.int64) * (many + 1)
    furthest: Floats = (np.maximum.accumulate(place[coded.codes] + base) - base) / many
    return furthest
