"""The measures of each step: made from the answers, and never from fewer than five customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from touchline.maps.measured import Measure, Said, StepMeasured, Topic
from touchline.overlay.taking import taken
from touchline.scores.base import HIDDEN_N

if TYPE_CHECKING:
    from touchline.maps.model import Step
    from touchline.overlay.asking import Asked, Here
    from touchline.overlay.binding import Place

Row = dict[str, Any]
SURVEYS: Final = ("nps", "csat", "ces")
MINUTES: Final = 1440.0  # a day's
_TOPICS: Final = 5


def measured(step: Step, place: Place | None, asked: Asked) -> StepMeasured:
    """Return everything measured of a step; nothing of one that is bound to nothing.

    Drop-off and dwell time are of whole stages: nobody is seen to leave a touchpoint.
    """
    if place is None:
        return StepMeasured(step.id)
    here = asked.here[place]
    metrics = scores(here.scores)
    if not place.touchpoint:
        metrics |= _passing(asked, place.stage)
    return StepMeasured(
        step=step.id,
        metrics=metrics,
        before=scores(here.before),
        volume=here.n,
        customers=here.customers,
        emotions=emotions(here),
        topics=_topics(here),
        said=_said(here),
        bound=place.bound,
    )


def scores(row: Row | None) -> dict[str, Measure]:
    """Return what a row of ``stages`` says, by name; scores that nobody gave are left out."""
    if row is None or not row["n"]:
        return {}
    found = {"jsi": taken(row)}
    for name in SURVEYS:
        if row[f"{name}_n"]:
            n = f"{name}_n"  # a survey counts each customer once
            found[name] = taken({**row, "customers": row[n]}, name, ends=(f"{name}_low", f"{name}_high"), n=n)
    return found


def _passing(asked: Asked, stage: str) -> dict[str, Measure]:
    found = {}
    if (row := asked.dropoff.get(stage)) is not None:
        found["dropoff"] = taken(row, "dropoff", by=100)
    if (row := asked.dwell.get(stage)) is not None:
        found["dwell"] = taken(row, "median_days", ends=("", ""), by=MINUTES)
    return found


def emotions(here: Here) -> tuple[tuple[str, float], ...]:
    """Return the share of the touches with words by emotion, largest first; none under five customers."""
    total = sum(n for n, _ in here.emotions.values())
    if here.customers < HIDDEN_N or not total:
        return ()
    shares = ((name, n / total) for name, (n, _) in here.emotions.items())
    return tuple(sorted(shares, key=lambda one: (-one[1], one[0])))


def _topics(here: Here) -> tuple[Topic, ...]:
    shown = (row for row in here.themes.values() if not row["hidden"])
    rows = sorted(shown, key=lambda row: (-row["n"], row["column"]))
    return tuple(
        Topic(row["column"], row["column_name"], int(row["n"]), row["n"] / here.n, float(row["negative"]))
        for row in rows[:_TOPICS]
    )


def _said(here: Here) -> tuple[Said, ...]:
    words = {row["text"].strip(): row for row in reversed(here.texts)}
    rows = [row for row in here.texts if words[row["text"].strip()] is row and row["text"].strip()]
    return tuple(Said(row["interaction_id"], row["text"].strip(), row["occurred_at"].date()) for row in rows)
