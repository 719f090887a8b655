"""How wide words are in the house's font, and where a text breaks into lines; a drawing has nobody to ask."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

#: Letters by their width in hundredths of the font's size (Inter, regular); a test compares them with the font.
_WIDTHS: Final = {
    24: "ijl", 27: "I", 28: " \N{NO-BREAK SPACE}", 29: "!,.:·", 30: "';", 32: "`", 33: "t|", 36: "()/[\\]", 37: "f",
    38: "r", 41: "1", 43: "{}", 44: "“”", 46: "-_", 47: '"^', 50: "*–", 51: "?", 53: "s", 55: "kxz", 56: "avyäåáà",
    57: "7JLc", 58: "eéèë", 59: "5Fhnuñü", 60: "Eoöó", 61: "2bdgpq", 62: "3689ß", 63: "#0Z", 64: "$&PRS", 65: "4BT",
    66: "+<=>~±−", 67: "K€", 68: "XY", 69: "AVÄ", 72: "D", 73: "C", 74: "HUÜ", 75: "GN", 76: "OQÖ", 82: "w", 86: "…",
    88: "m", 90: "M", 97: "@", 98: "%", 99: "W", 100: "—",
}  # fmt: skip
_OF: Final = {letter: width / 100 for width, letters in _WIDTHS.items() for letter in letters}
_OTHER: Final = 0.64
_STRONG: Final = 1.045  # how much wider the semi-bold is
#: What a line may break at: any blank but those that hold words together.
_BLANKS: Final = re.compile(r"[^\S\u00a0\u202f]+")
_WIDE: Final = frozenset("WF")  # East Asian letters fill a square


def width(text: str, size: float, *, strong: bool = False) -> float:
    """Return how wide a text is on one line, in the units of its size.

    >>> width("late", 10.0), width("配送", 10.0)
    (17.1, 20.0)
    """
    text = str(text)
    share = sum(_of(letter) for letter in text)
    return round(share * size * (_STRONG if strong else 1.0), 2)


def _of(letter: str) -> float:
    known = _OF.get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0.0
    return 1.0 if unicodedata.east_asian_width(letter) in _WIDE else _OTHER


def wrapped(text: str, room: float, size: float, *, strong: bool = False, most: int = 12) -> tuple[str, ...]:
    """Return a text as lines that fit; a word that is too long is cut, and what is too much ends in an ellipsis.

    Args:
        text: Its own line breaks are kept.
        room: How wide a line may be.
        size: The font's.
        strong: Whether it is semi-bold.
        most: Lines at most.

    >>> wrapped("Follows the tracking page", 90.0, 12.5)
    ('Follows the', 'tracking page')
    >>> wrapped("one two three", 34.0, 12.5, most=2)
    ('one', 'two…')
    """
    text = str(text)  # in the language of who reads: that is what has to fit
    lines: list[str] = []
    for paragraph in text.split("\n"):
        now = ""
        for word in _words(paragraph, room, size, strong):
            joined = now + word
            if now and width(joined.rstrip(), size, strong=strong) > room:
                lines.append(now.rstrip())
                joined = word.lstrip()
            now = joined
        if now.strip():
            lines.append(now.rstrip())
    if len(lines) <= most:
        return tuple(lines)
    last = lines[most - 1]
    while last and width(last + "…", size, strong=strong) > room:
        last = last[:-1]
    return (*lines[: most - 1], last.rstrip() + "…")


def packed(parts: Sequence[str], room: float, size: float) -> tuple[str, ...]:
    """Return parts as lines, as many on one as fit, dots between them.

    >>> packed(["+5.3 JSI", "M", "planned", "by 1 Dec"], 100.0, 11.0)
    ('+5.3 JSI · M', 'planned · by 1 Dec')
    """
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]} · {part}" if lines else part
        if lines and width(joined, size) <= room:
            lines[-1] = joined
        else:
            lines.append(part)
    return tuple(short for line in lines for short in wrapped(line, room, size, most=3))


def _words(text: str, room: float, size: float, strong: bool) -> list[str]:
    """Return what a line may break between: words with the blank before them, East Asian letters, parts of long words.

    A blank belongs to what follows it, so that joining the parts gives the text.
    """
    found: list[str] = []
    for at, word in enumerate(_BLANKS.split(text.strip())):
        before = " " if at else ""
        if word.isascii() and width(before + word, size, strong=strong) <= room:
            found.append(before + word)
            continue
        parts = [before]
        for letter in word:
            wide = unicodedata.east_asian_width(letter) in _WIDE
            long = width(parts[-1] + letter, size, strong=strong) > room
            if parts[-1].strip() and (wide or long):
                parts.append(letter)
            else:
                parts[-1] += letter
        found += parts
    return found
