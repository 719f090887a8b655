"""A change of the NPS between two periods, split exactly into mix (who answered) and themes (what those who did said).

With share p_g of the answers and NPS mu_g of each group g of customers, before and after, the change is mix + within
as in `touchline.scores.change`. The within part is the change of the mean when every group has the mean of its two
shares, so each answer counts ``(p_g0 + p_g1) / 2 / n_g``; weighed like this the answers of both periods are split by
theme as in `touchline.scores.bridge`. So what mix there is in who was asked does not read as a theme, and all bars
add up to the change.

An answer's theme is that of the touch of its conversation at its stage, else of the heaviest touch of its conversation
that has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, Figure
from touchline.scores.bootstrap import REPLICATES, resampled_sums
from touchline.scores.bridge import NO_THEME, part, steps
from touchline.scores.cells import column, hidden, low_n, share, shown
from touchline.scores.change import OTHER
from touchline.scores.excess import spread
from touchline.scores.filtering import filtered, resolve
from touchline.scores.groups import NONE, group_column, group_name
from touchline.scores.moments import cluster
from touchline.scores.periods import Periods, compare
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

Scope = Literal["relationship", "transaction"]
#: By what those who answered may be told apart, beside ``segment:NAME``.
GROUPS: Final = ("programme", "source", "family", "channel", "stage")


def nps_bridge(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    previous: Filters | None = None,
    by: str = "theme",
    over: str = "programme",
    scope: Scope | None = None,
    seed: int = 0,
) -> Figure:
    """Return the change of the NPS, split into mix and themes, or into mix and within of each group.

    Args:
        warehouse: The data.
        taxonomy: Names stages and themes.
        filters: The period after.
        previous: The period before; None takes as many days right before ``filters.since``.
        by: ``theme``, or one of `GROUPS`, or ``segment:NAME``.
        over: With ``by="theme"``, the groups whose mix is taken out: one of `GROUPS` or ``segment:NAME``.
        scope: ``relationship`` or ``transaction`` programmes; None takes relationship ones where there are answers.
        seed: Of the draws.

    Returns:
        Rows kind (``mix``, ``theme``; or ``group``), key, name, n_before, n_after (answers: one per customer),
        share_before, share_after, nps_before, nps_after, mix, within, total (NPS points; they add up to the change)
        with low and high (95 %, customers drawn again), n, customers, hidden, low_n. Groups of one to four customers
        come together as ``(other)``. Facts before, after, change, mix, within, scope.

    Raises:
        QuestionError: There is no period before, nobody answered, or filters name what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)
    periods = compare(warehouse, filters, resolve(warehouse, taxonomy, previous) if previous else None)
    groups = group_column(warehouse, over if by == "theme" else by, GROUPS)
    data, scope = _answers(warehouse, periods, groups, scope)
    known = min(int((data.side == side).sum()) for side in (0, 1)) >= HIDDEN_N
    cells = _drawn(data, seed)
    mix, within = _split(cells.sum(axis=2))
    facts = _facts(data, mix[:, 0], within[:, 0], scope, periods)
    if by == "theme":
        rows = [*_groups(data, taxonomy, groups, mix, None), *_themes(data, taxonomy, cells)]
    else:
        rows = _groups(data, taxonomy, groups, mix, within)
    return Figure(
        "nps_bridge",
        _table(rows, data, known=known),
        phrase(
            "Change of the NPS ({scope} programmes) in points: mix is that others answered, {rest}; the bars add up to "
            "the change. 95 % intervals: customers drawn again.",
            scope=scope,
            rest=phrase("the themes are what they said")
            if by == "theme"
            else phrase("within that they answered otherwise"),
        ),
        () if known else (phrase("A period has fewer than {hidden_n} answers: nothing is shown.", hidden_n=HIDDEN_N),),
        {**facts, "by": by, "over": groups, "replicates": REPLICATES, "seed": seed},
        lambda row: np.unique(data.customer[rows[row].mask]),
    )


