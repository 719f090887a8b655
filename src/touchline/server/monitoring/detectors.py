"""Which detector a monitor has: its kind and parameters from what the monitor says, its patience from the budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from touchline.detection.base import Detector, Evidence, State, detector, kinds
from touchline.detection.budget import split
from touchline.server.monitoring.spec import COUNTS, LEVELS, Spec

if TYPE_CHECKING:
    from touchline.server.monitoring.models import Monitor

#: Kinds that may be wrong by chance, and share the alarm budget; the others state facts.
STATISTICAL: Final = frozenset({"shift", "drop", "changepoint", "spike", "silence"})
_SIDES: Final = {"worse": "drop", "better": "rise", "both": "both"}


def patience(monitors: Iterable[Monitor], budget: float) -> dict[str, float]:
    """Return the days between two false alarms of each monitor, so that together they keep to a budget a month."""
    names = [one.name for one in monitors if Spec.of(one.spec).kind in STATISTICAL]
    return split(names, budget) if names else {}


def detector_of(spec: Spec, patience: float | None, zone: str) -> Detector:
    """Return a monitor's detector.

    Args:
        spec: What it watches and how.
        patience: Days between two false alarms; None where the kind has none.
        zone: The reporting zone.
    """
    wanted: dict[str, Any] = {"zone": zone, "side": _SIDES[spec.direction]}
    if patience is not None:
        wanted["patience"] = patience
    if spec.kind == "threshold":
        wanted |= {"level": _level(spec), "least_n": spec.least}
    if spec.kind == "sequential" and (spec.below is not None or spec.above is not None):
        wanted["level"] = _level(spec)
    if spec.hours:
        wanted["hours"] = spec.hours
    made = kinds()[spec.kind]
    known = {one.name for one in fields(made)}  # type: ignore[arg-type]
    return detector(spec.kind, {name: value for name, value in wanted.items() if name in known})


def _level(spec: Spec) -> float:
    """Return a threshold in the unit of the evidence."""
    if spec.watch in LEVELS:
        below = spec.below or 0.0
        return (below + 100) / 200 if spec.watch == "nps" else below / 100
    return (spec.above or 0.0) if spec.watch in COUNTS else 1 - (spec.above or 0.0) / 100


def learnt(made: Detector, past: Evidence) -> State:
    """Return a detector's state after its past, which alarms nobody."""
    state = made.start(past)
    # Between an import and the first live arrival nothing came: that is no pause of the source's own.
    return state | {"told": True} if made.kind == "silence" else state
