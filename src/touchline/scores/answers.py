"""The answers that NPS, CSAT and CES are made from: which count, and where.

A customer's latest answer in the period counts, once for each stage (in the scope ``stage``) and once for the
whole. Recovery programmes, which ask again after a case, are left out. NPS of the whole is that of the
relationship programmes (scope ``relationship``), NPS of a stage and of the scope ``transaction`` that of all
others; CSAT and CES of the whole (scope ``whole``) take every programme but recovery ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.scores.filtering import filtered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse

#: What tells one cell of answers from another, before the scale.
CELL: Final = ("period", "scope", "stage")
#: Filters by the period's name: ``now``, ``before``.
PeriodFilters = tuple[tuple[str, "Filters"], ...]


def counted(warehouse: Warehouse, periods: PeriodFilters, kinds: Sequence[str]) -> ir.Table:
    """Return the usable answers of some kinds in some periods, with a column ``period``."""
    import ibis

    parts = []
    for period, filters in periods:
        answers = filtered(warehouse, "answers", filters)
        usable = answers.kind.isin(kinds) & answers["sign"].notnull() & (answers.purpose.fill_null("") != "recovery")
        parts.append(answers.filter(usable).mutate(period=ibis.literal(period)))
    return parts[0] if len(parts) == 1 else parts[0].union(*parts[1:])


def scoped(answers: ir.Table, scopes: Mapping[str, ir.BooleanValue]) -> ir.Table:
    """Return the answers once per scope that they belong to; outside ``stage`` the stage is NULL."""
    import ibis

    parts = []
    for scope, belongs in scopes.items():
        part = answers.filter(belongs).mutate(scope=ibis.literal(scope))
        parts.append(part if scope == "stage" else part.mutate(stage=ibis.null("string")))
    return parts[0] if len(parts) == 1 else parts[0].union(*parts[1:])


def latest(answers: ir.Table, cell: Sequence[str]) -> ir.Table:
    """Return each customer's latest answer in each cell; of equal times the greatest id and question."""
    import ibis

    window = ibis.window(
        group_by=[*cell, "customer_key"],
        order_by=[ibis.desc(name) for name in ("occurred_at", "interaction_id", "question", "value")],
    )
    numbered = answers.mutate(_turn=ibis.row_number().over(window))
    return numbered.filter(numbered._turn == 0).drop("_turn")