@dataclass(frozen=True)
class _Answers:
    """One entry per customer and period."""

    side: Ints
    customer: Ints
    cluster: Ints
    sign: Floats
    group: Ints
    groups: tuple[str, ...]
    theme: Ints
    themes: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    kind: str
    key: str
    name: str
    mix: Floats  # the point, then draws
    within: Floats
    mask: npt.NDArray[np.bool_]


def _answers(warehouse: Warehouse, periods: Periods, groups: str, scope: Scope | None) -> tuple[_Answers, Scope]:
    before = periods.before
    if before is None:
        raise QuestionError(
            phrase("a change needs two periods, and this one has no first day"),
            where="since",
            todo=phrase("give since, or the previous period"),
        )
    asked = ((before, 0), (periods.now, 1))
    key = ("nps bridge", before, periods.now, groups)
    table = warehouse.ask(key, lambda: _latest(warehouse, asked, groups))
    there = table["relationship"].to_numpy(zero_copy_only=False)
    scope = scope or ("relationship" if there.any() else "transaction")
    table = table.filter(pa.array(there == (scope == "relationship")))
    if not table.num_rows:
        raise QuestionError(
            phrase("no {scope} programme asked for the NPS there", scope=scope), todo=phrase("ask of a longer time")
        )
    side = table["side"].to_numpy().astype(np.int64)
    customer = table["customer_key"].to_numpy().astype(np.int64)
    group, names = _coded(table["group"].to_pylist(), NONE)
    theme, themes = _coded(table["theme"].to_pylist(), NO_THEME)
    group, names = _together(side, group, names, OTHER, rest=False)
    theme, themes = _together(side, theme, themes, NO_THEME, rest=True)
    sign = table["sign"].to_numpy().astype(np.float64)
    of = table["cluster"].to_numpy().astype(np.int64)
    return _Answers(side, customer, of, sign, group, names, theme, themes), scope


def _latest(warehouse: Warehouse, asked: tuple[tuple[Filters, int], ...], groups: str) -> ir.Table:
    """Return each customer's latest answer in each period and scope, with its group and theme."""
    import ibis

    parts = []
    for filters, side in asked:
        answers = filtered(warehouse, "answers", filters)
        usable = (answers.kind == "nps") & answers["sign"].notnull() & (answers.purpose.fill_null("") != "recovery")
        answers = answers.filter(usable)
        parts.append(
            answers.select(
                "customer_key", "occurred_at", "interaction_id", "question", "conversation_key", "stage",
                side=ibis.literal(side, "int64"),
                relationship=answers.purpose.fill_null("") == "relationship",
                sign=answers["sign"].cast("int64"),
                cluster=cluster(answers),
                group=answers[groups].cast("string"),
            )
        )  # fmt: skip
    rows = parts[0].union(parts[1])
    told = ("conversation_key", "stage", "sign", "cluster")
    ranked = ibis.struct(
        {
            "occurred_at": rows.occurred_at,
            "interaction_id": rows.interaction_id,
            "question": rows.question.fill_null(""),
            **{name: rows[name] for name in told},
            "group": rows.group.fill_null(NONE),
        }
    )
    entry = ["side", "relationship", "customer_key"]
    last = rows.group_by(entry).agg(last=ranked.max())
    last = last.select(*entry, **{name: last["last"][name] for name in (*told, "group")})
    touches = warehouse.table("touches")
    touches = touches.filter(touches.theme.notnull())
    themes = touches.select("conversation_key", "theme", "weight", about=touches.stage)
    both = last.inner_join(themes, "conversation_key")
    best = ibis.struct({"here": (both.about == both.stage).cast("int8"), "weight": both.weight, "theme": both.theme})
    found = both.group_by(entry).agg(best=best.max())
    found = found.select(*entry, theme=found["best"]["theme"])
    joined = last.left_join(found, entry)
    return joined.select(*entry, "sign", "cluster", "group", "theme").order_by(entry)


