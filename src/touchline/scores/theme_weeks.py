"""How often each theme is raised, week by week and stage by stage: what grows, what is new, where it comes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline.scores.filtering import filtered, resolve

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse


def theme_weeks(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters) -> pa.Table:
    """Return how many customers raised each theme in each week at each stage.

    Args:
        warehouse: Where the mentions are.
        taxonomy: Knows stages by name.
        filters: Which mentions.

    Returns:
        Rows theme, stage, week (its Monday), n (mentions), customers; in no order. Mentions without a theme are left
        out.

    Raises:
        QuestionError: A filter names what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)

    def build() -> ir.Table:
        table = filtered(warehouse, "mentions", filters)
        told = table.filter(table.theme.notnull())
        return told.group_by(["theme", "stage", "week"]).agg(n=told.count(), customers=told.customer_key.nunique())

    return warehouse.ask(("theme weeks", filters), build)
