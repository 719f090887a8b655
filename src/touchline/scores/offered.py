"""What filters may be chosen: the channels and segment values that customers have, and how many have each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.scores.base import Filters
from touchline.scores.filtering import filtered, resolve
from touchline.scores.rows import Rows, held_rows, pairs

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_CHANNEL: Final = "channel"

#: Truths, a value of a segment by a customer each, that are held at once.
_CELLS: Final = 50_000_000


def offered(warehouse: Warehouse, taxonomy: Taxonomy | None, filters: Filters) -> Mapping[str, dict[str, int]]:
    """Return for ``channel`` and each ``segment:NAME`` its values in order, with the number of customers of each.

    Args:
        warehouse: The data.
        taxonomy: Names the stages.
        filters: Which touches count.
    """
    filters = resolve(warehouse, taxonomy, filters)
    columns = {_CHANNEL: _CHANNEL, **{f"segment:{name}": f"seg_{name}" for name in warehouse.segments()}}

    def build() -> ir.Table:
        import ibis

        if filters == Filters():
            kinds = warehouse.rolled(("kinds of touches", *columns), _kinds)
        else:
            kinds = filtered(warehouse, "touches", filters)
        parts = [
            kinds.filter(kinds[column].notnull())
            .group_by(value=kinds[column])
            .agg(customers=kinds.customer_key.nunique())
            .mutate(of=ibis.literal(name))
            for name, column in columns.items()
        ]
        return parts[0].union(*parts[1:]) if parts[1:] else parts[0]

    held = held_rows(warehouse, "touches", filters)
    told = warehouse.ask(("offered", filters), build).to_pylist() if held is None else list(_counted(held, columns))
    found: dict[str, dict[str, int]] = {_CHANNEL: {}, **{f"segment:{name}": {} for name in warehouse.segments()}}
    for row in sorted(told, key=lambda row: str(row["value"])):
        if row["value"]:
            found[row["of"]][row["value"]] = row["customers"]
    return found


def _counted(x: Rows, columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what the query returns, of touches in memory."""
    person, people = x.numbered("customer")
    for of, column in columns.items():
        values = x.coded(column)
        many = len(values.names)
        if many * people <= _CELLS:
            there = np.zeros((many + 1, people), dtype=np.bool_)  # nobody's value comes first
            there.ravel()[(values.codes + 1) * people + person] = True
            counts = np.count_nonzero(there[1:], axis=1).tolist()
        else:
            _, of_pair = pairs(values.codes + 1, person, many + 1, people)
            counts = np.bincount(of_pair, minlength=many + 1)[1:].tolist()
        yield from (
            {"of": of, "value": value, "customers": n} for value, n in zip(values.names, counts, strict=True) if n
        )


def _kinds(warehouse: Warehouse) -> ir.Table:
    """Return for every customer what they touched in and as whom, each once."""
    touches = warehouse.table("touches")
    return touches.select("customer_key", _CHANNEL, *(f"seg_{name}" for name in warehouse.segments())).distinct()
