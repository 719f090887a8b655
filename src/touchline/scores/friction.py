"""Where customers struggle: the friction of each stage, and of each touchpoint within it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.scores.base import HIDDEN_N, LOW_N, Figure, Filters
from touchline.scores.cells import hidden_note
from touchline.scores.filtering import filtered, resolve
from touchline.scores.groups import group_name, stage_name
from touchline.scores.ordering import stage_place
from touchline.scores.rows import Rows, added, held_rows, numbered, pairs
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.warehouse.blanks import blank, blanks
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir
    from numpy.typing import ArrayLike, NDArray

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_SCHEMA = pa.schema(
    [
        ("rank", pa.int64()),
        ("stage", pa.string()),
        ("name", pa.string()),
        ("touchpoint", pa.string()),
        ("friction", pa.float64()),
        ("n", pa.int64()),
        ("customers_there", pa.int64()),
        ("per_100", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("share", pa.float64()),
        ("customers", pa.int64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)

_MEANING = phrase(
    "Friction: the severity-weighted count of touches that are negative, of high effort "
    "or unresolved; per_100 is that count per 100 customers who were there (by any "
    "touch, or for a stage by a position of the journey), with a 95 % interval (Wilson's "
    "score interval, scaled to the severities met and clustered by account). share is "
    "the part of all friction."
)


def friction(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters) -> Figure:
    """Return the friction of each stage and, below it, of each touchpoint (DESIGN section 5, "Friction").

    Who was there: customers with a touch there, and for a stage also those whose journey held the position
    in the period. Positions know customer and day only: under a filter on anything but dates and stages only
    customers with a touch under those filters count.

    Args:
        warehouse: Where touches and journey are.
        taxonomy: Names and orders the stages.
        filters: Which touches.

    Returns:
        Rows rank, stage, name, touchpoint (NULL: the stage), friction, n (touches), customers_there,
        per_100, low, high, share, customers (with a touch), hidden, low_n; the stage with most friction per
        customer first, its touchpoints after it. Those of low n get no rank, ``unassigned`` none either.
        Facts: ``worst``, the first stage; ``friction``, the count over all stages.

    Raises:
        QuestionError: An unknown filter value.
    """
    filters = resolve(warehouse, taxonomy, filters)
    held = held_rows(warehouse, "touches", filters)
    if held is None:
        answer = warehouse.ask(("friction", filters), lambda: _by_stage(warehouse, filters))
        within = warehouse.ask(("friction within", filters), lambda: _by_touchpoint(warehouse, filters))
    else:
        there = warehouse.ask(("positions", filters), lambda: _there(warehouse, filters))
        answer, within = _held(held, there), _held(held, None)
    stages, touchpoints = _rows(answer), _rows(within)
    total = sum(row["friction"] for row in stages)
    for row in stages:
        row["name"] = stage_name(taxonomy, row["stage"])
    for row in touchpoints:
        row["name"] = group_name(taxonomy, "touchpoint", row["touchpoint"])
    for row in (*stages, *touchpoints):
        row["share"] = row["friction"] / total if total else None
    ranked: list[dict[str, Any]] = []
    for stage in _ranked(stages, lambda row: stage_place(taxonomy, row["stage"])):
        inside = [row for row in touchpoints if row["stage"] == stage["stage"]]
        ranked += [stage, *_ranked(inside, lambda row: row["touchpoint"])]
    worst = next((row["stage"] for row in ranked if row["rank"] == 1 and row["touchpoint"] is None), None)
    for row in ranked:
        if row["hidden"]:
            row.update(dict.fromkeys(("friction", "per_100", "low", "high", "share")))
    return Figure(
        name="friction",
        table=pa.Table.from_pylist(ranked, schema=_SCHEMA),
        meaning=_MEANING,
        notes=hidden_note(np.array([row["hidden"] for row in ranked], dtype=bool)),
        facts={"worst": worst, "friction": total},
    )


def friction_interval(
    total: ArrayLike,
    squares: ArrayLike,
    customers: ArrayLike,
    clusters: ArrayLike,
    design_effect: ArrayLike = 1.0,
) -> tuple[Floats, Floats]:
    """Return the 95 % interval of the mean friction of a customer.

    Where severities vary, f in customers has a second moment of r times its first, so that a mean theta has
    the variance theta (r - theta) / N: that of a share theta / r. Wilson's score interval of that share,
    times r, with r = (sum(f^2) + 2) / (sum(f) + 1) (one imagined grave touch keeps r from being read off a
    lucky few), N divided by the design effect of accounts, and Student's t of clusters - 1 degrees of
    freedom for z. Where every f is 0 or 1 and r is 1 this is Wilson's interval. Coverage measured by
    simulation: .91 to .99 from 20 customers on, .85 at worst with 10 of several grave touches each.

    Args:
        total: Sum of f over customers, f being a customer's summed severity.
        squares: Sum of f^2.
        customers: N, those without friction among them.
        clusters: Accounts, or customers where there is no account.
        design_effect: How much wider the variance is for colleagues who feel alike, 1 at least.

    >>> low, high = friction_interval(12.0, 16.0, 100, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.063, 0.221)

    Source: Wilson 1927, for a variance function of theta (r - theta).
    """
    from scipy.special import stdtrit

    total, squares = np.asarray(total, dtype=np.float64), np.asarray(squares, dtype=np.float64)
    customers = np.asarray(customers, dtype=np.float64)
    mean = total / customers
    r = np.maximum((squares + 2) / (total + 1), mean)
    n = customers / np.maximum(np.asarray(design_effect, dtype=np.float64), 1.0)
    t2 = stdtrit(np.maximum(np.asarray(clusters, dtype=np.float64) - 1, 1), 0.975) ** 2
    share = mean / r
    middle = (share + t2 / (2 * n)) / (1 + t2 / n)
    half = np.sqrt(t2 * (share * (1 - share) / n + t2 / (4 * n**2))) / (1 + t2 / n)
    return r * np.maximum(np.minimum(middle - half, share), 0.0), r * np.maximum(middle + half, share)


def _touches(warehouse: Warehouse, filters: Filters) -> ir.Table:
    """Return the touches with ``f``: their severity where they are friction, else 0."""
    import ibis

    touches = filtered(warehouse, "touches", filters)
    felt = (touches.s == -1) | (touches.effort == "high") | (touches.resolution == "unresolved")
    return touches.select(
        "stage", "touchpoint", "customer_key", "account_key",
        n=ibis.literal(1, "int64"), f=ibis.cases((felt, touches.severity), else_=0.0),
    )  # fmt: skip


def _by_stage(warehouse: Warehouse, filters: Filters) -> ir.Table:
    import ibis

    touches = _touches(warehouse, filters).drop("touchpoint")
    held = _positions(warehouse, filters)
    held = held.select(
        stage=held.position, customer_key=held.customer_key, account_key=ibis.null("int64"),
        n=ibis.literal(0, "int64"), f=ibis.literal(0.0),
    )  # fmt: skip
    return _summed(touches.union(held), ("stage",)).mutate(touchpoint=ibis.null("string"))


def _by_touchpoint(warehouse: Warehouse, filters: Filters) -> ir.Table:
    touches = _touches(warehouse, filters)
    return _summed(touches.filter(touches.touchpoint.notnull()), ("stage", "touchpoint"))


def _there(warehouse: Warehouse, filters: Filters) -> ir.Table:
    held = _positions(warehouse, filters)
    return held.select(stage=held.position, customer_key=held.customer_key).distinct()


def _held(x: Rows, there: pa.Table | None) -> pa.Table:
    """Return what `_by_stage` makes of touches in memory and of who was there; without those, `_by_touchpoint`."""
    by = ("stage",) if there is not None else ("stage", "touchpoint")
    rows = np.flatnonzero(x.codes(by[-1]) >= 0)
    felt = (x.floats("s") == -1) | x.is_("effort", "high") | x.is_("resolution", "unresolved")
    f = np.where(felt, x.floats("severity"), 0.0)[rows]
    customer, unit = x.ints("customer_key")[rows], x.held.names("cluster").to_numpy()[x.codes("cluster")[rows]]
    names, group, groups = _grouped(x, by, rows, there)
    n = np.ones(len(rows))
    if there is None:
        people, person = x.held.names("customer").to_numpy(), x.codes("customer")[rows]
    else:
        none = np.zeros(there.num_rows)
        also = there["customer_key"].to_numpy()
        customer, unit = np.concatenate([customer, also]), np.concatenate([unit, also])
        n, f = np.concatenate([n, none]), np.concatenate([f, none])
        people, person = np.unique(customer, return_inverse=True)
    cell, keys = numbered(group * len(people) + person, groups * len(people))
    group_of, cluster, clusters = keys // max(len(people), 1), keys % max(len(people), 1), len(people)
    accounted = np.flatnonzero(unit != customer)
    if len(accounted):
        account = np.full(len(keys), np.iinfo(np.int64).min)
        np.maximum.at(account, cell[accounted], unit[accounted])
        units = np.where(account == np.iinfo(np.int64).min, people[cluster], account)
        known, cluster = np.unique(units, return_inverse=True)
        clusters = len(known)
    n, f = added(cell, n, len(keys)), added(cell, f, len(keys))
    each, of = pairs(group_of, cluster, groups, clusters)

    def clustered(values: Floats) -> Floats:
        return added(each, values, len(of))

    total, many = clustered(f), clustered(np.ones(len(keys)))
    columns = {
        "n": clustered(n), "friction": total, "squares": clustered(f * f), "customers_there": many,
        "customers": clustered((n > 0).astype(np.float64)), "clusters": np.ones(len(of)), "ff": total * total,
        "fn": total * many, "nn": many * many,
    }  # fmt: skip
    sums = {name: added(of, values, groups) for name, values in columns.items()}
    whole = ("n", "customers_there", "customers", "clusters")
    table = pa.table(
        names | {name: values.astype(np.int64) if name in whole else values for name, values in sums.items()}
    )
    return table.filter(pc.greater(table["n"], 0))


def _grouped(x: Rows, by: tuple[str, ...], rows: Ints, there: pa.Table | None) -> tuple[dict[str, pa.Array], Ints, int]:
    """Return the groups' columns, the group of each touch and then of each who was there, and how many there are."""
    stage = x.coded("stage")
    if there is None:
        point = x.coded("touchpoint")
        width = len(point.names)
        group, keys = numbered(stage.codes[rows] * width + point.codes[rows], len(stage.names) * width)
        at, of = keys // max(width, 1), keys % max(width, 1)
        return (
            {
                "stage": pa.array(stage.names, pa.string()).take(pa.array(at)),
                "touchpoint": pa.array(point.names, pa.string()).take(pa.array(of)),
            },
            group,
            len(keys),
        )
    names = list(dict.fromkeys([*stage.names, *there["stage"].unique().to_pylist()]))
    also = pc.index_in(there["stage"].combine_chunks(), pa.array(names, pa.string())).to_numpy().astype(np.int64)
    nothing = pa.nulls(len(names), pa.string())
    group = np.concatenate([stage.codes[rows], also])
    return {"stage": pa.array(names, pa.string()), "touchpoint": nothing}, group, len(names)


