"""What a change did: before and after, against comparable customers (difference in differences).

    effect = (mean after - mean before) of the treated  -  (mean after - mean before) of the others

a weighted regression ``y = a + b treated + c after + effect * treated * after``, with an interval that is robust to a
customer's observations going together (`touchline.value.linear`). It is the change's effect if both groups would have
gone the same way without it. Of that two things before the change are looked at: whether their slopes differ
(``y = a + b treated + c t + slope * treated * t``), and whether a *placebo*, a change that never was in the middle of
the time before, has an effect. Both, at 5 % together, can only speak against it. Source: Card and Krueger 1994;
Bertrand, Duflo and Mullainathan 2004; Roth 2022 on what such tests cannot tell.

``like`` makes the others comparable: they are weighed so that the shares of these segments' values (at the change) are
those of the treated; values that only one side has are left out (post-stratification; Holt and Smith 1979).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.cells import column, hidden_note
from touchline.scores.intervals import benjamini_hochberg
from touchline.sequences.restricting import midnight
from touchline.sequences.spans import microseconds
from touchline.value.basis import Basis
from touchline.value.churn import moment_day
from touchline.value.groups import members, segment_in
from touchline.value.linear import line
from touchline.value.observed import MEASURES, REVENUE, Observed, clusters
from touchline.value.voices import DAY, until
from touchline.vocabulary.coded import combine
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import phrase

_LONGEST: Final = 182 * DAY
_WEEK: Final = 7 * DAY
_FEWEST: Final = 4  # periods before the change that a slope takes
_SURE: Final = 0.05
_ALL: Final = "all"
_NUMBERS: Final = (
    "before", "after", "before_other", "after_other", "effect", "low", "high", "p", "slope", "slope_low", "slope_high",
    "slope_p", "placebo", "placebo_low", "placebo_high", "placebo_p",
)  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """Observations around a change.

    Attributes:
        seen: The observations.
        treated: Whose are of the treated, shape (n,).
        after: Which lie after the change, shape (n,).
        weight: What each counts, shape (n,).
        cluster: What goes together, shape (n,).
        change: The change, microseconds.
    """

    seen: Observed
    treated: Bools
    after: Bools
    weight: Floats
    cluster: Ints
    change: int

    def of(self, rows: Bools) -> Sides:
        """Return some of them."""
        return Sides(
            self.seen.of(rows), self.treated[rows], self.after[rows], self.weight[rows], self.cluster[rows], self.change
        )

    def at(self, moment: int) -> Sides:
        """Return the observations before the change, with another moment in its place."""
        kept = self.of(~self.after)
        return Sides(kept.seen, kept.treated, kept.seen.at >= moment, kept.weight, kept.cluster, moment)


def impact(
    basis: Basis,
    seen: Observed,
    *,
    change: str | date,
    treated: str,
    of: str = "jsi",
    against: str = "",
    like: Sequence[str] = (),
    stages: Sequence[str] | None = None,
    before: str = "",
    after: str = "",
    called: Callable[[str], str] | None = None,
) -> Figure:
    """Return the effect of a change on customers who had it, against customers who had not.

    Args:
        basis: The customers.
        seen: What was measured, from `touchline.value.observed.observed`.
        change: The day on which it began.
        treated: Who had it: ``region=emea``, or a step.
        of: What was measured.
        against: With whom they are compared: a segment or a step; everybody else by default.
        like: Segments in which the others are made alike.
        stages: Only these stages; otherwise the whole and every stage.
        before: How much time before is looked at: ``90d``; by default as much as after.
        after: How much time after; by default all there is, up to half a year.
        called: From a stage's id to the name that is shown.

    Returns:
        One row for the whole, and one per stage: stage, name, before, after (of the treated), before_other,
        after_other, effect with low, high, p and p_adjusted (Benjamini-Hochberg over the rows), slope (of the
        difference before the change, per four weeks) with its interval and p, placebo with its interval and p, parallel
        (false where either speaks against it, null where they cannot be looked at), n, customers, treated, others,
        hidden, low_n. Facts: the days, and ``periods``: both means by week before and after.

    Raises:
        QuestionError: The change lies outside the data, a group is empty, or a name does not exist.
    """
    moment = day_of_change(basis, change)
    sides = _sides(basis, seen, moment, treated, against, like, before, after)
    codes: list[int | None] = [None]
    names = seen.stage.names
    if stages is None:
        codes += [
            code for code in np.unique(sides.seen.stage.codes).tolist() if code >= 0 and names[code] != UNASSIGNED
        ]
    else:
        for name in stages:
            if name not in names:
                raise unknown("stage", name, names)
        codes = [names.index(name) for name in stages]
    parts = [sides if code is None else sides.of(sides.seen.stage.codes == code) for code in codes]
    rows = [_row(part) for part in parts]
    ids = [_ALL if code is None else names[code] for code in codes]
    adjusted = benjamini_hochberg(np.array([np.nan if row["hidden"] else row["p"] for row in rows]))
    behinds = [np.unique(basis.journeys.keys[part.seen.owner[part.treated]]) for part in parts]
    hide = np.array([row["hidden"] for row in rows], dtype=np.bool_)
    zone = basis.journeys.zone
    table = pa.table(
        {
            "stage": pa.array(ids, pa.string()),
            "name": pa.array([_ALL if name == _ALL else called(name) if called else name for name in ids], pa.string()),
            **{name: column(np.array([row[name] for row in rows], dtype=np.float64), hide) for name in _NUMBERS[:8]},
            "p_adjusted": column(adjusted, hide),
            **{name: column(np.array([row[name] for row in rows], dtype=np.float64), hide) for name in _NUMBERS[8:]},
            "parallel": pa.array([None if row["hidden"] else row["parallel"] for row in rows], pa.bool_()),
            "n": pa.array([row["n"] for row in rows], pa.int64()),
            "customers": pa.array([row["customers"] for row in rows], pa.int64()),
            "treated": pa.array([row["treated"] for row in rows], pa.int64()),
            "others": pa.array([row["others"] for row in rows], pa.int64()),
            "hidden": pa.array(hide),
            "low_n": pa.array([row["low_n"] for row in rows], pa.bool_()),
        }
    )
    return Figure(
        "impact",
        table,
        phrase(
            "The effect on {of} ({measures}) of what began on {moment_day} for {treated}: how it "
            "changed for them less how it changed for {against}, with a 95 % interval over "
            "customers. It is the effect if both would have gone the same way without it.",
            of=of,
            measures=MEASURES[of],
            moment_day=moment_day(moment, zone),
            treated=treated,
            against=against or phrase("everybody else"),
        ),
        (*_notes(basis, [row for row in rows if not row["hidden"]], treated), *hidden_note(hide)),
        {
            "of": of,
            "change": moment_day(moment, zone),
            "treated": treated,
            "against": against,
            "unit": basis.money.currency if of == "revenue" else MEASURES[of],
            "since": moment_day(int(sides.seen.at.min()), zone),
            "until": moment_day(int(sides.seen.at.max()), zone),
            "periods": _periods(parts[0], REVENUE if of == "revenue" else _WEEK, zone),
        },
        lambda row: behinds[row],
    )


def day_of_change(basis: Basis, change: str | date) -> int:
    """Return when the day of a change begins, microseconds.

    Raises:
        QuestionError: It is no date, or lies outside the data.
    """
    try:
        day = change if isinstance(change, date) else date.fromisoformat(change)
    except ValueError:
        raise QuestionError(
            phrase("{change} is no date", change=repr(change)), where="change", todo=phrase("write it as 2026-05-01")
        ) from None
    moment = midnight(day, basis.journeys.zone)
    begin, end = basis.journeys.observed
    if not begin < moment <= end:
        raise QuestionError(
            phrase("the change of {day} lies outside the data", day=day),
            where="change",
            todo=phrase(
                "they go from {moment_day} to {moment_day2}",
                moment_day=moment_day(begin, basis.journeys.zone),
                moment_day2=moment_day(end, basis.journeys.zone),
            ),
        )
    return moment


def _sides(
    basis: Basis, seen: Observed, moment: int, treated: str, against: str, like: Sequence[str], before: str, after: str
) -> Sides:
    journeys = basis.journeys
    begin, end = journeys.observed
    length = microseconds(after, "after") if after else min(end - moment, _LONGEST)
    back = microseconds(before, "before") if before else max(length, 16 * _WEEK if seen.spaced else 8 * _WEEK)
    had = members(journeys, treated, moment)
    others = members(journeys, against, moment) & ~had if against else ~had
    for text, group in ((treated, had), (against or "everybody else", others)):
        if not group.any():
            raise QuestionError(
                phrase("nobody is {text}", text=text), where="impact", todo=phrase("name another segment or step")
            )
    weight = _alike(basis, had, others, moment, like)
    rows = (had | others)[seen.owner] & (seen.at >= max(moment - back, begin)) & (seen.at < moment + length + 1)
    rows &= weight[seen.owner] > 0
    kept = seen.of(rows)
    kept = kept.once((kept.at >= moment).astype(np.int64))
    return Sides(
        kept, had[kept.owner], kept.at >= moment, kept.weight * weight[kept.owner],
        clusters(journeys)[kept.owner], moment,
    )  # fmt: skip


def _alike(basis: Basis, had: Bools, others: Bools, moment: int, like: Sequence[str]) -> Floats:
    """Return what each customer counts, so that the others' mix of segments is that of the treated."""
    weight = np.ones(len(had))
    if not like:
        return weight
    journeys = basis.journeys
    everyone = np.arange(journeys.customers)
    end = until(journeys.starts, journeys.at, everyone, np.full(len(everyone), moment))
    row = np.maximum(end - 1, journeys.starts[:-1])
    group, _ = combine([basis.column(name).codes[row].astype(np.int64) for name in like])
    many = int(group.max(initial=0)) + 1
    share, rest = (np.bincount(group[who], minlength=many) / who.sum() for who in (had, others))
    ratio = np.divide(share, rest, out=np.zeros(many), where=rest > 0)
    both = (share > 0) & (rest > 0)
    found: Floats = np.where(both[group], np.where(others, ratio[group], 1.0), 0.0)
    return found


