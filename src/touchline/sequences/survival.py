"""How long until the next step: Kaplan-Meier curves, medians, and whether segments differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from operator import add
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, Figure, Filters
from touchline.scores.cells import hidden_note, shown
from touchline.scores.groups import NONE
from touchline.scores.intervals import benjamini_hochberg
from touchline.scores.segments import SIGNIFICANT
from touchline.sequences.grouping import group_names, group_order
from touchline.sequences.kaplan_meier import Curve, curve
from touchline.sequences.logrank import log_rank
from touchline.sequences.tabling import SECONDS_PER_DAY, days, table
from touchline.sequences.waiting import Waited, waited, waits
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Ints, Journeys

#: Days at which a curve is read off unless others are asked for.
AT: Final = (1, 3, 7, 14, 30, 60, 90, 180, 365, 730)
_NO_STAGE: Final = phrase("Nobody is at a stage here. Name two steps instead: a start and an end.")
_NOBODY: Final = phrase("Nobody did the step that begins.")
_COLUMNS: Final = {
    "stage": "text", "segment": "text", "day": "number", "survival": "number", "low": "number", "high": "number",
    "at_risk": "count", "ended": "count", "n": "count", "customers": "count",
    "median_days": "number", "median_low": "number", "median_high": "number",
    "p": "number", "p_adjusted": "number", "significant": "flag", "censored": "flag",
}  # fmt: skip


def survival(
    journeys: Journeys,
    start: str | None = None,
    end: str | None = None,
    *,
    by: str | None = None,
    at: Sequence[float] = (),
    filters: Filters | None = None,
) -> Figure:
    """Return who has not come to an end by then; `touchline.sequences.journey.SequenceQuestions.survival` tells all."""
    chosen = filters or Filters()
    if (start is None) != (end is None):
        raise QuestionError(
            phrase("survival needs a start and an end"), todo=phrase("give both, or neither for every stage")
        )
    if any(day < 0 for day in at):
        raise QuestionError(phrase("a curve begins at day 0"), where="at", todo=phrase("give days from 0 on"))
    groups = group_names(journeys, by)
    starts = (start,) if start is not None else journeys.stages[:-1]
    total = journeys.counted(lambda part: waited(part, start, end, by, chosen), add)
    curves = {
        (number, group): curve(*total.of(number, group))
        for number in range(len(starts))
        for group in group_order(groups)
    }
    curves = {key: line for key, line in curves.items() if line.n}
    tests = _tests(total, curves, starts, groups) if by is not None else []
    rest = _against_rest(total, curves) if by is not None else {}
    rows, cells = _rows(curves, starts, groups, at, rest)
    columns = {
        name: kind
        for name, kind in _COLUMNS.items()
        if by is not None or name not in ("segment", "p", "p_adjusted", "significant")
    }

    def behind(row: int) -> Ints:
        number, group, seconds = cells[row]
        found = waits(journeys, start, end, by, chosen)
        mine = (found.start == number) & (found.group == group) & (found.seconds >= seconds)
        keys: Ints = journeys.keys[found.owner[mine & ~((found.ended > 0) & (found.seconds == seconds))]]
        return keys

    made = table(rows, columns)
    what = (
        phrase("from {start} to {end}", start=start, end=end)
        if start is not None
        else phrase("from entering a stage to entering any later one")
    )
    return Figure(
        name="survival",
        table=made,
        meaning=(
            phrase(
                "Share of customers who have not come {what} so many days after their first start "
                "(Kaplan-Meier, with Greenwood's 95 % interval on the log-log scale), and the days "
                "by which half have.",
                what=what,
            )
        ),
        notes=(
            phrase(
                "Who has not come there when the data end is censored then. Days that nobody was "
                "watched for are marked censored and have no value."
            ),
            *(
                phrase(
                    "{what}log-rank over {groups} groups: chi-squared {statistic}, {freedom} degrees of "
                    "freedom, p = {p}.",
                    what="" if start is not None else test["stage"] + ": ",
                    groups=test["groups"],
                    statistic=Number(f"{test['statistic']:.2f}"),
                    freedom=test["freedom"],
                    p=Number(f"{test['p']:.3g}"),
                )
                for test in tests
                if test["freedom"]
            ),
            *(() if rows else (_NOBODY if start is not None else _NO_STAGE,)),
            *hidden_note(made["hidden"].to_numpy(zero_copy_only=False)),
        ),
        facts={
            "start": start,
            "end": end,
            "by": by,
            "medians": _medians(curves, starts, groups),
            "log_rank": tests,
        },
        behind=behind,
    )


def _rows(
    curves: dict[tuple[int, int], Curve],
    starts: tuple[str, ...],
    groups: tuple[str, ...],
    at: Sequence[float],
    rest: dict[tuple[int, int], tuple[float, float]],
) -> tuple[list[dict[str, Any]], list[tuple[int, int, int]]]:
    """Return the table's rows, and of each its start, group and seconds."""
    longest = max((line.last for line in curves.values()), default=0)
    wanted = tuple(at) or tuple(day for day in AT if day * SECONDS_PER_DAY <= longest) or AT[:1]
    rows, cells = [], []
    for (number, group), line in curves.items():
        middle = [days(x) for x in line.median()]
        p, adjusted = rest.get((number, group), (float("nan"), float("nan")))
        for day in wanted:
            seconds = round(day * SECONDS_PER_DAY)
            survived, low, high, risk, ended = line.at(seconds)
            rows.append({
                "stage": starts[number], "segment": groups[group], "day": float(day), "survival": survived,
                "low": low, "high": high, "at_risk": risk, "ended": ended, "n": line.n, "customers": line.n,
                "median_days": middle[0], "median_low": middle[1], "median_high": middle[2],
                "p": p, "p_adjusted": adjusted, "significant": adjusted < SIGNIFICANT,
                "censored": bool(np.isnan(survived)),
            })  # fmt: skip
            cells.append((number, group, seconds))
    return rows, cells