def _positions(warehouse: Warehouse, filters: Filters) -> ir.Table:
    """Return the journey's positions in the period, of the customers whom the other filters keep."""
    journey = warehouse.table("journey")
    conditions = [journey.position.notnull()]
    if filters.since is not None:
        conditions.append(journey.day >= blank(filters.since))
    if filters.until is not None:
        conditions.append(journey.day <= blank(filters.until))
    if filters.stages:
        conditions.append(journey.position.isin(blanks(filters.stages)))
    journey = journey.filter(conditions)
    whom = replace(filters, stages=())
    if whom == replace(Filters(), since=filters.since, until=filters.until):
        return journey
    return journey.semi_join(filtered(warehouse, "touches", whom), "customer_key")


def _summed(rows: ir.Table, by: tuple[str, ...]) -> ir.Table:
    """Sum rows to customers, those to their accounts, those to groups, with what the interval needs."""
    people = rows.group_by([*by, "customer_key"]).agg(n=rows.n.sum(), f=rows.f.sum(), account=rows.account_key.max())
    people = people.mutate(cluster=people.account.fill_null(people.customer_key))
    clusters = people.group_by([*by, "cluster"]).agg(
        n=people.n.sum(),
        f=people.f.sum(),
        squares=(people.f * people.f).sum(),
        there=people.count(),
        customers=(people.n > 0).sum(),
    )
    there = clusters.there.cast("float64")
    groups = clusters.group_by(list(by)).agg(
        n=clusters.n.sum(),
        friction=clusters.f.sum(),
        squares=clusters.squares.sum(),
        customers_there=clusters.there.sum(),
        customers=clusters.customers.sum(),
        clusters=clusters.count(),
        ff=(clusters.f * clusters.f).sum(),
        fn=(clusters.f * there).sum(),
        nn=(there * there).sum(),
    )
    return groups.filter(groups.n > 0)


