"""Every metric of every stage of every segment value against the rest, in one table with one correction.

Each metric is the mean of something in -1 to 1 over customers (accounts in B2B), so that all are compared as
`touchline.scores.segments` compares the JSI: a share is the mean of +1 where it holds and -1 where not. The family is
the whole table; metrics and segments share customers, so p is corrected after Benjamini and Yekutieli, which holds
under any dependence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.scores.base import Figure, by_english
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.contrast import Contrasts, against_rest, by_customer, contrasts, members_against_rest, people
from touchline.scores.filtering import filtered, resolve
from touchline.scores.intervals import PRIOR, benjamini_hochberg, difference, index, mean_interval
from touchline.scores.ordering import ALL, name_of
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

SIGNIFICANT: Final = 0.05
#: Metric to its name, unit, and whether more is better.
METRICS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "jsi": ("JSI", "points", True),
    "negative": (phrase("Negative"), "%", False),
    "effort": (phrase("High effort"), "%", False),
    "unresolved": (phrase("Unresolved"), "%", False),
    "nps": ("NPS", phrase("NPS points"), True),
    "csat": ("CSAT", phrase("% satisfied"), True),
    "ces": ("CES", phrase("% easy"), True),
    "rating": (phrase("Rating"), phrase("% satisfied"), True),
}
_BETWEEN: Final = "|"


def differences(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    extra: pa.Table | None = None,
    limit: int | None = None,
) -> Figure:
    """Compare every metric, stage and segment value with the rest, the surest and largest first.

    Args:
        warehouse: The data.
        taxonomy: Names the stages.
        filters: Which touches and answers.
        extra: More segments as sets of customers, one row each: ``customer_key``, ``name``, ``value``.
        limit: At most so many rows; all are tested.

    Returns:
        Rows metric (of `METRICS`; scales of CSAT, CES and ratings apart: ``csat 1-5``), name, unit, segment, value,
        stage (``all`` for the whole), stage_name, here with low and high, rest, difference with difference_low and
        difference_high, at_least (the smallest difference in the interval, as a share of the metric's range: what
        they are ordered by), better, p, p_adjusted, significant, n, customers, hidden, low_n. Facts: ``family``,
        ``significant``, ``correction``.

    Raises:
        QuestionError: An unknown filter value.
    """
    filters = resolve(warehouse, taxonomy, filters)
    segments = warehouse.segments()
    rows: list[_Row] = []
    for name in segments:
        seg = f"seg_{name}"
        rows += _rows(name, contrasts(_against_rest(warehouse, filters, seg)))
    for name, members in _sets(extra).items():
        whole = warehouse.ask(
            ("differences by customer", filters, segments), lambda: by_customer(_long(warehouse, filters))
        )
        rows += _rows(name, members_against_rest(people(whole), members))
    sets = _sets(extra)
    order = _ordered(rows)
    table, facts, hide = _table(taxonomy, rows, order, limit)

    def behind(row: int) -> Ints:
        one = rows[order[row]]
        if one.segment in sets and one.segment not in segments:
            found = warehouse.ask(
                ("differences people", filters, segments), lambda: _people(_long(warehouse, filters), None)
            )
            there = found.filter(pc.equal(found["stage"], one.key))["customer_key"].to_numpy()
            return np.intersect1d(there, sets[one.segment][one.value])
        seg = f"seg_{one.segment}"
        found = warehouse.ask(
            ("differences people", filters, segments, seg), lambda: _people(_long(warehouse, filters), seg)
        )
        mine = pc.and_(pc.equal(found["stage"], one.key), pc.equal(found["value"], one.value))
        return np.unique(found.filter(mine)["customer_key"].to_numpy())

    return Figure(
        "differences",
        table,
        phrase(
            "Every metric of every stage of every segment value against everyone else, with 95 % "
            "intervals over customers (accounts in B2B); p-values corrected for {family} tests "
            "(Benjamini-Yekutieli), the surest and largest first.",
            family=facts["family"],
        ),
        (*(() if facts["significant"] else (phrase("Nothing differs beyond chance."),)), *hidden_note(hide)),
        facts,
        behind,
        by_english(*(text for name, unit, _better in METRICS.values() for text in (name, unit))),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One comparison, in -1 to 1."""

    segment: str
    value: str
    key: str
    n: int
    customers: int
    rest_customers: int
    here: tuple[float, float, float]
    rest: float
    difference: tuple[float, float, float]
    p: float

    @property
    def metric(self) -> str:
        return self.key.split(_BETWEEN, 1)[0]

    @property
    def stage(self) -> str:
        return self.key.split(_BETWEEN, 1)[1]

    @property
    def alone(self) -> bool:
        """Is either side over too few customers to be compared?"""
        return bool(hidden(self.customers) or hidden(self.rest_customers))

    @property
    def least(self) -> float:
        """The smallest difference in the interval, as a share of the range."""
        _, low, high = self.difference
        return max(low, -high, 0.0) / 2


