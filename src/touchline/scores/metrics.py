"""Stages down, metrics across: the index, survey scores and shares of touches side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.scores.base import Figure, Filters, by_english
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.filtering import filtered
from touchline.scores.intervals import index, mean_interval
from touchline.scores.moments import Moments, cluster
from touchline.scores.nps import Score, nps
from touchline.scores.ordering import name_of, stage_place
from touchline.scores.rows import added, held_rows, pairs
from touchline.scores.scaled import ces, csat
from touchline.scores.sums import touch_sums
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

#: The columns in order: key to name and unit.
METRICS: Final = {
    "jsi": ("JSI", "0 to 100"),
    "nps": ("NPS", "-100 to 100"),
    "csat": ("CSAT", phrase("% satisfied")),
    "ces": ("CES", phrase("mean on its scale, high is easy")),
    "negative": (phrase("Negative"), phrase("share of touches")),
    "high_effort": (phrase("High effort"), phrase("share of touches")),
    "unresolved": (phrase("Unresolved"), phrase("share of touches")),
}
SHARES: Final = ("negative", "high_effort", "unresolved")


@dataclass(frozen=True, slots=True)
class _Cell:
    stage: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    customers: int


def metric_heatmap(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters) -> Figure:
    """Return one row per stage and metric of `METRICS`, with the columns of `heatmap`; filters are resolved.

    Facts: ``unit`` of each metric and ``ces_scale``, the scale of each stage's CES where it was declared.
    """
    periods = (("now", filters),)
    surveys = {
        "nps": nps(warehouse, periods, whole=False),
        "csat": csat(warehouse, periods, whole=False),
        "ces": ces(warehouse, periods, whole=False),
    }
    cells = [*_touch_cells(warehouse, filters), *_survey_cells(surveys)]
    places = {metric: place for place, metric in enumerate(METRICS)}
    cells.sort(key=lambda cell: (stage_place(taxonomy, cell.stage), places[cell.metric]))
    customers = np.array([cell.customers for cell in cells], dtype=np.int64)
    hide = hidden(customers)
    columns = {
        "stage": pa.array([cell.stage for cell in cells], pa.string()),
        "name": pa.array([name_of(taxonomy, cell.stage) for cell in cells], pa.string()),
        "column": pa.array([cell.metric for cell in cells], pa.string()),
        "column_name": pa.array([METRICS[cell.metric][0] for cell in cells], pa.string()),
        "value": _numbers([cell.value for cell in cells], hide),
        "low": _numbers([cell.low for cell in cells], hide),
        "high": _numbers([cell.high for cell in cells], hide),
        "n": pa.array([cell.n for cell in cells], pa.int64()),
        "customers": customers,
        "hidden": pa.array(hide),
        "low_n": low_n(customers),
    }
    scales = {stage: score.scale for (_, scope, stage), score in surveys["ces"].items() if scope == "stage"}
    return Figure(
        name="heatmap",
        table=pa.table(columns),
        meaning=(
            phrase(
                "Each stage's Journey Sentiment Index, NPS, CSAT, CES and shares of touches that are "
                "negative, of high effort or unresolved, with 95 % intervals. A cell without touches "
                "or answers is absent."
            )
        ),
        notes=hidden_note(hide),
        facts={
            "by": "metric",
            "unit": {metric: unit for metric, (_, unit) in METRICS.items()},
            "ces_scale": {stage: list(scale) for stage, scale in scales.items() if scale and stage},
        },
        told=by_english(*(text for names in METRICS.values() for text in names)),
    )


def _numbers(values: list[float | None], hide: np.typing.NDArray[np.bool_]) -> pa.Array:
    return column(np.array(values, dtype=np.float64), hide)


def _survey_cells(surveys: dict[str, dict[tuple[str, str, str | None], Score]]) -> Iterator[_Cell]:
    for metric, scores in surveys.items():
        for (_, scope, stage), score in scores.items():
            if scope == "stage" and stage is not None:
                yield _Cell(stage, metric, score.value, score.low, score.high, score.n, score.n)


def _touch_cells(warehouse: Warehouse, filters: Filters) -> Iterator[_Cell]:
    """Return the cells that touches make: the index, and shares with its interval for s = -1 or +1."""
    answer = touch_sums(warehouse, filters, ("stage",))
    stages = answer.column("stage").to_pylist()
    moments = Moments.of(answer)
    shares = _shares(warehouse, filters)
    shares = shares.take(pc.index_in(answer["stage"], shares["stage"].combine_chunks()))
    parts = {"jsi": [index(part) for part in mean_interval(moments)]}
    for share in SHARES:
        parts[share] = [(1 + part) / 2 for part in mean_interval(_as_signs(shares, moments, share))]
    for metric, (value, low, high) in parts.items():
        for i, stage in enumerate(stages):
            n, customers = int(moments.n[i]), int(moments.customers[i])
            yield _Cell(stage, metric, float(value[i]), float(low[i]), float(high[i]), n, customers)


def _as_signs(answer: pa.Table, moments: Moments, share: str) -> Moments:
    """Return the moments of touches of weight 1 and s = +1 where they count in a share, else -1."""
    nn, a, an, aa = (
        answer.column(name).to_numpy().astype(np.float64) for name in ("nn", f"{share}_a", f"{share}_an", f"{share}_aa")
    )
    n = moments.n.astype(np.float64)
    return Moments(
        n=moments.n,
        customers=moments.customers,
        clusters=moments.clusters,
        negative=moments.n - a.astype(np.int64),
        positive=a.astype(np.int64),
        w=n,
        s=2 * a - n,
        ww=nn,
        sw=2 * an - nn,
        ss=4 * aa - 4 * an + nn,
    )


def _shares(warehouse: Warehouse, filters: Filters) -> pa.Table:
    """Return of each stage the sums over clusters of n^2 and, of each share, of a, a n and a^2."""
    mine = held_rows(warehouse, "touches", filters)
    if mine is None:
        return warehouse.ask(("metrics", filters), lambda: _asked(warehouse, filters))
    group, columns = mine.groups(("stage",))
    many = len(columns["stage"])
    unit, units = mine.numbered("cluster")
    cell, group_of = pairs(group, unit, many, units)
    n = np.bincount(cell, minlength=len(group_of)).astype(np.float64)
    sums = {"nn": added(group_of, n * n, many)}
    felt = {"negative": mine.floats("s") == -1, "high_effort": mine.is_("effort", "high"),
            "unresolved": mine.is_("resolution", "unresolved")}  # fmt: skip
    for share in SHARES:
        a = added(cell, felt[share], len(group_of))
        for name, product in (("a", a), ("an", a * n), ("aa", a * a)):
            sums[f"{share}_{name}"] = added(group_of, product, many)
    return pa.table(columns | {name: pa.array(values) for name, values in sums.items()})


def _asked(warehouse: Warehouse, filters: Filters) -> ir.Table:
    touches = filtered(warehouse, "touches", filters)
    told = touches.select(
        "stage",
        cluster=cluster(touches),
        negative=(touches.s == -1).cast("int64"),
        high_effort=(touches.effort == "high").fill_null(False).cast("int64"),
        unresolved=(touches.resolution == "unresolved").fill_null(False).cast("int64"),
    )
    groups = told.group_by(["stage", "cluster"]).agg(
        count=told.count(), **{share: told[share].sum() for share in SHARES}
    )
    sums = {"nn": (groups["count"] * groups["count"]).sum()}
    for share in SHARES:
        a = groups[share]
        sums |= {
            f"{share}_a": a.sum(),
            f"{share}_an": (a * groups["count"]).sum(),
            f"{share}_aa": (a * a).sum(),
        }
    return groups.group_by("stage").agg(**sums)
