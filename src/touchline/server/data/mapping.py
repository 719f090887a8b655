"""The mapping editor's form: a mapping as fields, and fields as a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from touchline.errors import InputError, SourceError
from touchline.sources import ROLES, ColumnMapping, Mapped, ScoreRange
from touchline.sources.mapping import SINGLE_ROLES
from touchline.sources.times import PATTERN
from touchline.vocabulary.schemas import KINDS, SCORE_KINDS
from touchline.words import phrase

#: The roles in groups, as the editor lists them: what is said, who, when, where, and the rest.
GROUPS: Final = (
    ("Said", ("text", "score", "language", "value", "currency")),
    ("Who", ("customer", "account", "role", "author", "agent", "team")),
    ("When", ("time", "sequence", "valid_from")),
    ("Where", ("stage", "touchpoint", "channel", "experience_channel", "source", "programme", "purpose", "campaign",
               "location", "event", "kind", "solicited")),
    ("Which", ("id", "conversation")),
    ("Beside", ("segment", "attribute", "ignore")),
)  # fmt: skip
DIRECTIONS: Final = ("easy", "hard")
_LONGEST: Final = 200


def said(form: Mapping[str, str], before: ColumnMapping) -> dict[str, str]:
    """Return what a form says of a file, as `touchline.workspace.previewing.Said` takes it.

    Args:
        form: Fields ``role-0``, ``score-0``, ``low-0``, ``high-0`` per column in the mapping's order; ``kind``,
            ``time_format``, ``zone``, ``source``, ``day``.
        before: The mapping that the form was made from.

    Raises:
        InputError: A field cannot be read.
        SourceError: Two columns play a role of one.

    >>> before = ColumnMapping((Mapped("Words", "attribute"),))
    >>> said({"role-0": "text", "kind": "review"}, before)["mapping"].splitlines()[0]
    'kind = "review"'
    """
    columns = tuple(_column(form, place, mapped) for place, mapped in enumerate(before.columns))
    for role in SINGLE_ROLES:
        several = [mapped.column for mapped in columns if mapped.role == role]
        if len(several) > 1:
            raise SourceError(
                phrase("{names} cannot both be the {role}", names=" and ".join(map(repr, several)), role=str(role)),
                todo=phrase("let one be something else"),
            )
    kind, time_format = form.get("kind") or before.kind, form.get("time_format", before.time_format).strip()
    if kind not in KINDS:
        raise InputError(
            phrase("there is no kind {kind}", kind=repr(kind)),
            where="kind",
            todo=phrase("use one of {names}", names=", ".join(KINDS)),
        )
    if time_format and not PATTERN.match(time_format):
        raise InputError(
            phrase("{time_format} is no date format", time_format=repr(time_format)), where="date format",
            todo=phrase('use D/M/Y, M/D/Y, a pattern such as %d.%m.%Y %H:%M, or one of s, ms, us, excel'),
        )  # fmt: skip
    mapping = replace(before, columns=columns, kind=kind, time_format=time_format)
    return {
        "mapping": mapping.to_toml(), "source": form.get("source", "").strip()[:_LONGEST],
        "zone": _zone(form.get("zone", "").strip()), "day": _day(form.get("day", "").strip()),
    }  # fmt: skip


def _column(form: Mapping[str, str], place: int, mapped: Mapped) -> Mapped:
    role = form.get(f"role-{place}", mapped.role)
    if role not in ROLES:
        raise InputError(
            phrase("there is no role {value}", value=repr(role[:40])),
            where=mapped.column,
            todo=phrase("use one of {names}", names=", ".join(ROLES)),
        )
    if role != "score":
        return Mapped(mapped.column, role, mapped.why, mapped.confidence)
    kind = form.get(f"score-{place}") or (mapped.score.kind if mapped.score else "other")
    if kind not in SCORE_KINDS:
        raise InputError(
            phrase("there is no score {value}", value=repr(kind[:40])),
            where=mapped.column,
            todo=phrase("use one of {names}", names=", ".join(SCORE_KINDS)),
        )
    low, high = (_number(form.get(f"{end}-{place}", ""), mapped.column) for end in ("low", "high"))
    if (low is None) != (high is None) or (low is not None and high is not None and low >= high):
        raise InputError(
            phrase("a scale has two ends, the lower first"),
            where=mapped.column,
            todo=phrase("write for example 1 and 7"),
        )
    if kind == "nps" and low is None:
        low, high = 0.0, 10.0
    return Mapped(mapped.column, role, mapped.why, mapped.confidence, ScoreRange(kind, low, high))


def _number(text: str, column: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        raise InputError(
            phrase("{value} is no number", value=repr(text[:40])),
            where=column,
            todo=phrase("write the scale's ends as 1 and 7"),
        ) from None


def _zone(name: str) -> str:
    try:
        return name and ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        raise InputError(
            phrase("there is no time zone {value}", value=repr(name[:60])),
            where="time zone",
            todo=phrase("write Europe/Berlin"),
        ) from None


def _day(text: str) -> str:
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError(
            phrase("{value} is no day", value=repr(text[:40])), where="day", todo=phrase("write it as 2026-03-31")
        ) from None


def directions(form: Mapping[str, str], mapping: ColumnMapping) -> dict[str, str]:
    """Return which end of effort scores is good, as a form says: column to ``easy`` or ``hard``."""
    return {
        one.column: told
        for place, one in enumerate(mapping.columns)
        if one.role == "score" and one.score and one.score.kind == "ces"
        if (told := form.get(f"direction-{place}", "")) in DIRECTIONS
    }


def rows(columns: list[dict[str, Any]], declared: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the editor's rows: a column as it was found, beside what it is declared to mean."""
    return [
        {**one, "place": place, "share": f"{100 * one['filled']:.0f} %", "direction": declared.get(one["name"], "")}
        for place, one in enumerate(columns)
    ]
