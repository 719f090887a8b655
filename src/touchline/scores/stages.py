"""The table that opens every report: JSI, NPS, CSAT and CES of each stage, against the period before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from touchline.scores.base import LOW_N, Figure, Filters
from touchline.scores.cells import column, hidden, hidden_note, low_n, share, shown
from touchline.scores.filtering import resolve
from touchline.scores.groups import stage_name
from touchline.scores.intervals import benjamini_hochberg, difference, index, mean_interval
from touchline.scores.moments import Cross, Moments
from touchline.scores.nps import Cell, Score, nps
from touchline.scores.periods import Periods, compare
from touchline.scores.scaled import ces, csat
from touchline.scores.sums import touch_sums
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_NOBODY = Score(None, None, None, 0)


def stages(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, *, previous: Filters | None = None) -> Figure:
    """Return one row per stage in the taxonomy's order, ``unassigned`` last.

    Args:
        warehouse: The data.
        taxonomy: The stages, their names and targets.
        filters: Which touches and answers count.
        previous: What to compare with; None takes as many days right before ``filters.since``.

    Returns:
        stage, name, kind, n, customers, jsi with low and high, shares negative and positive, previous_jsi and
        the change with interval, p and p_adjusted (Benjamini-Hochberg over the table), NPS, CSAT (percent
        satisfied) and CES each with interval and n, ces_easy (percent), target, hidden, low_n. Facts hold the
        whole.

    Raises:
        QuestionError: Filters that name what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)
    previous = resolve(warehouse, taxonomy, previous) if previous else None
    periods = compare(warehouse, filters, previous)
    ids = tuple(s for s in (*taxonomy.ids, UNASSIGNED) if not filters.stages or s in filters.stages)
    sides = _touches(warehouse, periods, ["stage"]).rows(ids)
    total = _touches(warehouse, periods, [])
    asked = (("now", periods.now), *((("before", periods.before),) if periods.before else ()))
    surveys = {"nps": nps(warehouse, asked), "csat": csat(warehouse, asked), "ces": ces(warehouse, asked)}
    hide = hidden(sides.now.customers)
    table = pa.table(_identity(taxonomy, ids) | _jsi(sides) | _change(sides) | _surveys(surveys, ids) | {
        "target": column([_target(taxonomy, stage) for stage in ids]),
        "hidden": hide,
        "low_n": low_n(sides.now.customers),
    })  # fmt: skip
    facts = {**periods.facts(), **_whole(total, surveys), **_share_unassigned(sides, ids)}
    facts["contradictions"] = int(total.contradictions[0])
    facts["family"] = len(ids) - table.column("p").null_count
    facts["worst_stage"] = _worst(table)
    return Figure(
        "stages",
        table,
        phrase(
            "Per stage: Journey Sentiment Index (0 to 100), NPS, CSAT and CES of the period, 95 "
            "% intervals over customers (accounts in B2B); change against the period before, "
            "p-values corrected over the table (Benjamini-Hochberg)."
        ),
        notes=(*hidden_note(hide), *_notes(facts, surveys)),
        facts=facts,
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """Moments of the touches now and before, one entry per group."""

    keys: tuple[str | None, ...]
    now: Moments
    before: Moments
    cross: Cross
    contradictions: np.typing.NDArray[np.float64]

    def rows(self, keys: Sequence[str]) -> _Sides:
        """Return the groups in this order, empty where there are none."""
        at = {key: i for i, key in enumerate(self.keys)}
        where = np.array([at.get(key, len(self.keys)) for key in keys], dtype=np.int64)
        return _Sides(
            tuple(keys),
            self.now.take(where),
            self.before.take(where),
            self.cross.take(where),
            np.append(self.contradictions, 0)[where],
        )


def _touches(warehouse: Warehouse, periods: Periods, by: list[str]) -> _Sides:
    extra = {"contradictions": "contradiction"}
    answer = touch_sums(warehouse, periods.now, by, before=periods.before, extra=extra)
    keys = tuple(answer.column("stage").to_pylist()) if by else (None,)
    if periods.before is None:
        now = Moments.of(answer)
        empty = now.take(np.full(len(keys), len(keys)))
        counts = answer.column("contradictions")
        return _Sides(keys, now, empty, Cross.none(len(keys)), _numbers(counts))
    return _Sides(
        keys,
        Moments.of(answer, "_a"),
        Moments.of(answer, "_b"),
        Cross.of(answer),
        _numbers(answer.column("contradictions_a")),
    )


def _numbers(counts: pa.ChunkedArray) -> np.typing.NDArray[np.float64]:
    numbers: np.typing.NDArray[np.float64] = np.nan_to_num(counts.to_numpy().astype(np.float64))
    return numbers


def _identity(taxonomy: Taxonomy, ids: Sequence[str]) -> dict[str, Any]:
    kinds = [None if stage == UNASSIGNED else taxonomy.stage(stage).kind for stage in ids]
    return {
        "stage": pa.array(ids, pa.string()),
        "name": pa.array([stage_name(taxonomy, stage) for stage in ids], pa.string()),
        "kind": pa.array(kinds, pa.string()),
    }


def _target(taxonomy: Taxonomy, stage: str) -> float:
    target = None if stage == UNASSIGNED else taxonomy.stage(stage).target
    return np.nan if target is None else float(target)


def _jsi(sides: _Sides) -> dict[str, Any]:
    hide = hidden(sides.now.customers)
    point, low, high = mean_interval(sides.now)
    return {
        "n": sides.now.n,
        "customers": sides.now.customers,
        "jsi": column(index(point), hide),
        "low": column(index(low), hide),
        "high": column(index(high), hide),
        "negative": column(share(sides.now.negative, sides.now.n), hide),
        "positive": column(share(sides.now.positive, sides.now.n), hide),
    }


def _change(sides: _Sides) -> dict[str, Any]:
    hide_before = hidden(sides.before.customers)
    hide = hidden(sides.now.customers) | hide_before
    change, low, high, p = difference(sides.now, sides.before, sides.cross)
    p = np.where(hide, np.nan, p)
    return {
        "previous_jsi": column(index(sides.before.mean), hide_before),
        "change": column(50 * change, hide),
        "change_low": column(50 * low, hide),
        "change_high": column(50 * high, hide),
        "p": column(p),
        "p_adjusted": column(benjamini_hochberg(p)),
    }


def _surveys(surveys: Mapping[str, Mapping[Cell, Score]], ids: Sequence[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, scores in surveys.items():
        rows = [scores.get(("now", "stage", stage), _NOBODY) for stage in ids]
        columns[name] = pa.array([row.value for row in rows], pa.float64())
        columns[f"{name}_low"] = pa.array([row.low for row in rows], pa.float64())
        columns[f"{name}_high"] = pa.array([row.high for row in rows], pa.float64())
        columns[f"{name}_n"] = pa.array([row.n for row in rows], pa.int64())
        if name == "ces":
            columns["ces_easy"] = pa.array([row.easy for row in rows], pa.float64())
    return columns


def _whole(total: _Sides, surveys: Mapping[str, Mapping[Cell, Score]]) -> dict[str, Any]:
    """Return the headlines."""
    customers = int(total.now.customers[0])
    point, low, high = (float(index(part)[0]) for part in mean_interval(total.now))
    compared = difference(total.now, total.before, total.cross)
    change, change_low, change_high, p = (float(part[0]) for part in compared)
    both = min(customers, int(total.before.customers[0]))
    facts: dict[str, Any] = {
        "n": int(total.now.n[0]),
        "customers": customers,
        "jsi": shown(point, customers),
        "jsi_low": shown(low, customers),
        "jsi_high": shown(high, customers),
        "jsi_change": shown(50 * change, both),
        "jsi_change_low": shown(50 * change_low, both),
        "jsi_change_high": shown(50 * change_high, both),
        "jsi_change_p": shown(p, both),
    }
    asked = "relationship" if ("now", "relationship", None) in surveys["nps"] else "transaction"
    for name, scores in surveys.items():
        scope = asked if name == "nps" else "whole"
        now, before = (scores.get((period, scope, None), _NOBODY) for period in ("now", "before"))
        facts |= {name: now.value, f"{name}_low": now.low, f"{name}_high": now.high, f"{name}_n": now.n}
        same = now.value is not None and before.value is not None and now.scale == before.scale
        facts[f"{name}_change"] = now.value - before.value if same else None  # type: ignore[operator]
        if now.scale:
            facts[f"{name}_scale"] = list(now.scale)
    facts["nps_scope"] = asked
    facts["ces_easy"] = surveys["ces"].get(("now", "whole", None), _NOBODY).easy
    return facts


def _share_unassigned(sides: _Sides, ids: Sequence[str]) -> dict[str, Any]:
    n = int(sides.now.n.sum())
    unassigned = int(sides.now.n[ids.index(UNASSIGNED)]) if UNASSIGNED in ids else 0
    return {"unassigned_share": unassigned / n if n else None}


def _worst(table: pa.Table) -> str | None:
    ranked = [
        (row["jsi"], row["stage"])
        for row in table.select(["stage", "jsi", "customers"]).to_pylist()
        if row["jsi"] is not None and row["customers"] >= LOW_N and row["stage"] != UNASSIGNED
    ]
    return min(ranked)[1] if ranked else None


def _notes(facts: Mapping[str, Any], surveys: Mapping[str, Mapping[Cell, Score]]) -> list[str]:
    notes: list[str] = []
    if facts["unassigned_share"]:
        notes.append(
            phrase(
                "{unassigned_share} of the touches are on no sure stage (unassigned); relationship "
                "scores, which are about the whole, are among them.",
                unassigned_share=Number(f"{facts['unassigned_share']:.0%}"),
            )
        )
    if facts["contradictions"]:
        notes.append(
            phrase(
                "In {contradictions} touches score and words point apart; the score decided.",
                contradictions=facts["contradictions"],
            )
        )
    if facts["nps"] is not None and facts["nps_scope"] == "transaction":
        notes.append(phrase("NPS of the whole is that of transactional surveys: there is no relationship survey."))
    for name in ("csat", "ces"):
        pooled = sorted(
            phrase(
                "{stage} ({scale} to {scale2})",
                stage=stage,
                scale=Number(f"{score.scale[0]:g}"),
                scale2=Number(f"{score.scale[1]:g}"),
            )
            for (period, scope, stage), score in surveys[name].items()
            if period == "now" and scope == "stage" and score.scales > 1 and score.scale
        )
        if pooled:
            notes.append(
                phrase(
                    "{upper} was asked on several scales, which are never pooled; the one with most "
                    "answers is shown: {listed}.",
                    upper=name.upper(),
                    listed=", ".join(pooled),
                )
            )
    return notes
