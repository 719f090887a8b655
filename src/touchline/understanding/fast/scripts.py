"""Languages that their script gives away."""

from __future__ import annotations

import re
from typing import Final

#: First and last character of a script, and the language that it is taken for.
_SCRIPTS: Final = (
    (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "ru"), (0x0530, 0x058F, "hy"), (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"), (0x0900, 0x097F, "hi"), (0x0E00, 0x0E7F, "th"), (0x3040, 0x30FF, "ja"),
    (0xAC00, 0xD7AF, "ko"), (0x4E00, 0x9FFF, "zh"),
)  # fmt: skip
#: A letter of another script than Latin: neither accents, nor marks, nor emoji.
_OTHER: Final = re.compile("[\u0370-\u1dff\u2c60-\ufdff]")


def other(text: str) -> bool:
    """Whether a text holds a letter of another script than Latin."""
    return _OTHER.search(text) is not None


def language(text: str) -> str | None:
    """Return the language of a text mostly written in another script than Latin, else None.

    >>> language("очень медленно"), language("très lent"), language("配達が遅い")
    ('ru', None, 'ja')
    """
    if not other(text):
        return None
    counts: dict[str, int] = {}
    latin = 0
    for character in text[:400]:
        code = ord(character)
        if code < 0x370:
            latin += character.isalpha()
            continue
        for low, high, name in _SCRIPTS:
            if low <= code <= high:
                counts[name] = counts.get(name, 0) + 1
                break
    if not counts or sum(counts.values()) <= latin:
        return None
    if "ja" in counts:  # kana with Han between
        counts["ja"] += counts.pop("zh", 0)
    return max(counts, key=lambda name: counts[name])
