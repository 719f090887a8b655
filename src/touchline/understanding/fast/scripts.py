"""Languages that their script gives away."""

from __future__ import annotations

import re
from typing import Final

#: First and last character of a script, and the language that it is taken for.
_SCRIPTS: Final = (
    (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "ru"), (0x0530, 0x058F, "hy"), (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"), (0x0900, 0x097F, "hi"), (0x0E00, 0x0E7F, "th"), (0x3040, 0x30FF, "ja"),
    (0xAC00, 0xD7AF, "ko"), (0x4E00, 0x9FFF, "zh"), (0x0980, 0x09FF, "bn"), (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"), (0x0B80, 0x0BFF, "ta"), (0x0C00, 0x0C7F, "te"), (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"), (0x0D80, 0x0DFF, "si"), (0x0E80, 0x0EFF, "lo"), (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"), (0x1200, 0x137F, "am"), (0x1780, 0x17FF, "km"),
)  # fmt: skip
#: A letter of another script than Latin: neither accents, nor marks, nor emoji.
_OTHER: Final = re.compile("[\u0370-\u1dff\u2c60-\ufdff]")


def other(text: str) -> bool:
    """Whether a text holds a letter of another script than Latin."""
    return _OTHER.search(text) is not None


def language(text: str) -> str | None:
    """Return the language of a text mostly written in another script than Latin (``und`` for a rare one), else None.

    >>> language("очень медленно"), language("très lent"), language("配達が遅い")
    ('ru', None, 'ja')
    """
    if not other(text):
        return None
    counts: dict[str, int] = {}
    latin = 0
    for character in text[:400]:
        code = ord(character)
        if code < 0x370 or 0x1E00 <= code < 0x1F00:
            latin += character.isalpha()
            continue
        for low, high, name in _SCRIPTS:
            if low <= code <= high:
                counts[name] = counts.get(name, 0) + 1
                break
        else:
            if character.isalpha():
                counts["und"] = counts.get("und", 0) + 1
    if not counts or sum(counts.values()) <= latin:
        return None
    if "ja" in counts:  # kana with Han between
        counts["ja"] += counts.pop("zh", 0)
    return max(counts, key=lambda name: counts[name])
