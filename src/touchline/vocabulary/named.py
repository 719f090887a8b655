"""The schema's own values as people say them: ``anger`` is a feeling, ``proxy`` is behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from touchline.words import Phrase, phrase_of

_FEELINGS: Final = {
    "anger": phrase_of("feeling", "anger"), "frustration": phrase_of("feeling", "frustration"),
    "disappointment": phrase_of("feeling", "disappointment"), "anxiety": phrase_of("feeling", "anxiety"),
    "confusion": phrase_of("feeling", "confusion"), "neutral": phrase_of("feeling", "neutral"),
    "satisfaction": phrase_of("feeling", "satisfaction"), "gratitude": phrase_of("feeling", "gratitude"),
    "delight": phrase_of("feeling", "delight"),
}  # fmt: skip
_INTENTS: Final = {
    "complaint": phrase_of("intent", "complaint"), "question": phrase_of("intent", "question"),
    "request": phrase_of("intent", "request"), "praise": phrase_of("intent", "praise"),
    "suggestion": phrase_of("intent", "suggestion"), "cancel": phrase_of("intent", "cancel"),
    "none": phrase_of("intent", "none"),
}  # fmt: skip
_EFFORTS: Final = {
    "high": phrase_of("effort", "high"), "low": phrase_of("effort", "low"), "none": phrase_of("effort", "none"),
}  # fmt: skip
_RESOLUTIONS: Final = {
    "resolved": phrase_of("resolution", "resolved"), "unresolved": phrase_of("resolution", "unresolved"),
    "na": phrase_of("resolution", "na"),
}  # fmt: skip
_METHODS: Final = {
    "survey": phrase_of("method", "survey"), "model": phrase_of("method", "model"),
    "rule": phrase_of("method", "rule"), "llm": phrase_of("method", "llm"), "proxy": phrase_of("method", "proxy"),
    "conversation": phrase_of("method", "conversation"), "human": phrase_of("method", "human"),
}  # fmt: skip
_SENTIMENTS: Final = {
    "negative": phrase_of("sentiment", "negative"), "neutral": phrase_of("sentiment", "neutral"),
    "positive": phrase_of("sentiment", "positive"),
}  # fmt: skip
_BANDS: Final = {
    "at risk": phrase_of("band", "at risk"), "watch": phrase_of("band", "watch"),
    "healthy": phrase_of("band", "healthy"), "no data": phrase_of("band", "no data"),
}  # fmt: skip
_QUADRANTS: Final = {
    "fix": phrase_of("quadrant", "fix"), "keep": phrase_of("quadrant", "keep"),
    "watch": phrase_of("quadrant", "watch"), "ignore": phrase_of("quadrant", "ignore"),
}  # fmt: skip
_DIRECTIONS: Final = {"hurts": phrase_of("direction", "hurts"), "lifts": phrase_of("direction", "lifts")}
_ANYBODY: Final = {"all": phrase_of("value", "all"), "All": phrase_of("value", "All"),
                   "(none)": phrase_of("value", "(none)")}  # fmt: skip
_OF: Final[Mapping[str, Mapping[str, Phrase]]] = {
    "emotion": _FEELINGS, "intent": _INTENTS, "effort": _EFFORTS, "resolution": _RESOLUTIONS, "method": _METHODS,
    "sentiment": _SENTIMENTS, "polarity": _SENTIMENTS, "band": _BANDS, "quadrant": _QUADRANTS,
    "direction": _DIRECTIONS, "value": _ANYBODY, "column_name": _ANYBODY, "name": _ANYBODY,
}  # fmt: skip


def named(what: str, value: str) -> str:
    """Return what people say for a value of a column of the schema; the value itself where it is the company's own.

    >>> named("emotion", "anger"), named("channel", "kiosk")
    ('anger', 'kiosk')
    """
    return _OF.get(what, {}).get(value, value)