def _row(sides: Sides) -> dict[str, Any]:
    seen = sides.seen
    means = [
        _mean(seen.y, sides.weight, (sides.treated == who) & (sides.after == when))
        for who in (True, False) for when in (False, True)
    ]  # fmt: skip
    people = [
        len(np.unique(seen.owner[(sides.treated == who) & (sides.after == when)]))
        for who in (True, False) for when in (False, True)
    ]  # fmt: skip
    effect = _effect(sides)
    slope = _slope(sides)
    pre = seen.at[~sides.after]
    middle = int((int(pre.min()) + sides.change) // 2) if len(pre) else sides.change
    placebo = _effect(sides.at(middle))
    tests = [p for p in (slope[3], placebo[3]) if np.isfinite(p)]
    return {
        **dict(zip(_NUMBERS, (*means, *effect, *slope, *placebo), strict=True)),
        "parallel": None if not tests else min(tests) * len(tests) >= _SURE,  # Bonferroni over both
        "n": len(seen),
        "customers": len(np.unique(seen.owner)),
        "treated": len(np.unique(seen.owner[sides.treated])),
        "others": len(np.unique(seen.owner[~sides.treated])),
        "hidden": min(people) < HIDDEN_N,
        "low_n": min(people) < LOW_N,
    }


def _mean(y: Floats, w: Floats, rows: Bools) -> float:
    return float(np.average(y[rows], weights=w[rows])) if rows.any() and w[rows].sum() > 0 else float("nan")


def _effect(sides: Sides) -> tuple[float, float, float, float]:
    treated, after = sides.treated.astype(np.float64), sides.after.astype(np.float64)
    x = np.column_stack([np.ones(len(treated)), treated, after, treated * after])
    found = line(x, sides.seen.y, sides.cluster, sides.weight) if len(treated) else None
    return found.told(3) if found else (float("nan"),) * 4


def _slope(sides: Sides) -> tuple[float, float, float, float]:
    """Return by how much the difference of the groups moved in four weeks, before the change."""
    pre = sides.of(~sides.after)
    if not len(pre.seen) or len(np.unique((sides.change - pre.seen.at - 1) // _WEEK)) < _FEWEST:
        return (float("nan"),) * 4
    treated = pre.treated.astype(np.float64)
    t = (pre.seen.at - sides.change) / REVENUE
    x = np.column_stack([np.ones(len(t)), treated, t, treated * t])
    found = line(x, pre.seen.y, pre.cluster, pre.weight)
    return found.told(3) if found else (float("nan"),) * 4


def _periods(sides: Sides, span: int, zone: str) -> list[dict[str, Any]]:
    """Return both groups' means by period, so that a reader sees how they went."""
    place = (sides.seen.at - sides.change) // span
    out: list[dict[str, Any]] = []
    for number in np.unique(place).tolist():
        here = place == number
        few = [len(np.unique(sides.seen.owner[here & (sides.treated == who)])) < HIDDEN_N for who in (True, False)]
        means = [_mean(sides.seen.y, sides.weight, here & (sides.treated == who)) for who in (True, False)]
        out.append(
            {
                "since": moment_day(sides.change + number * span, zone),
                "treated": None if few[0] else means[0],
                "others": None if few[1] else means[1],
            }
        )
    return out


def _notes(basis: Basis, rows: list[dict[str, Any]], treated: str) -> tuple[str, ...]:
    notes: list[str] = []
    against = sum(row["parallel"] is False for row in rows)
    if against:
        notes.append(
            phrase(
                "In {against} of {n} rows the groups went different ways before the change already: "
                "there the effect is not the change's alone.",
                against=against,
                n=len(rows),
            )
        )
    if any(row["parallel"] is None for row in rows):
        notes.append(
            phrase("Where too little is known of the time before, whether the groups went the same way is open.")
        )
    if segment_in(basis.journeys, treated) is None:
        notes.append(phrase("Who takes a step chose to: the groups may differ in more than the change."))
    return tuple(notes)
