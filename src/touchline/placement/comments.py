"""Reading comments that belong to no workspace: one label of each kind per comment, with what decided.

Where one label must stand for a comment it is the heaviest mention's, negative first (DESIGN section 5).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.placement.kernel import place
from touchline.placement.rows import READS
from touchline.understanding.quick import heaviness
from touchline.vocabulary.schemas import INTERACTIONS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from touchline.settings import Settings
    from touchline.understanding.base import Understander
    from touchline.vocabulary.taxonomy import Taxonomy


#: What is taken from the evidence; all else has been placed.
_SEEN: Final = ("language", "understood", "phrases")


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing that a comment says."""

    words: str
    stage: str
    stage_confidence: float
    decided_by: str
    touchpoint: str | None
    sub_stage: str | None
    theme: str | None
    sentiment: int
    polarity: float
    confidence: float
    emotion: str
    effort: str
    resolution: str
    intent: str
    severity: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A comment, read: the heaviest mention's labels, and all mentions."""

    text: str
    language: str
    understood: bool
    main: Mention
    mentions: tuple[Mention, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, the main labels on top."""
        labels = asdict(self.main)
        labels.pop("words")
        return {
            "text": self.text,
            "language": self.language,
            "understood": self.understood,
            **labels,
            "mentions": [asdict(mention) for mention in self.mentions],
        }


def read_comments(
    texts: Sequence[str],
    *,
    understander: Understander,
    taxonomy: Taxonomy,
    settings: Settings,
    channel: str | None = None,
    source: str | None = None,
    stage: str | None = None,
    touchpoint: str | None = None,
    kind: str = "message",
    phrases: bool = True,
) -> list[Reading]:
    """Read comments in one batch.

    Args:
        texts: The comments; each stands alone.
        understander: Reads the words.
        taxonomy: The stages.
        settings: Programmes that declare a stage.
        channel: The channel of all of them, when it is known.
        source: Their source.
        stage: The stage that they declare.
        touchpoint: The touchpoint that they declare.
        kind: One of `touchline.vocabulary.schemas.KINDS`.
        phrases: Whether to say what decided; it takes several times as long as reading.
    """
    ids = pa.array([f"{number:09d}" for number in range(len(texts))], pa.string())
    told = pa.table([ids, pa.array(texts, pa.string()), pa.nulls(len(texts), pa.string())], schema=TEXTS)
    evidence = understander.explain(told) if phrases else understander.read(told)
    context = {"source": source or "", "kind": kind, "author": "customer", "channel": channel}
    context |= {"stage": stage, "touchpoint": touchpoint}
    placed = place(
        _interactions(ids, context),
        evidence,
        taxonomy=taxonomy,
        settings=settings,
        segments=(),
        method=understander.method,
        key=b"comments",
    ).mentions.sort_by([("interaction_id", "ascending"), ("mention", "ascending")])
    said: list[list[Mention]] = [[] for _ in texts]
    heard: list[list[dict[str, Any]]] = [[] for _ in texts]
    for row, seen in zip(placed.to_pylist(), evidence.select(_SEEN).to_pylist(), strict=True):
        number = int(row["interaction_id"])
        said[number].append(_mention(texts[number], row, seen))
        heard[number].append(seen)
    return [
        Reading(
            text,
            seen[0]["language"],
            any(s["understood"] for s in seen),
            _heaviest(mentions),
            tuple(mentions),
        )
        for text, mentions, seen in zip(texts, said, heard, strict=True)
    ]


def _interactions(ids: pa.Array, context: dict[str, str | None]) -> pa.Table:
    """Return interactions that differ in nothing but their id."""
    rows = len(ids)
    columns: dict[str, pa.Array] = {
        "interaction_id": ids,
        "customer_key": pa.array(np.arange(rows, dtype=np.int64)),
        "identified": pa.array(np.zeros(rows, dtype=np.bool_)),
        "occurred_at": pa.array(np.zeros(rows, dtype=np.int64), pa.timestamp("us")),
        "valid_from": pa.nulls(rows, pa.timestamp("us")),
    }
    for name in READS:
        if name in context and context[name] is not None:
            columns[name] = pa.repeat(pa.scalar(context[name], pa.string()), rows)
        elif name not in columns:
            columns[name] = pa.nulls(rows, INTERACTIONS.field(name).type)
    return pa.table({name: columns[name] for name in READS})


def _mention(text: str, row: dict[str, Any], seen: dict[str, Any]) -> Mention:
    return Mention(
        words=text[row["start"] : row["end"]],
        stage=row["stage"],
        stage_confidence=round(row["stage_confidence"], 3),
        decided_by=row["decided_by"],
        touchpoint=row["touchpoint"],
        sub_stage=row["sub_stage"],
        theme=row["theme"],
        sentiment=row["sentiment"],
        polarity=round(row["polarity"], 3),
        confidence=round(row["confidence"], 3),
        emotion=row["emotion"],
        effort=row["effort"],
        resolution=row["resolution"],
        intent=row["intent"],
        severity=row["severity"],
        evidence=tuple(seen["phrases"]),
    )


def _heaviest(mentions: list[Mention]) -> Mention:
    """Return the mention that stands for the comment: how grave, how sure, and how much of it."""
    return min(
        mentions,
        key=lambda mention: heaviness(
            mention.sentiment, mention.severity, mention.confidence, len(mention.words.split())
        ),
    )
