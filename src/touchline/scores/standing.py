"""The standing JSI of persons and accounts at any time.

Over the touches i of a person or account up to the time t (DESIGN section 5),

    w_i = 2^(-(t - t_i) / H) * severity_i * role_i * confidence_i      H = 30 d for persons, 90 d for accounts
    JSI = 50 (1 + sum(w_i s_i) / (sum(w_i) + m))                       m = 1

(a behavioural proxy's weight is halved, as everywhere). In an account a person's summed weight counts up to 3
before the role. One query gathers both sums at t and at t - 28 d; the rest is arithmetic on a few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Figure, Filters
from touchline.scores.cells import column
from touchline.scores.filtering import filtered, resolve
from touchline.scores.intervals import PRIOR, index, mean_interval
from touchline.scores.moments import Moments
from touchline.scores.profiled import unprofiled
from touchline.words import Number, phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from touchline.warehouse.base import Warehouse

#: Days until a touch weighs half.
HALF_LIFE: Final = {"person": 30.0, "account": 90.0}
TREND: Final = timedelta(days=28)
AT_RISK: Final = 40.0
HEALTHY: Final = 70.0
ENOUGH: Final = 2.0  # n_eff from which a low score is believed
SEVERE: Final = 3.0
MOST_PER_PERSON: Final = 3.0
ORDERS: Final = ("lowest", "highest", "falling", "rising")
_DAY: Final = 86_400_000_000.0  # microseconds


def standing(
    warehouse: Warehouse,
    filters: Filters,
    *,
    of: Literal["person", "account"] = "person",
    key: str | None = None,
    keys: Sequence[int] | None = None,
    at: datetime | None = None,
    limit: int | None = 50,
    half_life: float | None = None,
    at_risk: float = AT_RISK,
    healthy: float = HEALTHY,
    order: Literal["lowest", "highest", "falling", "rising"] = "lowest",
) -> Figure:
    """Return the standing JSI of persons or accounts.

    Args:
        warehouse: The data.
        filters: Which touches count.
        of: ``person`` (anonymous ones, who stand for one conversation, and those who are not to be profiled are left
            out) or ``account``.
        key: One person or account by its ref; one without a touch yet gets the band ``no data``.
        keys: Only these persons or accounts, by their keys; one without a touch yet has no row.
        at: The time t; without a zone it is UTC. None takes the time of the latest touch.
        limit: Most rows; None gives all.
        half_life: H in days, instead of `HALF_LIFE`.
        at_risk: Below it a standing is at risk, where enough speaks for it.
        healthy: From it on a standing is healthy.
        order: Which come first; ``falling`` is the lowest trend.

    Returns:
        ref, key, jsi, low and high (95 %, over conversations of a person and persons of an account), trend
        (JSI(t) - JSI(t - 28 d); NULL without a touch by then), band, n, customers, n_eff = (sum w)^2 /
        sum(w^2), severe, last_touch. ``severe`` counts the touches of severity 3 that still weigh as much as
        a fresh normal one: for 48 days at H = 30 d, 143 at 90 d. Bands: ``at risk`` (JSI < 40 with n_eff >=
        2, or one severe touch), ``healthy`` (>= 70), else ``watch``.

    Raises:
        QuestionError: An unknown ref, order or kind; filters that name what does not exist.
    """
    for name, value, known in (("standing of", of, tuple(HALF_LIFE)), ("order", order, ORDERS)):
        if value not in known:
            raise unknown(name, value, known)
    days = HALF_LIFE[of] if half_life is None else half_life
    if days <= 0:
        raise QuestionError(
            phrase("a half-life of {days} days is none", days=Number(f"{days:g}")),
            where="half_life",
            todo=phrase("give days above 0"),
        )
    filters = resolve(warehouse, None, filters)
    wanted = (None if keys is None else tuple(sorted(keys))) if key is None else _keys(warehouse, of, key)
    time = _latest(warehouse, filters) if at is None else _utc(at)

    def build() -> ir.Table:
        touches = _touches(warehouse, filters, of, time)
        if wanted is not None:
            touches = touches.filter(touches._who.isin(wanted))
        scored = _ranked(_persons(touches, time, days) if of == "person" else _accounts(touches, time, days))
        first = _first(scored, order, limit)
        names = _names(warehouse, of, first)
        return first.left_join(names, first._who == names._key).drop("_key")

    asked = ("standing", of, wanted, time, days, limit, order, filters)
    table = _figure(warehouse.ask(asked, build), order, at_risk, healthy)
    if key is not None and not table.num_rows:
        table = _no_data(table.schema, key, wanted[0] if wanted else None)
    return Figure(
        "standing",
        table,
        phrase(
            "Standing JSI, 0 to 100, of each {of} at the time stated: touches lose half their "
            "weight in {days} days; silence moves it to 50 and opens its 95 % interval.",
            of=of,
            days=Number(f"{days:g}"),
        ),
        notes=() if at else (phrase("Measured at the time of the latest touch."),),
        facts={"at": time, "of": of, "half_life": days, "order": order},
    )


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _latest(warehouse: Warehouse, filters: Filters) -> datetime | None:
    def build() -> ir.Table:
        touches = filtered(warehouse, "touches", filters)
        return touches.agg(latest=touches.occurred_at.max())

    latest: datetime | None = warehouse.ask(("latest touch", filters), build).column(0)[0].as_py()
    return latest


def _keys(warehouse: Warehouse, of: str, ref: str) -> tuple[int, ...]:
    """Return the key of a person or account that a ref stands for."""
    name = "customer" if of == "person" else "account"

    def build() -> ir.Table:
        customers = warehouse.table("customers")
        return customers.filter(customers[f"{name}_ref"] == ref).select(f"{name}_key").distinct()

    found = tuple(sorted(warehouse.ask(("key", of, ref), build).column(0).drop_null().to_pylist()))
    if not found:
        raise QuestionError(
            phrase("there is no {name} {ref}", name=name, ref=repr(ref)),
            todo=phrase("give the reference as the source exported it"),
        )
    return found


def _names(warehouse: Warehouse, of: str, wanted: ir.Table) -> ir.Table:
    """Return one ref per key that is wanted."""
    name, holds = ("customer", "interactions") if of == "person" else ("account", "customers")
    known = warehouse.table(holds)
    key, ref = known[f"{name}_key"], known[f"{name}_ref"]
    refs = known.semi_join(wanted, key == wanted._who)
    return refs.group_by(_key=key.name("_key")).agg(ref=ref.min())


def _touches(warehouse: Warehouse, filters: Filters, of: str, time: datetime | None) -> ir.Table:
    touches = filtered(warehouse, "touches", filters)
    if time is not None:
        touches = touches.filter(touches.occurred_at <= time)
    if of == "person":
        may = touches.filter(touches.identified).anti_join(unprofiled(warehouse), "customer_key")
        return may.mutate(_who=may.customer_key)
    return touches.filter(touches.account_key.notnull()).mutate(_who=touches.account_key)


def _weighed(touches: ir.Table, time: datetime | None, days: float) -> ir.Table:
    """Add per touch its decay now and 28 days ago (NULL when it came later), and if it is still severe."""
    import ibis

    def halved(microseconds: ir.FloatingValue) -> ir.FloatingValue:
        return ibis.literal(2.0) ** (-microseconds / (days * _DAY))

    now = time or datetime(1970, 1, 1)  # any time will do: there is no touch
    age = ibis.literal(now).delta(touches.occurred_at, unit="microsecond").cast("float64")
    decay = halved(age)
    earlier = touches.occurred_at <= now - TREND
    severe = (touches["s"] < 0) & (touches.severity >= SEVERE) & (decay * touches.severity >= 1)
    return touches.mutate(
        _decay=decay,
        _early=earlier.ifelse(halved(age - TREND / timedelta(microseconds=1)), ibis.null("float64")),
        _severe=severe.cast("int64"),
    )


def _persons(touches: ir.Table, time: datetime | None, days: float) -> ir.Table:
    """Return per person what `_scored` needs, over clusters that are conversations."""
    t = _weighed(touches, time, days)
    w, early = t._decay * t.weight, t._early * t.weight
    units = t.group_by(["_who", "conversation_key"]).agg(
        w=w.sum(), s=(w * t["s"]).sum(), squares=(w * w).sum(),
        early_w=early.sum().fill_null(0), early_s=(early * t["s"]).sum().fill_null(0), early_n=early.count(),
        n=t.count(), severe=t._severe.sum(), last_touch=t.occurred_at.max(),
    )  # fmt: skip
    return _summed(units, customers=1)


def _accounts(touches: ir.Table, time: datetime | None, days: float) -> ir.Table:
    """Return per account the same, over persons whose weight before the role is capped."""
    import ibis

    t = _weighed(touches, time, days)
    bare = t.weight / t.role_weight
    w, early = t._decay * t.weight, t._early * t.weight
    people = t.group_by(["_who", "customer_key"]).agg(
        bare=(t._decay * bare).sum(), early_bare=(t._early * bare).sum().fill_null(0),
        w=w.sum(), s=(w * t["s"]).sum(), squares=(w * w).sum(),
        early_w=early.sum().fill_null(0), early_s=(early * t["s"]).sum().fill_null(0), early_n=early.count(),
        n=t.count(), severe=t._severe.sum(), last_touch=t.occurred_at.max(),
    )  # fmt: skip

    def factor(summed: ir.FloatingValue) -> ir.FloatingValue:
        return (summed > MOST_PER_PERSON).ifelse(MOST_PER_PERSON / summed, ibis.literal(1.0))

    now, then = factor(people.bare), factor(people.early_bare)
    units = people.mutate(
        w=people.w * now,
        s=people["s"] * now,
        squares=people.squares * now * now,
        early_w=people.early_w * then,
        early_s=people.early_s * then,
    )
    return _summed(units, customers=None)


def _summed(units: ir.Table, customers: int | None) -> ir.Table:
    import ibis

    w, s = units.w, units["s"]
    added = ("n", "w", "s", "squares", "early_w", "early_s", "early_n", "severe")
    return units.group_by("_who").agg(
        **{name: units[name].sum() for name in added},
        ww=(w * w).sum(), sw=(s * w).sum(), ss=(s * s).sum(), clusters=units.count(),
        customers=ibis.literal(customers, "int64") if customers else units.count(),
        last_touch=units.last_touch.max(),
    )  # fmt: skip


def _ranked(sums: ir.Table) -> ir.Table:
    """Add what the rows are ordered by."""
    import ibis

    now = sums["s"] / (sums.w + PRIOR)
    then = sums.early_s / (sums.early_w + PRIOR)
    return sums.mutate(_mean=now, _trend=(sums.early_n > 0).ifelse(now - then, ibis.null("float64")))


def _first(scored: ir.Table, order: str, limit: int | None) -> ir.Table:
    """Return the first rows of an order; of equal ones those with the smaller key."""
    import ibis

    if order in ("falling", "rising"):
        scored = scored.filter(scored._trend.notnull())
    by = scored._mean if order in ("lowest", "highest") else scored._trend
    first = ibis.asc(by) if order in ("lowest", "falling") else ibis.desc(by)
    return scored if limit is None else scored.order_by([first, scored._who]).limit(limit)


def _figure(answer: pa.Table, order: str, at_risk: float, healthy: float) -> pa.Table:
    """Return the figure's rows from their sums, in order."""
    name, way = ("_mean" if order in ("lowest", "highest") else "_trend"), order in ("lowest", "falling")
    answer = answer.sort_by([(name, "ascending" if way else "descending"), ("_who", "ascending")])
    numbers = {x: _floats(answer, x) for x in ("w", "squares", "_trend", "severe")}
    sums = answer.append_column("negative", answer.column("n")).append_column("positive", answer.column("n"))
    jsi, low, high = (index(part) for part in mean_interval(Moments.of(sums), m_point=PRIOR))
    squares = numbers["squares"]
    n_eff = np.divide(numbers["w"] ** 2, squares, out=np.zeros_like(squares), where=squares > 0)
    bands = np.where(jsi >= healthy, "healthy", "watch")
    bands = np.where(((jsi < at_risk) & (n_eff >= ENOUGH)) | (numbers["severe"] >= 1), "at risk", bands)
    return pa.table(
        {
            "ref": answer.column("ref"),
            "key": answer.column("_who"),
            "jsi": column(jsi),
            "low": column(low),
            "high": column(high),
            "trend": column(50 * numbers["_trend"]),
            "band": pa.array(bands, pa.string()),
            "n": answer.column("n"),
            "customers": answer.column("customers"),
            "n_eff": column(n_eff),
            "severe": answer.column("severe"),
            "last_touch": answer.column("last_touch"),
        }
    )


def _no_data(schema: pa.Schema, ref: str, key: int | None) -> pa.Table:
    known = {"ref": ref, "key": key, "band": "no data", "n": 0, "customers": 0, "severe": 0}
    return pa.Table.from_pylist([known], schema=schema)


def _floats(answer: pa.Table, name: str) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = answer.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
    return numbers