def _rows(answer: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of an answer with per_100 and its interval; ranks and names are still to come."""
    total, squares, there, clusters, ff, fn, nn = (
        answer.column(name).to_numpy().astype(np.float64)
        for name in ("friction", "squares", "customers_there", "clusters", "ff", "fn", "nn")
    )
    mean = total / there
    alone = squares - mean**2 * there
    together = ff - 2 * mean * fn + mean**2 * nn
    effect = np.divide(together, alone, out=np.ones_like(mean), where=alone > 1e-9)
    low, high = friction_interval(total, squares, there, clusters, effect)
    rows: list[dict[str, Any]] = answer.select(
        ["stage", "touchpoint", "friction", "n", "customers_there", "customers"]
    ).to_pylist()
    for i, row in enumerate(rows):
        row |= {"per_100": 100 * mean[i], "low": 100 * low[i], "high": 100 * high[i], "rank": None}
        row |= {"hidden": row["customers"] < HIDDEN_N, "low_n": row["customers"] < LOW_N}
    return rows


def _ranked(rows: list[dict[str, Any]], place: Callable[[dict[str, Any]], Any]) -> list[dict[str, Any]]:
    """Order rows by friction per customer; number those that may have a rank, the others come after them."""
    rows = sorted(rows, key=place)

    def standing(row: dict[str, Any]) -> int:
        aside = row["touchpoint"] is None and row["stage"] == UNASSIGNED
        return 3 if aside else 2 if row["hidden"] else 1 if row["low_n"] else 0

    rows.sort(key=lambda row: (standing(row), 0.0 if row["hidden"] else -round(row["per_100"], 9)))
    for number, row in enumerate(rows, 1):
        if standing(row) == 0:
            row["rank"] = number
    return rows