def _against_rest(warehouse: Warehouse, filters: Filters, seg: str) -> pa.Table:
    key = ("differences", filters, warehouse.segments(), seg)
    return warehouse.ask(key, lambda: against_rest(_long(warehouse, filters), seg))


def _rows(segment: str, found: Contrasts) -> list[_Row]:
    here = mean_interval(found.inside)
    change = difference(found.inside, found.rest, found.cross, prior=PRIOR)
    rows = []
    for i, (key, value) in enumerate(zip(found.stage, found.value, strict=True)):
        if key == ALL or not found.inside.n[i]:  # all metrics at once mean nothing
            continue
        rows.append(
            _Row(
                segment, value, key, int(found.inside.n[i]), int(found.inside.customers[i]),
                int(found.rest.customers[i]), (float(here[0][i]), float(here[1][i]), float(here[2][i])),
                float(found.rest.mean[i]), (float(change[0][i]), float(change[1][i]), float(change[2][i])),
                float(change[3][i]),
            )
        )  # fmt: skip
    return rows


def _ordered(rows: list[_Row]) -> list[int]:
    """Return the order: those to be shown first, then by the smallest difference that is sure, then by p."""

    def rank(place: int) -> tuple[Any, ...]:
        row = rows[place]
        p = 1.0 if np.isnan(row.p) else row.p
        return row.alone, -row.least, p, row.segment, row.value, row.key

    return sorted(range(len(rows)), key=rank)


def _table(
    taxonomy: Taxonomy, rows: list[_Row], order: list[int], limit: int | None
) -> tuple[pa.Table, dict[str, Any], npt.NDArray[np.bool_]]:
    p = np.array([np.nan if row.alone else row.p for row in rows], dtype=np.float64)
    adjusted = benjamini_hochberg(p, overlapping=True)
    facts = {
        "family": int((~np.isnan(p)).sum()),
        "significant": int((adjusted < SIGNIFICANT).sum()),
        "correction": "Benjamini-Yekutieli",
    }
    kept = order if limit is None else order[:limit]
    chosen = [rows[place] for place in kept]
    hide = hidden([row.customers for row in chosen])
    alone = np.array([row.alone for row in chosen], dtype=np.bool_)
    nps = np.array([row.metric == "nps" for row in chosen], dtype=np.bool_)
    scale = np.where(nps, 100.0, 50.0)

    def level(means: list[float]) -> Floats:
        x = np.array(means, dtype=np.float64)
        found: Floats = np.where(nps, 100 * x, index(x))
        return found

    def apart(gaps: list[float]) -> Floats:
        found: Floats = scale * np.array(gaps, dtype=np.float64)
        return found

    kinds = [METRICS[row.metric.split(" ")[0]] for row in chosen]
    p, adjusted = p[kept], adjusted[kept]
    better = [(row.difference[0] > 0) == kind[2] for row, kind in zip(chosen, kinds, strict=True)]
    names = [" ".join([kind[0], *row.metric.split(" ")[1:]]) for row, kind in zip(chosen, kinds, strict=True)]
    table = pa.table(
        {
            "metric": pa.array([row.metric for row in chosen], pa.string()),
            "name": pa.array(names, pa.string()),
            "unit": pa.array([kind[1] for kind in kinds], pa.string()),
            "segment": pa.array([row.segment for row in chosen], pa.string()),
            "value": pa.array([row.value for row in chosen], pa.string()),
            "stage": pa.array([row.stage for row in chosen], pa.string()),
            "stage_name": pa.array([name_of(taxonomy, row.stage) for row in chosen], pa.string()),
            "here": column(level([row.here[0] for row in chosen]), hide),
            "low": column(level([row.here[1] for row in chosen]), hide),
            "high": column(level([row.here[2] for row in chosen]), hide),
            "rest": column(level([row.rest for row in chosen]), alone),
            "difference": column(apart([row.difference[0] for row in chosen]), alone),
            "difference_low": column(apart([row.difference[1] for row in chosen]), alone),
            "difference_high": column(apart([row.difference[2] for row in chosen]), alone),
            "at_least": column(np.array([row.least for row in chosen], dtype=np.float64), alone),
            "better": pa.array(better, pa.bool_(), mask=alone),
            "p": column(p),
            "p_adjusted": column(adjusted),
            "significant": pa.array(adjusted < SIGNIFICANT, mask=np.isnan(adjusted)),
            "n": pa.array([row.n for row in chosen], pa.int64()),
            "customers": pa.array([row.customers for row in chosen], pa.int64()),
            "hidden": pa.array(hide),
            "low_n": pa.array(low_n([row.customers for row in chosen])),
        }
    )
    return table, facts, hide


