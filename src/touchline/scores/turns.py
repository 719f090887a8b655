"""When stage scores and volumes changed, with what changed most there.

Series are the JSI of each stage by week, weighed by its touches, and the touches of each stage a week (as square roots,
whose spread does not hang on their level). Weeks that the data cover only in part are left out. A probable cause is a
part (theme, touchpoint, channel, segment) that changed otherwise than the rest: for a score DESIGN's bridge of the
part alone,

    points = 50 (change of all - change of the rest)

and for a volume what the part grew by beyond the growth of the rest, a week; told where a bootstrap interval over
customers, widened for all parts looked at, excludes 0 on the side of the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure, by_english
from touchline.scores.bootstrap import resampled_sums
from touchline.scores.changepoints import ALARM, LEAST, Point, change_points
from touchline.scores.filtering import resolve
from touchline.scores.groups import group_name, stage_name
from touchline.scores.intervals import benjamini_hochberg
from touchline.scores.ordering import stage_place
from touchline.scores.touched import Touched, touched
from touchline.words import Number, joined, phrase

if TYPE_CHECKING:
    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_PARTS: Final = ("touchpoint", "channel")
_DRAWS: Final = 400
_MOST: Final = 3
_EPOCH: Final = date(1970, 1, 1)
_CAUSE: Final = pa.struct(
    [
        ("of", pa.string()),
        ("value", pa.string()),
        ("name", pa.string()),
        ("points", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("customers", pa.int64()),
    ]
)
_SCHEMA: Final = pa.schema(
    [
        ("series", pa.string()),
        ("stage", pa.string()),
        ("stage_name", pa.string()),
        ("week", pa.date32()),
        ("low", pa.date32()),
        ("high", pa.date32()),
        ("before", pa.float64()),
        ("after", pa.float64()),
        ("change", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("since", pa.date32()),
        ("until", pa.date32()),
        ("causes", pa.list_(_CAUSE)),
        ("says", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


_MOST_WEEKS: Final = 1_044  # twenty years


def changepoints(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, *, seed: int = 0) -> Figure:
    """Find the weeks in which a stage's score or volume changed its level.

    Args:
        warehouse: Where the touches and mentions are.
        taxonomy: Names and orders the stages.
        filters: Which touches.
        seed: Of permutations and draws.

    Returns:
        Rows series (``score``, ``volume``), stage, stage_name, week (the first of the new level) with low and high
        (95 %), before, after and change (JSI; touches a week), p_adjusted (of the series, Benjamini-Hochberg over
        all), since and until (the levels compared), causes (of, value, name, points with low and high, customers),
        says, n, customers (of both levels), hidden, low_n; the surest first. Facts: ``family``, the number of series
        looked at.

    Raises:
        QuestionError: An unknown stage or filter value, or more than twenty years.
    """
    filters = resolve(warehouse, taxonomy, filters)
    data = touched(warehouse, filters, None)
    stages = data.columns["stage"]
    week = (data.day + 3) // 7  # Mondays
    first, last = _whole_weeks(data)
    if last - first >= _MOST_WEEKS:  # a clock that was years off; looking for levels grows with the square of it
        raise QuestionError(
            phrase(
                "the data span {last} years, which is more than changes of level are looked for in",
                last=(last - first) // 52,
            ),
            where=f"{_monday(first)} to {_monday(last)}",
            todo=phrase("say since when and until when"),
        )
    found: list[_Series] = []
    for name in sorted(stages.names, key=lambda stage: stage_place(taxonomy, stage)):
        there = (stages.codes == stages.names.index(name)) & (week >= first) & (week <= last)
        if len(np.unique(data.customer[there])) >= LOW_N:
            found += _series(data, name, there, week, first, last, seed)
    adjusted = benjamini_hochberg([one.p for one in found])
    shown = [
        (one, float(p), point) for one, p in zip(found, adjusted, strict=True) if p < ALARM for point in one.points
    ]
    shown.sort(key=lambda row: (row[1], -row[2].at))
    rows, masks = [], []
    for one, p, point in shown:
        row, mask = _row(data, week, one, p, point, taxonomy, seed)
        rows.append(row)
        masks.append(mask)
    customers = [np.unique(data.customer[mask]) for mask in masks]

    def behind(row: int) -> Ints:
        return customers[row]

    return Figure(
        "changepoints",
        pa.Table.from_pylist(rows, schema=_SCHEMA),
        phrase(
            "Weeks in which a stage's JSI or its volume changed its level (circular binary "
            "segmentation, tested by permutation, corrected for {n} series), and the parts that "
            "changed otherwise than the rest: probable causes.",
            n=len(found),
        ),
        () if rows else (phrase("Nothing changed its level beyond chance."),),
        {"family": len(found), "alarm": ALARM, "since": _monday(first), "until": _monday(last), "seed": seed},
        behind,
        by_english(*(row["says"] for row in rows)),
    )


@dataclass(frozen=True)
class _Series:
    """A series: which touches, the week of each value, and what was found."""

    kind: str
    stage: str
    mask: Bools
    weeks: Ints
    points: list[Point]
    p: float


def _whole_weeks(data: Touched) -> tuple[int, int]:
    """Return the first and last week that the data cover whole."""
    if not len(data):
        return 0, -1
    first, last = int(data.day.min()), int(data.day.max())
    return -(-(first + 3) // 7), (last + 4) // 7 - 1


def _series(data: Touched, stage: str, there: Bools, week: Ints, first: int, last: int, seed: int) -> Iterator[_Series]:
    many = last - first + 1
    if many < 2 * LEAST:
        return
    place = week[there] - first
    w = np.bincount(place, data.weight[there], many).astype(np.float64)
    s = np.bincount(place, data.weight[there] * data.s[there], many)
    said = np.flatnonzero(w > 0)
    points, p = change_points(50 * (1 + s[said] / w[said]), w[said], seed=seed)
    yield _Series("score", stage, there, first + said, points, p)
    n = np.bincount(place, minlength=many).astype(np.float64)
    points, p = change_points(np.sqrt(n), seed=seed)
    yield _Series("volume", stage, there, np.arange(first, last + 1), points, p)


def _row(
    data: Touched, week: Ints, one: _Series, p: float, point: Point, taxonomy: Taxonomy, seed: int
) -> tuple[dict[str, Any], Bools]:
    start, at, end = one.weeks[point.start], one.weeks[point.at], one.weeks[point.end - 1]
    before = one.mask & (week >= start) & (week < at)
    after = one.mask & (week >= at) & (week <= end)
    customers = len(np.unique(data.customer[before | after]))
    row: dict[str, Any] = {
        "series": one.kind, "stage": one.stage, "stage_name": stage_name(taxonomy, one.stage), "week": _monday(int(at)),
        "low": _monday(int(one.weeks[point.low])), "high": _monday(int(one.weeks[point.high])), "p_adjusted": p,
        "since": _monday(int(start)), "until": _monday(int(end)), "n": int((before | after).sum()),
        "customers": customers, "hidden": customers < HIDDEN_N, "low_n": customers < LOW_N, "says": "", "causes": [],
    }  # fmt: skip
    if row["hidden"]:
        return row, before | after
    weeks = (int(at - start), int(end - at + 1))
    if one.kind == "score":
        levels = [50 * (1 + _mean(data, side)) for side in (before, after)]
    else:
        levels = [float(side.sum()) / many for side, many in zip((before, after), weeks, strict=True)]
    row |= {"before": levels[0], "after": levels[1], "change": levels[1] - levels[0]}
    row["causes"] = _causes(data, before, after, weeks, one.kind, row["change"], taxonomy, seed)
    row["says"] = _sentence(row)
    return row, before | after


def _causes(
    data: Touched, before: Bools, after: Bools, weeks: tuple[int, int], kind: str, change: float, taxonomy: Taxonomy,
    seed: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the parts that changed most otherwise than the rest, at most `_MOST`."""
    both = before | after
    parts: list[tuple[str, str, Bools]] = []
    for code, theme in enumerate(data.theme.names):
        parts.append(("theme", theme, data.carries(code) & both))
    for name in (*_PARTS, *(f"seg_{segment}" for segment in data.segments)):
        coded = data.columns[name]
        parts += [(name, value, (coded.codes == code) & both) for code, value in enumerate(coded.names)]
    sized = [len(np.unique(data.customer[mask])) for _, _, mask in parts]
    kept = [(part, size) for part, size in zip(parts, sized, strict=True) if size >= LOW_N and (both & ~part[2]).any()]
    if not kept:
        return []
    many = len(kept)
    rows = [np.flatnonzero(mask) for (_, _, mask), _ in kept] + [np.flatnonzero(both)]
    touch = np.concatenate(rows)
    of = np.repeat(np.arange(many + 1), [len(row) for row in rows])
    cell = 2 * of + after[touch]
    values = np.stack([np.ones(len(touch)), data.weight[touch], (data.weight * data.s)[touch]], axis=1)
    point = np.stack([np.bincount(cell, column, 2 * many + 2) for column in values.T], axis=1)[:, :, None]
    drawn = resampled_sums(data.cluster[touch], cell, values, 2 * many + 2, replicates=_DRAWS, seed=seed)
    sums = np.concatenate([point, drawn], axis=2).reshape(many + 1, 2, 3, 1 + _DRAWS)
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "score":
            mean = sums[:, :, 2] / sums[:, :, 1]
            rest = (sums[-1:, :, 2] - sums[:, :, 2]) / (sums[-1:, :, 1] - sums[:, :, 1])
            moved = 50 * ((mean[-1:, 1] - mean[-1:, 0]) - (rest[:, 1] - rest[:, 0]))
        else:
            n = sums[:, :, 0] / np.array(weeks)[None, :, None]
            rest = n[-1:] - n
            moved = n[:, 1] - n[:, 0] * rest[:, 1] / rest[:, 0]
    from scipy.special import ndtri

    found: list[dict[str, Any]] = []

    z = -float(ndtri(ALARM / 2 / many))
    for i, ((of_, value, _), size) in enumerate(kept):
        points, draws = float(moved[i, 0]), moved[i, 1:]
        draws = draws[np.isfinite(draws)]
        if not np.isfinite(points) or len(draws) < _DRAWS / 2:
            continue
        error = float(draws.std())
        if points * change <= 0 or abs(points) <= z * error:
            continue
        found.append(
            {
                "of": of_.removeprefix("seg_"), "value": value,
                "name": group_name(taxonomy, of_, value), "points": points, "low": points - z * error,
                "high": points + z * error, "customers": size,
            }
        )  # fmt: skip
    return sorted(found, key=lambda one: (-abs(one["points"]), one["of"], one["value"]))[:_MOST]


def _sentence(row: dict[str, Any]) -> str:
    places, what = (
        (0, phrase("the JSI of {stage} went from {before} to {after}"))
        if row["series"] == "score"
        else (1, phrase("{stage} went from {before} to {after} a week"))
    )
    before, after = (Number(f"{row[when]:.{places}f}") for when in ("before", "after"))
    told = what.given(stage=row["stage_name"], before=before, after=after)
    said = phrase(
        "In the week of {week} ({low} to {high}) {told}.", week=row["week"], low=row["low"], high=row["high"], told=told
    )
    if row["causes"]:
        parts = [
            phrase(
                "{of} {name} ({points})",
                of=one["of"].replace("_", "-"),
                name=one["name"],
                points=Number(f"{one['points']:+.1f}"),
            )
            for one in row["causes"]
        ]
        return phrase("{said} Changed most there: {listed}.", said=said, listed=joined(", ", parts))
    return phrase("{said} No part changed otherwise than the rest beyond chance.", said=said)


def _mean(data: Touched, rows: Bools) -> float:
    w = data.weight[rows]
    return float((w * data.s[rows]).sum() / w.sum())


def _monday(week: int) -> date:
    return _EPOCH + timedelta(days=7 * week - 3)
