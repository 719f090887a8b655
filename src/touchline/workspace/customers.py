"""The customers of a workspace, by their references: how they stand, where they are heading, what they pay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import unknown
from touchline.scores.base import Figure, Filters
from touchline.scores.standing import standing
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.workspace.workspace import Workspace

Band = Literal["at risk", "watch", "healthy", "no data"]
Sorting = Literal["lowest", "highest", "falling", "rising", "value", "recent", "name"]
BANDS: Final = ("at risk", "watch", "healthy", "no data")
#: Order to the column that it goes by, and whether the smallest comes first.
ORDERS: Final = {
    "lowest": ("jsi", True), "highest": ("jsi", False), "falling": ("trend", True), "rising": ("trend", False),
    "value": ("value", False), "recent": ("last_seen", False), "name": ("customer", True),
}  # fmt: skip
_SCORES: Final = ("jsi", "low", "high", "trend", "band", "n")
_TOLD: Final = ("customer_ref", "account_ref", "role", "first_seen", "last_seen", "interactions")


def customers(
    workspace: Workspace,
    filters: Filters = Filters(),  # noqa: B008  frozen
    *,
    find: str = "",
    band: Band | None = None,
    account: str | None = None,
    order: Sorting = "lowest",
    limit: int = 50,
    skip: int = 0,
) -> Figure:
    """Return customers with a reference, in an order; those of whom a column says nothing come last.

    Args:
        workspace: Open, and up to date.
        filters: Which touches count. Segments choose customers too, by their latest value; by other filters those are
            left out who have no touch.
        find: Part of a reference, whatever its case.
        band: Only those who stand so.
        account: Only those of this account.
        order: ``lowest``, ``highest``, ``falling``, ``rising``, ``value``, ``recent`` or ``name`` first.
        limit: How many at most.
        skip: How many of the first to leave out.

    Returns:
        Rows customer (a reference), account, role, jsi, low and high (95 %), trend (since 28 days before), band, n
        (touches), value (paid in the last 365 days), first_seen, last_seen (UTC), interactions. Facts: customers (how
        many there are), currency, and how many stand in each band.

    Raises:
        QuestionError: A filter, the band or the order names what does not exist.
    """
    if band is not None and band not in BANDS:
        raise unknown("band", band, BANDS)
    if order not in ORDERS:
        raise unknown("order", order, tuple(ORDERS))
    score = workspace.settings.score
    stood = standing(
        workspace.asked, filters, limit=None, half_life=score.half_life_person, at_risk=score.at_risk,
        healthy=score.healthy,
    ).table.select(["key", *_SCORES])  # fmt: skip
    paid, currency = _paid(workspace, filters)
    spoke = filters != Filters(segments=filters.segments)
    keys = pa.concat_arrays([*stood["key"].chunks, *([] if spoke else paid["key"].chunks)])
    known = workspace.asked.having("customers", "customer_key", pc.unique(keys))
    known = _named(workspace, known, find.strip())
    if account is not None:
        known = known.filter(pc.fill_null(pc.equal(known["account_ref"], account), False))
    table = known.select(["customer_key", *_TOLD]).rename_columns(["key", "customer", "account", *_TOLD[2:]])
    table = table.join(stood, "key", join_type="left outer").join(paid, "key", join_type="left outer")
    bands = pc.fill_null(table["band"], "no data")
    table = table.set_column(table.schema.get_field_index("band"), "band", bands)
    counts = {row["values"]: row["counts"] for row in pc.value_counts(bands).to_pylist()}
    if band is not None:
        table = table.filter(pc.equal(table["band"], band))
    column, way = ORDERS[order]
    ways = [(column, "ascending" if way else "descending"), ("customer", "ascending")]
    table = table.take(pc.sort_indices(table, ways))
    page = table.slice(skip, limit)
    columns = ("customer", "account", "role", *_SCORES, "value", "first_seen", "last_seen", "interactions")
    more = table.num_rows - skip - page.num_rows
    return Figure(
        "customers",
        page.select(columns),
        phrase(
            "The standing JSI of each customer, 0 to 100, with its 95 % interval, its change in "
            "28 days, and what they paid in the last 365 days."
        ),
        (phrase("{more} more follow.", more=more),) if more > 0 else (),
        {"customers": table.num_rows, "currency": currency, **{name: counts.get(name, 0) for name in BANDS}},
    )


def _named(workspace: Workspace, known: pa.Table, find: str) -> pa.Table:
    """Return the customers who have a reference, or one that holds what is looked for: theirs, or another of theirs."""
    known = known.filter(pc.is_valid(known["customer_ref"]))
    if not find:
        return known

    def build() -> ir.Table:
        interactions = workspace.asked.table("interactions")
        mine = interactions.filter(interactions.customer_ref.lower().contains(find.lower()))
        return mine.select("customer_key").distinct()

    found = workspace.asked.ask(("customers named", find.lower()), build)["customer_key"]
    return known.filter(pc.is_in(known["customer_key"], found.combine_chunks()))


def _paid(workspace: Workspace, filters: Filters) -> tuple[pa.Table, str]:
    """Return what customers paid in the last 365 days, NULL where nothing is known of money; and the currency."""
    from touchline.value.basis import workspace_basis
    from touchline.value.churn import yearly
    from touchline.value.money import UNIT

    basis = workspace_basis(workspace.asked, workspace.journeys, workspace.settings)
    basis = basis.chosen(replace(Filters(), segments=filters.segments))
    keys = basis.journeys.keys
    if not len(keys):
        return pa.table({"key": pa.nulls(0, pa.int64()), "value": pa.nulls(0, pa.float64())}), ""
    owner = np.arange(len(keys))
    value = yearly(basis, owner, np.full(len(keys), basis.end)) / UNIT
    known = np.full(len(keys), bool(basis.money.there.any()))
    return pa.table({"key": pa.array(keys), "value": pa.array(value, mask=~known)}), basis.money.currency