def _coded(values: list[str | None], missing: str) -> tuple[Ints, tuple[str, ...]]:
    names = sorted({missing if value is None else value for value in values})
    place = {name: code for code, name in enumerate(names)}
    return np.array([place[missing if value is None else value] for value in values], dtype=np.int64), tuple(names)


def _together(
    side: Ints, codes: Ints, names: tuple[str, ...], other: str, *, rest: bool
) -> tuple[Ints, tuple[str, ...]]:
    """Put those of one to four customers in a period together, last; with ``rest`` that is always there."""
    count = np.bincount(codes * 2 + side, minlength=2 * len(names)).reshape(-1, 2)
    few = ((count > 0) & (count < HIDDEN_N)).any(axis=1) | np.array([name == other for name in names], dtype=np.bool_)
    kept = [name for name, small in zip(names, few, strict=True) if not small]
    if few.any() or rest:
        kept.append(other)
    place = {name: code for code, name in enumerate(kept)}
    table = np.array([place.get(name, len(kept) - 1) for name in names], dtype=np.int64)
    return table[codes], tuple(kept)


def _drawn(data: _Answers, seed: int) -> Floats:
    """Return answers and their signs per cell, shape (period, group, theme, 2, 1 + draws); the first is the point."""
    many = (2, len(data.groups), len(data.themes))
    cell = (data.side * many[1] + data.group) * many[2] + data.theme
    values = np.stack([np.ones(len(cell)), data.sign], axis=1)
    point = np.stack([np.bincount(cell, column_, int(np.prod(many))) for column_ in values.T], axis=1)
    draws = resampled_sums(data.cluster, cell, values, int(np.prod(many)), seed=seed)
    return np.concatenate([point[:, :, None], draws], axis=2).reshape(*many, 2, -1)


def _split(cells: Floats) -> tuple[Floats, Floats]:
    """Return mix and within of each group in NPS points, as `touchline.scores.change.split` does, for every draw.

    Args:
        cells: Shape (2, groups, 2, 1 + draws).

    Returns:
        Shape (groups, 1 + draws) twice.
    """
    n, s = cells[:, :, 0], cells[:, :, 1]
    total = n.sum(axis=1, keepdims=True)
    p = np.divide(n, total, out=np.zeros_like(n), where=total > 0)
    mu = np.divide(s, n, out=np.full_like(n, np.nan), where=n > 0)
    mu = np.nan_to_num(np.where(np.isnan(mu), mu[::-1], mu))
    middle = (p * mu).sum(axis=1).mean(axis=0)
    mix = 100 * (p[1] - p[0]) * (mu.mean(axis=0) - middle)
    return mix, 100 * p.mean(axis=0) * (mu[1] - mu[0])


def _weighed(cells: Floats) -> tuple[Floats, Floats, Floats]:
    """Return weight and signed weight per theme and period with every group at its mean share, and their sum.

    Shapes (themes, 2, 1 + draws) twice, and (1 + draws,).
    """
    n = cells[:, :, :, 0].sum(axis=2)  # (2, groups, draws)
    total = n.sum(axis=1, keepdims=True)
    p = np.divide(n, total, out=np.zeros_like(n), where=total > 0)
    both = (n > 0).all(axis=0)
    middle = np.where(both, p.mean(axis=0), 0.0)
    each = np.divide(middle, n, out=np.zeros_like(n), where=n > 0)
    w, s = (np.einsum("pgr,pgtr->tpr", each, cells[:, :, :, i]) for i in (0, 1))
    return w, s, middle.sum(axis=0)


