"""Which interactions a rule's noun stands for: ``log-ins``, ``orders``, ``app_*``, ``usage``.

Names are compared folded: lower case, without blanks, ``_ - . /``, and without a plural's ``s``; so
``log-ins`` finds ``login``, ``log_in`` and ``Log-in``. A noun stands for the interactions whose *event* or
*kind* it names, and ``usage`` for every interaction of kind ``event``. An employee's acts never count.
"""

from __future__ import annotations

import re
from typing import Final

from touchline.settings.rules.tree import USAGE

#: What folding takes out, as regular expressions that Python, RE2 and Java read alike.
SEPARATORS: Final = r"[\s_\-./]"
PLURAL: Final = r"s$"


def folded(name: str) -> str:
    """Return a name as it is compared.

    >>> folded("Log-ins") == folded("log_in") == "login"
    True
    """
    return re.sub(PLURAL, "", re.sub(SEPARATORS, "", name.lower()))


def pattern(noun: str) -> str:
    """Return a regular expression for the folded names that a noun, maybe with ``*`` or ``?``, stands for.

    >>> pattern("app_*")
    '^app.*$'
    """
    body = "".join({"*": ".*", "?": "."}.get(c, c if c.isalnum() or ord(c) > 127 else "\\" + c) for c in folded(noun))
    return f"^{body}$"


def stands_for(noun: str, event: str | None, kind: str | None) -> bool:
    """Does the noun stand for an interaction with this event and kind?

    >>> stands_for("orders", None, "order"), stands_for("log-ins", "login", "event")
    (True, True)
    >>> stands_for("*", "paid", "order")
    False
    """
    if noun == USAGE:
        return kind == "event"
    want = re.compile(pattern(noun))
    return any(name is not None and want.match(folded(name)) is not None for name in (event, kind))
