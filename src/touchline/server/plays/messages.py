"""Messages, drafted in the customer's language. People send them, or the system that the play tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from touchline.words import phrase_of

_DOINGS: Final = {
    "acknowledge": phrase_of("doing", "acknowledge"), "call": phrase_of("doing", "call"),
    "write": phrase_of("doing", "write"), "check": phrase_of("doing", "check"),
    "resolve": phrase_of("doing", "resolve"), "ask again": phrase_of("doing", "ask again"),
}  # fmt: skip
_PLACE: Final = re.compile(r"\{(\w+)\}")


def doing(what: str) -> str:
    """Return what a step does, as people read it: one of `recipe.DOINGS`.

    >>> doing("ask again")
    'ask again'
    """
    return _DOINGS.get(what, what)


def drafted(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its names filled in; a name without a value leaves nothing behind.

    What is filled in is not read again, so that a customer's word cannot name anything.

    >>> drafted("Sorry for {stage}. {owner}, {company}", {"stage": "delivery {owner}", "company": "Acme"})
    'Sorry for delivery {owner}. Acme'
    """
    text = _PLACE.sub(lambda found: values.get(found[1], ""), template)
    return re.sub(r"(^|(?<=\s)), ", "", re.sub(r"[ \t]{2,}", " ", text)).strip()
