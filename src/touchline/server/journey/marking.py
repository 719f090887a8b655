"""A text with the words of its mentions marked, and with the words that somebody looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from touchline.vocabulary.named import named

TONES: Final = {-1: "bad", 0: "flat", 1: "good"}


class Span(NamedTuple):
    """A part of a text that was felt, and what it is about."""

    start: int
    end: int
    tone: str
    about: str


def spans_of(text: str, mentions: Sequence[Mapping[str, Any]]) -> list[Span]:
    """Return where the words of mentions stand in a text, those in which something was felt."""
    found: list[Span] = []
    at = 0
    for mention in mentions:
        words = mention["words"] or ""
        start = text.find(words, at) if words else -1
        if start < 0 or not mention["sentiment"]:
            continue
        felt = str(named("emotion", mention["emotion"] or ""))
        about = " · ".join(part for part in (mention["stage"], mention["theme"], felt) if part)
        at = start + len(words)
        found.append(Span(start, at, TONES[mention["sentiment"]], about))
    return found


def marked(
    text: str, mentions: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, int]] = ()
) -> list[dict[str, Any]]:
    """Cut a text where the words of its mentions begin and end.

    Args:
        text: As it is stored.
        mentions: In their order in the text, with ``words``, ``sentiment``, ``stage``, ``theme``, ``emotion``.
        found: Where the words stand that somebody looked for, ``start`` and ``end``.

    Returns:
        Parts that together are the text, each with its tone (empty where nothing was felt), what it is about, and
        whether it was looked for (``hit``).

    >>> late = {"words": "came late", "sentiment": -1, "stage": "delivery", "theme": None, "emotion": "anger"}
    >>> [(part["text"], part["tone"]) for part in marked("It came late, sorry.", [late])]
    [('It ', ''), ('came late', 'bad'), (', sorry.', '')]
    >>> [(part["text"], part["hit"]) for part in marked("It came late.", [late], [{"start": 8, "end": 12}])]
    [('It ', False), ('came ', False), ('late', True), ('.', False)]
    """
    spans = spans_of(text, mentions)
    hits = sorted((span["start"], min(span["end"], len(text))) for span in found)
    cuts = sorted({0, len(text), *(cut for span in spans for cut in span[:2]), *(cut for hit in hits for cut in hit)})
    parts = []
    for start, end in pairwise(cuts):
        span = next((one for one in spans if one.start <= start and end <= one.end), None)
        parts.append({
            "text": text[start:end], "tone": span.tone if span else "", "about": span.about if span else "",
            "hit": any(low <= start and end <= high for low, high in hits),
        })  # fmt: skip
    return parts
