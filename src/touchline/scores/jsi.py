"""The period JSI: of stages, touchpoints, weeks, channels, segments, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.scores.base import Figure, Filters
from touchline.scores.cells import column, hidden, hidden_note, low_n, share
from touchline.scores.filtering import resolve
from touchline.scores.groups import group_column, group_name, text_of
from touchline.scores.intervals import index, mean_interval
from touchline.scores.moments import Moments
from touchline.scores.sums import touch_sums
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

BREAKDOWNS: Final = (
    "all", "stage", "sub_stage", "touchpoint", "week", "channel", "source", "family", "method", "programme", "theme",
    "emotion",
)  # fmt: skip


def jsi(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, *, by: str = "stage") -> Figure:
    """Return the period JSI of each value of ``by``: ``50 (1 + sum(w s) / sum(w))``, no decay, no prior.

    Args:
        warehouse: The data.
        taxonomy: Names and orders the stages.
        filters: Which touches count.
        by: One of `BREAKDOWNS`, or ``segment:NAME``.

    Returns:
        key, name, n, customers, jsi, low, high, negative (share of the touches), hidden, low_n. Stages come
        in the taxonomy's order, all else sorted by key; the key is NULL where a touch has no such value.

    Raises:
        QuestionError: An unknown breakdown, or filters that name what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)
    grouped = None if by == "all" else group_column(warehouse, by, BREAKDOWNS)
    answer = touch_sums(warehouse, filters, [grouped] if grouped else [])
    keys: list[str | None] = ["all"]
    if grouped:
        keys = [text_of(key) for key in answer.column(grouped).to_pylist()]
    order = _order(taxonomy, by, keys)
    keys = [keys[i] for i in order]
    moments = Moments.of(answer.take(pa.array(order, pa.int64())))
    point, low, high = mean_interval(moments)
    hide = hidden(moments.customers)
    table = pa.table(
        {
            "key": pa.array(keys, pa.string()),
            "name": pa.array([group_name(taxonomy, by, key) for key in keys], pa.string()),
            "n": moments.n,
            "customers": moments.customers,
            "jsi": column(index(point), hide),
            "low": column(index(low), hide),
            "high": column(index(high), hide),
            "negative": column(share(moments.negative, moments.n), hide),
            "hidden": hide,
            "low_n": low_n(moments.customers),
        }
    )
    return Figure(
        "jsi",
        table,
        phrase(
            "Journey Sentiment Index, 0 to 100, of the period's touches; 95 % intervals over "
            "customers (accounts in B2B)."
        ),
        notes=hidden_note(hide),
        facts={"by": by},
    )


def _order(taxonomy: Taxonomy, by: str, keys: list[str | None]) -> list[int]:
    ids = taxonomy.ids if by == "stage" else ()

    def rank(i: int) -> tuple[int, bool, str]:
        key = keys[i]
        return ids.index(key) if key in ids else len(ids), key is None, key or ""

    return sorted(range(len(keys)), key=rank)
