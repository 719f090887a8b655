"""The answers that NPS, CSAT and CES are made from: which count, where, and their sums, in one query.

A customer's latest answer in the period counts, once for each stage (in the scope ``stage``) and once for the
whole. Recovery programmes, which ask again after a case, are left out. NPS of the whole is that of the
relationship programmes (scope ``relationship``), NPS of a stage and of the scope ``transaction`` that of all
others; CSAT and CES of the whole (scope ``whole``) take every programme but recovery ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.scores.filtering import filtered
from touchline.scores.latest import latest_cells
from touchline.scores.moments import cluster
from touchline.scores.rows import held_rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse

KINDS: Final = ("nps", "csat", "ces")
#: Filters by the period's name: ``now``, ``before``.
PeriodFilters = tuple[tuple[str, "Filters"], ...]

_CELL: Final = ("period", "scope", "stage", "kind", "low", "high")


def cells(warehouse: Warehouse, periods: PeriodFilters, *, whole: bool = True) -> pa.Table:
    """Return the sums of every cell of answers.

    Args:
        warehouse: The data.
        periods: Names and resolved filters of the periods: ``(("now", filters),)``.
        whole: Whether the scopes of the whole are wanted beside the stages.

    Returns:
        One row per period, scope, stage (None outside the scope ``stage``), kind and scale (``low`` and ``high``;
        NPS has but one and leaves them None): the fields of `Moments` over the answers' signs, and ``mean`` and
        sample ``variance`` of their values. CES is turned so that high is easy.
    """
    held = {period: held_rows(warehouse, "answers", filters) for period, filters in periods}
    there = [(period, mine) for period, mine in held.items() if mine is not None]
    if len(there) == len(periods):
        return pa.concat_tables([latest_cells(period, mine, KINDS, whole=whole) for period, mine in there])
    return warehouse.ask(("surveys", periods, whole), lambda: _summed(_scoped(_counted(warehouse, periods), whole)))


def undeclared(warehouse: Warehouse, filters: Filters) -> int:
    """Return how many effort scores are not read, because the direction of their scale is not declared.

    Args:
        warehouse: Where they are.
        filters: Which, resolved.
    """

    def build() -> ir.Table:
        answers = filtered(warehouse, "answers", filters)
        unread = (answers.kind == "ces") & (answers.direction == 0) & (answers.purpose.fill_null("") != "recovery")
        return answers.agg(n=answers.count(where=unread))

    return int(warehouse.ask(("undeclared effort", filters), build)["n"][0].as_py())


def _counted(warehouse: Warehouse, periods: PeriodFilters) -> ir.Table:
    """Return the usable answers of every period, on their scale with high turned to easy."""
    import ibis

    parts = []
    for period, filters in periods:
        answers = filtered(warehouse, "answers", filters)
        usable = answers.kind.isin(KINDS) & answers["sign"].notnull() & (answers.purpose.fill_null("") != "recovery")
        parts.append(answers.filter(usable).mutate(period=ibis.literal(period)))
    answers = parts[0] if len(parts) == 1 else parts[0].union(*parts[1:])
    scaled = answers.kind != "nps"
    turned = (scaled & (answers.direction < 0)).ifelse(answers.low + answers.high - answers.value, answers.value)
    answers = answers.select(
        "period", "kind", "stage", "customer_key", "occurred_at", "interaction_id", "question", "sign",
        relationship=~scaled & (answers.purpose.fill_null("") == "relationship"),
        low=scaled.ifelse(answers.low, ibis.null("float64")),
        high=scaled.ifelse(answers.high, ibis.null("float64")),
        cluster=cluster(answers),
        value=turned,
    )  # fmt: skip
    return answers.filter(answers.value.notnull())


def _scoped(answers: ir.Table, whole: bool) -> ir.Table:
    """Return each customer's latest answer on every stage, and of those the latest on the whole."""
    import ibis

    cell = ["period", "kind", "relationship", "low", "high", "customer_key"]
    ranked = ibis.struct(
        {
            "occurred_at": answers.occurred_at,
            "interaction_id": answers.interaction_id,
            "question": answers.question.fill_null(""),
            "value": answers.value,
            "sign": answers["sign"],
            "cluster": answers.cluster,
        }
    )
    staged = answers.group_by([*cell, "stage"]).agg(last=ranked.max())
    here = staged.filter(~staged.relationship)
    stages = _latest(here, ibis.literal("stage"), here.stage)
    if not whole:
        return stages
    all_over = staged.group_by(cell).agg(last=staged["last"].max())
    scope = (all_over.kind != "nps").ifelse("whole", all_over.relationship.ifelse("relationship", "transaction"))
    return stages.union(_latest(all_over, scope, ibis.null("string")))


def _latest(rows: ir.Table, scope: ir.StringValue, stage: ir.StringValue) -> ir.Table:
    last = rows["last"]
    said = {name: last[name] for name in ("value", "sign", "cluster")}
    return rows.select("period", "kind", "low", "high", scope=scope, stage=stage, **said)


def _summed(rows: ir.Table) -> ir.Table:
    """Sum answers, one per customer, to clusters and those to cells."""
    import ibis

    sign, value = rows["sign"].cast("float64"), rows.value
    clusters = rows.group_by([*_CELL, "cluster"]).agg(
        n=rows.count(),
        negative=rows.count(where=rows["sign"] < 0),
        positive=rows.count(where=rows["sign"] > 0),
        s=sign.sum(),
        value=value.sum(),
        squared=(value * value).sum(),
    )
    w, s = clusters.n.cast("float64"), clusters["s"]
    total, summed = w.sum(), clusters.value.sum()
    variance = ibis.greatest(clusters.squared.sum() - summed * summed / total, 0) / (total - 1)
    counts = {name: clusters[name].cast("float64").sum().cast("int64") for name in ("n", "negative", "positive")}
    return clusters.group_by(list(_CELL)).agg(
        **counts, customers=counts["n"], clusters=clusters.count(),
        w=total, s=s.sum(), ww=(w * w).sum(), sw=(s * w).sum(), ss=(s * s).sum(),
        mean=summed / total, variance=(total > 1).ifelse(variance, 0.0),
    )  # fmt: skip