def _long(warehouse: Warehouse, filters: Filters) -> ir.Table:
    """Return all that is compared: a row per touch or answer and metric; ``stage`` names metric and stage."""
    import ibis

    who = ("customer_key", "account_key", *(f"seg_{name}" for name in warehouse.segments()))
    touches = filtered(warehouse, "touches", filters)
    one = ibis.literal(1.0)
    parts = []

    def add(
        rows: ir.Table, metric: ir.StringValue | str, weight: ir.Value, s: ir.Value, *, staged: bool = True
    ) -> None:
        kind = ibis.literal(metric) if isinstance(metric, str) else metric
        stages = [ibis.literal(ALL)] if not staged else [rows.stage, ibis.literal(ALL)]
        for place, stage in enumerate(stages):
            chosen = rows.filter(rows.stage != UNASSIGNED) if staged and place == 0 else rows
            parts.append(
                chosen.select(*who, stage=kind + _BETWEEN + stage, weight=weight.cast("float64"), s=s.cast("float64"))
            )

    def holds(condition: ir.Value) -> ir.Value:
        return condition.ifelse(1.0, -1.0)

    add(touches, "jsi", touches.weight, touches["s"])
    add(touches, "negative", one, holds(touches["s"] < 0))
    add(touches, "effort", one, holds((touches.effort == "high").fill_null(False)))
    told = touches.filter(touches.resolution.isin(("resolved", "unresolved")))
    add(told, "unresolved", one, holds(told.resolution == "unresolved"))
    answers = filtered(warehouse, "answers", filters)
    answers = answers.filter(
        answers.kind.isin(("nps", "csat", "ces", "rating")),
        answers["sign"].notnull(),
        answers.purpose.fill_null("") != "recovery",
    )
    answers = answers.mutate(
        relationship=(answers.kind == "nps") & (answers.purpose.fill_null("") == "relationship"),
        metric=(answers.kind == "nps").ifelse(
            "nps",
            answers.kind
            + " "
            + answers.low.cast("int64").cast("string")
            + "-"
            + answers.high.cast("int64").cast("string"),
        ),
    )
    for staged in (True, False):
        # A customer's latest answer counts: on each stage, and on the whole (NPS there: of the relationship).
        rows = answers.filter(~answers.relationship, answers.stage != UNASSIGNED) if staged else answers
        if not staged:
            rows = rows.filter((rows.kind != "nps") | rows.relationship)
        entry = ["metric", "customer_key", *(["stage"] if staged else [])]
        order = [rows.occurred_at.desc(), rows.interaction_id.desc(), rows.question.desc()]
        ranked = rows.mutate(place=ibis.row_number().over(ibis.window(group_by=entry, order_by=order)))
        last = ranked.filter(ranked.place == 0)
        s = (last.kind == "nps").ifelse(last["sign"].cast("float64"), holds(last["sign"] > 0))
        stage = last.stage if staged else ibis.literal(ALL)
        parts.append(last.select(*who, stage=last.metric + _BETWEEN + stage, weight=one, s=s))
    return ibis.union(*parts)


def _people(rows: ir.Table, segment: str | None) -> ir.Table:
    if segment is None:
        return rows.select("stage", "customer_key").distinct()
    return rows.select("stage", "customer_key", value=rows[segment]).distinct()


def _sets(extra: pa.Table | None) -> dict[str, dict[str, Ints]]:
    """Return the customers of each value of each segment by rule."""
    found: dict[str, dict[str, Ints]] = {}
    if extra is None:
        return found
    known = extra.filter(pc.is_valid(extra["value"]))
    for pair in known.select(["name", "value"]).group_by(["name", "value"]).aggregate([]).to_pylist():
        mine = pc.and_(pc.equal(known["name"], pair["name"]), pc.equal(known["value"], pair["value"]))
        keys = known.filter(mine)["customer_key"].unique().to_numpy()
        found.setdefault(pair["name"], {})[pair["value"]] = keys.astype(np.int64)
    return found
