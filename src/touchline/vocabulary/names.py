"""How names are compared: ``Set-up``, ``set up`` and ``SET_UP`` are one name."""

from __future__ import annotations

import re

_NOT_A_WORD = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def fold(name: str) -> str:
    """Return the form in which names are compared: case folded, words joined by underscores.

    >>> fold(" Set-up "), fold("Post-Delivery  Survey")
    ('set_up', 'post_delivery_survey')
    """
    return _NOT_A_WORD.sub("_", name.casefold()).strip("_")


def spellings(name: str) -> tuple[str, ...]:
    """Return the folded forms of a system's name, which may be written in camel case.

    >>> spellings("PostDelivery survey"), spellings("csat")
    (('postdelivery_survey', 'post_delivery_survey'), ('csat',))
    """
    return tuple(dict.fromkeys((fold(name), fold(_HUMP.sub("_", name)))))


def nearest(name: str, known: tuple[str, ...]) -> str | None:
    """Return the known name that the writer probably meant, or None.

    >>> nearest("keyword", ("id", "keywords", "kind"))
    'keywords'
    """
    from difflib import get_close_matches

    found = get_close_matches(fold(name), known, n=1, cutoff=0.6)
    return found[0] if found else None
