"""``[service]``: which events tell what of a conversation, what was promised, and when somebody is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Final

from touchline.settings.section import Section

_SPAN: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
_UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604_800.0),
}
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)", re.IGNORECASE)
_ENDING: Final = re.compile(r"(?:^|[_\s-])(seconds?|secs?|s|minutes?|mins?|hours?|h)$", re.IGNORECASE)
_STATED: Final = re.compile(r"(.+?)\s+in\s+([a-z]+)", re.IGNORECASE)
#: The longest span that may be named: a year, in seconds.
_LONGEST: Final = 366 * 86_400.0

Hours = tuple[tuple[int, int] | None, ...]


def parse_seconds(text: str) -> float | None:
    """Read a span of time as seconds; a bare number counts seconds. None when it is no span.

    >>> parse_seconds("240s"), parse_seconds("24 h"), parse_seconds("2.5 min"), parse_seconds("soon")
    (240.0, 86400.0, 150.0, None)
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    unit = _UNITS.get(found[2].lower() or "s")
    return None if unit is None else float(found[1]) * unit


@dataclass(frozen=True, slots=True)
class Events:
    """``[service.events]``: names of events, and what they tell. Case does not matter.

    Attributes:
        queued: The customer begins to wait for somebody.
        answered: Somebody takes the customer up; an employee's words tell it too.
        ended: The call or chat is over; the time since it was answered is handle time.
        hold: The customer is put on hold.
        resumed: Back from hold.
        transferred: Handed to another agent or team.
        escalated: Handed to a higher level.
        resolved: Closed, and the agent says that it is solved.
        unresolved: Closed, and the agent says that it is not.
        closed: Closed, and nobody says whether it is solved.
        reopened: Opened again.
        abandoned: The customer gave up waiting.
    """

    queued: tuple[str, ...] = ("queued", "call_queued", "chat_queued", "call_started", "chat_started")
    answered: tuple[str, ...] = ("answered", "call_answered", "chat_answered", "picked_up")
    ended: tuple[str, ...] = ("ended", "call_ended", "chat_ended", "hung_up")
    hold: tuple[str, ...] = ("hold", "held", "on_hold", "call_held")
    resumed: tuple[str, ...] = ("resumed", "unheld", "call_resumed", "retrieved")
    transferred: tuple[str, ...] = (
        "transferred", "handed_over", "reassigned", "call_transferred", "chat_transferred", "ticket_transferred",
    )  # fmt: skip
    escalated: tuple[str, ...] = ("escalated", "ticket_escalated", "case_escalated")
    resolved: tuple[str, ...] = ("resolved", "solved", "ticket_solved", "ticket_resolved", "case_resolved")
    unresolved: tuple[str, ...] = ("unresolved", "closed_unresolved", "not_resolved")
    closed: tuple[str, ...] = ("closed", "ticket_closed", "case_closed")
    reopened: tuple[str, ...] = ("reopened", "ticket_reopened", "case_reopened")
    abandoned: tuple[str, ...] = ("abandoned", "call_abandoned", "chat_abandoned")


@dataclass(frozen=True, slots=True)
class Measure:
    """An attribute of an interaction that holds a span of time.

    Attributes:
        attribute: Its name.
        unit: Seconds per unit.
    """

    attribute: str
    unit: float


@dataclass(frozen=True, slots=True)
class Target:
    """``[[service.targets]]``: what was promised, in seconds; None: nothing.

    Attributes:
        channel: The channel, or None for every channel that has no target of its own.
        first_response: From the customer's first words to the first answer.
        resolution: From there to the first close.
    """

    channel: str | None = None
    first_response: float | None = None
    resolution: float | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """``[service]``: how service is read off the interactions.

    Attributes:
        kinds: Kinds of a customer's interaction that make a conversation one of service.
        stages: Only conversations that speak of one of these stages; none: all of them.
        fcr_window: Days without reopening and without a new contact that make the first one enough.
        unanswered: Days after which a conversation without an answer counts as never answered.
        silence: Days without a word after which a conversation counts as closed, since its last word; None: never.
        replies_reopen: Do a customer's words after the close open it again?
        mark: Attributes by which the agent says whether it is solved: yes, true, 1, resolved.
        hours: From and until, in seconds of the day, per weekday from Monday on, in the reporting zone; empty:
            around the clock. Targets count them.
        queue: Attributes that hold the time in the queue; the first that is set counts.
        handle: Attributes that hold the handle time.
        hold: Attributes that hold the time on hold.
        targets: What was promised.
        events: What events tell.
    """

    kinds: tuple[str, ...] = ("ticket", "call", "chat", "message", "complaint")
    stages: tuple[str, ...] = ()
    fcr_window: float = 7.0
    unanswered: float = 7.0
    silence: float | None = None
    replies_reopen: bool = False
    mark: tuple[str, ...] = ("resolved", "first_contact_resolution")
    hours: Hours = ()
    queue: tuple[Measure, ...] = (Measure("wait_minutes", 60.0), Measure("queue_seconds", 1.0))
    handle: tuple[Measure, ...] = (Measure("handle_minutes", 60.0), Measure("handle_seconds", 1.0))
    hold: tuple[Measure, ...] = (Measure("hold_minutes", 60.0), Measure("hold_seconds", 1.0))
    targets: tuple[Target, ...] = (
        Target(None, 86_400.0, 3 * 86_400.0),
        Target("phone", 60.0, 86_400.0),
        Target("chat", 120.0, 86_400.0),
    )
    events: Events = field(default_factory=Events)


