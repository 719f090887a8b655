"""Which JSI tells best who will stay: the gate's thresholds, by Youden's J and by cost, with intervals.

A customer *passes* a gate g with JSI >= g, and is *held* below it. Of those who were lost, the share held is the
sensitivity; of those who stayed, the share that passes is the specificity. Youden's J = sensitivity + specificity - 1
(Youden 1950) is largest at the threshold that separates best. By cost, per customer:
``(missed * lost who passed + alarm * kept who were held) / all``. The thresholds' intervals come from drawing whole
customers again. The JSI is the standing one, the lead before a decision (or at the moment watched), never later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, Figure
from touchline.scores.bootstrap import REPLICATES, resampled_sums
from touchline.scores.cells import column, low_n
from touchline.scores.intervals import wilson
from touchline.value.basis import Basis
from touchline.value.judging import interval, measures, samples
from touchline.value.outcomes import examples, outcomes, said
from touchline.value.voices import standings
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

#: Thresholds that are looked at, and those that are shown beside the chosen ones.
GRID: Final = np.arange(0, 101)
_SHOWN: Final = tuple(range(0, 101, 10))


@dataclass(frozen=True)
class Curves:
    """Lost and kept customers held at each threshold of `GRID`, in every sample: shape (thresholds, samples).

    Attributes:
        lost_held: Lost with a JSI below.
        kept_held: Kept with a JSI below.
        lost: All who were lost, shape (samples,).
        kept: All who stayed, shape (samples,).
    """

    lost_held: Floats
    kept_held: Floats
    lost: Floats
    kept: Floats

    @property
    def youden(self) -> Floats:
        """Youden's J, shape (thresholds, samples)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = self.lost_held / self.lost - self.kept_held / self.kept
        return found

    def cost(self, missed: float, alarm: float) -> Floats:
        """Cost per customer, shape (thresholds, samples)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = (missed * (self.lost - self.lost_held) + alarm * self.kept_held) / (self.lost + self.kept)
        return found


def curves(jsi: Floats, lost: Bools, keys: Ints | None = None, replicates: int = REPLICATES) -> Curves:
    """Count who would be held at every threshold.

    Args:
        jsi: 0 to 100, shape (n,).
        lost: Who was lost, shape (n,).
        keys: Customer keys, shape (n,), to draw whole customers again; without them the data count as they are.
        replicates: How many samples are drawn.

    >>> found = curves(np.array([20.0, 80.0]), np.array([True, False]))
    >>> GRID[found.youden[:, 0] == 1].min(), GRID[found.youden[:, 0] == 1].max()
    (np.int64(21), np.int64(80))
    """
    place = np.minimum(np.floor(jsi).astype(np.int64) + 1, 101)  # the first whole threshold above it
    values = np.column_stack([lost, ~lost]).astype(np.float64)
    many = len(GRID) + 1
    if keys is None:
        once = np.stack([np.bincount(place, column, many) for column in values.T], axis=1)
        counts = once[:, :, None].astype(np.float64)
    else:
        counts = resampled_sums(keys, place, values, many, replicates=replicates)
    held: Floats = np.cumsum(counts, axis=0).astype(np.float64)
    return Curves(held[: len(GRID), 0], held[: len(GRID), 1], held[-1, 0], held[-1, 1])


def best(found: Curves, missed: float, alarm: float) -> tuple[Ints, Ints]:
    """Return in every sample the threshold of the largest J and that of the least cost; the lower one of equals."""
    return GRID[np.argmax(found.youden, axis=0)], GRID[np.argmin(found.cost(missed, alarm), axis=0)]


def gate(
    basis: Basis, *, missed: float | None = None, alarm: float | None = None, replicates: int = REPLICATES
) -> Figure:
    """Return how well thresholds of the JSI separate those who stay from those who are lost.

    Args:
        basis: The customers.
        missed: What a lost customer costs who passed; ``[value] cost_missed`` by default.
        alarm: What it costs to hold one who would have stayed; ``[value] cost_alarm`` by default.
        replicates: Samples behind the intervals.

    Returns:
        One row per threshold: threshold, chosen (``youden``, ``cost``, ``gate``: why it is shown), n, customers, held,
        lost_held, lost_passed, kept_held, kept_passed, sensitivity, specificity and held_lost (the share lost of
        those held) with low and high (Wilson), passed_lost, youden, cost. Outcomes count before which something was
        said. Facts: auc, youden and cost thresholds with their intervals, and ``roc``.

    Raises:
        QuestionError: Nobody who had spoken was lost, or nobody stayed.
    """
    missed = basis.value.cost_missed if missed is None else missed
    alarm = basis.value.cost_alarm if alarm is None else alarm
    if min(missed, alarm) < 0 or missed + alarm <= 0:
        raise QuestionError(
            phrase("costs are 0 or more, and not both 0"), where="gate", todo=phrase("give cost_missed and cost_alarm")
        )
    found = outcomes(basis)
    made = examples(basis, found)
    score = basis.score
    stand = standings(
        basis.voices, made.owner, made.moment,
        half_life=score.half_life_person, at_risk=score.at_risk, healthy=score.healthy,
    )  # fmt: skip
    spoke = stand.n > 0
    jsi, lost, keys = stand.jsi[spoke], made.lost[spoke], basis.journeys.keys[made.owner[spoke]]
    if min(lost.sum(), (~lost).sum()) < HIDDEN_N:
        raise QuestionError(
            phrase(
                "something had been said before {sum} losses and {sum2} stays only",
                sum=int(lost.sum()),
                sum2=int((~lost).sum()),
            ),
            where="gate",
            todo=phrase("it takes {hidden_n} of each", hidden_n=HIDDEN_N),
        )
    one, drawn = curves(jsi, lost), curves(jsi, lost, keys, replicates)
    youden, cheapest = best(one, missed, alarm)
    drawn_youden, drawn_cheapest = best(drawn, missed, alarm)
    auc = interval(float(measures(-jsi, lost)[0]), samples(-jsi, lost, keys, replicates)[0])
    chosen = {int(youden[0]): ["youden"]}
    chosen.setdefault(int(cheapest[0]), []).append("cost")
    own = round(score.gate)
    chosen.setdefault(own, []).append("gate")
    shown = sorted({*chosen, *_SHOWN})
    table = _table(one, np.array(shown), chosen, (missed, alarm), len(np.unique(keys)))

    def behind(row: int) -> Ints:
        kept: Ints = np.unique(keys[jsi < shown[row]])
        return kept

    first = interval(float(youden[0]), drawn_youden.astype(np.float64))
    second = interval(float(cheapest[0]), drawn_cheapest.astype(np.float64))
    silent = int((~spoke).sum())
    return Figure(
        "gate",
        table,
        phrase(
            "{said}. At each threshold of the JSI {when}: who would have been held, and how many of them were lost; "
            "shares with 95 % intervals. A lost customer who passed costs {missed}, a kept one who was held {alarm}.",
            said=said(basis, found.how),
            when=phrase("{lead} days before the decision", lead=Number(f"{basis.value.lead:g}"))
            if found.how == "contract"
            else phrase("at the moment watched"),
            missed=Number(f"{missed:g}"),
            alarm=Number(f"{alarm:g}"),
        ),
        (phrase("{silent} of {n} outcomes are left out: nothing had been said by then.", silent=silent, n=len(spoke)),)
        if silent
        else (),
        {
            "how": found.how,
            "n": len(jsi),
            "lost": int(lost.sum()),
            "gate": own,
            "auc": auc.value,
            "auc_low": auc.low,
            "auc_high": auc.high,
            "youden": first.value,
            "youden_low": first.low,
            "youden_high": first.high,
            "cheapest": second.value,
            "cheapest_low": second.low,
            "cheapest_high": second.high,
            "roc": _roc(one),
        },
        behind,
    )


def _roc(found: Curves) -> list[tuple[float, float]]:
    """Return points (1 - specificity, sensitivity), from (0, 0) on."""
    points = np.column_stack([found.kept_held[:, 0] / found.kept[0], found.lost_held[:, 0] / found.lost[0]])
    return [(round(float(x), 4), round(float(y), 4)) for x, y in np.unique(np.vstack([points, [[1.0, 1.0]]]), axis=0)]


def _table(
    found: Curves, shown: Ints, chosen: dict[int, list[str]], costs: tuple[float, float], customers: int
) -> pa.Table:
    lost, kept = float(found.lost[0]), float(found.kept[0])
    lost_held, kept_held = found.lost_held[shown, 0], found.kept_held[shown, 0]
    held = lost_held + kept_held
    passed = lost + kept - held
    columns: dict[str, pa.Array] = {
        "threshold": pa.array(shown, pa.int64()),
        "chosen": pa.array([" ".join(chosen.get(int(one), [])) or None for one in shown], pa.string()),
        "n": pa.array(np.full(len(shown), lost + kept).astype(np.int64)),
        "customers": pa.array(np.full(len(shown), customers), pa.int64()),
        "held": pa.array(held.astype(np.int64)),
        "lost_held": pa.array(lost_held.astype(np.int64)),
        "lost_passed": pa.array((lost - lost_held).astype(np.int64)),
        "kept_held": pa.array(kept_held.astype(np.int64)),
        "kept_passed": pa.array((kept - kept_held).astype(np.int64)),
    }
    shares = {
        "sensitivity": (lost_held, np.full(len(shown), lost)),
        "specificity": (kept - kept_held, np.full(len(shown), kept)),
        "held_lost": (lost_held, held),
        "passed_lost": (lost - lost_held, passed),
    }
    for name, (part, whole) in shares.items():
        point, low, high = wilson(part, whole)
        columns[name] = column(point)
        columns[f"{name}_low"], columns[f"{name}_high"] = column(low), column(high)
    columns["low"], columns["high"] = columns["held_lost_low"], columns["held_lost_high"]
    columns["youden"] = column(found.youden[shown, 0])
    columns["cost"] = column(found.cost(*costs)[shown, 0])
    columns["low_n"] = pa.array(low_n(held))
    return pa.table(columns)
