"""Finds the line of a key in a TOML file: tomllib keeps none."""

from __future__ import annotations

import tomllib
from typing import Any, TypeAlias

#: A key as its steps from the top: names of tables and keys, places in arrays.
KeyPath: TypeAlias = tuple[str | int, ...]


def dotted(path: KeyPath) -> str:
    """Return a key path as one reads it.

    >>> dotted(("proxies", 0, "when"))
    'proxies[1].when'
    """
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def line_of(text: str, path: KeyPath) -> int | None:
    r"""Return the line, from 1, on which a key is set; of a key that is missing, its table's.

    The file is read up to one line after another: the key's line is the first at which a reader has met it.
    So no second reading of TOML's grammar is needed.

    >>> line_of("[a]\nb = 1\n[[c]]\nd = [\n 2,\n]", ("c", 0, "d"))
    4

    Args:
        text: A file that reads as a whole.
        path: The key.
    """
    lines = text.splitlines(keepends=True)

    def read(count: int) -> dict[str, Any] | None:
        try:
            return tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            return None  # cut off inside a value of several lines

    while path and not _has(read(len(lines)), path):
        path = path[:-1]
    if not path:
        return None
    low, high = 0, len(lines)  # lines after which the key is not there yet, and after which it is
    while True:
        nearest = sorted(range(low + 1, high), key=lambda count: abs(2 * count - low - high))
        middle = next((count for count in nearest if read(count) is not None), None)
        if middle is None:
            return low + 1
        if _has(read(middle), path):
            high = middle
        else:
            low = middle


def _has(value: object, path: KeyPath) -> bool:
    """Is there a value at the path?"""
    for step in path:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return False
    return True
