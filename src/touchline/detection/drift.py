"""Drift of the model: the answer of `touchline drift` as an alarm.

What drifts, and by how much, is worked out by `touchline.scores.drift`, with its own sizes and adjusted p-values; here
it is only told once, and again when another measure joins.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any

from touchline.detection.base import Alarm
from touchline.scores.base import Figure


def drifted(found: Figure, at: int, told: Collection[str] = ()) -> Alarm | None:
    """Return an alarm where a measure has drifted that was not told before.

    Args:
        found: The answer of ``journey.drift()``.
        at: Now, seconds since 1970 UTC.
        told: The measures of the alarm before, from its ``detail["measures"]``; empty once all were steady.

    Returns:
        The alarm, of the measure that moved furthest (by its distance, else its change); ``detail`` names all.

    >>> from touchline.scores.drift import SCHEMA
    >>> drifted(Figure("drift", SCHEMA.empty_table(), ""), 0) is None
    True
    """
    rows: list[dict[str, Any]] = [row for row in found.to_dicts() if row["verdict"] == "drifted"]
    if not rows or {row["measure"] for row in rows} <= set(told):
        return None
    worst = max(rows, key=lambda row: abs(row["distance"] if row["distance"] is not None else row["change"] or 0.0))
    since = found.facts.get("since")
    begun = at if not isinstance(since, date) else int(datetime.combine(since, time(), UTC).timestamp())
    mix = worst["reference"] is None
    before, after = (0.0, worst["distance"]) if mix else (worst["reference"], worst["recent"])
    detail = {
        "n": worst["n"],
        "measures": [row["measure"] for row in rows],
        "tells": sorted({row["tells"] for row in rows}),
        "measure": worst["measure"],
        "p": worst["p_adjusted"],
    }
    low = after if mix or worst["low"] is None else before + worst["low"]
    high = after if mix or worst["high"] is None else before + worst["high"]
    return Alarm(at, min(begun, at), before, after, low, high, 1 - float(worst["p_adjusted"]), detail)