def _against_rest(total: Waited, curves: dict[tuple[int, int], Curve]) -> dict[tuple[int, int], tuple[float, float]]:
    """Return the p-value of each group against everybody else, and the same corrected over the table."""
    p: dict[tuple[int, int], float] = {}
    for (number, group), line in curves.items():
        others = [g for s, g in curves if s == number and g != group]
        few = sum(curves[number, g].n for g in others) < HIDDEN_N or line.n < HIDDEN_N
        p[number, group] = float("nan") if few else log_rank([total.of(number, group), total.among(number, others)]).p
    adjusted = benjamini_hochberg(list(p.values()))
    return {key: (value, float(adjusted[i])) for i, (key, value) in enumerate(p.items())}


def _tests(
    total: Waited, curves: dict[tuple[int, int], Curve], starts: tuple[str, ...], groups: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return per start the test over all known groups, and over each pair, corrected."""
    found = []
    for number, name in enumerate(starts):
        known = [g for s, g in curves if s == number and groups[g] != NONE and curves[s, g].n >= HIDDEN_N]
        if len(known) < 2:
            continue
        whole = log_rank([total.of(number, g) for g in known])
        pairs = list(combinations(known, 2))
        p = [log_rank([total.of(number, a), total.of(number, b)]).p for a, b in pairs]
        found.append({
            "stage": name, "groups": len(known), "statistic": whole.statistic, "freedom": whole.freedom, "p": whole.p,
            "pairs": [
                {"one": groups[a], "other": groups[b], "p": raw, "p_adjusted": float(fixed)}
                for (a, b), raw, fixed in zip(pairs, p, benjamini_hochberg(p), strict=True)
            ],
        })  # fmt: skip
    return found


def _medians(
    curves: dict[tuple[int, int], Curve], starts: tuple[str, ...], groups: tuple[str, ...]
) -> list[dict[str, Any]]:
    found = []
    for (number, group), line in curves.items():
        middle = [shown(days(x), line.n) for x in line.median()]
        found.append({
            "stage": starts[number], "segment": groups[group], "customers": line.n, "ended": int(line.ended.sum()),
            "median_days": middle[0], "low": middle[1], "high": middle[2],
        })  # fmt: skip
    return found
