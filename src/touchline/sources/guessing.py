"""Guess which column plays which role, from names and contents, with reasons.

Names speak first (`touchline.sources.headers`), contents may object (an ``id`` that repeats is no id) and
step in where names say nothing (long, varied words are a text).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from touchline.sources import headers, words
from touchline.sources.answers import parse_score
from touchline.sources.mapping import SINGLE_ROLES, ColumnMapping, Mapped, ScoreRange
from touchline.sources.profiles import Profile

#: A segment has at most so many values, and at most so many columns are proposed as segments.
MOST_VALUES: Final = 50
MOST_SEGMENTS: Final = 12

_SURE: Final = 0.55
_CERTAIN: Final = 0.9  # a listed name, as it is
_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}")
_THREE_LETTERS: Final = re.compile(r"[A-Za-z]{3}$|[$€£¥]$")


class Stages(Protocol):
    """What of a taxonomy is of help here."""

    def stage_id(self, name: str) -> str | None:
        """The stage of that id, name or alias."""


def _share(values: tuple[str, ...], known: Callable[[str], object]) -> float:
    return sum(1 for v in values if known(v) is not None) / max(len(values), 1)


def _category(p: Profile, most: int = 500) -> bool:
    return p.looks not in {"time", "email", "text"} and p.distinct <= most and p.length <= 80


_FITS: Final[dict[str, Callable[[Profile], bool]]] = {
    "id": lambda p: p.unique >= 0.98 and p.filled > 0.9 and p.looks != "time" and p.words < 3 and p.length <= 100,
    "conversation": lambda p: p.words < 3 and p.length <= 100 and p.looks != "time",
    "sequence": lambda p: p.number > 0.95,
    "customer": lambda p: p.length <= 80 and p.words < 4,
    "account": lambda p: p.length <= 80,
    "value": lambda p: p.money > 0.9 and p.time < 0.5,
    "currency": lambda p: all(_THREE_LETTERS.match(v) for v in p.values),
    "author": lambda p: _share(p.values, words.author) >= 0.95,
    "role": lambda p: _share(p.values, words.role) >= 0.95,
    "kind": lambda p: _share(p.values, words.kind) >= 0.95,
    "purpose": lambda p: _share(p.values, words.purpose) >= 0.95,
    "solicited": lambda p: _share(p.values, words.truth) >= 0.95,
    "stage": lambda p: _category(p, 50) and p.number < 0.5,
    "touchpoint": lambda p: _category(p, 300) and p.number < 0.5,
    "event": lambda p: _category(p) and p.number < 0.5 and p.words <= 6,
    "channel": lambda p: _category(p, 50) and p.number < 0.5,
    "experience_channel": lambda p: _category(p, 50) and p.number < 0.5,
    "source": lambda p: _category(p, 50) and p.number < 0.5,
    "programme": _category,
    "language": lambda p: _category(p, 100) and p.length <= 12 and p.number < 0.5,
    "agent": lambda p: p.looks not in {"time", "text"} and p.length <= 80,
    "team": _category,
    "location": lambda p: _category(p, 5_000),
    "campaign": _category,
    "valid_from": lambda p: p.time >= 0.8,
}


def guess(
    profiles: Mapping[str, Profile],
    *,
    roles: Mapping[str, str] | None = None,
    kind: str | None = None,
    name: str = "",
    taxonomy: Stages | None = None,
) -> ColumnMapping:
    """Guess a mapping.

    Args:
        profiles: Column name to what its cells look like, in the file's order.
        roles: Columns whose role the format fixes.
        kind: The kind of interaction, when the format fixes it.
        name: The file's name, which often tells the kind.
        taxonomy: Its stage names make a column of stages surer.
    """
    taken: dict[str, Mapped] = {
        c: Mapped(c, r, "the format says so") for c, r in (roles or {}).items() if c in profiles
    }
    empty = {c: Mapped(c, "attribute", "empty", 0.5) for c, p in profiles.items() if not p.values and c not in taken}
    open_ = {c: p for c, p in profiles.items() if c not in empty}
    _times(open_, taken)
    for role in SINGLE_ROLES[:5]:
        _single(role, open_, taken)
    _scores(open_, taken)
    for role in SINGLE_ROLES[5:]:
        _single(role, open_, taken, taxonomy)
    _texts(open_, taken)
    _segments(open_, taken)
    taken.update(empty)
    columns = tuple(taken.get(c) or Mapped(c, "attribute", _why_attribute(c, p), 0.5) for c, p in profiles.items())
    return ColumnMapping(columns, kind or _kind(columns, name))


def _single(role: str, open_: Mapping[str, Profile], taken: dict[str, Mapped], taxonomy: Stages | None = None) -> None:
    if any(m.role == role for m in taken.values()):
        return
    best, strength = None, _SURE
    for column, p in open_.items():
        spoken = headers.match(role, column)
        if role == "stage" and taxonomy is not None and _share(p.values, taxonomy.stage_id) >= 0.8:
            spoken = max(spoken, 0.75)
        if column not in taken and spoken > strength and _FITS[role](p):
            best, strength = column, spoken
    if best is None or (role == "account" and not _is_account(best, taken)):
        return
    taken[best] = Mapped(best, role, f"the name says {role.replace('_', ' ')}", round(strength, 2))


def _is_account(column: str, taken: Mapping[str, Mapped]) -> bool:
    """In a file of consumers the company is the one complained of; beside a person it is the person's."""
    sure = re.search(r"\b(account|organi[sz]ation|tenant)\b", headers.normalise(column))
    return bool(sure) or any(m.role == "customer" for m in taken.values())


