"""Whether models treat segments alike: what they make of each segment's customers, against all others.

Rates are ratios of sums, and the variance is over customers (clusters). A difference D = r_A - r_B has the variance
sum over customers of (a_c / N_A - b_c / N_B)^2 with a_c = x_c - r_A n_c, which also handles customers of both sides.
The p-values of the table are one family, corrected after Benjamini and Yekutieli, since segments overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, Figure, Filters
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.filtering import filtered, resolve, segment_column
from touchline.scores.intervals import benjamini_hochberg
from touchline.value.basis import Basis
from touchline.value.learning import learned
from touchline.value.outcomes import outcomes
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: How a model's touches are told from others.
MODELLED: Final = ("model", "llm", "rule")
MEASURES: Final = ("negative", "neutral", "contradicted", "foretold")
SIGNIFICANT: Final = 0.05
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Sums:
    """What one measure adds up to, per customer and value of a segment.

    Attributes:
        key: Customers, shape (rows,); one may have several rows.
        value: The segment's value, an index into names; -1 where it is not known.
        x: What is counted.
        n: Out of how many.
    """

    key: Ints
    value: Ints
    x: Floats
    n: Floats


def compared(sums: Sums, value: int) -> dict[str, float]:
    """Return the rate of a segment's value against all others.

    Args:
        sums: The sums.
        value: Which value.

    Returns:
        rate and rest, low and high of the rate, difference with its ends, p (two-sided, NaN where one side has
        nothing), n and customers of the value.

    >>> sums = Sums(np.arange(8), np.array([0] * 4 + [1] * 4), np.array([1.0, 0, 1, 0, 0, 0, 0, 1]), np.ones(8))
    >>> round(compared(sums, 0)["difference"], 2)
    0.25
    """
    keys, owner = np.unique(sums.key, return_inverse=True)
    mine = sums.value == value
    sides = []
    for mask in (mine, ~mine):
        x = np.bincount(owner[mask], sums.x[mask], len(keys))
        n = np.bincount(owner[mask], sums.n[mask], len(keys))
        whole = n.sum()
        rate = x.sum() / whole if whole else np.nan
        sides.append((rate, (x - rate * n) / whole if whole else np.full(len(keys), np.nan), n))
    (rate, own, n), (rest, other, _) = sides
    many = int((n > 0).sum())
    grown = many / (many - 1) if many > 1 else 1.0
    error = float(np.sqrt(grown * np.sum(own**2)))
    spread = float(np.sqrt(np.sum((own - other) ** 2)))
    gap = rate - rest
    return {
        "rate": float(rate), "low": float(rate - _Z * error), "high": float(rate + _Z * error), "rest": float(rest),
        "difference": float(gap), "difference_low": float(gap - _Z * spread),
        "difference_high": float(gap + _Z * spread), "p": _two_sided(gap, spread), "n": float(n.sum()),
        "customers": float(many),
    }  # fmt: skip


def _two_sided(gap: float, spread: float) -> float:
    from math import erfc, sqrt

    if not np.isfinite(gap) or not np.isfinite(spread):
        return float("nan")
    return float(erfc(abs(gap) / spread / sqrt(2))) if spread > 0 else (1.0 if gap == 0 else 0.0)


def fairness(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, basis: Basis) -> Figure:
    """Compare what models make of the customers of each segment's value with all others.

    Args:
        warehouse: The data.
        taxonomy: The stages.
        filters: Which touches count.
        basis: The customers, for the foretelling of losses.

    Returns:
        Rows segment, value, measure, rate with low and high (95 %, over customers), rest, difference with its ends, p
        (corrected over the table), significant, n, customers, hidden, low_n. Measures, of what a model read:
        ``negative``, ``neutral``; of what also has the customer's score: ``contradicted``, by which the reader errs;
        ``foretold``: mean foretold loss less the share lost, on later time, where a churn model can be learnt.

    Raises:
        QuestionError: There are no segments, or filters name what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)
    segments = warehouse.segments()
    if not segments:
        raise QuestionError(
            phrase("there are no segments to compare"), todo=phrase("declare them under [segments] in touchline.toml")
        )
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    foretold, why = _foretold(basis)
    if why:
        notes.append(phrase("Losses are not foretold: {why}.", why=why))
    for segment in segments:
        names, sums = _sums(warehouse, filters, segment)
        if foretold is not None:
            told = _of_segment(basis, foretold, segment, names)
            if told is not None:
                sums["foretold"] = told
        rows += [
            {"segment": segment, "value": name, "measure": measure, **compared(sums[measure], place)}
            for place, name in enumerate(names)
            for measure in MEASURES
            if measure in sums and (sums[measure].value == place).any()
        ]
    return Figure(
        "fairness",
        _table(rows),
        phrase(
            "What models make of each segment's customers against all others: shares read as "
            "negative and neutral, shares that the customer's own score contradicts, and "
            "foretold losses less those that came; 95 % intervals over customers, p-values "
            "corrected over the table."
        ),
        (
            *notes,
            phrase("A difference is a question, not a verdict: customers of a segment may have more to complain of."),
            *hidden_note(hidden(np.array([row["customers"] for row in rows], dtype=np.int64))),
        ),
        {"significant": int(sum(row["significant"] or False for row in _table(rows).to_pylist())), "rows": len(rows)},
    )


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    def told(name: str) -> Floats:
        return np.array([row[name] for row in rows], dtype=np.float64)

    customers = told("customers").astype(np.int64)
    hide = customers < HIDDEN_N
    p = told("p")
    known = np.isfinite(p) & ~hide
    corrected = np.full(len(rows), np.nan)
    corrected[known] = benjamini_hochberg(p[known], overlapping=True)
    return pa.table(
        {
            **{name: pa.array([row[name] for row in rows], pa.string()) for name in ("segment", "value", "measure")},
            **{
                name: column(told(name), hide)
                for name in ("rate", "low", "high", "rest", "difference", "difference_low", "difference_high")
            },
            "p": column(corrected, hide),
            "significant": pa.array(np.where(known, corrected < SIGNIFICANT, False)),
            "n": pa.array(told("n").astype(np.int64)),
            "customers": pa.array(customers),
            "hidden": pa.array(hide),
            "low_n": pa.array(low_n(customers)),
        }
    )


