"""Why a stage scores as it does: the themes that hurt it, and those that lift it, with what each is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.bootstrap import REPLICATES, resampled_sums
from touchline.scores.filtering import resolve, stage_id
from touchline.scores.groups import group_name, stage_name
from touchline.scores.impact import Carried, impacts, pareto
from touchline.scores.intervals import index
from touchline.scores.ordering import stage_place
from touchline.scores.themed import Spoken, Themed, carrying, gather, grouped, held_themes
from touchline.scores.verbatims import VERBATIM, verbatims, verbatims_held
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Floats = NDArray[np.float64]

_SCHEMA: Final = pa.schema(
    [
        ("stage", pa.string()),
        ("stage_name", pa.string()),
        ("rank", pa.int64()),
        ("theme", pa.string()),
        ("name", pa.string()),
        ("impact", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("pareto", pa.float64()),
        ("cumulative", pa.float64()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("prevalence", pa.float64()),
        ("lift", pa.float64()),
        ("jsi_with", pa.float64()),
        ("jsi_without", pa.float64()),
        ("direction", pa.string()),
        ("verbatims", pa.list_(VERBATIM)),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)
_ROUNDING: Final = 1e-9  # points
_TAILS: Final = (0.025, 0.975)
_HURTS: Final = phrase(
    "Probable causes: the JSI points that would come back to a stage if the touches that "
    "carry a theme (in a negative mention there) had the average of the stage's other "
    "touches, with a 95 % interval (Poisson bootstrap over customers). pareto is what "
    "each adds after those above it, so that the bars add up to cumulative."
)
_SILENCE: Final = phrase("Nobody said anything of a stage, in words or scores: there is nothing to explain.")
_LIFTS: Final = phrase(
    "What probably lifts: the JSI points that a stage would lose if the touches that "
    "carry a theme (in a positive mention there) had the average of the stage's other "
    "touches, with a 95 % interval (Poisson bootstrap over customers). pareto is what "
    "each adds after those above it, so that the bars add up to cumulative."
)


def causes(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    stage: str | None = None,
    limit: int = 8,
    examples: int = 3,
    seed: int = 0,
) -> Figure:
    """Return the probable causes of each stage's score, worst first (DESIGN section 5, "Root cause impact").

    A touch carries every theme of its negative mentions on its stage. A theme that rests on fewer than
    `HIDDEN_N` customers stands last, without numbers or words; one under `LOW_N` gets no rank.

    Args:
        warehouse: Where the touches and mentions are.
        taxonomy: Names stages and themes.
        filters: Which touches; a stage filter only says which stages to return, so that the lift keeps its
            meaning.
        stage: Only this stage; otherwise all.
        limit: At most so many causes a stage.
        examples: At most so many verbatims a cause.
        seed: Of the bootstrap.

    Returns:
        Rows stage, stage_name, rank, theme, name, impact, low, high, pareto, cumulative, n (touches
        carrying it), customers, prevalence (share of the stage's touches), lift (prevalence over that at
        the other stages; NULL where it is said at none), jsi_with, jsi_without, direction, verbatims,
        hidden, low_n. Facts: ``unthemed``, the share of negative touches without a theme.

    Raises:
        QuestionError: An unknown stage or filter value.
    """
    return _figure(warehouse, taxonomy, filters, sign=-1, stage=stage, limit=limit, examples=examples, seed=seed)


def delights(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    stage: str | None = None,
    limit: int = 8,
    examples: int = 3,
    seed: int = 0,
) -> Figure:
    """Return what lifts each stage: `causes` for the themes of positive mentions."""
    return _figure(warehouse, taxonomy, filters, sign=1, stage=stage, limit=limit, examples=examples, seed=seed)


@dataclass(slots=True)
class _Cause:
    """One theme at one stage, both as codes. ``sums``: touches, w, w * s of the touches that carry it."""

    stage: int
    theme: int
    customers: int
    sums: Floats
    impact: float
    pareto: float = np.nan
    cumulative: float = np.nan
    low: float = np.nan
    high: float = np.nan

    @property
    def hidden(self) -> bool:
        return self.customers < HIDDEN_N


def _figure(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    sign: int,
    stage: str | None,
    limit: int,
    examples: int,
    seed: int,
) -> Figure:
    filters = resolve(warehouse, taxonomy, filters)
    only = {stage_id(taxonomy, stage)} if stage else set(filters.stages)
    filters = replace(filters, stages=())
    spoken, themed = gather(warehouse, filters, sign)
    wanted = sorted(
        (code for code, name in enumerate(spoken.stages) if not only or name in only),
        key=lambda code: stage_place(taxonomy, spoken.stages[code]),
    )
    totals = spoken.by_stage()
    found: list[_Cause] = []
    idle = 0
    for code in wanted:
        here, adding_nothing = _at_stage(themed, totals[code], code, sign, limit)
        found += here
        idle += adding_nothing
    visible = [cause for cause in found if not cause.hidden]
    _set_intervals(visible, spoken, themed, sign, seed)
    cells = [(spoken.stages[cause.stage], themed.themes[cause.theme]) for cause in visible]
    held = held_themes(warehouse, filters, sign)
    if held is not None:
        words = verbatims_held(warehouse, held.mentions, held.rows, cells, examples)
    else:
        key = ("carrying", filters, sign)
        words = verbatims(warehouse, key, lambda: carrying(warehouse, filters, sign), cells, examples)
    rows = [
        {
            **_row(cause, rank, spoken, themed, totals=totals, taxonomy=taxonomy),
            "direction": "hurts" if sign < 0 else "lifts",
            "verbatims": words.get((spoken.stages[cause.stage], themed.themes[cause.theme]), []),
        }
        for cause, rank in zip(found, _ranks(found), strict=True)
    ]
    unthemed = _unthemed(themed, totals, wanted, sign)
    return Figure(
        name="causes" if sign < 0 else "delights",
        table=pa.Table.from_pylist(rows, schema=_SCHEMA),
        meaning=_HURTS if sign < 0 else _LIFTS,
        notes=_notes(unthemed, idle, len(found) - len(visible), sign) if wanted else (_SILENCE,),
        facts={"unthemed": unthemed, "replicates": REPLICATES, "seed": seed},
    )


def _at_stage(themed: Themed, total: Floats, stage: int, sign: int, limit: int) -> tuple[list[_Cause], int]:
    """Return a stage's causes in the order taken, hidden ones last, and how many add nothing after those."""
    here = themed.stage == stage
    theme, themes, towards = themed.theme[here], len(themed.themes), -sign
    weight, s = themed.weight[here], themed.s[here]
    sums = grouped(theme, np.stack([np.ones_like(weight), weight, weight * s], axis=1), themes)
    people, customer = np.unique(themed.customer[here], return_inverse=True)
    who = np.unique(theme * max(len(people), 1) + customer)
    customers = np.bincount(who // max(len(people), 1), minlength=themes)
    points = towards * impacts(total[1], total[2], sums[:, 1], sums[:, 2])
    points[sums[:, 0] >= total[0]] = np.nan  # nothing is left to compare with
    works = points > _ROUNDING
    eligible = works & (customers >= HIDDEN_N)
    _, first, touch = np.unique(themed.conversation[here], return_index=True, return_inverse=True)
    open_ = eligible[theme]
    bars = pareto(
        Carried(
            weight=float(total[1]),
            score=float(towards * total[2]),
            touches=int(total[0]),
            touch=touch[open_],
            theme=theme[open_],
            weights=weight[first],
            scores=towards * s[first],
        ),
        themes,
        limit,
    )
    found = [_Cause(stage, t, int(customers[t]), sums[t], float(points[t]), bar) for t, bar in bars]
    for cause, cumulative in zip(found, np.cumsum([bar for _, bar in bars]), strict=True):
        cause.cumulative = float(cumulative)
    few = sorted(np.flatnonzero(works & ~eligible).tolist(), key=lambda t: (-sums[t, 0], t))
    hidden = [_Cause(stage, t, int(customers[t]), sums[t], np.nan) for t in few[: limit - len(found)]]
    idle = int(eligible.sum()) - len(found) if len(found) < limit else 0
    return found + hidden, idle


def _set_intervals(visible: list[_Cause], spoken: Spoken, themed: Themed, sign: int, seed: int) -> None:
    """Set low and high of each cause: percentiles of its impact in the replicates, extended to contain it."""
    if not visible:
        return
    stages = sorted({cause.stage for cause in visible})
    place = np.full(len(spoken.stages), -1)
    place[stages] = np.arange(len(stages))
    number = np.full((len(spoken.stages), len(themed.themes)), -1)
    for i, cause in enumerate(visible):
        number[cause.stage, cause.theme] = len(stages) + i
    whole, part = place[spoken.stage], number[themed.stage, themed.theme]
    in_whole, in_part = whole >= 0, part >= 0
    weight = themed.weight[in_part]
    drawn = resampled_sums(
        np.concatenate([spoken.customer[in_whole], themed.customer[in_part]]),
        np.concatenate([whole[in_whole], part[in_part]]),
        np.concatenate([spoken.sums[in_whole, 1:3], np.stack([weight, weight * themed.s[in_part]], axis=1)]),
        len(stages) + len(visible),
        seed=seed,
    )
    for i, cause in enumerate(visible):
        total, carried = drawn[place[cause.stage]], drawn[len(stages) + i]
        points = -sign * impacts(total[0], total[1], carried[0], carried[1])
        points = points[~np.isnan(points)]
        low, high = np.quantile(points, _TAILS) if len(points) else (cause.impact, cause.impact)
        cause.low, cause.high = min(float(low), cause.impact), max(float(high), cause.impact)


def _row(
    cause: _Cause, rank: int | None, spoken: Spoken, themed: Themed, *, totals: Floats, taxonomy: Taxonomy
) -> dict[str, Any]:
    stage, theme = spoken.stages[cause.stage], themed.themes[cause.theme]
    row: dict[str, Any] = {
        "stage": stage,
        "stage_name": stage_name(taxonomy, stage),
        "theme": theme,
        "name": group_name(taxonomy, "theme", theme),
        "n": int(cause.sums[0]),
        "customers": cause.customers,
        "hidden": cause.hidden,
        "low_n": cause.customers < LOW_N,
    }
    if cause.hidden:
        return row
    here = totals[cause.stage]
    prevalence = cause.sums[0] / here[0]
    elsewhere = totals[:, 0].sum() - here[0]
    carried_elsewhere = int(((themed.theme == cause.theme) & (themed.stage != cause.stage)).sum())
    return row | {
        "rank": rank,
        "impact": cause.impact,
        "low": cause.low,
        "high": cause.high,
        "pareto": cause.pareto,
        "cumulative": cause.cumulative,
        "prevalence": prevalence,
        "lift": prevalence / (carried_elsewhere / elsewhere) if carried_elsewhere else None,
        "jsi_with": float(index(cause.sums[2] / cause.sums[1])),
        "jsi_without": float(index((here[2] - cause.sums[2]) / (here[1] - cause.sums[1]))),
    }


def _ranks(found: list[_Cause]) -> list[int | None]:
    """Number the causes of each stage from 1, passing over those of low n."""
    ranked: dict[int, int] = {}
    ranks: list[int | None] = []
    for cause in found:
        if cause.customers < LOW_N:
            ranks.append(None)
        else:
            ranked[cause.stage] = ranked.get(cause.stage, 0) + 1
            ranks.append(ranked[cause.stage])
    return ranks


def _unthemed(themed: Themed, totals: Floats, stages: list[int], sign: int) -> float | None:
    """Return the share of touches of the direction that carry no theme; None where there is none."""
    signed = totals[stages, 3].sum()
    if not signed:
        return None
    carried = sum(len(np.unique(themed.conversation[(themed.stage == stage) & (themed.s == sign)])) for stage in stages)
    return float(1 - carried / signed)


def _notes(unthemed: float | None, idle: int, hidden: int, sign: int) -> tuple[str, ...]:
    kind = phrase("negative") if sign < 0 else phrase("positive")
    notes = []
    if unthemed:
        notes.append(
            phrase(
                "{unthemed} of the {kind} touches carry no theme and stand for no cause.",
                unthemed=Number(f"{unthemed:.0%}"),
                kind=kind,
            )
        )
    if idle:
        notes.append(phrase("{idle} more themes add nothing after those above them.", idle=idle))
    if hidden:
        notes.append(
            phrase(
                "{hidden} themes rest on fewer than {hidden_n} customers and are hidden.",
                hidden=hidden,
                hidden_n=HIDDEN_N,
            )
        )
    return tuple(notes)
