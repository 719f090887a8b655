"""How many customers are what: lifecycle statuses and personas, with how their members stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure, Filters
from touchline.scores.intervals import t_interval
from touchline.scores.standing import standing
from touchline.words import phrase

if TYPE_CHECKING:
    from datetime import datetime

    from touchline.warehouse.base import Warehouse

_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("n", pa.int64()),
        ("jsi", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


def population(
    warehouse: Warehouse, name: str, members: pa.Table, column: str, at: datetime, *, half_life: float
) -> Figure:
    """Count the customers of each group, and average their standing JSI.

    Args:
        warehouse: Where the touches are.
        name: The figure's name.
        members: ``customer_key`` and the group in ``column``; NULL where no rule held.
        column: The group's column.
        at: As of when.
        half_life: Of a standing JSI, in days.

    Returns:
        One row per group: name, customers, share of all, n (customers with a touch by then), jsi (their mean
        standing JSI: customers without a touch are no data and not averaged), low and high (95 %, t), hidden, low_n.
    """
    scored = standing(warehouse, Filters(), at=at, limit=None, half_life=half_life).table
    jsi = dict(zip(scored["key"].to_pylist(), scored["jsi"].to_pylist(), strict=True))
    groups: dict[str, list[float | None]] = {}
    for key, group in zip(members["customer_key"].to_pylist(), members[column].to_pylist(), strict=True):
        groups.setdefault(group or "none", []).append(jsi.get(key))
    rows = [_row(group, values, members.num_rows) for group, values in groups.items()]
    rows.sort(key=lambda row: (row["name"] == "none", -row["customers"], row["name"]))
    return Figure(
        name,
        pa.Table.from_pylist(rows, schema=_SCHEMA),
        phrase(
            "Customers by {column} as of {date}, and the mean of their standing JSI with a 95 % "
            "interval; n of them had said or done something by then.",
            column=column,
            date=at.date(),
        ),
        facts={"at": at, "customers": members.num_rows},
    )


def _row(group: str, values: list[float | None], everyone: int) -> dict[str, Any]:
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    hidden = len(known) < HIDDEN_N
    row: dict[str, Any] = {"name": group, "customers": len(values), "share": len(values) / everyone, "n": len(known)}
    row |= {"jsi": None, "low": None, "high": None, "hidden": hidden, "low_n": len(known) < LOW_N}
    if not hidden:
        ends = t_interval(len(known), float(known.mean()), float(known.var(ddof=1)))
        row |= {"jsi": float(known.mean()), "low": float(ends[0]), "high": float(ends[1])}
    return row
