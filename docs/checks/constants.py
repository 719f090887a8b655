"""The numbers that definitions rest on, read from the code."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Final

#: Where each number stands, and what it means.
_NUMBERS: Final = (
    ("scores.base", "HIDDEN_N", "customers under which a figure is hidden"),
    ("scores.base", "LOW_N", "customers under which a figure is hatched and gets no rank"),
    ("scores.intervals", "PRIOR", "m, the prior's weight in intervals and in the standing JSI"),
    ("scores.standing", "HALF_LIFE", "days until a touch weighs half, by default"),
    ("scores.standing", "TREND", "how far back the trend looks"),
    ("scores.standing", "AT_RISK", "a standing JSI below it is at risk, if `ENOUGH` speaks for it"),
    ("scores.standing", "HEALTHY", "a standing JSI from it on is healthy"),
    ("scores.standing", "ENOUGH", "n_eff from which a low standing JSI is believed"),
    ("scores.standing", "SEVERE", "the severity of which one touch puts at risk"),
    ("scores.standing", "MOST_PER_PERSON", "the weight that one person counts up to in an account, before the role"),
    ("scores.segments", "SIGNIFICANT", "corrected p under which a difference counts as significant"),
    ("scores.bootstrap", "REPLICATES", "bootstrap samples behind the intervals of causes"),
    ("scores.drift", "MIX_WATCH", "population stability index from which a mix of labels is worth a look"),
    ("scores.drift", "MIX_DRIFTED", "and from which it has drifted"),
    ("scores.drift", "RATE_WATCH", "change of a share or mean confidence that is worth a look"),
    ("scores.drift", "RATE_DRIFTED", "and that is drift"),
    ("evaluation.metrics", "REPLICATES", "bootstrap samples behind the intervals of an evaluation"),
    ("evaluation.calibration", "BINS", "bins of equal width of a calibration error"),
    ("placement.about", "THRESHOLD", "probability below which a stage is not named"),
    ("placement.about", "SURE", "how sure words must be to overrule a declared stage"),
    ("placement.context", "DECLARES", "strength from which a source, programme, touchpoint or event declares a stage"),
    ("placement.output", "PROXY_WEIGHT", "what a behavioural proxy weighs"),
    ("placement.mentions", "COMPLAINT", "confidence that a complaint which sounds neutral is negative"),
    ("placement.timeline", "SILENCE", "silence that ends a conversation"),
    ("placement.timeline", "LONGEST", "the longest that a conversation lasts"),
    ("drain", "LIVE", "what happened longer before its receipt is backfill"),
    ("sources.base", "CHUNK_ROWS", "records of a chunk"),
    ("sources.base", "MAX_RECORD", "bytes from which a record goes to quarantine"),
    ("sources.times", "EARLIEST", "times before it are clocks that were not set"),
    ("journal.rejected", "QUARANTINE_DAYS", "days that a quarantined record is kept"),
)
_MICROSECONDS: Final = frozenset({"SILENCE", "LONGEST"})


def table() -> str:
    """Return name, value and meaning of every number."""
    lines = ["| constant | value | meaning |", "|---|---|---|"]
    for module, name, meaning in _NUMBERS:
        value = getattr(import_module(f"touchline.{module}"), name)
        if name in _MICROSECONDS:
            value = timedelta(microseconds=value)
        lines.append(f"| `{module}.{name}` | {_shown(value)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner:g}" for key, inner in value.items())
    if isinstance(value, timedelta):
        return f"{value.days} d" if value.seconds == 0 and value.days else f"{value.total_seconds() / 3600:g} h"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)[:10]
