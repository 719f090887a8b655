"""What a user says of the columns, over the guess: ``--map role=column``.

text=Issue+Consumer complaint narrative     several parts, joined by a line break
segment=State,Product                       several columns
score:nps=How likely are you                kind of score
score:csat:1-7=Overall                      and its scale
ignore=ZIP code                             leave it out
kind=complaint                              a kind for the whole file
time_format=M/D/Y                           or a strptime pattern, or s, ms, us, excel
encoding=cp1252  delimiter=;  header=no  sheet=Answers  records=tickets
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from touchline.errors import SourceError
from touchline.sources.answers import Scale
from touchline.sources.mapping import ROLES, ColumnMapping, Mapped, ScoreRange
from touchline.sources.times import PATTERN
from touchline.vocabulary.schemas import KINDS, SCORE_KINDS
from touchline.words import phrase

_SPELLINGS: Final = {
    "interaction_id": "id", "customer_ref": "customer", "account_ref": "account", "occurred_at": "time",
    "date": "time", "conversation_ref": "conversation", "segments": "segment", "attributes": "attribute",
    "answers": "score", "amount": "value", "program": "programme", "comment": "text",
}  # fmt: skip
_SCORE: Final = re.compile(r"score(?::(?P<kind>\w+))?(?::(?P<low>-?[\d.]+)-(?P<high>[\d.]+))?$")


def override(
    mapping: ColumnMapping, said: Mapping[str, str], *, scales: Mapping[str, Scale | None], where: str
) -> ColumnMapping:
    """Apply what a user said.

    Args:
        mapping: The guess, or a saved mapping.
        said: Role to column, as in the module's examples; reader options are taken out before.
        scales: The scale that each column's cells fit, for scores without a stated one.
        where: The file's name, for errors.

    Raises:
        SourceError: If a role or a column does not exist.
    """
    columns = {m.column: m for m in mapping.columns}
    kind, time_format = mapping.kind, mapping.time_format
    for key, value in said.items():
        role = _SPELLINGS.get(key.strip().casefold(), key.strip().casefold())
        if role == "time_format":
            time_format = _time_format(value, where)
        elif role == "kind" and value in KINDS and value not in columns:
            kind = value
            columns = {c: replace(m, role="attribute") if m.role == "kind" else m for c, m in columns.items()}
        else:
            _assign(role, _columns(value, columns, where), columns, scales, where)
    return replace(mapping, columns=tuple(columns.values()), kind=kind, time_format=time_format)


def _assign(
    role: str, named: list[str], columns: dict[str, Mapped], scales: Mapping[str, Scale | None], where: str
) -> None:
    score = _SCORE.match(role)
    if score:
        for column in named:
            columns[column] = Mapped(column, "score", "you said so", 1.0, _range(score, column, columns, scales, where))
        return
    if role not in ROLES:
        near = difflib.get_close_matches(role, ROLES, 1)
        todo = f"did you mean {near[0]}?" if near else f"use one of {', '.join(ROLES)}"
        raise SourceError(phrase("there is no role {role}", role=repr(role)), where=where, todo=todo)
    many = {"time", "text", "segment", "attribute", "ignore"}
    if role not in many and len(named) > 1:
        raise SourceError(
            phrase("one column plays {role}, not {n}", role=repr(role), n=str(len(named))),
            where=where,
            todo=phrase("name one"),
        )
    if role not in {"segment", "attribute", "ignore"}:
        for column, mapped in list(columns.items()):
            if mapped.role == role:
                columns[column] = Mapped(column, "attribute", f"you named another column for {role}", 1.0)
    # The parts of a text take their places in the order in which they were named.
    order = [c for c in columns if c not in named]
    places = sorted(list(columns).index(c) for c in named)
    for place, column in zip(places, named, strict=True):
        order.insert(place, column)
        columns[column] = Mapped(column, role, "you said so")
    mine = {c: columns[c] for c in order}
    columns.clear()
    columns.update(mine)


def _columns(value: str, columns: Collection[str], where: str) -> list[str]:
    """Columns of ``A+B`` or ``A,B``; a name that holds a ``+`` or a comma itself comes first."""
    if value in columns:
        return [value]
    by_case = {c.casefold(): c for c in columns}
    parts = [value] if value.casefold() in by_case else [p.strip() for p in re.split(r"[+,]", value) if p.strip()]
    for part in parts:
        if part.casefold() not in by_case:
            near = difflib.get_close_matches(part, list(columns), 1, 0.5)
            todo = f"did you mean {near[0]!r}?" if near else f"its columns are {', '.join(columns)}"
            raise SourceError(phrase("there is no column {part}", part=repr(part)), where=where, todo=todo)
    if not parts:
        raise SourceError(phrase("a role is given no column"), where=where, todo=phrase("write role=column"))
    return [part if part in columns else by_case[part.casefold()] for part in parts]


def _range(
    said: re.Match[str],
    column: str,
    columns: Mapping[str, Mapped],
    scales: Mapping[str, Scale | None],
    where: str,
) -> ScoreRange:
    before, scale = columns[column].score, scales.get(column)
    kind = said["kind"] or (before.kind if before else "other")
    if kind not in SCORE_KINDS:
        todo = f"use one of {', '.join(SCORE_KINDS)}"
        raise SourceError(phrase("there is no score {kind}", kind=repr(kind)), where=where, todo=todo)
    if said["low"] is not None:
        return ScoreRange(kind, float(said["low"]), float(said["high"]))
    if kind == "nps":
        return ScoreRange(kind, 0.0, 10.0)
    return ScoreRange(kind, scale.low, scale.high) if scale else ScoreRange(kind)


def _time_format(value: str, where: str) -> str:
    if PATTERN.match(value):
        return value
    todo = "use D/M/Y, M/D/Y, a pattern such as %d.%m.%Y %H:%M, or one of s, ms, us, excel"
    raise SourceError(phrase("{value} is no time format", value=repr(value)), where=where, todo=todo)