def _times(open_: Mapping[str, Profile], taken: dict[str, Mapped]) -> None:
    if any(m.role == "time" for m in taken.values()):
        return
    named = {c: headers.match("time", c) for c, p in open_.items() if p.time >= 0.5 and c not in taken}
    # A date of something else is often missing; a row's own time hardly ever.
    named = {c: spoken for c, spoken in named.items() if spoken > 0.85 or open_[c].filled >= 0.8}
    best = max(named, key=lambda c: named[c], default=None)
    if best is not None and named[best] > _SURE:
        taken[best] = Mapped(best, "time", "the name says time, the cells are times", round(named[best], 2))
    else:
        likely = [c for c in named if open_[c].looks == "time" and open_[c].number < 0.5]
        likely = [c for c in likely if headers.match("time", f"date {c}") > 0 or c.startswith("column")]
        if not likely:
            return
        best = likely[0]
        taken[best] = Mapped(best, "time", "the cells are times", 0.6)
    if any(":" in v for v in open_[best].values[:20]):
        return
    for column, p in open_.items():
        if column not in taken and headers.match("time", column) and all(_CLOCK.match(v) for v in p.values):
            taken[column] = Mapped(column, "time", f"the time of day beside {best!r}", 0.8)
            return


def _scores(open_: Mapping[str, Profile], taken: dict[str, Mapped]) -> None:
    for column, p in open_.items():
        if column not in taken and headers.match("score:nps", column) >= _CERTAIN and _mostly_nps(p):
            scale = ScoreRange("nps", 0.0, 10.0)
            taken[column] = Mapped(column, "score", f"the name says nps: {scale}, whatever strays", 0.9, scale)
    for column, p in open_.items():
        if column in taken or p.scale is None or p.scale.share < 0.8:
            continue
        spoken = {k: headers.match(f"score:{k}", column) for k in ("nps", "csat", "ces", "rating")}
        kind = max(spoken, key=lambda k: spoken[k])
        if spoken[kind] <= _SURE:
            continue
        low, high = p.scale.low, p.scale.high
        if kind == "nps":
            if high > 10:
                continue
            low, high = 0.0, 10.0
        scale = ScoreRange(kind, low, high)
        taken[column] = Mapped(column, "score", f"the name says {kind}, the cells fit {scale}", 0.9, scale)


def _mostly_nps(p: Profile) -> bool:
    """NPS has one scale by definition, so a cell outside it is a mistake rather than another scale."""
    scores = [score.value for score in map(parse_score, p.values) if score is not None]
    return bool(scores) and sum(0 <= value <= 10 for value in scores) > len(p.values) / 2


