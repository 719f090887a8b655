"""Lays answers out as EVIDENCE, beside what the default understander read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.understanding.llm.validation import Answer, Mention
from touchline.vocabulary.schemas import EVIDENCE, READ_BY, UNASSIGNED

#: What a model's own word for its sureness counts. Stated, not measured: models are bad judges of themselves.
STAGE_SURE: Final = {"high": 0.9, "medium": 0.7, "low": 0.45}
SENTIMENT_SURE: Final = {"high": 0.95, "medium": 0.8, "low": 0.6}
#: A named stage is at least so many times as likely as the share that each would have.
_ABOVE_EVEN: Final = 1.25


def stage_logs(stage: str, sure: str, stages: Sequence[str]) -> list[float]:
    """Return one log-likelihood per stage: the named one has its share, the others share the rest.

    >>> [round(math.exp(x), 3) for x in stage_logs("b", "medium", ("a", "b", "c", "d"))]
    [0.1, 0.7, 0.1, 0.1]
    >>> stage_logs("unassigned", "high", ("a", "b"))
    [0.0, 0.0]
    """
    if stage == UNASSIGNED or len(stages) == 1:
        return [0.0] * len(stages)
    share = max(STAGE_SURE[sure], _ABOVE_EVEN / len(stages))
    rest = (1.0 - share) / (len(stages) - 1)
    return [math.log(share if name == stage else rest) for name in stages]


def rows(interaction_id: str, text: str, answer: Answer, stages: Sequence[str]) -> list[dict[str, Any]]:
    """Return an answer as rows of EVIDENCE.

    Args:
        interaction_id: The interaction.
        text: Its words, which the answer's places are of.
        answer: What the model said.
        stages: The taxonomy's stages, in order.
    """
    return [_row(interaction_id, n, text, answer.language, m, stages) for n, m in enumerate(answer.mentions)]


def _row(
    interaction_id: str, number: int, text: str, language: str, said: Mention, stages: Sequence[str]
) -> dict[str, Any]:
    sure = SENTIMENT_SURE[said.sentiment_sure]
    return {
        "interaction_id": interaction_id,
        "mention": number,
        "start": said.start,
        "end": said.end,
        "language": language,
        "understood": True,
        "sentiment": said.sentiment,
        "polarity": said.sentiment * sure,
        "sentiment_confidence": sure,
        "emotion": said.emotion,
        "effort": said.effort,
        "resolution": said.resolution,
        "intent": said.intent,
        "severity": said.severity,
        "theme": said.theme,
        "touchpoint": said.touchpoint,
        "stage_evidence": stage_logs(said.stage, said.stage_sure, stages),
        "phrases": [" ".join(text[low:high].lower().split()) for low, high in said.because],
    }


def joined(
    said: Sequence[tuple[int, list[dict[str, Any]]]], others: Sequence[int], read: pa.Table, *, method: str, other: str
) -> pa.Table:
    """Join the model's evidence and another understander's in the order of the texts, with the column READ_BY.

    Args:
        said: Number of each text that the model read, and its rows.
        others: Numbers of the other texts, in the order in which they were read.
        read: Their EVIDENCE.
        method: How the model's mentions were read.
        other: How the others were.
    """
    told = pa.Table.from_pylist([row for _, mentions in said for row in mentions], EVIDENCE)
    of_told = np.repeat([n for n, _ in said], [len(mentions) for _, mentions in said]).astype(np.int64)
    first = read["mention"].to_numpy() == 0
    of_read = np.asarray(others, np.int64)[np.cumsum(first) - 1] if len(first) else np.zeros(0, np.int64)
    methods = pa.array([method] * told.num_rows + [other] * read.num_rows, pa.string())
    both = pa.concat_tables([told, read.select(EVIDENCE.names).cast(EVIDENCE)]).append_column(READ_BY, methods)
    order = np.argsort(np.concatenate((of_told, of_read)), kind="stable")
    return both.take(pa.array(order)).combine_chunks()
