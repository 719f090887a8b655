"""Parameters that a detector cannot work with are refused when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from touchline.errors import QuestionError, unknown


def above(made: Any, *names: str) -> None:
    """Refuse what is not above 0.

    Raises:
        QuestionError: Naming the detector and the parameter.
    """
    for name in names:
        value = getattr(made, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise QuestionError(f"{name} is {value!r}", where=made.kind, todo="give a number above 0")


def whole(made: Any, *names: str) -> None:
    """Refuse what is no whole number of 0 or more.

    Raises:
        QuestionError: Naming the detector and the parameter.
    """
    for name in names:
        value = getattr(made, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise QuestionError(f"{name} is {value!r}", where=made.kind, todo="give a whole number of 0 or more")


def one_of(made: Any, name: str, known: Sequence[str]) -> None:
    """Refuse a word that is not among those known.

    Raises:
        QuestionError: Naming those there are.
    """
    if getattr(made, name) not in known:
        raise unknown(f"{name} of {made.kind}", str(getattr(made, name)), known)
