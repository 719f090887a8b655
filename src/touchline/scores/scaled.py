"""CSAT and CES: scores whose scale matters. Scales are never pooled; a cell reports its largest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from touchline.scores.answers import PeriodFilters, cells
from touchline.scores.base import HIDDEN_N
from touchline.scores.intervals import t_interval, wilson
from touchline.scores.nps import Cell, Score

if TYPE_CHECKING:
    from touchline.warehouse.base import Warehouse


def csat(warehouse: Warehouse, periods: PeriodFilters, *, whole: bool = True) -> dict[Cell, Score]:
    """Return CSAT, the percentage of satisfied customers, with Wilson's interval.

    Args:
        warehouse: The data.
        periods: Names and resolved filters of the periods: ``(("now", filters),)``.
        whole: Whether the scores of the whole are wanted beside the stages'.

    Returns:
        Scores by (period, scope, stage): scope ``stage`` has one per stage, ``whole`` one with stage None.
    """
    return {cell: _satisfied(row, scales) for cell, row, scales in _largest(warehouse, periods, "csat", whole)}


def ces(warehouse: Warehouse, periods: PeriodFilters, *, whole: bool = True) -> dict[Cell, Score]:
    """Return CES, the mean on its scale turned so that high is easy, with Student's interval, and % easy.

    Arguments and result are those of `csat`. Answers on a scale where high is hard and whose bounds are not
    known cannot be turned and are left out.
    """
    return {cell: _easy(row, scales) for cell, row, scales in _largest(warehouse, periods, "ces", whole)}


def _largest(
    warehouse: Warehouse, periods: PeriodFilters, kind: str, whole: bool
) -> list[tuple[Cell, dict[str, Any], int]]:
    """Return each cell with its largest scale (of equal ones that with most points) and how many it has."""
    found: dict[Cell, list[dict[str, Any]]] = {}
    for row in cells(warehouse, periods, whole=whole).to_pylist():
        if row["kind"] == kind:
            found.setdefault((row["period"], row["scope"], row["stage"]), []).append(row)
    return [(cell, max(rows, key=_size), len(rows)) for cell, rows in found.items()]


def _size(row: dict[str, Any]) -> tuple[int, float, float]:
    low, high = _scale(row) or (0.0, 0.0)
    return row["n"], high - low, high


def _scale(row: dict[str, Any]) -> tuple[float, float] | None:
    return None if row["low"] is None or row["high"] is None else (row["low"], row["high"])


def _satisfied(row: dict[str, Any], scales: int) -> Score:
    n = row["n"]
    if n < HIDDEN_N:
        return Score(None, None, None, n, scale=_scale(row), scales=scales)
    value, low, high = (100 * float(part) for part in wilson(row["positive"], n))
    return Score(value, low, high, n, scale=_scale(row), scales=scales)


def _easy(row: dict[str, Any], scales: int) -> Score:
    n, mean = row["n"], row["mean"]
    if n < HIDDEN_N:
        return Score(None, None, None, n, scale=_scale(row), scales=scales)
    low, high = (float(end) for end in t_interval(n, mean, row["variance"]))
    return Score(mean, low, high, n, easy=100 * row["positive"] / n, scale=_scale(row), scales=scales)
