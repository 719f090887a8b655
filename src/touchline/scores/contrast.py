"""Each value of a segment against everyone else: the sums that a difference with shared customers needs.

The rest is never gathered: its sums are those of all less those of the value. With all of a cluster's weight T
and its weight w inside the value, sum((T - w)^2) = sum(T^2) - 2 sum(w T) + sum(w^2), and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from touchline.scores.groups import NONE
from touchline.scores.moments import Cross, Moments, cluster
from touchline.scores.ordering import ALL
from touchline.scores.rows import added, numbered, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import NDArray

    from touchline.scores.rows import Rows

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Values of a segment against the rest; one entry each.

    Attributes:
        stage: The stage, or ``all``.
        value: The segment's value.
        inside: Moments of the touches of the value.
        rest: Moments of all other touches there, those without a value among them.
        cross: The clusters on both sides.
    """

    stage: list[str]
    value: list[str]
    inside: Moments
    rest: Moments
    cross: Cross


@dataclass(frozen=True, slots=True)
class People:
    """Touches summed by stage and customer, one entry per pair of those, each stage once more under ``all``.

    Attributes:
        stages: Names of the stages; ``stage`` counts from 0 in here.
        stage: Which stage.
        customer: Which customer.
        unit: Which cluster of that stage, as a number from 0; ``unit_stage`` says of which stage.
        sums: Touches, w, w * s; shape (entries, 3).
    """

    stages: list[str]
    stage: Ints
    customer: Ints
    unit: Ints
    unit_stage: Ints
    sums: Floats


def against_rest(touches: ir.Table, column: str) -> ir.Table:
    """Return the sums of each stage (and ``all``) and value of a column, for `contrasts`."""
    import ibis

    rows = touches.select(
        "stage",
        "customer_key",
        value=touches[column].fill_null(NONE),
        cluster=cluster(touches),
        n=ibis.literal(1, "int64"),
        w=touches.weight,
        s=touches.weight * touches.s,
    )
    apart = rows.group_by(["stage", "value", "cluster", "customer_key"]).agg(**_sums(rows))
    together = apart.group_by(["value", "cluster", "customer_key"]).agg(**_sums(apart))
    people = apart.union(together.mutate(stage=ibis.literal(ALL)).select(*apart.columns))

    units = people.group_by(["stage", "value", "cluster"]).agg(**_sums(people))
    totals = units.group_by(["stage", "cluster"]).agg(t_n=units.n.sum(), t_w=units.w.sum(), t_s=units.s.sum())
    both = units.inner_join(totals, ["stage", "cluster"])
    values = both.group_by(["stage", "value"]).agg(
        n=both.n.sum(),
        g=both.count(),
        own=(both.n == both.t_n).sum(),
        w=both.w.sum(),
        s=both.s.sum(),
        w_w=(both.w * both.w).sum(),
        s_w=(both.s * both.w).sum(),
        s_s=(both.s * both.s).sum(),
        w_tw=(both.w * both.t_w).sum(),
        s_tw=(both.s * both.t_w).sum(),
        w_ts=(both.w * both.t_s).sum(),
        s_ts=(both.s * both.t_s).sum(),
    )
    wholes = totals.group_by("stage").agg(
        t_n=totals.t_n.sum(),
        t_g=totals.count(),
        t_w=totals.t_w.sum(),
        t_s=totals.t_s.sum(),
        t_ww=(totals.t_w * totals.t_w).sum(),
        t_sw=(totals.t_s * totals.t_w).sum(),
        t_ss=(totals.t_s * totals.t_s).sum(),
    )
    customers = people.group_by(["stage", "customer_key"]).agg(first=people.value.min(), last=people.value.max())
    everyone = customers.group_by("stage").agg(everyone=customers.count())
    single = customers.filter(customers["first"] == customers["last"])
    only = single.group_by(["stage", "first"]).agg(only=single.count()).rename(value="first")
    named = people.group_by(["stage", "value"]).agg(customers=people.customer_key.nunique())
    joined = (
        values.inner_join(named, ["stage", "value"])
        .inner_join(wholes, "stage")
        .inner_join(everyone, "stage")
        .left_join(only, ["stage", "value"])
    )
    joined = joined.mutate(only=joined.only.fill_null(0)).drop("stage_right", "value_right")
    return joined.filter(joined.value != NONE)