def read_service(section: Section) -> Service:
    """Read ``[service]``; what is wrong is noted at its key."""
    d = Service()
    found = Service(
        kinds=section.texts("kinds") or d.kinds,
        stages=section.texts("stages"),
        fcr_window=section.days("fcr_window", d.fcr_window),
        unanswered=section.days("unanswered", d.unanswered),
        silence=section.days("silence", 0.0) if section.has("silence") else None,
        replies_reopen=section.flag("replies_reopen", d.replies_reopen),
        mark=section.texts("mark") or d.mark,
        hours=_hours(section),
        queue=_measures(section, "queue") or d.queue,
        handle=_measures(section, "handle") or d.handle,
        hold=_measures(section, "hold") or d.hold,
        targets=_targets(section.tables("targets")) or d.targets,
        events=_events(section.table("events")),
    )
    channels = [target.channel for target in found.targets]
    for channel in {channel for channel in channels if channels.count(channel) > 1}:
        section.wrong("targets", f"{channel or 'every channel'} has more than one target")
    section.close()
    return found


def _events(section: Section) -> Events:
    d = Events()
    named = {one.name: section.texts(one.name) if section.has(one.name) else getattr(d, one.name) for one in fields(d)}
    events = Events(**{name: tuple(event.lower() for event in texts) for name, texts in named.items()})
    seen: dict[str, str] = {}
    for name in named:
        for event in getattr(events, name):
            if event in seen and section.has(name):
                section.wrong(name, f"'{event}' stands under {seen[event]} too; an event tells one thing")
            seen.setdefault(event, name)
    section.close()
    return events


def _targets(sections: list[Section]) -> tuple[Target, ...]:
    found = []
    for one in sections:
        target = Target(one.text("channel"), _seconds(one, "first_response"), _seconds(one, "resolution"))
        one.close()
        found.append(target)
    return tuple(found)


def _seconds(section: Section, key: str) -> float | None:
    text = section.text(key)
    if text is None:
        return None
    seconds = parse_seconds(text)
    if seconds is None or not 0 < seconds <= _LONGEST:
        section.wrong(key, f"'{text}' is no span of time; write it as '2 min', '24 h' or '3 d'")
        return None
    return seconds


def _measures(section: Section, key: str) -> tuple[Measure, ...]:
    """Read attributes that hold spans: the unit is told by the name's ending, or by ``NAME in UNIT``."""
    found = []
    for text in section.texts(key):
        stated = _STATED.fullmatch(text.strip())
        name, unit = (stated[1], stated[2]) if stated else (text.strip(), (_ENDING.search(text.strip()) or ["", ""])[1])
        seconds = _UNITS.get(unit.lower())
        if seconds is None:
            section.wrong(key, f"in which unit is '{name}'? write it as '{name} in seconds' or '{name} in minutes'")
        else:
            found.append(Measure(name, seconds))
    return tuple(found)


def _hours(section: Section) -> Hours:
    """Read office hours: ``["mon-fri 09:00-17:30", "sat 10:00-14:00"]``."""
    wrong: list[str] = []
    week = parse_hours(section.texts("hours"), wrong)
    for message in wrong:
        section.wrong("hours", message)
    return week


def parse_hours(texts: Sequence[str], wrong: list[str]) -> Hours:
    """Read office hours, one pair of seconds of the day per weekday from Monday on; empty where there are none.

    Args:
        texts: Such as ``mon-fri 09:00-17:30``.
        wrong: Takes what cannot be read.

    >>> parse_hours(["sat 10:00-14:00"], [])
    (None, None, None, None, None, (36000, 50400), None)
    """
    week: list[tuple[int, int] | None] = [None] * 7
    for text in texts:
        found = _HOURS.fullmatch(text.strip())
        days = [day.lower() for day in (found[1], found[2] or found[1])] if found else []
        if found is None or any(day not in _WEEKDAYS for day in days):
            wrong.append(f"'{text}' is not 'mon-fri 09:00-17:30'")
            continue
        since, until = (3600 * int(found[i]) + 60 * int(found[i + 1]) for i in (3, 5))
        if not 0 <= since < until <= 86_400:
            wrong.append(f"'{text}' must end after it begins, on the same day")
            continue
        first, last = (_WEEKDAYS.index(day) for day in days)
        for day in range(first, last + 1 if last >= first else last + 8):
            if week[day % 7] is not None:
                wrong.append(f"{_WEEKDAYS[day % 7]} stands there twice")
            week[day % 7] = (since, until)
    return tuple(week) if any(week) else ()
