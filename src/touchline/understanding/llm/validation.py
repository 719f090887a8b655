"""Checks what a model answered against the vocabularies and the text; nothing unchecked gets further.

What is refused comes back as a reason, never as a label.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, NoReturn

from touchline.understanding.llm.prompt import MENTIONS, SURENESS
from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, INTENTS, RESOLUTIONS, SEVERITIES, UNASSIGNED
from touchline.vocabulary.taxonomy import Taxonomy

PHRASES: Final = 3
_FENCE: Final = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL | re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[a-z]{2}|und")
_THOUGHT: Final = "</think>"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mention:
    """One accepted mention. Places are characters of the text as it was sent; no words of it are kept.

    Attributes:
        start: First character.
        end: One past the last.
        because: Places of the phrases that decided.
        stage: A stage's id, or ``unassigned``.
        stage_sure: One of SURENESS.
        sentiment: -1, 0 or 1.
        sentiment_sure: One of SURENESS.
        emotion: One of EMOTIONS.
        effort: One of EFFORTS.
        resolution: One of RESOLUTIONS.
        intent: One of INTENTS.
        severity: One of SEVERITIES.
        theme: A theme's id, or None.
        touchpoint: A touchpoint's id, or None.
    """

    start: int
    end: int
    because: tuple[Span, ...]
    stage: str
    stage_sure: str
    sentiment: int
    sentiment_sure: str
    emotion: str
    effort: str
    resolution: str
    intent: str
    severity: float
    theme: str | None
    touchpoint: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said of one text, accepted: its language, and mentions that cover the text in order."""

    language: str
    mentions: tuple[Mention, ...]

    def to_json(self) -> str:
        """Return it as JSON; `from_json` reads it back."""
        return json.dumps([self.language, [asdict(mention) for mention in self.mentions]])

    @classmethod
    def from_json(cls, text: str) -> Answer:
        """Read what `to_json` wrote."""
        language, mentions = json.loads(text)
        return cls(language, tuple(_kept(mention) for mention in mentions))


def _kept(data: dict[str, Any]) -> Mention:
    return Mention(**(data | {"because": tuple((start, end) for start, end in data["because"])}))


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that cannot be used, and why."""

    why: str


def results(content: str) -> dict[str, Any] | Refused:
    """Return the results of an answer by id; an id that stands there twice counts for nothing.

    >>> results('{"results": [{"id": "a"}, {"id": "b"}, {"id": "b"}]}')
    {'a': {'id': 'a'}}
    >>> results("I am happy to help!").why
    'the answer is not JSON'
    """
    text = content.rpartition(_THOUGHT)[2].strip()
    fenced = _FENCE.fullmatch(text)
    try:
        data = json.loads(fenced[1] if fenced else text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return Refused("the answer is not JSON")
    rows = data.get("results") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        return Refused("the answer has no list of results")
    named = [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    ids = [row["id"] for row in named]
    return {row["id"]: row for row in named if ids.count(row["id"]) == 1}


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Checker:
    """Knows what may be said.

    Attributes:
        allowed: Values of each key of a mention.
    """

    allowed: Mapping[str, Sequence[object]]

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Checker:
        """Return the checker of a taxonomy."""
        return cls(
            {
                "stage": (*taxonomy.ids, UNASSIGNED),
                "stage_sure": SURENESS,
                "sentiment_sure": SURENESS,
                "emotion": EMOTIONS,
                "effort": EFFORTS,
                "resolution": RESOLUTIONS,
                "intent": INTENTS,
                "theme": (None, *(theme.id for theme in taxonomy.themes)),
                "touchpoint": (None, *(point.id for point in taxonomy.touchpoints)),
            }
        )

    def check(self, result: Any, text: str) -> Answer | Refused:
        """Return the answer for a text, or why it is refused.

        Args:
            result: What the model said of it, as parsed.
            text: The text as it was sent.
        """
        if not isinstance(result, dict):
            return Refused("there is no result")
        language, mentions = result.get("language"), result.get("mentions")
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            return Refused("the language is no code")
        if not isinstance(mentions, list) or not 1 <= len(mentions) <= MENTIONS:
            return Refused(f"there must be 1 to {MENTIONS} mentions")
        for mention in mentions:
            if wrong := self._wrong(mention):
                return Refused(wrong)
        places = locate(text, [mention["quote"] for mention in mentions])
        if places is None:
            return Refused("a quote is not in the text")
        order = sorted(range(len(mentions)), key=lambda number: places[number])
        spans = _covering(text, [places[number] for number in order])
        return Answer(
            language,
            tuple(self._mention(mentions[n], text, span) for n, span in zip(order, spans, strict=True)),
        )

    def _wrong(self, mention: Any) -> str:
        """What is wrong with a mention's labels; nothing when they can be used."""
        if not isinstance(mention, dict):
            return "a mention is no object"
        for name, values in self.allowed.items():
            if name not in mention or not _is_one_of(mention[name], values):
                return f"{name} is not one of its values"
        if type(mention.get("sentiment")) is not int or mention["sentiment"] not in (-1, 0, 1):
            return "sentiment is not -1, 0 or 1"
        if type(mention.get("severity")) not in (int, float) or mention["severity"] not in SEVERITIES:
            return "severity is not one of its values"
        if not isinstance(mention.get("quote"), str) or not mention["quote"].strip():
            return "a quote is missing"
        return ""

    def _mention(self, said: dict[str, Any], text: str, span: Span) -> Mention:
        labels = {name: said[name] for name in self.allowed}
        return Mention(
            start=span[0],
            end=span[1],
            because=tuple(_phrases(said.get("because"), text, span)),
            sentiment=said["sentiment"],
            severity=float(said["severity"]),
            **labels,
        )