def held_against_rest(x: Rows, column: str) -> Contrasts:
    """Return what `against_rest` and `contrasts` make of touches in memory."""
    stage, value = x.coded("stage"), x.coded(column)
    names, many = [*stage.names, ALL], len(stage.names) + 1
    at = np.concatenate([stage.codes, np.full(len(x), many - 1)])
    of = np.tile(value.codes, 2) + 1  # 0: none
    width = len(value.names) + 1
    (unit, units), (person, people) = (x.numbered(name) for name in ("cluster", "customer"))
    weight = x.floats("weight")
    summed = [np.tile(part, 2) for part in (np.ones(len(x)), weight, weight * x.floats("s"))]

    total, total_of = pairs(at, np.tile(unit, 2), many, units)
    cell, keys = numbered(total * width + of, len(total_of) * width)
    whole = keys // width
    own, groups = numbered(total_of[whole] * width + keys % width, many * width)
    stage_of = groups // width
    n, w, s = (added(cell, part, len(keys)) for part in summed)
    t_n, t_w, t_s = (added(whole, part, len(total_of)) for part in (n, w, s))
    tw, ts = t_w[whole], t_s[whole]
    products = {
        "n": n, "g": n > 0, "own": n == t_n[whole], "w": w, "s": s, "w_w": w * w, "s_w": s * w, "s_s": s * s,
        "w_tw": w * tw, "s_tw": s * tw, "w_ts": w * ts, "s_ts": s * ts,
    }  # fmt: skip
    wholes = {
        "t_n": t_n, "t_g": t_n > 0, "t_w": t_w, "t_s": t_s, "t_ww": t_w * t_w, "t_sw": t_s * t_w, "t_ss": t_s * t_s,
    }  # fmt: skip
    sums = {name: added(own, part, len(groups)) for name, part in products.items()}
    sums |= {name: added(total_of, part, many)[stage_of] for name, part in wholes.items()}
    here, here_of = pairs(at, np.tile(person, 2), many, people)
    _, valued = numbered(here * width + of, len(here_of) * width)
    customer = valued // width
    group_of = np.searchsorted(groups, here_of[customer] * width + valued % width)
    single = np.bincount(customer, minlength=len(here_of))[customer] == 1  # of one value at the stage
    sums["customers"] = np.bincount(group_of, minlength=len(groups)).astype(np.float64)
    sums["only"] = added(group_of, single, len(groups))
    sums["everyone"] = np.bincount(here_of, minlength=many).astype(np.float64)[stage_of]
    known = np.flatnonzero(groups % width)
    return _contrasts(
        [names[code] for code in stage_of[known]], [value.names[code - 1] for code in groups[known] % width],
        {name: part[known] for name, part in sums.items()},
    )  # fmt: skip


def contrasts(answer: pa.Table) -> Contrasts:
    """Read the answer of `against_rest`."""
    sums = {
        name: answer.column(name).to_numpy().astype(np.float64)
        for name in answer.column_names
        if name not in ("stage", "value")
    }
    return _contrasts(answer.column("stage").to_pylist(), answer.column("value").to_pylist(), sums)


def by_customer(touches: ir.Table) -> ir.Table:
    """Return the touches summed by stage, cluster and customer, for `people`."""
    rows = touches.mutate(cluster=cluster(touches), ws=touches.weight * touches.s)
    return rows.group_by(["stage", "cluster", "customer_key"]).agg(n=rows.count(), w=rows.weight.sum(), s=rows.ws.sum())


