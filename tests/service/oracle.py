"""Service once more, in plain loops over one conversation after the other."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from touchline.settings.service import Service

CLOSERS = ("resolved", "unresolved", "closed", "abandoned")
YES, NO = ("yes", "true", "1", "y", "resolved", "solved"), ("no", "false", "0", "n", "unresolved", "not solved")


def second(at: datetime) -> int:
    return math.floor(at.replace(tzinfo=UTC).timestamp())


@dataclass
class Talk:
    """One conversation."""

    key: tuple[int, str, str]
    rows: list[dict[str, Any]]
    start: int = 0
    day: Any = None
    channel: str | None = None
    agent: str | None = None
    team: str | None = None
    answered: int | None = None
    dated: bool = False
    identified: bool = True
    spells: list[tuple[int, int | None]] = field(default_factory=list)
    tells: set[str] = field(default_factory=set)
    queue: float | None = None
    hold: float | None = None
    handle: float | None = None
    marked: int | None = None
    closes: bool = False
    answers: bool = False
    themes: set[str] = field(default_factory=set)
    stage: str = "unassigned"


def attribute(row: dict[str, Any], name: str) -> str | None:
    import json

    return (json.loads(row["attributes"]) if row["attributes"] else {}).get(name)


def measured(row: dict[str, Any], measures: Any) -> float | None:
    for one in measures:
        try:
            return float(attribute(row, one.attribute) or "") * one.unit
        except ValueError:
            continue
    return None


def talks(tables: dict[str, Any], service: Service) -> list[Talk]:
    events = {name: what for what in service.events.__dataclass_fields__ for name in getattr(service.events, what)}
    journey = {row["interaction_id"]: row for row in tables["journey"].to_pylist()}
    touches = defaultdict(list)
    for touch in tables["touches"].to_pylist():
        touches[touch["interaction_id"]].append(touch)
    groups: dict[tuple[int, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in tables["interactions"].to_pylist():
        row["tell"] = events.get((row["event"] or "").lower())
        row["contact"] = row["author"] == "customer" and row["kind"] in service.kinds
        row["sec"] = second(row["occurred_at"])
        row["answer"] = (
            (row["author"] == "employee" and row["event"] is None)
            or row["tell"] == "answered"
            or (row["contact"] and row["kind"] == "call" and row["agent"] is not None)
        )
        groups[row["customer_key"], row["source"], row["conversation_ref"] or row["interaction_id"]].append(row)
    found = []
    for key, rows in groups.items():
        rows.sort(key=lambda row: (row["occurred_at"], row["sequence"] or 0, row["interaction_id"]))
        if any(row["contact"] for row in rows):
            found.append(_talk(Talk(key, rows), service, journey, touches))
    closing = {t.key[1] for t in found if t.tells & set(CLOSERS[:3])}
    closing |= {  # also what is told where no customer spoke
        key[1] for key, rows in groups.items() for row in rows
        if row["tell"] in CLOSERS[:3] and (row["conversation_ref"] or row["contact"])
    }  # fmt: skip
    answering = {
        key[1] for key, rows in groups.items() for row in rows
        if row["answer"] and (row["conversation_ref"] or row["contact"])
    }  # fmt: skip
    for talk in found:
        talk.closes, talk.answers = talk.key[1] in closing, talk.key[1] in answering
    return found


def _talk(talk: Talk, service: Service, journey: Any, touches: Any) -> Talk:
    rows = talk.rows
    first = next(i for i, row in enumerate(rows) if row["contact"])
    talk.start, talk.channel = rows[first]["sec"], rows[first]["channel"]
    talk.day = journey[rows[first]["interaction_id"]]["day"]
    talk.identified = journey[rows[first]["interaction_id"]]["identified"]
    talk.dated = any(row["date_only"] for row in rows)
    talk.tells = {row["tell"] for row in rows if row["tell"]}
    open_: int | None = None
    begun: dict[str, int] = {}
    spans: dict[str, float] = {}
    stated: dict[str, float] = {}
    for i, row in enumerate(rows):
        talk.agent, talk.team = row["agent"] or talk.agent, row["team"] or talk.team
        if i >= first and row["answer"] and talk.answered is None:
            talk.answered = row["sec"]
        opens = i == first or (i > first and (row["tell"] == "reopened" or (service.replies_reopen and row["contact"])))
        if i >= first and row["tell"] in CLOSERS and open_ is not None:
            talk.spells.append((open_, row["sec"]))
            open_ = None
        elif opens and open_ is None:
            open_ = row["sec"]
        for what, begin, finish in (
            ("queue", ("queued",), ("abandoned",)),
            ("hold", ("hold",), ("resumed", "ended", "answered")),
            ("handle", ("answered",), ("ended",)),
        ):
            finishes = row["tell"] in finish or (what == "queue" and row["answer"])
            if finishes and what in begun:
                spans[what] = spans.get(what, 0) + row["sec"] - begun.pop(what)
            if row["tell"] in begin:
                begun[what] = row["sec"]
            if begin and (value := measured(row, getattr(service, what))) is not None:
                stated[what] = stated.get(what, 0) + value
        mark = (attribute(row, service.mark[0]) or attribute(row, service.mark[1]) or "").lower()
        said = {"resolved": 1, "unresolved": 0}.get(row["tell"], 1 if mark in YES else 0 if mark in NO else None)
        talk.marked = talk.marked if said is None else said
    if open_ is not None:
        talk.spells.append((open_, None))
    for what in ("queue", "hold", "handle"):
        setattr(talk, what, stated.get(what, spans.get(what)))
    for row in rows:
        for touch in sorted(touches[row["interaction_id"]], key=lambda t: t["stage"]):
            if talk.stage == "unassigned":
                talk.stage = touch["stage"]
            talk.themes.add(touch["theme"] or f"stage:{touch['stage']}")
    if service.silence is not None and talk.spells[-1][1] is None:
        last = max(row["sec"] for row in rows if row["contact"] or row["author"] == "employee")
        talk.rows[0]["last"] = last
    return talk


def office(since: int, until: int, service: Service, zone: str) -> int:
    """Count office seconds minute by minute (all times here are whole minutes)."""
    if not service.hours:
        return until - since
    worked = 0
    place = ZoneInfo(zone)
    for moment in range(since, until, 60):
        here = datetime.fromtimestamp(moment, place)
        span = service.hours[here.weekday()]
        inside = here.hour * 3600 + here.minute * 60
        worked += 60 if span and span[0] <= inside < span[1] else 0
    return worked


def week_ends(first: int, end: int, zone: str) -> list[tuple[Any, int]]:
    place = ZoneInfo(zone)
    day = datetime.fromtimestamp(first, place).date()
    monday = day - timedelta(days=day.weekday())
    found = []
    while True:
        after = monday + timedelta(days=7)
        moment = int(datetime(after.year, after.month, after.day, tzinfo=place).timestamp())
        found.append((monday, moment))
        if moment > end:
            return found
        monday = after
