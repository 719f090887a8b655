"""Ids that are made of words: the same words always give the same id."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, MutableMapping, Sequence
from hashlib import blake2b
from typing import Final

_LONGEST: Final = 40
_MARKS: Final = re.compile("['’]")
_OTHER: Final = re.compile(r"[^a-z0-9]+")


def slug(text: str, otherwise: str = "part") -> str:
    """Return a text as lower-case words of ASCII letters and digits, joined by hyphens, 40 characters at most.

    Args:
        text: Any.
        otherwise: What the id of a text without such letters begins with.

    >>> slug("Friend’s word: “Où est-il?”"), slug("注文", "step")
    ('friends-word-ou-est-il', 'step-36694a')
    """
    plain = unicodedata.normalize("NFKD", _MARKS.sub("", text.casefold())).encode("ascii", "ignore").decode()
    words = _OTHER.sub("-", plain).strip("-")
    if len(words) > _LONGEST:
        words = words[: _LONGEST + 1].rpartition("-")[0] or words[:_LONGEST]
    if words:
        return words
    return f"{otherwise}-{blake2b(text.encode(errors='replace'), digest_size=3).hexdigest()}" if text else otherwise


def free(wanted: Sequence[str], taken: Collection[str], numbers: MutableMapping[str, int] | None = None) -> str:
    """Return the first of some ids that is not taken, else the last of them with a number.

    Args:
        wanted: Ids, the best first.
        taken: Ids that are not free.
        numbers: Kept between calls, so that thousands of equal words take no longer each: the last number by id.

    >>> free(["support", "support-lane"], {"support"}), free(["late"], {"late", "late-2"})
    ('support-lane', 'late-3')
    """
    for one in wanted:
        if one not in taken:
            return one
    number = 2 if numbers is None else numbers.get(wanted[-1], 1) + 1
    while f"{wanted[-1]}-{number}" in taken:
        number += 1
    if numbers is not None:
        numbers[wanted[-1]] = number
    return f"{wanted[-1]}-{number}"
