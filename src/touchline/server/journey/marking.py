"""A text with the words of its mentions marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

TONES: Final = {-1: "bad", 0: "flat", 1: "good"}


def marked(text: str, mentions: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Cut a text where the words of its mentions begin and end.

    Args:
        text: As it is stored.
        mentions: In their order in the text, with ``words``, ``sentiment``, ``stage``, ``theme``, ``emotion``.

    Returns:
        Parts that together are the text, each with its tone (empty where nothing was felt) and what it is about.

    >>> late = {"words": "came late", "sentiment": -1, "stage": "delivery", "theme": None, "emotion": "anger"}
    >>> [(part["text"], part["tone"]) for part in marked("It came late, sorry.", [late])]
    [('It ', ''), ('came late', 'bad'), (', sorry.', '')]
    """
    parts: list[dict[str, str]] = []
    at = 0
    for mention in mentions:
        words = mention["words"] or ""
        start = text.find(words, at) if words else -1
        if start < 0 or not mention["sentiment"]:
            continue
        if start > at:
            parts.append({"text": text[at:start], "tone": "", "about": ""})
        about = " · ".join(part for part in (mention["stage"], mention["theme"], mention["emotion"]) if part)
        parts.append({"text": words, "tone": TONES[mention["sentiment"]], "about": about})
        at = start + len(words)
    if at < len(text):
        parts.append({"text": text[at:], "tone": "", "about": ""})
    return parts
