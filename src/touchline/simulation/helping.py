"""Customers turn to support: about what went wrong elsewhere, or about something else."""

from __future__ import annotations

from typing import Final

import numpy as np

from touchline.simulation.pools import ANY, Floats, Ints
from touchline.simulation.story import INCIDENTS, UPSET
from touchline.simulation.walk import Walk

#: Ways to reach support, with their shares.
_WAYS: Final = (("support_ticket", 0.42), ("support_call", 0.33), ("support_chat", 0.25))
_TRIES: Final = 3


def resurface(walk: Walk, who: Ints, at: Floats, kind: Ints, incident: Ints) -> None:
    """Let incidents come back in support, days later.

    Args:
        walk: The block.
        who: Customers.
        at: When the incident happened.
        kind: What happened, -1 for nothing.
        incident: Its number within the customer.
    """
    chance = np.array([*(i.resurfaces for i in INCIDENTS), 0.0])[kind]
    days = np.array([*(i.days for i in INCIDENTS), 0.0])[kind]
    turns = walk.some(who, chance)
    who, at = who[turns], at[turns] + walk.wait(who[turns], days[turns], 0.6)
    seek_help(walk, who, at, kind[turns], incident[turns])


def seek_help(walk: Walk, who: Ints, at: Floats, kind: Ints | None = None, incident: Ints | None = None) -> None:
    """Contact support, wait, get an answer, try again if it did not help, and say how it was.

    Args:
        walk: The block.
        who: Customers.
        at: When they want help.
        kind: The kind of incident that it is about, -1 for none.
        incident: Its number within the customer, -1 for none.
    """
    kind = np.full(len(who), ANY) if kind is None else kind
    incident = np.full(len(who), -1) if incident is None else incident
    thread = walk.open_thread(who)
    way = walk.rng.choice(len(_WAYS), len(who), p=[share for _, share in _WAYS])
    for attempt in range(_TRIES):
        if not len(who):
            return
        at = _in_opening_hours(walk, who, at)
        wait = walk.wait(who, 9.0 if attempt == 0 else 14.0, 0.9).astype(np.int64)
        calls = way == 1
        burden = np.where(calls, np.clip((wait - 12) / 30.0, 0.0, 1.0), 0.0) + 0.30 * (kind >= 0)
        felt = walk.feel("support", who, 0.22 - burden - 0.35 * attempt)
        for number, (moment, _) in enumerate(_WAYS):
            here = way == number
            waited = wait if moment == "support_call" else None
            walk.note(
                moment,
                who,
                at,
                where=here,
                felt=felt,
                kind=kind,
                incident=incident,
                thread=thread,
                wait=waited,
            )
        replied = at + np.where(calls, 0.01, walk.wait(who, 0.5, 0.8))
        replies = walk.some(who, np.where(calls, 0.0, 0.85))
        walk.note("agent_reply", who, replied, where=replies, kind=kind, thread=thread)
        again = (felt < UPSET) & walk.some(who, 0.40) & (attempt + 1 < _TRIES)
        closes = ~again & walk.some(who, np.where(felt < UPSET, 0.45, 0.92))
        closed = replied + 0.05 + walk.wait(who, 0.4)
        walk.note("ticket_solved", who, closed, where=closes, thread=thread)
        answers = ~again & walk.some(who, 0.34)
        asked = walk.awake(who, closed + 0.2)
        walk.note(
            "support_survey",
            who,
            asked,
            where=answers,
            felt=felt,
            kind=kind,
            incident=incident,
            thread=thread,
        )
        who, kind, incident, thread, way = who[again], kind[again], incident[again], thread[again], way[again]
        at = replied[again] + walk.wait(who, 2.0)


def _in_opening_hours(walk: Walk, who: Ints, at: Floats) -> Floats:
    """Put most contacts of a weekend off to its Monday."""
    weekday = walk.calendar.weekday_of(at)
    postponed = (weekday >= 5) & walk.some(who, 0.55)
    return walk.awake(who, at + np.where(postponed, 7 - weekday, 0))
