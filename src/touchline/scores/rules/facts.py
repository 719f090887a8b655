"""What is true of each customer at a date, one aggregation per table for any number of conditions.

Each function takes conditions (column name to leaf) and returns an Ibis table of ``customer_key`` and one
boolean column per condition. A customer who is missing there, or NULL, does not meet the condition, unless
`when_absent` says so. Only what happened up to the date is looked at.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from touchline.scores.intervals import PRIOR
from touchline.scores.standing import ENOUGH, SEVERE
from touchline.settings.rules.events import PLURAL, SEPARATORS, folded, pattern
from touchline.settings.rules.tree import (
    USAGE,
    Absent,
    Among,
    Answered,
    Band,
    Changed,
    Compare,
    Counted,
    Index,
    Latest,
    Leaf,
    Seen,
    Stage,
    Unseen,
    Value,
)
from touchline.vocabulary.schemas import KINDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_OPERATORS: Final[dict[str, Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_NUMBER: Final = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_DATE: Final = r"^\s*\d{4}-\d\d-\d\d"
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What conditions are asked of.

    Attributes:
        warehouse: Holds the tables.
        at: The date, UTC; a time without a zone is taken as UTC.
        settings: Knows half-lives and thresholds.
        taxonomy: Knows stages by alias, and their order where two positions have one time.
    """

    warehouse: Warehouse
    at: datetime
    settings: Settings
    taxonomy: Taxonomy | None

    def ago(self, days: float = 0.0) -> datetime:
        """Return the time so many days before the date, in UTC without a zone."""
        at = self.at.astimezone(UTC).replace(tzinfo=None) if self.at.tzinfo else self.at
        return at - timedelta(days=days)

    def known(self, table: ir.Table) -> ir.Table:
        """Return the rows of identified customers up to the date."""
        return table.filter(table.identified, table.occurred_at <= self.ago())

    def happened(self) -> ir.Table:
        """Return the interactions of identified customers up to the date, under their resolved keys."""
        journey = self.known(self.warehouse.table("journey")).select(
            "interaction_id", "customer_key", "occurred_at", "position"
        )
        told = self.warehouse.table("interactions").select("interaction_id", "author", "kind", "event", "sequence")
        return journey.inner_join(told, "interaction_id")


def when_absent(leaf: Leaf) -> bool:
    """Return whether a customer of whom the table knows nothing meets the condition.

    >>> when_absent(Absent("login", 30.0)), when_absent(Counted("order", "<", 3.0, 90.0))
    (True, True)
    >>> when_absent(Unseen(90.0))
    False
    """
    match leaf:
        case Absent():
            return True
        case Counted(_, compare, number, _):
            return bool(_OPERATORS[compare](0, number))
        case _:
            return False


def of_attributes(ground: Ground, wanted: Mapping[str, Compare | Among]) -> ir.Table:
    """Compare the attributes that held at the date."""
    import ibis

    table = ground.warehouse.table("attributes")
    table = table.mutate(name=table.name.lower())
    names = sorted({leaf.name.lower() for leaf in wanted.values()})
    table = table.filter(table.valid_from <= ground.ago(), table.name.isin(names), table.value.notnull())
    last = ibis.row_number().over(
        group_by=[table.customer_key, table.name], order_by=[table.valid_from.desc(), table.value.desc()]
    )
    table = table.mutate(_last=last)
    table = table.filter(table._last == 0)
    columns = {}
    for column, leaf in wanted.items():
        if isinstance(leaf, Compare):
            holds = _compared(table.value, leaf.operator, leaf.value)
        else:
            among = reduce(operator.or_, (_compared(table.value, "=", value) for value in leaf.values))
            holds = among if leaf.inside else ~among
        columns[column] = holds.any(where=table.name == leaf.name.lower())
    return table.group_by("customer_key").agg(**columns)


def of_behaviour(ground: Ground, wanted: Mapping[str, Counted | Changed | Absent]) -> ir.Table:
    """Count what customers, or systems for them, did."""
    import ibis

    table = ground.happened()
    table = table.filter(table.author != "employee")
    table = table.mutate(event=table.event.fill_null(""))
    nouns = {noun: f"noun_{place}" for place, noun in enumerate(sorted({x.event for x in wanted.values()}))}
    names = table.select("event", "kind").distinct()
    plain = names.event.lower().re_replace(SEPARATORS, "").re_replace(PLURAL, "")
    names = names.mutate(**{column: _stands_for(noun, plain, names.kind) for noun, column in nouns.items()})
    table = table.inner_join(names, ["event", "kind"])

    def count(noun: str, since: float | None, until: float = 0.0) -> ir.IntegerValue:
        counted = table[nouns[noun]] & (table.occurred_at <= ground.ago(until))
        if since is not None:
            counted &= table.occurred_at > ground.ago(since)
        return table.count(where=counted)

    columns: dict[str, ir.BooleanValue] = {}
    for column, leaf in wanted.items():
        match leaf:
            case Counted(event, compare, number, days):
                columns[column] = _OPERATORS[compare](count(event, days), ibis.literal(number))
            case Absent(event, days):
                columns[column] = count(event, days) == 0
            case Changed(event, direction, percent, days):
                before, after = count(event, 2 * days, days), count(event, days)
                change = (after - before) if direction == "up" else (before - after)
                columns[column] = (before > 0) & (100 * change >= percent * before)
    return table.group_by("customer_key").agg(**columns)