def _texts(open_: Mapping[str, Profile], taken: dict[str, Mapped]) -> None:
    if any(m.role == "text" for m in taken.values()):
        return
    found: dict[str, Mapped] = {}
    for column, p in open_.items():
        if column in taken or p.looks in {"time", "number", "email"}:
            continue
        spoken = headers.match("text", column)
        wordy = p.words >= 4 and p.unique > 0.3
        if spoken > 0.8 and (p.words >= 1):
            found[column] = Mapped(column, "text", "the name says text", round(spoken, 2))
        elif wordy and (spoken > _SURE or (_asks(column) and not headers.personal(column))):
            found[column] = Mapped(column, "text", "words that differ from row to row", 0.7)
    if not found:
        wordy_ones = {
            c: p for c, p in open_.items() if c not in taken and p.looks == "text" and not headers.not_theirs(c)
        }
        longest = max(wordy_ones, key=lambda c: wordy_ones[c].length, default=None)
        if longest is not None:
            found[longest] = Mapped(longest, "text", "long words that differ from row to row", 0.6)
    taken.update(found)


def _asks(column: str) -> bool:
    return column.rstrip().endswith("?") or len(column.split()) > 5


def _segments(open_: Mapping[str, Profile], taken: dict[str, Mapped]) -> None:
    found: list[Mapped] = []
    for column, p in open_.items():
        if column in taken or p.looks in {"time", "email", "text"} or p.length > 120 or headers.personal(column):
            continue
        rows = p.distinct / p.unique if p.unique else 0
        spoken = headers.match("segment", column)
        if spoken > 0.8 and 1 < p.distinct <= max(MOST_VALUES, 0.1 * rows) and (p.unique < 0.9 or rows < 20):
            found.append(Mapped(column, "segment", f"the name says segment; {p.distinct} values", round(spoken, 2)))
        elif 1 < p.distinct <= (12 if p.number > 0.9 else MOST_VALUES) and p.unique <= 0.5 and _groups(column, p):
            found.append(Mapped(column, "segment", f"only {p.distinct} values", 0.6))
    found.sort(key=lambda m: -m.confidence)
    taken.update({m.column: m for m in found[:MOST_SEGMENTS]})


def _groups(column: str, p: Profile) -> bool:
    """Short words, under a name that is not an id's."""
    return p.length <= 50 and not re.search(r"\b(id|nr|number|no|ref|code|uuid)$", headers.normalise(column))


def _why_attribute(column: str, p: Profile) -> str:
    if headers.personal(column) or p.looks == "email":
        return "personal data; leave it out with ignore"
    return f"kept as it is; {p.distinct}{'+' if p.distinct >= MOST_VALUES else ''} values"


def _kind(columns: tuple[Mapped, ...], name: str) -> str:
    has = {m.role for m in columns}
    spoken = [
        headers.normalise(re.sub(r"[_\-.]", " ", name)),
        *(headers.normalise(m.column) for m in columns),
    ]
    for kind, pattern in (
        ("complaint", r"\b(complaints?|beschwerden?|reclamations?|quejas?)\b"),
        ("survey", r"\b(surveys?|umfrage|enquete|encuesta|nps|csat|ces)\b"),
        ("review", r"\b(reviews?|stars|resenas?|rezension\w*)\b"),
        ("ticket", r"\b(tickets?|cases?)\b"),
        ("call", r"\b(calls?|anrufe?|llamadas?)\b"),
        ("chat", r"\b(chats?|conversation|dialogues?|dialogs?|utterance|convo)\b"),
        ("post", r"\b(tweets?|posts?)\b"),
    ):
        if any(re.search(pattern, s) for s in spoken) and has & {"text", "score"}:
            return kind
    if "score" in has:
        return "survey"
    if "text" in has:
        return "message"
    ordered = any(re.search(r"\b(orders?|purchases?|transactions?|invoices?)\b", s) for s in spoken) or "value" in has
    return "order" if ordered and "event" not in has else "event"
