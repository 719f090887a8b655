"""Stage by segment and stage by metric."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from touchline.figures import HeatCell, HeatRow, heat_table
from touchline.figures.markup import Markup
from touchline.figures.numbers import between, count, half, percent, places, plain, plus_minus
from touchline.report.findings import who_differs
from touchline.report.pieces import card, notes, numbers, scrolling
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from touchline.report.asked import Asked, Row

_MOST_COLUMNS: Final = 8
_SHARES: Final = ("negative", "high_effort", "unresolved")


def by_segment(asked: Asked) -> Markup | None:
    """Return the heatmap of the most telling segment; None where there is nothing to put across."""
    across = asked.across
    grid = segment_grid(asked)
    if across is None or grid is None:
        return None
    rows = across.figure.to_dicts()
    columns = _widest(rows)
    table = heat_table(*grid, caption=phrase("JSI of each stage by {name}", name=across.name))
    left_out = len({row["column"] for row in rows}) - len(columns)
    said = (
        [phrase("{values} of {name} with fewer comments not shown.", values=count(left_out, "value"), name=across.name)]
        if left_out
        else []
    )
    if not across.is_segment:
        said.append(phrase("No segment is known of these customers, so channels stand across."))
    return card(
        phrase("Stage × {name}", name=across.name),
        phrase("JSI and ± · hatched: under 30 customers · outlined: more than chance"),
        scrolling(phrase("JSI of each stage by {name}", name=across.name), table),
        notes([*_differences(asked), *said]),
        numbers(
            (phrase("Stage"), across.name, "JSI", phrase("95 % interval"), phrase("Comments"), phrase("Customers")),
            [
                (row["name"], row["column_name"], "hidden" if row["hidden"] else plain(row["value"], _digits(row)),
                 between(row["low"], row["high"]), plain(row["n"]), plain(row["customers"]))
                for row in rows
                if row["column"] in columns
            ],
        ),
    )  # fmt: skip


def segment_grid(asked: Asked) -> tuple[list[str], list[HeatRow]] | None:
    """Return columns and rows of the most telling segment's cells; None where there is nothing to put across."""
    across = asked.across
    if across is None:
        return None
    rows = across.figure.to_dicts()
    sure = {
        (row["stage"], row["value"])
        for row in asked.segments.to_dicts()
        if row["segment"] == across.name and row["significant"]
    }

    def cell(row: Row) -> HeatCell:
        return replace(jsi_cell(row), marked=across.is_segment and (row["stage"], row["column"]) in sure)

    return _grid(rows, _widest(rows), cell)


def across_card(name: str, rows: Sequence[Row], said: Sequence[str]) -> Markup:
    """Return the heatmap of stages against anything, with its numbers.

    Args:
        name: What stands across.
        rows: Of `Questions.heatmap`.
        said: Notes below it.
    """
    columns = _widest(rows)
    left_out = len({row["column"] for row in rows}) - len(columns)
    more = [phrase("{values} with fewer comments not shown.", values=count(left_out, "value"))] if left_out else []
    return card(
        phrase("Stage × {name}", name=name),
        phrase("JSI and ± · hatched: under 30 customers"),
        scrolling(
            phrase("JSI of each stage by {name}", name=name),
            _table(rows, columns, jsi_cell, caption=phrase("JSI by stage and {name}", name=name)),
        ),
        notes([*said, *more]),
        numbers(
            (phrase("Stage"), name, "JSI", phrase("95 % interval"), phrase("Comments"), phrase("Customers")),
            [
                (
                    row["name"],
                    row["column_name"],
                    "hidden" if row["hidden"] else plain(row["value"], _digits(row)),
                    between(row["low"], row["high"]),
                    plain(row["n"]),
                    plain(row["customers"]),
                )
                for row in rows
            ],
        ),
    )


def by_metric(asked: Asked) -> Markup:
    """Return the heatmap of metrics."""
    rows = asked.metrics.to_dicts()
    columns = {row["column"] for row in rows}
    cell = _metric_cells(asked)
    return card(
        phrase("Stage × metric"),
        phrase("each in its own unit, with ± · hatched: under 30 customers"),
        scrolling(
            phrase("Metrics of each stage"), heat_table(*metric_grid(asked), caption=phrase("Metrics of each stage"))
        ),
        notes(
            [phrase("Shares are of comments: paler is less. CES is the mean on its scale, where high is easy.")]
            if columns & set(_SHARES)
            else []
        ),
        numbers(
            (phrase("Stage"), phrase("Metric"), phrase("Value"), phrase("95 % interval"), "n", phrase("Customers")),
            [
                (
                    row["name"],
                    row["column_name"],
                    cell(row).text or "hidden",
                    _interval(row),
                    plain(row["n"]),
                    plain(row["customers"]),
                )
                for row in rows
            ],
        ),
    )