def of_presence(ground: Ground, wanted: Mapping[str, Seen | Unseen]) -> ir.Table:
    """Look at the first and the last time that the customers themselves were seen."""
    table = ground.happened()
    table = table.filter(table.author == "customer")
    first, last = table.occurred_at.min(), table.occurred_at.max()
    columns = {}
    for column, leaf in wanted.items():
        seen = first if isinstance(leaf, Seen) and leaf.first else last
        since = ground.ago(leaf.days)
        columns[column] = seen <= since if isinstance(leaf, Unseen) else seen > since
    return table.group_by("customer_key").agg(**columns)


def of_position(ground: Ground, wanted: Mapping[str, Stage]) -> ir.Table:
    """Look at the last progress stage that was held."""
    import ibis

    table = ground.happened()
    table = table.filter(table.position.notnull())
    order = tuple(enumerate(ground.taxonomy.progress)) if ground.taxonomy else ()
    place = table.position.cases(*((stage, at) for at, stage in order), else_=-1) if order else ibis.literal(-1)
    table = table.mutate(_place=place, _sequence=table.sequence.fill_null(0))
    last = ibis.row_number().over(
        group_by=table.customer_key,
        order_by=[
            table.occurred_at.desc(), table._sequence.desc(), table._place.desc(), table.interaction_id.desc()
        ],
    )  # fmt: skip
    table = table.mutate(_last=last)
    table = table.filter(table._last == 0)
    columns = {}
    for column, leaf in wanted.items():
        known = ground.taxonomy
        ids = [(known.stage_id(name) if known else None) or name.lower() for name in leaf.values]
        columns[column] = table.position.isin(ids) if leaf.inside else table.position.notin(ids)
    return table.select("customer_key", **columns)


def of_answers(ground: Ground, wanted: Mapping[str, Latest | Answered]) -> ir.Table:
    """Look at the latest answer of a kind (the worst of one interaction), or count answers of a sign."""
    import ibis

    table = ground.known(ground.warehouse.table("answers"))
    table = table.filter(table.kind.isin(sorted({leaf.kind for leaf in wanted.values()})))
    worst_first = [table.sign.fill_null(2), table.value, table.question]
    latest = ibis.row_number().over(
        group_by=[table.customer_key, table.kind],
        order_by=[table.occurred_at.desc(), table.interaction_id.desc(), *worst_first],
    )
    table = table.mutate(_latest=latest)
    columns = {}
    for column, leaf in wanted.items():
        met = (table.kind == leaf.kind) & (
            _OPERATORS[leaf.operator](table.value, leaf.number) if isinstance(leaf, Latest) else table.sign == leaf.sign
        )
        if leaf.days is not None:
            met &= table.occurred_at > ground.ago(leaf.days)
        if isinstance(leaf, Answered) and leaf.times is not None:
            columns[column] = table.interaction_id.nunique(where=met) >= leaf.times
        else:
            columns[column] = (met & (table._latest == 0)).any()
    return table.group_by("customer_key").agg(**columns)


def of_index(ground: Ground, wanted: Mapping[str, Index | Band]) -> ir.Table:
    """Look at the person's standing JSI, with the formula and bands of `touchline.scores.standing`."""
    import ibis

    score = ground.settings.score
    table = ground.known(ground.warehouse.table("touches"))
    age = ibis.literal(ground.ago()).delta(table.occurred_at, unit="microsecond") / _DAY_US
    table = table.mutate(_decay=ibis.literal(2.0).pow(-age / score.half_life_person))
    w, sign = table._decay * table.weight, table["s"]
    jsi = 50 * (1 + (w * sign).sum() / (w.sum() + PRIOR))
    severe = (sign < 0) & (table.severity >= SEVERE) & (table._decay * table.severity >= 1)
    low = (jsi < score.at_risk) & (w.sum() * w.sum() >= ENOUGH * (w * w).sum())
    at_risk = low | severe.any()
    bands = {"at_risk": at_risk, "healthy": ~at_risk & (jsi >= score.healthy)}
    bands["watch"] = ~at_risk & (jsi < score.healthy)
    columns = {
        column: bands[leaf.name] if isinstance(leaf, Band) else _OPERATORS[leaf.operator](jsi, leaf.number)
        for column, leaf in wanted.items()
    }
    return table.group_by("customer_key").agg(**columns)


def _compared(text: ir.StringValue, compare: str, value: Value) -> ir.BooleanValue:
    """Compare an attribute's text as the value's type; what is not of that type differs from it."""
    if isinstance(value, str):
        return _OPERATORS[compare](text.strip().lower(), value.strip().lower())
    if isinstance(value, date):
        typed = text.re_search(_DATE).ifelse(text.strip().left(10), None).try_cast("date")
    else:
        typed = text.re_search(_NUMBER).ifelse(text.strip(), None).try_cast("float64")
    return _OPERATORS[compare](typed, value).fill_null(compare == "!=")


def _stands_for(noun: str, event: ir.StringValue, kind: ir.StringValue) -> ir.BooleanValue:
    """Do an interaction's folded event and its kind answer to the noun? See `settings.rules.events`."""
    import re

    if noun == USAGE:
        return kind == "event"
    wanted = pattern(noun)
    kinds = [name for name in KINDS if re.match(wanted, folded(name))]
    named = (event != "") & event.re_search(wanted)
    return named | kind.isin(kinds) if kinds else named
