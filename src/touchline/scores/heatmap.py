"""Where the journey breaks, and for whom: stages down, and anything across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.scores.base import Figure
from touchline.scores.cells import column, hidden, hidden_note, low_n, share
from touchline.scores.filtering import resolve
from touchline.scores.groups import group_column, group_name, text_of
from touchline.scores.intervals import index, mean_interval
from touchline.scores.metrics import metric_heatmap
from touchline.scores.moments import Moments
from touchline.scores.ordering import ALL, name_of, stage_place
from touchline.scores.sums import touch_sums
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

#: What may go across, besides ``metric`` and ``segment:NAME``.
ACROSS: Final = (
    "sub_stage", "touchpoint", "week", "channel", "source", "family", "programme", "method", "theme", "emotion",
)  # fmt: skip


def heatmap(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, *, by: str) -> Figure:
    """Return one row per stage and column of a heatmap; a cell without touches is absent.

    Args:
        warehouse: Where the touches are.
        taxonomy: Names and orders the stages.
        filters: Which touches.
        by: What goes across: ``segment:NAME``, one of `ACROSS`, or ``metric``.

    Returns:
        Rows stage, name, column, column_name, value, low, high, negative (share of the touches), n, customers,
        hidden, low_n, stage by stage. The value is the JSI, and column ``all`` comes first; by ``metric`` it is
        what the column's name says, and ``negative`` a column of its own. Facts: ``by`` and ``unit``, the
        columns' units.

    Raises:
        QuestionError: An unknown ``by`` or filter value.
    """
    filters = resolve(warehouse, taxonomy, filters)
    if by == "metric":
        return metric_heatmap(warehouse, taxonomy, filters)
    grouped = group_column(warehouse, by, (*ACROSS, "metric"))
    whole = touch_sums(warehouse, filters, ("stage",))
    cells = touch_sums(warehouse, filters, ("stage", grouped))
    across = [*[None] * whole.num_rows, *(text_of(key) for key in cells[grouped].to_pylist())]
    table = pa.concat_tables([whole, cells.select(whole.column_names)])
    stages = table["stage"].to_pylist()
    is_all = [True] * whole.num_rows + [False] * cells.num_rows
    rows = sorted(
        range(table.num_rows),
        key=lambda i: (stage_place(taxonomy, stages[i]), not is_all[i], across[i] is None, across[i] or ""),
    )
    moments = Moments.of(table.take(pa.array(rows, pa.int64())))
    jsi, low, high = (index(part) for part in mean_interval(moments))
    hide = hidden(moments.customers)
    columns = {
        "stage": pa.array([stages[i] for i in rows], pa.string()),
        "name": pa.array([name_of(taxonomy, stages[i]) for i in rows], pa.string()),
        "column": pa.array([ALL if is_all[i] else across[i] for i in rows], pa.string()),
        "column_name": pa.array(
            ["All" if is_all[i] else group_name(taxonomy, by, across[i]) for i in rows], pa.string()
        ),
        "value": column(jsi, hide),
        "low": column(low, hide),
        "high": column(high, hide),
        "negative": column(share(moments.negative, moments.n), hide),
        "n": moments.n,
        "customers": moments.customers,
        "hidden": hide,
        "low_n": low_n(moments.customers),
    }
    return Figure(
        name="heatmap",
        table=pa.table(columns),
        meaning=(
            phrase(
                "Journey Sentiment Index (0 to 100) of each stage by {by}, with a 95 % interval over "
                "customers (accounts in B2B). A cell without touches is absent.",
                by=by,
            )
        ),
        notes=hidden_note(hide),
        facts={"by": by, "unit": {"jsi": "0 to 100"}},
    )
