"""A metric, as it is declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["share", "value", "time", "trend"]
KINDS: Final[tuple[Kind, ...]] = ("share", "value", "time", "trend")
COUNTS: Final = ("customers", "interactions")
STATISTICS: Final = ("mean", "sum")
DIRECTIONS: Final = ("up", "down")
NATURES: Final = ("transactional", "behavioural", "experiential")
SIGNALS: Final = ("leading", "lagging")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. Steps are written in the step language.

    Attributes:
        id: Unique, lower_snake_case.
        name: What it is called.
        kind: ``share``: of the rows of ``over`` (or of their customers) the share that ``of`` follows; ``value``: of a
            column over the rows of ``over``; ``time``: from ``begin`` to the next ``end``; ``trend``: how many of
            ``of`` there were lately, against as long before.
        of: The numerator.
        over: The denominator.
        without: Does the numerator count those that ``of`` does *not* follow?
        within: So long after, microseconds; 0 for ever. Of a trend, how long lately is.
        count: ``customers`` (from their first such row on) or ``interactions``.
        column: Of numbers, for a value.
        statistic: mean or sum.
        begin: Of a time.
        end: Of a time.
        each: A column by whose values ``of`` or ``end`` is split into metrics of their own; empty for none.
        stage: The stage that it belongs to: only what happens there counts; empty for any.
        touchpoint: The same of a touchpoint.
        direction: ``up`` where more is better.
        target: The band that it should be in; NaN for an open end.
        nature: transactional, behavioural or experiential; empty where nobody said.
        signal: leading or lagging; empty where nobody said.
        about: What it is for.
        where: The file and the line.
        shipped: Does it come with Touchline?
    """

    id: str
    name: str
    kind: Kind
    of: str = ""
    over: str = ""
    without: bool = False
    within: int = 0
    count: str = "customers"
    column: str = "value"
    statistic: str = "mean"
    begin: str = ""
    end: str = ""
    each: str = ""
    stage: str = ""
    touchpoint: str = ""
    direction: str = "up"
    target: tuple[float, float] = (float("nan"), float("nan"))
    nature: str = ""
    signal: str = ""
    about: str = ""
    where: str = ""
    shipped: bool = False

    @property
    def unit(self) -> str:
        """What its numbers are."""
        return {"share": "%", "time": "days", "trend": "% more"}.get(self.kind, self.column)