def people(answer: pa.Table) -> People:
    """Read the answer of `by_customer`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = sorted(answer.column("stage").unique().to_pylist())
    stage = pc.index_in(answer.column("stage"), value_set=pa.array(names, pa.string())).to_numpy().astype(np.int64)
    clusters = np.unique(answer.column("cluster").to_numpy(), return_inverse=True)[1]
    many = int(clusters.max(initial=-1)) + 1
    stage = np.concatenate([stage, np.full(len(stage), len(names))])
    units, unit = np.unique(stage * many + np.tile(clusters, 2), return_inverse=True)
    sums = np.stack([answer.column(x).to_numpy().astype(np.float64) for x in ("n", "w", "s")], axis=1)
    return People(
        stages=[*names, ALL],
        stage=stage,
        customer=np.tile(answer.column("customer_key").to_numpy(), 2),
        unit=unit,
        unit_stage=units // max(many, 1),
        sums=np.tile(sums, (2, 1)),
    )


def members_against_rest(everyone: People, members: Mapping[str, Ints]) -> Contrasts:
    """Return each value against the rest where a value is a set of customers, whatever the time.

    Args:
        everyone: All customers' sums.
        members: Customer keys of each value; values may share customers.
    """
    x, count = everyone, len(everyone.stages)

    def per_unit(sums: Floats) -> list[Floats]:
        return [np.bincount(x.unit, column, len(x.unit_stage)).astype(np.float64) for column in sums.T]

    def per_stage(terms: Floats) -> Floats:
        return np.bincount(x.unit_stage, terms, count).astype(np.float64)  # of nothing it counts integers

    t_n, t_w, t_s = per_unit(x.sums)
    wholes = {
        "t_n": per_stage(t_n), "t_g": per_stage(np.ones_like(t_n)),
        "t_w": per_stage(t_w), "t_s": per_stage(t_s),
        "t_ww": per_stage(t_w * t_w), "t_sw": per_stage(t_s * t_w), "t_ss": per_stage(t_s * t_s),
        "everyone": _distinct(x.stage, x.customer, count),
    }  # fmt: skip
    parts = []
    for keys in members.values():
        inside = np.isin(x.customer, keys)
        n, w, s = per_unit(x.sums * inside[:, None])
        named = _distinct(x.stage[inside], x.customer[inside], count)
        parts.append(wholes | {
            "n": per_stage(n),
            "g": per_stage((n > 0).astype(float)), "own": per_stage(((n > 0) & (n == t_n)).astype(float)),
            "w": per_stage(w), "s": per_stage(s),
            "w_w": per_stage(w * w), "s_w": per_stage(s * w), "s_s": per_stage(s * s),
            "w_tw": per_stage(w * t_w), "s_tw": per_stage(s * t_w),
            "w_ts": per_stage(w * t_s), "s_ts": per_stage(s * t_s),
            "customers": named, "only": named,
        })  # fmt: skip
    names = [*wholes] if not parts else [*parts[0]]
    sums = {name: np.concatenate([part[name] for part in parts] or [np.zeros(0)]) for name in names}
    stages = x.stages * len(members)
    values = [value for value in members for _ in range(count)]
    return _contrasts(stages, values, sums)


def _sums(table: ir.Table) -> dict[str, ir.Value]:
    return {name: table[name].sum() for name in ("n", "w", "s")}


def _contrasts(stage: list[str], value: list[str], x: Mapping[str, Floats]) -> Contrasts:
    n_rest = x["t_n"] - x["n"]
    there = (n_rest > 0).astype(np.float64)  # differences of equal sums may leave a rounding error behind
    return Contrasts(
        stage=stage,
        value=value,
        inside=_moments(
            n=x["n"],
            customers=x["customers"],
            clusters=x["g"],
            w=x["w"],
            s=x["s"],
            ww=x["w_w"],
            sw=x["s_w"],
            ss=x["s_s"],
        ),
        rest=_moments(
            n=n_rest,
            customers=x["everyone"] - x["only"],
            clusters=x["t_g"] - x["own"],
            w=there * (x["t_w"] - x["w"]),
            s=there * (x["t_s"] - x["s"]),
            ww=there * (x["t_ww"] - 2 * x["w_tw"] + x["w_w"]),
            sw=there * (x["t_sw"] - x["s_tw"] - x["w_ts"] + x["s_w"]),
            ss=there * (x["t_ss"] - 2 * x["s_ts"] + x["s_s"]),
        ),
        cross=Cross(
            ww=x["w_tw"] - x["w_w"],
            sw=x["s_tw"] - x["s_w"],
            ws=x["w_ts"] - x["s_w"],
            ss=x["s_ts"] - x["s_s"],
        ),
    )


def _moments(
    *,
    n: Floats,
    customers: Floats,
    clusters: Floats,
    w: Floats,
    s: Floats,
    ww: Floats,
    sw: Floats,
    ss: Floats,
) -> Moments:
    """Return moments of touches of which the signs were not counted: no difference asks for them."""
    unknown = np.zeros(len(n), dtype=np.int64)
    return Moments(
        n=n.astype(np.int64),
        customers=customers.astype(np.int64),
        clusters=clusters.astype(np.int64),
        negative=unknown,
        positive=unknown,
        w=w,
        s=s,
        ww=ww,
        sw=sw,
        ss=ss,
    )


def _distinct(stage: Ints, customer: Ints, count: int) -> Floats:
    """Return how many different customers each stage has."""
    codes = np.unique(customer, return_inverse=True)[1]
    many = int(codes.max(initial=-1)) + 1
    pairs = np.unique(stage * many + codes)
    return np.bincount(pairs // max(many, 1), minlength=count).astype(np.float64)
