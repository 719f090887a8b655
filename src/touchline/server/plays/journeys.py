"""Plays that the journey starts: somebody did X, and for a time not Y; by the clock, never in quiet hours.

The rule itself is the engine's (`touchline.sequences.due`). What came in live alone starts anything, and only what
became due while the play was on; a start that fell into quiet hours is made up for when they are over, for three days.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from touchline.sequences.due import Due, Happening, Rule, due
from touchline.server.plays.recipe import Quiet, Recipe
from touchline.server.plays.triggers import Start

if TYPE_CHECKING:
    from touchline.questions import Local

#: For how long a start that was held back is made up for.
BACK: Final = timedelta(days=3)
_HOUR: Final = 3_600_000_000  # microseconds
_LIVE: Final = """
SELECT DISTINCT w.customer_key, w.at FROM wanted w
JOIN interactions i ON i.customer_key = w.customer_key AND i.occurred_at = make_timestamp(w.at) WHERE i.live
"""


def rule_of(recipe: Recipe) -> Rule:
    """Return what the engine is asked for a play."""
    trigger = recipe.trigger
    wait = int(trigger.after.amount * _HOUR) if trigger.after else 0
    return Rule(trigger.does or Happening(), wait, trigger.unless, trigger.at)


def starts(local: Local, recipe: Recipe, active_at: datetime | None, now: datetime) -> list[Start]:
    """Return whom a play starts for now; each has a key, so that nobody is taken up twice.

    Args:
        local: The data.
        recipe: The play; its trigger is of journeys.
        active_at: Since when it is on.
        now: The time.
    """
    if is_quiet(recipe.quiet, now, local.workspace.settings.workspace.timezone):
        return []
    since = max(now - BACK, active_at or now)
    found = due(local.workspace.journeys, rule_of(recipe), _micros(since), _micros(now))
    live = _live(local, found)
    return [
        start(recipe, person, began)
        for person, began in zip(found.customers.tolist(), found.since.tolist(), strict=True)
        if (person, began) in live
    ]


def past_starts(local: Local, recipe: Recipe, since: datetime, until: datetime) -> list[tuple[datetime, Start]]:
    """Return whom a play would have started for in a time, live or not, and when."""
    found = due(local.workspace.journeys, rule_of(recipe), _micros(since), _micros(until))
    rows = zip(found.customers.tolist(), found.since.tolist(), found.at.tolist(), strict=True)
    return [(_moment(at), start(recipe, person, began)) for person, began, at in rows]


def start(recipe: Recipe, person: int, began: int) -> Start:
    """Return the reason to start a play for somebody whose wait began at a moment."""
    trigger = recipe.trigger
    does = trigger.does or Happening()
    stage, theme = ("" if "|" in one else one for one in (does.stage, does.theme))
    return Start(person, f"journey/{person}/{began}", why(recipe), stage or recipe.stage, theme)


def why(recipe: Recipe) -> str:
    """Return what a trigger of journeys is about, in words."""
    trigger = recipe.trigger
    told = "Did: " + words(trigger.does or Happening())
    if trigger.unless is not None:
        told += f"; not {words(trigger.unless)}"
    return told + (f", for {trigger.after}" if trigger.after else "")


def words(what: Happening) -> str:
    """Return something that a customer does, in words.

    >>> words(Happening(event="signed_up", channel="app"))
    'signed up, app'
    >>> words(Happening(event="signed_up|started"))
    'signed up or started'
    """
    said = (what.event, what.kind, what.touchpoint, what.channel, what.stage, what.theme, what.feels)
    return ", ".join(one.replace("|", " or ").replace("_", " ") for one in said if one)


def is_quiet(quiet: Quiet | None, now: datetime, zone: str) -> bool:
    """Tell whether a moment lies in quiet hours, in the workspace's zone.

    >>> night = Quiet(20 * 60, 8 * 60)
    >>> is_quiet(night, datetime(2026, 3, 2, 23, 30, tzinfo=UTC), "UTC")
    True
    >>> is_quiet(night, datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "UTC")
    False
    """
    if quiet is None:
        return False
    here = now.astimezone(ZoneInfo(zone))
    if here.weekday() in quiet.days:
        return True
    minute = here.hour * 60 + here.minute
    if quiet.begins <= quiet.ends:
        return quiet.begins <= minute < quiet.ends
    return minute >= quiet.begins or minute < quiet.ends


def _live(local: Local, found: Due) -> set[tuple[int, int]]:
    if not len(found.customers):
        return set()
    warehouse = local.workspace.warehouse
    with warehouse.given(wanted=pa.table({"customer_key": found.customers, "at": found.since})):
        rows = warehouse.fetch(_LIVE).to_pylist()
    return {(row["customer_key"], row["at"]) for row in rows}


def _micros(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def _moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
