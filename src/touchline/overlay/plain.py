"""What was found, as plain data for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any


def as_plain(value: Any) -> Any:
    """Return a value of `touchline.overlay.values` or `touchline.maps.measured` as plain data, every field of it.

    >>> from touchline.maps.measured import Measure
    >>> as_plain(Measure(1.5, n=3))
    {'value': 1.5, 'low': None, 'high': None, 'n': 3, 'customers': 0}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, date) else value