def _sums(warehouse: Warehouse, filters: Filters, segment: str) -> tuple[list[str], dict[str, Sums]]:
    """Return the values of a segment, and what the reader made of each customer's touches, per value."""
    named = segment_column(warehouse, segment)

    def build() -> ir.Table:
        touches = filtered(warehouse, "touches", filters)
        modelled = touches.method.isin(MODELLED)
        both = (touches.method == "survey") & (touches.mentions > 0)
        return touches.group_by(["customer_key", named]).agg(
            read=modelled.sum(),
            negative=(modelled & (touches["s"] < 0)).sum(),
            neutral=(modelled & (touches["s"] == 0)).sum(),
            both=both.sum(),
            contradicted=(both & touches.contradiction).sum(),
        )

    found = warehouse.ask(("fairness", segment, filters), build)
    coded = found[named].combine_chunks().dictionary_encode()
    names: list[str] = coded.dictionary.to_pylist()
    value = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    key = found["customer_key"].to_numpy()
    counted = {n: found[n].fill_null(0).to_numpy().astype(np.float64) for n in found.column_names[2:]}
    sums = {}
    for measure, whole in (("negative", "read"), ("neutral", "read"), ("contradicted", "both")):
        there = counted[whole] > 0
        sums[measure] = Sums(key[there], value[there], counted[measure][there], counted[whole][there])
    return names, sums


@dataclass(frozen=True)
class _Foretold:
    owner: Ints
    p: Floats
    lost: Floats


def _foretold(basis: Basis) -> tuple[_Foretold | None, str]:
    """Return what was foretold on later time and what came; or None, and why there is nothing."""
    try:
        made = learned(basis, outcomes(basis))
    except QuestionError as error:
        return None, error.what
    later = made.all.of(made.later)
    p = made.judged.probabilities(made.what.x[made.later])
    return _Foretold(later.owner, p, later.lost.astype(np.float64)), ""


def _of_segment(basis: Basis, foretold: _Foretold, segment: str, names: list[str]) -> Sums | None:
    if f"seg_{segment}" not in basis.journeys.columns:
        return None
    latest, known = basis.latest(segment)
    place = np.array([names.index(name) if name in names else -1 for name in known] + [-1], dtype=np.int64)
    value = place[latest[foretold.owner]]
    keys = basis.journeys.keys[foretold.owner]
    return Sums(keys, value, foretold.p - foretold.lost, np.ones(len(keys)))
