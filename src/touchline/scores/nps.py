"""Net Promoter Score with its interval, by stage and for the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from touchline.scores.answers import PeriodFilters, cells
from touchline.scores.base import HIDDEN_N
from touchline.scores.intervals import mean_interval
from touchline.scores.moments import Moments

if TYPE_CHECKING:
    from touchline.warehouse.base import Warehouse

#: (period, scope, stage)
Cell = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Score:
    """One survey score of one cell: value and 95 % interval are None under five customers.

    Attributes:
        n: Customers, each with their latest answer.
        easy: CES only: the percentage who found it easy.
        scale: CSAT and CES: the scale's lowest and highest value, or None where it was not declared.
        scales: How many scales the cell has; only the largest is reported.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    easy: float | None = None
    scale: tuple[float, float] | None = None
    scales: int = 1


def nps(warehouse: Warehouse, periods: PeriodFilters, *, whole: bool = True) -> dict[Cell, Score]:
    """Return NPS = 100 (promoters - detractors) / answers, -100 to 100, with the interval of the JSI.

    Args:
        warehouse: The data.
        periods: Names and resolved filters of the periods: ``(("now", filters),)``.
        whole: Whether the scores of the whole are wanted beside the stages'.

    Returns:
        Scores by (period, scope, stage): scope ``stage`` has one per stage, of transactional programmes;
        ``relationship`` and ``transaction`` one each for the whole, with the stage None.

    Source: Reichheld 2003 (promoters 9-10, detractors 0-6).
    """
    answer = cells(warehouse, periods, whole=whole)
    answer = answer.filter(pc.equal(answer["kind"], "nps"))
    moments = Moments.of(answer)
    where = zip(*(answer.column(name).to_pylist() for name in ("period", "scope", "stage")), strict=True)
    point, low, high = ((100 * part).tolist() for part in mean_interval(moments))
    numbers = zip(where, point, low, high, moments.customers.tolist(), strict=True)
    return {
        cell: Score(score, least, most, n) if n >= HIDDEN_N else Score(None, None, None, n)
        for cell, score, least, most, n in numbers
    }
