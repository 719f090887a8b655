"""Net Promoter Score with its interval, by stage and for the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchline.scores.answers import CELL, PeriodFilters, counted, latest, scoped
from touchline.scores.base import HIDDEN_N
from touchline.scores.intervals import mean_interval
from touchline.scores.moments import Moments, clustered

if TYPE_CHECKING:
    import ibis.expr.types as ir

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


def nps(warehouse: Warehouse, periods: PeriodFilters) -> dict[Cell, Score]:
    """Return NPS = 100 (promoters - detractors) / answers, -100 to 100, with the interval of the JSI.

    Args:
        warehouse: The data.
        periods: Names and resolved filters of the periods: ``(("now", filters),)``.

    Returns:
        Scores by (period, scope, stage): scope ``stage`` has one per stage, of transactional programmes;
        ``relationship`` and ``transaction`` one each for the whole, with the stage None.

    Source: Reichheld 2003 (promoters 9-10, detractors 0-6).
    """

    def build() -> ir.Table:
        answers = counted(warehouse, periods, ["nps"])
        relationship = answers.purpose.fill_null("") == "relationship"
        scopes = {"stage": ~relationship, "relationship": relationship, "transaction": ~relationship}
        return clustered(latest(scoped(answers, scopes), CELL), CELL, s="sign", weight=None)

    answer = warehouse.ask(("nps", periods), build)
    moments = Moments.of(answer)
    cells = zip(*(answer.column(name).to_pylist() for name in CELL), strict=True)
    point, low, high = ((100 * part).tolist() for part in mean_interval(moments))
    numbers = zip(cells, point, low, high, moments.customers.tolist(), strict=True)
    return {
        cell: Score(score, least, most, n) if n >= HIDDEN_N else Score(None, None, None, n)
        for cell, score, least, most, n in numbers
    }