def _themes(data: _Answers, taxonomy: Taxonomy, cells: Floats) -> list[_Row]:
    """Return the bars of themes, largest first, the rest last."""
    w, s, weight = _weighed(cells)
    order, _, _ = steps(w[:, :, 0], s[:, :, 0])
    left_w, left_s = w.sum(axis=0).T, s.sum(axis=0).T  # (draws, 2)
    rows = []
    for place in order.tolist():
        own_w, own_s = w[place].T, s[place].T
        if place == len(data.themes) - 1:
            mix = np.zeros(len(weight))
            mean = np.divide(left_s, left_w, out=np.zeros_like(left_s), where=left_w > 1e-12)
            mean = np.where(left_w > 1e-12, mean, mean[:, ::-1])
            within = 50 * (mean[:, 1] - mean[:, 0])
        else:
            mix, within = part(own_w, own_s, left_w, left_s)
            left_w, left_s = left_w - own_w, left_s - own_s
        name = data.themes[place]
        called = name if name == NO_THEME else group_name(taxonomy, "theme", name)
        rows.append(_Row("theme", name, called, 2 * weight * mix, 2 * weight * within, data.theme == place))
    return rows


def _groups(data: _Answers, taxonomy: Taxonomy, by: str, mix: Floats, within: Floats | None) -> list[_Row]:
    nothing = np.zeros(mix.shape[1])
    total = mix[:, 0] + (0 if within is None else within[:, 0])
    rows = []
    for place in np.argsort(-np.abs(total), kind="stable").tolist():
        key = data.groups[place]
        name = key if key in (OTHER, NONE) else group_name(taxonomy, by, key)
        changed = nothing if within is None else within[place]
        rows.append(_Row("mix" if within is None else "group", key, name, mix[place], changed, data.group == place))
    return rows


def _facts(data: _Answers, mix: Floats, within: Floats, scope: Scope, periods: Periods) -> dict[str, Any]:
    n = [int((data.side == side).sum()) for side in (0, 1)]
    nps = [100 * float(data.sign[data.side == side].mean()) if n[side] else float("nan") for side in (0, 1)]
    before, after = (shown(nps[side], n[side]) for side in (0, 1))
    known = before is not None and after is not None
    return {
        **periods.facts(), "scope": scope, "before": before, "after": after,
        "change": nps[1] - nps[0] if known else None, "mix": float(mix.sum()) if known else None,
        "within": float(within.sum()) if known else None,
    }  # fmt: skip


def _table(rows: list[_Row], data: _Answers, *, known: bool) -> pa.Table:
    sides = [[row.mask & (data.side == side) for side in (0, 1)] for row in rows]
    n = np.array([[int(mask.sum()) for mask in pair] for pair in sides], dtype=np.int64).reshape(-1, 2)
    s = np.array([[float(data.sign[mask].sum()) for mask in pair] for pair in sides]).reshape(-1, 2)
    customers = np.array([len(np.unique(data.customer[row.mask])) for row in rows], dtype=np.int64)
    hide = hidden(customers)
    all_ = np.bincount(data.side, minlength=2)
    p = share(n, np.broadcast_to(all_, n.shape))
    nps = 100 * share(s, n)
    total = np.stack([row.mix + row.within for row in rows])
    low, high = spread(total[:, 0], total[:, 1:])
    nothing = np.full(len(rows), not known)
    few = hidden(n)
    return pa.table(
        {
            "kind": pa.array([row.kind for row in rows], pa.string()),
            "key": pa.array([row.key for row in rows], pa.string()),
            "name": pa.array([row.name for row in rows], pa.string()),
            "n_before": n[:, 0],
            "n_after": n[:, 1],
            "share_before": column(p[:, 0]),
            "share_after": column(p[:, 1]),
            "nps_before": column(nps[:, 0], few[:, 0]),
            "nps_after": column(nps[:, 1], few[:, 1]),
            "mix": column(np.array([row.mix[0] for row in rows]), nothing),
            "within": column(np.array([row.within[0] for row in rows]), nothing),
            "total": column(total[:, 0], nothing),
            "low": column(low, nothing),
            "high": column(high, nothing),
            "n": n.sum(axis=1),
            "customers": customers,
            "hidden": pa.array(hide),
            "low_n": pa.array(low_n(customers)),
        }
    )