_ORDER: Final = ("jsi", "nps", "csat", "ces", *_SHARES)


def metric_grid(asked: Asked) -> tuple[list[str], list[HeatRow]]:
    """Return columns and rows of the cells of every metric."""
    rows = asked.metrics.to_dicts()
    columns = list(dict.fromkeys(row["column"] for row in sorted(rows, key=lambda row: _ORDER.index(row["column"]))))
    return _grid(rows, columns, _metric_cells(asked))


def _metric_cells(asked: Asked) -> Callable[[Row], HeatCell]:
    scales = asked.metrics.facts.get("ces_scale", {})
    return lambda row: metric_cell(row, scales.get(row["stage"]))


def _table(
    rows: Sequence[Row], columns: Sequence[str | None], cell: Callable[[Row], HeatCell], *, caption: str
) -> Markup:
    return heat_table(*_grid(rows, columns, cell), caption=caption)


def _grid(
    rows: Sequence[Row], columns: Sequence[str | None], cell: Callable[[Row], HeatCell]
) -> tuple[list[str], list[HeatRow]]:
    names = {row["column"]: row["column_name"] for row in rows}
    cells = {(row["stage"], row["column"]): cell(row) for row in rows}
    drawn = [
        HeatRow(name, tuple(cells.get((stage, column)) for column in columns), stage == UNASSIGNED)
        for stage, name in dict.fromkeys((row["stage"], row["name"]) for row in rows)
    ]
    return [str(names[column]) for column in columns], drawn


def _widest(rows: Sequence[Row]) -> list[str | None]:
    """Return the columns with most comments, the whole first, in their own order."""
    totals: dict[str | None, int] = {}
    for row in rows:
        totals[row["column"]] = totals.get(row["column"], 0) + row["n"]
    kept = sorted(totals, key=lambda column: (column != "all", -totals[column]))[: _MOST_COLUMNS + 1]
    return [column for column in totals if column in kept]


def _digits(row: Row) -> int:
    return places(half(row["low"], row["high"]))


def jsi_cell(row: Row) -> HeatCell:
    """Return a cell that shows a JSI."""
    if row["hidden"]:
        return HeatCell(None, n=row["n"], customers=row["customers"])
    shown = plain(row["value"], _digits(row))
    margin = plus_minus(row["low"], row["high"])
    return HeatCell(shown, margin, row["value"], row["n"], row["customers"], row["low_n"])


def metric_cell(row: Row, scale: list[float] | None) -> HeatCell:
    """Return a cell that shows a metric in its own unit; the scale is that of CES."""
    if row["hidden"] or row["value"] is None:
        return HeatCell(None, n=row["n"], customers=row["customers"])
    metric, value = row["column"], float(row["value"])
    if metric in _SHARES:
        margin = f"±{max(1.0, 100 * (half(row['low'], row['high']) or 0.0)):.0f}"
        shade = 50 - 25 * min(1.0, value / 0.5)
        return HeatCell(percent(value), margin, shade, row["n"], row["customers"], row["low_n"])
    if metric == "ces":
        low, high = scale or (1.0, 7.0)
        shade = 100 * (value - low) / (high - low)
        margin = plus_minus(row["low"], row["high"], 1)
        return HeatCell(plain(value, 1), margin, shade, row["n"], row["customers"], row["low_n"])
    if metric == "nps":
        margin = plus_minus(row["low"], row["high"])
        shown = plain(value, _digits(row), signed=True)
        return HeatCell(shown, margin, (value + 100) / 2, row["n"], row["customers"], row["low_n"])
    return jsi_cell(row)


def _interval(row: Row) -> str:
    if row["column"] in _SHARES and row["low"] is not None:
        return phrase("{low} to {high}", low=percent(row["low"]), high=percent(row["high"]))
    return between(row["low"], row["high"], 1 if row["column"] == "ces" else None)


def _differences(asked: Asked) -> list[str]:
    """Return which differences are more than chance, the largest first."""
    across = asked.across
    if across is None or not across.is_segment:
        return []
    mine: list[dict[str, Any]] = [
        row for row in asked.segments.to_dicts() if row["segment"] == across.name and row["significant"]
    ]
    mine.sort(key=lambda row: -abs(row["difference"]))
    tests = asked.segments.facts["family"]
    if not mine:
        return [phrase("No difference is significant after correction for {tests}.", tests=count(tests, "test"))]
    told = [f"{row['stage_name']}, {who_differs(row)}." for row in mine[:3]]
    return [
        *told,
        phrase(
            "p-values are corrected for {tests} ({correction}).",
            tests=count(tests, "test"),
            correction=asked.segments.facts["correction"],
        ),
    ]
