"""Which column plays which role: the mapping, and its file.

A mapping is guessed (`touchline.sources.guessing`), may be corrected (`touchline.sources.overriding`), and
can be saved as TOML so that the next export of the same system is read the same way.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from touchline.errors import SourceError
from touchline.vocabulary.schemas import KINDS, SCORE_KINDS
from touchline.words import phrase

#: Roles that one column plays, in the order in which a guess hands columns out.
SINGLE_ROLES: Final = (
    "id", "conversation", "sequence", "customer", "account", "value", "currency", "author", "role", "kind",
    "stage", "touchpoint", "event", "channel", "experience_channel", "source", "programme", "purpose", "language",
    "agent", "team", "location", "campaign", "solicited", "valid_from",
)  # fmt: skip
#: Roles that several columns may play.
MANY_ROLES: Final = ("time", "text", "score", "segment", "attribute", "ignore")
ROLES: Final = (*SINGLE_ROLES, *MANY_ROLES)


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """What a score column measures.

    Attributes:
        kind: One of `SCORE_KINDS`.
        low: The scale's lowest value, or None when it is open.
        high: Its highest.
    """

    kind: str
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """``nps 0-10``."""
        if self.low is None or self.high is None:
            return self.kind
        return f"{self.kind} {self.low:g}-{self.high:g}"


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column's role.

    Attributes:
        column: Its name.
        role: One of `ROLES`.
        why: The reason, in words.
        confidence: 0 to 1; 1 when a person or the format said so.
        score: For role ``score``, what it measures.
    """

    column: str
    role: str
    why: str = ""
    confidence: float = 1.0
    score: ScoreRange | None = None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column plays which role.

    Attributes:
        columns: One entry per column, in the file's order. Text parts are joined in this order.
        kind: The interactions' kind, where no column tells it.
        time_format: ``D/M/Y``, ``M/D/Y``, a `strptime` pattern, or a unit: ``s``, ``ms``, ``us``, ``excel``.
        options: What the reader was told: ``encoding``, ``delimiter``, ``header``, ``sheet``, ``records``.

    >>> m = ColumnMapping((Mapped("Day", "time"), Mapped("Words", "text"), Mapped("More", "text")))
    >>> m.of("text"), m.first("time"), m.first("customer")
    (('Words', 'More'), 'Day', None)
    """

    columns: tuple[Mapped, ...]
    kind: str = "message"
    time_format: str = ""
    options: dict[str, str] = field(default_factory=dict)

    def of(self, role: str) -> tuple[str, ...]:
        """Columns that play a role."""
        return tuple(m.column for m in self.columns if m.role == role)

    def first(self, role: str) -> str | None:
        """The column that plays a role, or None."""
        return next((m.column for m in self.columns if m.role == role), None)

    @property
    def scores(self) -> tuple[tuple[str, ScoreRange], ...]:
        """Score columns and what they measure."""
        return tuple((m.column, m.score or ScoreRange("other")) for m in self.columns if m.role == "score")

    @property
    def segments(self) -> tuple[str, ...]:
        """Attributes that make good segments."""
        return self.of("segment")

    def limited_to(self, columns: Iterable[str], where: str) -> ColumnMapping:
        """This mapping for a file with these columns: further ones become attributes.

        Raises:
            SourceError: If the mapping names a column that the file lacks.
        """
        there = list(columns)
        missing = [m.column for m in self.columns if m.column not in there and m.role not in {"attribute", "ignore"}]
        if missing:
            names = ", ".join(map(repr, missing))
            raise SourceError(
                phrase("the mapping names {names}, which the file does not have", names=str(names)),
                where=where,
                todo=phrase("its columns are {names}", names=", ".join(there)),
            )
        mine = {m.column: m for m in self.columns}
        new = (mine.get(c, Mapped(c, "attribute", "not in the mapping")) for c in there)
        return replace(self, columns=tuple(new))

    def to_toml(self) -> str:
        """The mapping as TOML."""
        lines = [f"kind = {_quote(self.kind)}"]
        if self.time_format:
            lines.append(f"time_format = {_quote(self.time_format)}")
        if self.options:
            lines += ["", "[file]", *(f"{k} = {_quote(v)}" for k, v in sorted(self.options.items()))]
        for mapped in self.columns:
            lines += ["", "[[column]]", f"name = {_quote(mapped.column)}", f"role = {_quote(mapped.role)}"]
            if mapped.score:
                lines.append(f"score = {_quote(mapped.score.kind)}")
                bounds = (("low", mapped.score.low), ("high", mapped.score.high))
                lines += [f"{name} = {value!r}" for name, value in bounds if value is not None]
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, text: str, where: str = "mapping") -> ColumnMapping:
        """Read a mapping; raises `SourceError` with what is wrong in it."""
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SourceError(phrase("this is no TOML ({error})", error=str(error)), where=where) from None
        columns = tuple(_mapped(entry, where) for entry in raw.get("column", []))
        kind = raw.get("kind", "message")
        if kind not in KINDS:
            raise SourceError(
                phrase("there is no kind {kind}", kind=repr(kind)),
                where=where,
                todo=phrase("use one of {names}", names=", ".join(KINDS)),
            )
        options = {str(k): str(v) for k, v in raw.get("file", {}).items()}
        return cls(columns, kind, str(raw.get("time_format", "")), options)

    def save(self, path: Path | str) -> None:
        """Write it to a file."""
        Path(path).write_text(self.to_toml(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> ColumnMapping:
        """Read it from a file; raises `SourceError` if that cannot be done."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(
                phrase("the mapping cannot be read ({error})", error=str(error)), where=str(path)
            ) from error
        return cls.from_toml(text, str(path))


def _mapped(entry: Any, where: str) -> Mapped:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise SourceError(
            phrase("a [[column]] has no name"), where=where, todo=phrase('give it name = "..." and role = "..."')
        )
    name, role = entry["name"], entry.get("role")
    if role not in ROLES:
        todo = f"use one of {', '.join(ROLES)}"
        raise SourceError(
            phrase("column {name} has the unknown role {role}", name=repr(name), role=repr(role)),
            where=where,
            todo=todo,
        )
    if role != "score":
        return Mapped(name, role, "the mapping says so")
    kind = entry.get("score", "other")
    if kind not in SCORE_KINDS:
        todo = f"use one of {', '.join(SCORE_KINDS)}"
        raise SourceError(
            phrase("column {name} has the unknown score {kind}", name=repr(name), kind=repr(kind)),
            where=where,
            todo=todo,
        )
    low, high = (float(entry[bound]) if bound in entry else None for bound in ("low", "high"))
    return Mapped(name, role, "the mapping says so", 1.0, ScoreRange(kind, low, high))


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
