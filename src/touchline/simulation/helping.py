"""Customers turn to support: about what went wrong elsewhere, or about something else."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.simulation.pools import ANY, Floats, Ints
from touchline.simulation.story import INCIDENTS, UPSET
from touchline.simulation.walk import Walk

#: Ways to reach support, with their shares.
_WAYS: Final = (("support_ticket", 0.42), ("support_call", 0.33), ("support_chat", 0.25))
#: Their codes, which are also those of the systems that record them (`moments.SYSTEMS`).
_TICKET, _CALL, _CHAT = range(3)
_TRIES: Final = 3
_MINUTES: Final = 1440.0

Flags = npt.NDArray[np.bool_]


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
    back = np.zeros(len(who), dtype=np.bool_)
    for attempt in range(_TRIES):
        if not len(who):
            return
        at = _in_opening_hours(walk, who, at)
        wait = walk.wait(who, 9.0 if attempt == 0 else 14.0, 0.9).astype(np.int64)
        calls = way == _CALL
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
        walk.record("ticket_reopened", who, at, thread, back, way)
        replied = at + np.where(calls, 0.01, walk.wait(who, 0.5, 0.8))
        replied = np.where(way == _CHAT, at + 0.002 * walk.desk.lognormal(0.0, 0.7, len(who)), replied)
        replies = walk.some(who, np.where(calls, 0.0, 0.85))
        walk.note("agent_reply", who, replied, where=replies, kind=kind, thread=thread, system=way)
        gone = _at_the_desk(walk, who, at, wait, replied, thread, way, replies)
        again = (felt < UPSET) & walk.some(who, 0.40) & (attempt + 1 < _TRIES)
        closes = ~again & walk.some(who, np.where(felt < UPSET, 0.45, 0.92))
        closed = replied + 0.05 + walk.wait(who, 0.4)
        given_up = (felt < UPSET) & (walk.desk.random(len(who)) < 0.35)
        walk.record("ticket_solved", who, closed, thread, closes & ~gone & ~given_up, way)
        walk.record("closed_unresolved", who, closed, thread, closes & ~gone & given_up, way)
        # Closed too early: the customer is back, and so is the ticket.
        early = again & ~calls & (walk.desk.random(len(who)) < 0.5)
        walk.record("ticket_solved", who, replied + 0.02, thread, early, way)
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
        back = early[again]
        at = replied[again] + walk.wait(who, 2.0)


def _at_the_desk(
    walk: Walk, who: Ints, at: Floats, wait: Ints, replied: Floats, thread: Ints, way: Ints, replies: Flags
) -> Flags:
    """Record queue, answer, hold, hand-over and end of calls and chats, and tell who hung up before the answer."""
    chance = walk.desk.random((4, len(who)))
    calls, chats, tickets = (way == number for number in (_CALL, _CHAT, _TICKET))
    gone = calls & (wait > 25) & (chance[0] < 0.5)
    taken = calls & ~gone
    answered = at + wait / _MINUTES
    length = 6.0 * walk.desk.lognormal(0.0, 0.5, len(who)) / _MINUTES
    walk.record("call_started", who, at, thread, calls)
    walk.record("call_abandoned", who, answered, thread, gone)
    walk.record("call_answered", who, answered, thread, taken)
    held = taken & (chance[1] < 0.25)
    walk.record("call_held", who, answered + 0.4 * length, thread, held)
    walk.record("call_resumed", who, answered + 0.6 * length, thread, held)
    walk.record("call_transferred", who, answered + 0.7 * length, thread, taken & (chance[2] < 0.08))
    walk.record("call_ended", who, answered + length, thread, taken)
    walk.record("chat_started", who, at, thread, chats)
    walk.record("chat_answered", who, at + 0.5 * (replied - at), thread, chats & replies)
    walk.record("chat_ended", who, replied + 1.5 * length, thread, chats & replies)
    walk.record("ticket_transferred", who, at + 0.4 * (replied - at), thread, tickets & replies & (chance[2] < 0.08))
    walk.record("ticket_escalated", who, replied + 0.015, thread, tickets & replies & (chance[3] < 0.10))
    hung_up: Flags = gone
    return hung_up


def _in_opening_hours(walk: Walk, who: Ints, at: Floats) -> Floats:
    """Put most contacts of a weekend off to its Monday."""
    weekday = walk.calendar.weekday_of(at)
    postponed = (weekday >= 5) & walk.some(who, 0.55)
    return walk.awake(who, at + np.where(postponed, 7 - weekday, 0))
