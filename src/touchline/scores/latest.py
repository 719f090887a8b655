"""Survey answers in memory: each customer's latest, summed to the cells of `touchline.scores.answers`."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.scores.rows import Bools, Floats, Ints, Rows, added, numbered, pairs

_COUNTS: Final = ("n", "negative", "positive", "customers", "clusters")
_SUMS: Final = ("w", "s", "ww", "sw", "ss", "mean", "variance")
_CELLS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("scope", "stage", "kind")),
        ("low", pa.float64()), ("high", pa.float64()),
        *((name, pa.int64()) for name in _COUNTS), *((name, pa.float64()) for name in _SUMS),
    ]
)  # fmt: skip


def latest_cells(period: str, x: Rows, kinds: tuple[str, ...], *, whole: bool) -> pa.Table:
    """Return the cells of the stages and, where they are wanted, those of the whole; both are made once.

    Args:
        period: What the cells are to say of when.
        x: Answers.
        kinds: Those that count.
        whole: Whether the whole is wanted.
    """
    answers = x.once("answers", lambda: _Answers(x, kinds))

    def stages() -> pa.Table:
        here, what = answers.latest(staged=True)
        mine = ~answers.relationship[here]
        return answers.summed(here[mine], what[mine], staged=True)

    parts = [x.once("answers of stages", stages)]
    if whole:
        parts.append(x.once("answers in all", lambda: answers.summed(*answers.latest(staged=False), staged=False)))
    table = pa.concat_tables(parts)
    return table.add_column(0, "period", pa.repeat(pa.scalar(period, pa.string()), table.num_rows))


class _Answers:
    """The usable answers among some; arrays have one entry per usable one."""

    def __init__(self, x: Rows, kinds: tuple[str, ...]) -> None:
        kind, scaled = x.coded("kind"), ~x.is_("kind", "nps")
        low, high, value = x.floats("low"), x.floats("high"), x.floats("value")
        value = np.where(scaled & (x.floats("direction") < 0), low + high - value, value)
        known = np.array([*(name in kinds for name in kind.names), False])[kind.codes]
        usable = known & ~np.isnan(x.floats("sign")) & ~np.isnan(value) & ~x.is_("purpose", "recovery")
        at: Ints = np.flatnonzero(usable)
        self._x, self._at = x, at
        self._value, self._sign = value[at], x.floats("sign")[at]
        self._low, self._high = (np.where(scaled, end, np.nan)[at] for end in (low, high))
        self._kind, self._stage = kind.codes[at], x.codes("stage")[at]
        self._time = x.ints("occurred_at")[at]
        self._in_time = np.argsort(self._time, kind="stable")
        #: Whether an answer is of a relationship survey.
        self.relationship: Bools = ~scaled[at] & x.is_("purpose", "relationship")[at]
        self._what, self._whats = 2 * self._kind + self.relationship, 2 * len(kind.names)
        for end in (self._low, self._high):
            values, number = np.unique(end, return_inverse=True)  # those of no scale are one
            self._what, self._whats = self._what * len(values) + number, self._whats * len(values)

    def latest(self, *, staged: bool) -> tuple[Ints, Ints]:
        """Return each customer's latest answer of what was asked, at each stage or in all, and what that is."""
        what, whats = self._what, self._whats
        if staged:
            stages = len(self._x.held.names("stage")) + 1
            what, whats = what * stages + self._stage + 1, whats * stages
        person, people = self._x.numbered("customer")
        cell, of = pairs(what, person[self._at], whats, people)
        last = np.zeros(len(of), dtype=np.int64)
        last[cell[self._in_time]] = self._in_time  # the last of those that are put at a place stays there
        tied = self._time == self._time[last][cell]
        tied &= np.bincount(cell[tied], minlength=len(of))[cell] > 1
        rows = np.flatnonzero(tied)
        ordered = rows[self._by_name(rows)]
        last[cell[ordered]] = ordered
        return last, of

    def _by_name(self, rows: Ints) -> Ints:
        """Order answers of one time by what else tells them apart."""
        at = self._at[rows]
        question = self._x.coded("question")
        words = pa.array([*question.names, ""], pa.string())
        asked = np.where(question.codes[at] < 0, len(question.names), question.codes[at])
        cluster = self._x.held.names("cluster")
        told = {
            "interaction": self._x.held.rows["interaction_id"].take(pa.array(self._x.at[at])),
            "question": words.take(pa.array(asked)), "value": self._value[rows], "sign": self._sign[rows],
            "cluster": cluster.take(pa.array(self._x.codes("cluster")[at])),
        }  # fmt: skip
        order: Ints = pc.sort_indices(pa.table(told), sort_keys=[(name, "ascending") for name in told]).to_numpy()
        return order.astype(np.int64)

    def summed(self, chosen: Ints, group: Ints, *, staged: bool) -> pa.Table:
        """Sum chosen answers, one per customer, to clusters and those to cells."""
        group, groups = numbered(group, int(group.max(initial=0)) + 1)
        many = len(groups)
        unit, units = self._x.numbered("cluster")
        cell, of = pairs(group, unit[self._at[chosen]], many, units)
        sign, value = self._sign[chosen], self._value[chosen]
        each = [np.ones(len(chosen)), sign < 0, sign > 0, sign, value, value * value]
        n, negative, positive, s, said, squared = (added(cell, part, len(of)) for part in each)
        products = {
            "n": n, "negative": negative, "positive": positive, "customers": n, "clusters": n > 0,
            "w": n, "s": s, "ww": n * n, "sw": s * n, "ss": s * s,
        }  # fmt: skip
        sums: dict[str, Floats] = {name: added(of, part, many) for name, part in products.items()}
        total, added_up = sums["w"], added(of, said, many)
        sums["mean"] = added_up / total
        spread = np.maximum(added(of, squared, many) - added_up * added_up / total, 0.0)
        sums["variance"] = np.divide(spread, total - 1, out=np.zeros(many), where=total > 1)
        one = np.zeros(many, dtype=np.int64)
        one[group] = chosen
        scope = ["stage"] * many if staged else self._scopes(one)
        columns = {
            "scope": scope, "stage": self._words("stage", one) if staged else [None] * many,
            "kind": self._words("kind", one), "low": self._low[one], "high": self._high[one], **sums,
        }  # fmt: skip
        made = [pa.array(values, from_pandas=True).cast(_CELLS.field(name).type) for name, values in columns.items()]
        return pa.table(dict(zip(columns, made, strict=True))).select(_CELLS.names)

    def _words(self, column: str, rows: Ints) -> list[str | None]:
        found: list[str | None] = self._x.coded(column).take(self._at[rows]).arrow().to_pylist()
        return found

    def _scopes(self, rows: Ints) -> list[str]:
        asked = zip(self._words("kind", rows), self.relationship[rows], strict=True)
        return ["whole" if kind != "nps" else "relationship" if mine else "transaction" for kind, mine in asked]
