"""``[cases]``: when somebody works, how long a case may take, and who there is to work on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeVar

from touchline.errors import InputError
from touchline.settings.section import Section
from touchline.settings.service import Hours, parse_hours
from touchline.words import Number, phrase

Unit = Literal["clock hours", "business hours", "business days"]
UNITS: Final[tuple[Unit, ...]] = ("clock hours", "business hours", "business days")
Made = TypeVar("Made")
_LONGEST: Final = 366 * 24.0
_SAID: Final = re.compile(
    r"\s*(\d+(?:\.\d+)?)\s*(clock\s+|business\s+|working\s+)?(minutes?|min|m|hours?|h|days?|d)\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Length:
    """How long somebody has, in a stated unit.

    Attributes:
        amount: So many; business days are whole.
        unit: Of `UNITS`.

    Raises:
        InputError: It is negative, longer than a year, or a part of a business day.

    >>> Length.parse("48 clock hours"), str(Length.parse("90 min"))
    (Length(amount=48.0, unit='clock hours'), '1.5 clock hours')
    >>> str(Length.parse("4 business hours")), str(Length.parse("2 business days")), str(Length.parse("7 d"))
    ('4 business hours', '2 business days', '168 clock hours')
    """

    amount: float
    unit: Unit = "clock hours"

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InputError(
                phrase("{unit} is no unit of a deadline", unit=repr(self.unit)),
                todo=phrase("one of {names}", names=", ".join(UNITS)),
            )
        if not 0 <= self.amount <= _LONGEST:
            raise InputError(
                phrase("{amount} {unit} is no deadline", amount=Number(f"{self.amount:g}"), unit=str(self.unit)),
                todo=phrase("give 0 to a year"),
            )
        if self.unit == "business days" and self.amount != int(self.amount):
            raise InputError(phrase("business days are whole"), todo=phrase("use business hours for a part of a day"))

    @classmethod
    def parse(cls, text: str) -> Length:
        """Read a length: ``48 h``, ``4 business hours``, ``2 business days``; without *business* the clock's own.

        Raises:
            InputError: It cannot be read.
        """
        found = _SAID.fullmatch(text)
        if found is None:
            raise InputError(
                phrase("{text} is no length of time", text=repr(text)),
                todo=phrase('write "48 h", "4 business hours", "2 business days"'),
            )
        amount, kind, unit = float(found[1]), (found[2] or "").strip().lower(), found[3].lower()
        if unit.startswith("d"):
            return cls(amount, "business days") if kind in ("business", "working") else cls(amount * 24)
        hours = amount / 60 if unit.startswith("m") else amount
        return cls(hours, "business hours" if kind in ("business", "working") else "clock hours")

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit if self.amount != 1 else self.unit[:-1]}"


#: The priorities of a case, the most pressing first.
PRIORITIES: Final = ("urgent", "high", "normal", "low")


@dataclass(frozen=True, slots=True)
class Cases:
    """``[cases]``: how cases are worked on.

    Attributes:
        zone: Whose wall clock business hours follow; empty: the workspace's.
        hours: When somebody works, as in ``[service]``; empty: those of ``[service]``, else nine to five on weekdays.
        holidays: Days on which nobody works.
        due: How long a case of each priority may take, where nobody says otherwise.
        teams: Who there is; a case's team is one of these where there are some.
        attachment_mb: The largest file that a case takes, in MiB.
        hold_out: The share of those who raised a cause that are not told of its fix, so that telling can be measured.
    """

    zone: str = ""
    hours: Hours = ()
    holidays: frozenset[date] = field(default_factory=frozenset)
    due: tuple[tuple[str, Length], ...] = (
        ("urgent", Length(8)), ("high", Length(24)), ("normal", Length(48)), ("low", Length(168)),
    )  # fmt: skip
    teams: tuple[str, ...] = ()
    attachment_mb: int = 10
    hold_out: float = 0.2

    def due_of(self, priority: str) -> Length:
        """Return how long a case of a priority may take."""
        return dict(self.due)[priority]


def read_cases(section: Section) -> Cases:
    """Read ``[cases]``; what is wrong is noted at its key."""
    d = Cases()
    zone = section.text("zone", d.zone)
    if zone:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            section.wrong("zone", f"'{zone}' is no time zone; use an IANA name such as Europe/Berlin")
            zone = d.zone
    wrong: list[str] = []
    hours = parse_hours(section.texts("hours"), wrong)
    for message in wrong:
        section.wrong("hours", message)
    found = Cases(
        zone,
        hours,
        frozenset(_read(section, "holidays", section.texts("holidays"), date.fromisoformat, "no day as 2026-12-25")),
        _due(section.table("due")),
        section.texts("teams"),
        section.whole("attachment_mb", d.attachment_mb, 0, 100),
        section.number("hold_out", d.hold_out, 0, 0.9),
    )
    section.close()
    return found


def _due(section: Section) -> tuple[tuple[str, Length], ...]:
    made = []
    for priority, default in Cases().due:
        text = section.text(priority)
        said = _read(section, priority, (text,) if text else (), Length.parse, "no length such as 4 business hours")
        made.append((priority, said[0] if said else default))
    section.close()
    return tuple(made)


def _read(
    section: Section, key: str, texts: tuple[str, ...], read: Callable[[str], Made], otherwise: str
) -> list[Made]:
    made = []
    for text in texts:
        try:
            made.append(read(text))
        except (InputError, ValueError):
            section.wrong(key, f"'{text}' is {otherwise}")
    return made
