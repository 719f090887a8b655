"""Are two answers equal, numbers to 1e-9?"""

from __future__ import annotations

import math
from typing import Any


def plain(answer: Any) -> Any:
    """Return what an answer says, without its drill-down."""
    if not hasattr(answer, "table"):
        return answer
    return {
        "columns": answer.table.column_names,
        "rows": answer.table.to_pylist(),
        "facts": answer.facts,
        "notes": list(answer.notes),
    }


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Return where two values differ, a line each.

    >>> differences({"a": 1.0, "b": [2]}, {"a": 1.0 + 1e-12, "b": [3]})
    ['.b.0: 2 and 3']
    """
    if isinstance(one, float) and isinstance(other, float):
        same = one == other or (math.isnan(one) and math.isnan(other)) or abs(one - other) <= 1e-9 * max(1.0, abs(one))
    elif isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return [f"{at}: keys {sorted(map(str, one))} and {sorted(map(str, other))}"]
        return [line for key in one for line in differences(one[key], other[key], f"{at}.{key}")]
    elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        if len(one) != len(other):
            return [f"{at}: {len(one)} and {len(other)} entries"]
        return [
            line for n, (a, b) in enumerate(zip(one, other, strict=True)) for line in differences(a, b, f"{at}.{n}")
        ]
    else:
        same = bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
    return [] if same else [f"{at}: {one!r} and {other!r}"]
