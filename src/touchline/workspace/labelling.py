"""Which stored texts are most worth a label, and what the reader makes of each thing that they say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from touchline.evaluation.labels import SENTIMENTS
from touchline.vocabulary.schemas import TEXTS, UNASSIGNED

if TYPE_CHECKING:
    from touchline.understanding.teaching.seeing import Teachable
    from touchline.vocabulary.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Guess:
    """What the reader takes one thing that a text says for.

    Attributes:
        start: Its first character in the text.
        end: One past its last.
        stage: What the reader takes it for.
        stage_share: How surely, 0 to 1.
        sentiment: What the reader takes it for.
        sentiment_share: How surely.
    """

    start: int
    end: int
    stage: str
    stage_share: float
    sentiment: str
    sentiment_share: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text to label.

    Attributes:
        text: The text.
        stage: What the reader takes it for as a whole.
        stage_share: How surely, 0 to 1.
        sentiment: What the reader takes it for.
        sentiment_share: How surely.
        doubt: How unsure it is of both, 0 to 1.
        mentions: The things that it says, where they are several; each can be labelled for itself.
    """

    text: str
    stage: str
    stage_share: float
    sentiment: str
    sentiment_share: float
    doubt: float
    mentions: tuple[Guess, ...] = ()


def candidates(
    reader: Teachable, taxonomy: Taxonomy, texts: Sequence[str], labelled: Sequence[str], many: int
) -> list[Candidate]:
    """Return the texts that are most worth a label, the most telling first.

    Args:
        reader: As it is taught now.
        taxonomy: Its stages.
        texts: To choose from.
        labelled: What is labelled already.
        many: How many to return.
    """
    from touchline.understanding.teaching.choosing import choose, uncertainty

    seen = reader.see(texts)
    logs = seen.taught(reader.taught)
    doubt = (uncertainty(logs["stage"]) + uncertainty(logs["sentiment"])) / 2
    chosen = choose(seen.vectors, doubt, many, near=reader.see(labelled).vectors if labelled else None).tolist()
    parts = _parts(reader, [texts[i] for i in chosen])
    cuts = [(place, start, end) for place, spans in enumerate(parts) for start, end in spans]
    inner = reader.see([texts[chosen[place]][start:end] for place, start, end in cuts]).taught(reader.taught)
    told = [_guess(taxonomy, inner, i) for i in range(len(cuts))]
    guesses: list[list[Guess]] = [[] for _ in chosen]
    for (place, start, end), labels in zip(cuts, told, strict=True):
        guesses[place].append(Guess(start, end, **labels))
    return [
        Candidate(texts[i], **_guess(taxonomy, logs, i), doubt=float(doubt[i]), mentions=tuple(guesses[place]))
        for place, i in enumerate(chosen)
    ]


def _parts(reader: Teachable, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
    """Return where each text's mentions stand; nothing for a text that says one thing."""
    ids = [str(place) for place in range(len(texts))]
    table = pa.table([ids, list(texts), pa.nulls(len(texts), pa.string())], schema=TEXTS)
    spans: list[list[tuple[int, int]]] = [[] for _ in texts]
    for row in reader.read(table).select(["interaction_id", "start", "end"]).to_pylist():
        spans[int(row["interaction_id"])].append((row["start"], row["end"]))
    return [found if len(found) > 1 else [] for found in spans]


def _guess(taxonomy: Taxonomy, logs: Mapping[str, Any], row: int) -> dict[str, Any]:
    stage, sentiment = (int(logs[head][row].argmax()) for head in ("stage", "sentiment"))
    return {
        "stage": (*taxonomy.ids, UNASSIGNED)[stage],
        "stage_share": math.exp(logs["stage"][row, stage]),
        "sentiment": SENTIMENTS[sentiment],
        "sentiment_share": math.exp(logs["sentiment"][row, sentiment]),
    }