def _is_one_of(value: object, values: Sequence[object]) -> bool:
    return (value is None or isinstance(value, str)) and value in values


def _phrases(said: Any, text: str, span: Span) -> Iterator[Span]:
    """Places of the phrases that stand in the mention; others are refused, the labels stand without them."""
    phrases = said if isinstance(said, list) else []
    for phrase in [p for p in phrases if isinstance(p, str) and p.strip()][:PHRASES]:
        found = next(_occurrences(text, phrase, *span), None)
        if found:
            yield found


def locate(text: str, quotes: Sequence[str]) -> list[Span] | None:
    """Find quotes in a text, none over another; runs of blanks count as one. None when one is not there.

    >>> locate("Bad food, bad  service", ["bad service", "Bad food,"]), locate("Bad food", ["Good food"])
    ([(10, 22), (0, 9)], None)
    """
    taken: list[Span] = []
    for quote in quotes:
        free = (
            (low, high)
            for low, high in _occurrences(text, quote, 0, len(text))
            if all(high <= start or end <= low for start, end in taken)
        )
        found = next(free, None)
        if found is None:
            return None
        taken.append(found)
    return taken


def _occurrences(text: str, quote: str, low: int, high: int) -> Iterator[Span]:
    """Yield the places of a quote between two characters of a text."""
    pattern = re.compile(r"\s+".join(map(re.escape, quote.split())))
    for match in pattern.finditer(text, low, high):
        yield match.span()


def _covering(text: str, places: Sequence[Span]) -> list[Span]:
    """Widen places so that they cover the text: each goes on to the next, without the blanks between."""
    starts = [0, *(start for start, _ in places[1:])]
    ends = [*starts[1:], len(text)]
    return [_bare(text, start, end) for start, end in zip(starts, ends, strict=True)]


def _bare(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    lead = len(part) - len(part.lstrip())
    return start + lead, start + lead + len(part.strip())


def moved(answer: Answer, move: Callable[[int], int]) -> Answer:
    """Return an answer with its places moved, as where a text was redacted once more before it was sent."""
    mentions = (
        replace(
            m, start=move(m.start), end=move(m.end), because=tuple((move(low), move(high)) for low, high in m.because)
        )
        for m in answer.mentions
    )
    return Answer(answer.language, tuple(mentions))
