"""For whom the journey breaks: every segment value against the rest, with corrected p-values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Figure
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.contrast import (
    Contrasts,
    against_rest,
    by_customer,
    contrasts,
    held_against_rest,
    members_against_rest,
    people,
)
from touchline.scores.filtering import filtered, resolve, segment_column, stage_id
from touchline.scores.intervals import PRIOR, benjamini_hochberg, difference, index, mean_interval
from touchline.scores.ordering import ALL, name_of, stage_place
from touchline.scores.rows import held_rows
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Ints = NDArray[np.int64]

SIGNIFICANT: Final = 0.05
_EXTRA: Final = ("customer_key", "name", "value")
_NUMBERS: Final = (
    "jsi", "low", "high", "rest_jsi", "difference", "difference_low", "difference_high", "p",
)  # fmt: skip


def segments(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    names: Sequence[str] | None = None,
    stage: str | None = None,
    extra: pa.Table | None = None,
) -> Figure:
    """Compare every value of every segment with the rest, for the whole and within each stage.

    The rest is everyone else, those of whom the segment is not known among them. Differences are tested as
    DESIGN section 5 says (``A difference``), with the unit of prior weight that the intervals have, so that
    five customers of one mind do not look certain. The whole table is one family of tests.

    Args:
        warehouse: Where the touches are.
        taxonomy: Names and orders the stages.
        filters: Which touches.
        names: Only these segments; otherwise all in force and all of ``extra``.
        stage: Only this stage, or ``all`` for the whole; otherwise that and every stage but ``unassigned``.
        extra: More segments as sets of customers, one row each: ``customer_key``, ``name``, ``value``.
            Rules make
            them, fixed at one date, so they know no time.

    Returns:
        Rows segment, value, stage, stage_name, n, customers, jsi, low, high, rest_jsi, difference,
        difference_low, difference_high (JSI points, segment less rest), p, p_adjusted, significant (at 5 %
        after correction), hidden, low_n. Facts: ``family``, the number of tests, and ``correction``.

    Raises:
        QuestionError: An unknown segment, stage or filter value; ``extra`` of another shape.
    """
    filters = resolve(warehouse, taxonomy, filters)
    only = None if stage is None else ALL if stage == ALL else stage_id(taxonomy, stage)
    sets = _sets(extra)
    known = (*warehouse.segments(), *(name for name in sets if name not in warehouse.segments()))
    chosen = tuple(dict.fromkeys(known if names is None else names))
    found: list[_Row] = []
    for name in chosen:
        if name not in known:
            raise unknown("segment", name, known)
        found += _rows(name, _compared(warehouse, filters, name, sets))
    found = [row for row in found if row.stage == only or (only is None and row.stage != UNASSIGNED)]
    found.sort(key=lambda row: (chosen.index(row.segment), *stage_place(taxonomy, row.stage), row.value))
    overlapping = len(chosen) > 1 or any(_overlap(sets[name]) for name in chosen if name in sets)
    return _figure(taxonomy, found, overlapping)


@dataclass(frozen=True, slots=True)
class _Row:
    """One comparison; the numbers are in JSI points, NaN where there are none."""

    segment: str
    value: str
    stage: str
    n: int
    customers: int
    rest_customers: int
    numbers: dict[str, float]


def _compared(warehouse: Warehouse, filters: Filters, name: str, sets: Mapping[str, Mapping[str, Ints]]) -> Contrasts:
    if name in sets:
        answer = warehouse.ask(("by customer", filters), lambda: by_customer(filtered(warehouse, "touches", filters)))
        return members_against_rest(people(answer), sets[name])
    key = segment_column(warehouse, name)
    held = held_rows(warehouse, "touches", filters)
    if held is not None:
        return held_against_rest(held, key)
    answer = warehouse.ask(
        ("against rest", key, filters), lambda: against_rest(filtered(warehouse, "touches", filters), key)
    )
    return contrasts(answer)


def _rows(segment: str, found: Contrasts) -> Iterator[_Row]:
    jsi, low, high = (index(part) for part in mean_interval(found.inside))
    change, least, most, p = difference(found.inside, found.rest, found.cross, prior=PRIOR)
    numbers = {
        "jsi": jsi,
        "low": low,
        "high": high,
        "rest_jsi": index(found.rest.mean),
        "difference": 50 * change,
        "difference_low": 50 * least,
        "difference_high": 50 * most,
        "p": p,
    }
    for i, (stage, value) in enumerate(zip(found.stage, found.value, strict=True)):
        if found.inside.n[i]:
            yield _Row(
                segment,
                value,
                stage,
                int(found.inside.n[i]),
                int(found.inside.customers[i]),
                int(found.rest.customers[i]),
                {key: float(column[i]) for key, column in numbers.items()},
            )


def _figure(taxonomy: Taxonomy, rows: list[_Row], overlapping: bool) -> Figure:
    customers = np.array([row.customers for row in rows], dtype=np.int64)
    hide = hidden(customers)
    alone = hide | hidden([row.rest_customers for row in rows])  # the rest is too few to be shown
    x = {name: np.array([row.numbers[name] for row in rows], dtype=np.float64) for name in _NUMBERS}
    p = np.where(alone, np.nan, x["p"])
    adjusted = benjamini_hochberg(p, overlapping=overlapping)
    family = int((~np.isnan(p)).sum())
    correction = "Benjamini-Yekutieli" if overlapping else "Benjamini-Hochberg"
    table = pa.table(
        {
            "segment": pa.array([row.segment for row in rows], pa.string()),
            "value": pa.array([row.value for row in rows], pa.string()),
            "stage": pa.array([row.stage for row in rows], pa.string()),
            "stage_name": pa.array([name_of(taxonomy, row.stage) for row in rows], pa.string()),
            "n": pa.array([row.n for row in rows], pa.int64()),
            "customers": customers,
            **{name: column(x[name], hide if name in ("jsi", "low", "high") else alone) for name in _NUMBERS},
            "p_adjusted": column(adjusted),
            "significant": pa.array(adjusted < SIGNIFICANT, mask=np.isnan(adjusted)),
            "hidden": pa.array(hide),
            "low_n": pa.array(low_n(customers)),
        }
    )
    return Figure(
        name="segments",
        table=table,
        meaning=(
            phrase(
                "Journey Sentiment Index (0 to 100) of each segment value and its difference, in "
                "points, from everyone else, with 95 % intervals over customers (accounts in B2B); "
                "p-values corrected for {family} tests ({correction}).",
                family=family,
                correction=correction,
            )
        ),
        notes=hidden_note(hide),
        facts={
            "family": family,
            "correction": correction,
            "significant": int((adjusted < SIGNIFICANT).sum()),
        },
    )


def _sets(extra: pa.Table | None) -> dict[str, dict[str, Ints]]:
    """Return the customers of each value of each segment of a table."""
    if extra is None:
        return {}
    if missing := [name for name in _EXTRA if name not in extra.column_names]:
        raise QuestionError(
            phrase("the segments by rule lack the columns {listed}", listed=", ".join(missing)),
            where="extra",
            todo=phrase("give a table of {listed}", listed=", ".join(_EXTRA)),
        )
    known = extra.filter(pc.is_valid(extra["value"]))
    found: dict[str, dict[str, Ints]] = {}
    pairs = known.select(["name", "value"]).group_by(["name", "value"]).aggregate([])
    for pair in sorted(pairs.to_pylist(), key=lambda pair: (pair["name"], pair["value"])):
        rows = known.filter(pc.and_(pc.equal(known["name"], pair["name"]), pc.equal(known["value"], pair["value"])))
        found.setdefault(pair["name"], {})[pair["value"]] = rows["customer_key"].unique().to_numpy()
    return found


def _overlap(values: Mapping[str, Ints]) -> bool:
    """Return whether any customer has two values."""
    together = np.concatenate(list(values.values()))
    return len(np.unique(together)) < len(together)
