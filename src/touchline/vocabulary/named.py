"""The schema's own values as people say them: ``anger`` is a feeling, ``proxy`` is behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from touchline.words import Phrase, phrase, phrase_of

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
_WAYS: Final = _DIRECTIONS | {"up": phrase_of("direction", "up"), "down": phrase_of("direction", "down")}
_POLARITIES: Final = _SENTIMENTS | {"pain": phrase_of("polarity", "pain"), "delight": phrase_of("polarity", "delight")}
_SPEAKS: Final = {
    "fresh": phrase_of("speaks", "fresh"), "silent": phrase_of("speaks", "silent"), "late": phrase_of("speaks", "late"),
}  # fmt: skip
_PARTS: Final = {
    "completeness": phrase_of("quality", "completeness"), "validity": phrase_of("quality", "validity"),
    "uniqueness": phrase_of("quality", "uniqueness"), "consistency": phrase_of("quality", "consistency"),
    "identity": phrase_of("quality", "identity"), "freshness": phrase_of("quality", "freshness"),
}  # fmt: skip
_NATURES: Final = {
    "behavioural": phrase_of("nature", "behavioural"), "experiential": phrase_of("nature", "experiential"),
    "operational": phrase_of("nature", "operational"), "financial": phrase_of("nature", "financial"),
    "leading": phrase_of("nature", "leading"), "lagging": phrase_of("nature", "lagging"),
}  # fmt: skip
_MEASURES: Final = {
    "contacts": phrase_of("measure", "contacts"), "channels": phrase_of("measure", "channels"),
    "contradicted": phrase_of("measure", "contradicted"), "elapsed_days": phrase_of("measure", "days elapsed"),
    "handovers": phrase_of("measure", "hand-overs"), "repeats": phrase_of("measure", "repeats"),
    "negative": phrase_of("measure", "negative"), "neutral": phrase_of("measure", "neutral"),
    "words never met": phrase("words never met"), "sources": phrase_of("measure", "sources"),
    "languages": phrase_of("measure", "languages"), "stages": phrase_of("measure", "stages"),
    "stage mix": phrase("stage mix"), "sentiment mix": phrase("sentiment mix"), "emotion mix": phrase("emotion mix"),
    "effort mix": phrase("effort mix"), "resolution mix": phrase("resolution mix"),
    "intent mix": phrase("intent mix"), "method mix": phrase("method mix"), "channel mix": phrase("channel mix"),
    "source mix": phrase("source mix"), "unassigned share": phrase("unassigned share"),
    "mean stage confidence": phrase("mean stage confidence"),
    "mean sentiment confidence": phrase("mean sentiment confidence"),
}  # fmt: skip
_VERDICTS: Final = {
    "steady": phrase_of("verdict", "steady"), "watch": phrase_of("verdict", "watch"),
    "drifted": phrase_of("verdict", "drifted"), "too few": phrase_of("verdict", "too few"),
    "met": phrase_of("verdict", "met"), "missed": phrase_of("verdict", "missed"),
}  # fmt: skip
_KINDS: Final = {
    "survey": phrase_of("kind", "survey"), "review": phrase_of("kind", "review"), "chat": phrase_of("kind", "chat"),
    "call": phrase_of("kind", "call"), "ticket": phrase_of("kind", "ticket"), "email": phrase_of("kind", "email"),
    "message": phrase_of("kind", "message"), "social": phrase_of("kind", "social"),
    "order": phrase_of("kind", "order"), "event": phrase_of("kind", "event"),
    "milestone": phrase_of("kind", "milestone"), "visit": phrase_of("kind", "visit"),
    "stage": phrase_of("kind", "stage"), "theme": phrase_of("kind", "theme"),
    "channel": phrase_of("kind", "channel"), "source": phrase_of("kind", "source"),
    "effort": phrase_of("kind", "effort"), "resolution": phrase_of("kind", "resolution"),
    "waiting": phrase_of("kind", "waiting"), "mix": phrase_of("kind", "mix"),
    "within": phrase_of("kind", "within"), "recurring": phrase_of("kind", "recurring"),
    "progress": phrase_of("kind", "progress"),
}  # fmt: skip
_UNITS: Final = {
    "count": phrase_of("unit", "count"), "days": phrase_of("unit", "days"), "points": phrase_of("unit", "points"),
    "seconds": phrase_of("unit", "seconds"), "share": phrase_of("unit", "share"),
    "% easy": phrase_of("unit", "% easy"), "% more": phrase_of("unit", "% more"),
    "% satisfied": phrase_of("unit", "% satisfied"), "JSI, 0 to 100": phrase_of("unit", "JSI, 0 to 100"),
    "NPS points": phrase_of("unit", "NPS points"), "share of customers": phrase_of("unit", "share of customers"),
    "days from first to last interaction": phrase_of("unit", "days from first to last interaction"),
    "days with an interaction, per customer": phrase_of("unit", "days with an interaction, per customer"),
    "interactions per customer": phrase_of("unit", "interactions per customer"),
    "revenue per customer": phrase_of("unit", "revenue per customer"),
}  # fmt: skip
_ROLES: Final = {
    "champion": phrase_of("role", "champion"), "decision_maker": phrase_of("role", "decision maker"),
    "user": phrase_of("role", "user"),
}  # fmt: skip
_ENDS: Final = {
    "all": phrase_of("value", "all"), "unassigned": phrase_of("value", "unassigned"),
    "none": phrase_of("intent", "none"), "other": phrase_of("value", "other"), "end": phrase_of("value", "end"),
    "start": phrase_of("value", "start"), "ended": phrase_of("value", "ended"), "score": phrase_of("value", "score"),
    "volume": phrase_of("value", "volume"), "hours": phrase_of("value", "hours"), "link": phrase_of("value", "link"),
    "new": phrase_of("value", "new"), "gate": phrase_of("value", "gate"),
    "high_effort": phrase_of("value", "high effort"),
    "matters": phrase_of("value", "matters"), "lost": phrase_of("value", "lost"), "kept": phrase_of("value", "kept"),
    "labels": phrase_of("value", "labels"), "reading": phrase_of("value", "reading"),
    "intake": phrase_of("value", "intake"), "words": phrase_of("value", "words"),
    "taxonomy": phrase_of("value", "taxonomy"), "discovered": phrase_of("value", "discovered"),
    "last_non_direct": phrase_of("value", "last but direct"), "time_decay": phrase_of("value", "time decay"),
    "linear": phrase_of("value", "linear"), "position": phrase_of("value", "position"),
    "first": phrase_of("value", "first"), "last": phrase_of("value", "last"),
    "youden cost": phrase_of("value", "Youden, cost"), "declared": phrase_of("value", "declared"),
    "learnt": phrase_of("value", "learnt"), "retention": phrase_of("value", "retention"),
}  # fmt: skip
_ANYBODY: Final = {"all": phrase_of("value", "all"), "All": phrase_of("value", "All"),
                   "(none)": phrase_of("value", "(none)")}  # fmt: skip
_OF: Final[Mapping[str, Mapping[str, Phrase]]] = {
    "emotion": _FEELINGS, "intent": _INTENTS, "effort": _EFFORTS, "resolution": _RESOLUTIONS, "method": _METHODS,
    "sentiment": _SENTIMENTS, "polarity": _POLARITIES, "band": _BANDS, "quadrant": _QUADRANTS,
    "direction": _WAYS, "value": _ANYBODY, "column_name": _ANYBODY, "name": _ANYBODY,
    "speaks": _SPEAKS, "weakest": _PARTS, "nature": _NATURES, "signal": _NATURES, "measure": _MEASURES,
    "verdict": _VERDICTS, "kind": _KINDS, "unit": _UNITS, "role": _ROLES,
}  # fmt: skip

#: What a value is called whatever column it stands in: the first that knows it.
_ANYWHERE: Final = {
    value: known
    for of in (_SENTIMENTS, _EFFORTS, _RESOLUTIONS, _FEELINGS, _INTENTS, _METHODS, _BANDS, _QUADRANTS, _WAYS,
               _POLARITIES, _KINDS, _MEASURES, _SPEAKS, _PARTS, _NATURES, _ROLES, _ENDS)
    for value, known in of.items()
}  # fmt: skip


def anything(value: str) -> Phrase | None:
    """Return what people say for a value of the schema, whatever it is of; None for the company's own.

    >>> anything("unresolved"), anything("late_delivery")
    ('unresolved', None)
    """
    return _ANYWHERE.get(value)


def named(what: str, value: str) -> str:
    """Return what people say for a value of a column of the schema; the value itself where it is the company's own.

    >>> named("emotion", "anger"), named("channel", "kiosk")
    ('anger', 'kiosk')
    """
    return _OF.get(what, {}).get(value, value)
