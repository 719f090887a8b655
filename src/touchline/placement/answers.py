"""Raw answers, one row each, with the sign that their scale gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.coded import Bools, Coded, Floats, Ints, combine

if TYPE_CHECKING:
    from touchline.settings import Settings

#: The sign of an answer whose scale is not known.
NO_SIGN = -9


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers in timeline order.

    Attributes:
        row: The interaction, as its place in the timeline.
        value: As given, on its own scale.
        low: The scale's ends; NaN where nobody knows them.
        high: See ``low``.
        direction: +1 where high is good, -1 where it is bad, 0 where nobody said.
        sign: -1, 0, +1; `NO_SIGN` where the scale is not known.
        primary: Is it the programme's primary question?
    """

    row: Ints
    question: Coded
    kind: Coded
    value: Floats
    low: Floats
    high: Floats
    direction: Ints
    sign: Ints
    primary: Bools


def flatten(column: pa.ChunkedArray, primary: tuple[str | None, ...], context: Ints, settings: Settings) -> Answers:
    """Take the answers out of their interactions and sign them.

    Args:
        column: ``answers`` of every interaction, in timeline order.
        primary: The primary question of each context.
        context: The context of every interaction.
        settings: Knows the scales.
    """
    lists = column.combine_chunks()
    parents = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    flat = pc.list_flatten(lists)
    question, kind = Coded.of(flat.field("question")), Coded.of(flat.field("kind"))
    value = flat.field("value").to_numpy(zero_copy_only=False)
    low = flat.field("low").fill_null(float("nan")).to_numpy(zero_copy_only=False).copy()
    high = flat.field("high").fill_null(float("nan")).to_numpy(zero_copy_only=False).copy()
    sign = np.full(len(value), NO_SIGN, dtype=np.int64)
    direction = np.ones(len(value), dtype=np.int64)
    kinds = list(kind.names)
    kind_codes = kind.codes.copy()
    which, first = combine([question.codes, kind.codes, _code(low), _code(high)])
    for number, at in enumerate(first):
        rows = np.flatnonzero(which == number)
        ends = [None if np.isnan(end[at]) else float(end[at]) for end in (low, high)]
        scale = settings.scale(question.names[question.codes[at]], kind.names[kind.codes[at]], ends[0], ends[1])
        if scale.kind not in kinds:
            kinds.append(scale.kind)
        kind_codes[rows] = kinds.index(scale.kind)
        low[rows] = np.nan if scale.low is None else scale.low
        high[rows] = np.nan if scale.high is None else scale.high
        direction[rows] = scale.direction or 0
        signs = scale.signs(value[rows])
        sign[rows] = np.where(np.isnan(signs), NO_SIGN, np.nan_to_num(signs)).astype(np.int64)
    asked = np.array([question.names.index(p) if p in question.names else -1 for p in primary] or [-1])
    named = asked[context[parents]] if len(parents) else parents
    return Answers(
        row=parents,
        question=question,
        kind=Coded(kind_codes, tuple(kinds)),
        value=value,
        low=low,
        high=high,
        direction=direction,
        sign=sign,
        primary=(named >= 0) & (named == question.codes),
    )


def _code(values: Floats) -> Ints:
    """Code a column of few distinct floats, NaN being one of them."""
    return np.unique(np.nan_to_num(values, nan=-1e300), return_inverse=True)[1].astype(np.int64)
