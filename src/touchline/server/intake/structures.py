"""The two fields with structure inside: answers and attributes."""

from __future__ import annotations

import difflib
import math
from typing import Any, Final

from touchline.sources.answers import parse_score
from touchline.sources.flattening import flatten, whole
from touchline.vocabulary.schemas import SCORE_KINDS

#: More attributes than this on one record are a mistake.
MOST_ATTRIBUTES: Final = 256
_PARTS: Final = ("question", "kind", "value", "low", "high")


class AnswersWrong(ValueError):
    """What is wrong with a structure, as a sentence for its sender."""


def answers_of(told: Any) -> list[dict[str, Any]]:
    """Return the answers of one record, as `ANSWER` has them.

    Args:
        told: A list of objects with ``question``, ``kind``, ``value``, ``low`` and ``high``.

    Raises:
        AnswersWrong: They are none.

    >>> answers_of([{"question": "nps", "kind": "nps", "value": 9}])
    [{'question': 'nps', 'kind': 'nps', 'value': 9.0, 'low': 0.0, 'high': 10.0}]
    """
    if not isinstance(told, list):
        raise AnswersWrong("'answers' is no list of objects")
    return [_answer(one, number) for number, one in enumerate(told, 1)]


def _answer(one: Any, number: int) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise AnswersWrong(f"answer {number} is no object")
    for name in one:
        if name not in _PARTS:
            near = difflib.get_close_matches(name, _PARTS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(_PARTS)}"
            raise AnswersWrong(f"answer {number} has no {whole(name)[:60]!r}{hint}")
    kind = one.get("kind", "other")
    if kind not in SCORE_KINDS:
        todo = f"use one of {', '.join(SCORE_KINDS)}"
        raise AnswersWrong(f"answer {number} has the kind {whole(repr(kind))[:60]}; {todo}")
    question = one.get("question", kind)
    if not isinstance(question, str) or not question.strip():
        raise AnswersWrong(f"answer {number} does not name its question")
    low, high = (_number(one.get(name), f"the {name} of answer {number}") for name in ("low", "high"))
    value = _number(one.get("value"), f"the value of answer {number}", high)
    if value is None:
        raise AnswersWrong(f"answer {number} has no value; leave out what was not answered")
    if kind == "nps" and low is None and high is None:
        low, high = 0.0, 10.0
    if low is not None and high is not None and not low <= value <= high:
        raise AnswersWrong(f"the value of answer {number} is {value:g}, outside of {low:g} to {high:g}")
    return {"question": whole(question.strip()), "kind": kind, "value": value, "low": low, "high": high}


def _number(value: Any, what: str, high: float | None = None) -> float | None:
    if value is None:
        return None
    number = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        number = float(value)
    elif isinstance(value, str) and (score := parse_score(value[:100])):
        number = score.value if score.top is None or high is None or score.top == high else math.nan
    if not math.isfinite(number):
        raise AnswersWrong(f"{what} is {whole(repr(value))[:60]}, which is no number")
    return number


def attributes_of(told: Any) -> list[tuple[str, str]] | None:
    """Return the attributes of one record by name, nested ones under dotted names; None where there is none.

    Raises:
        AnswersWrong: They are none, or too many.

    >>> attributes_of({"tier": "vip", "plan": {"seats": 5}, "old": None})
    [('plan.seats', '5'), ('tier', 'vip')]
    """
    if not isinstance(told, dict):
        raise AnswersWrong("'attributes' is no object of names and values")
    try:
        cells = flatten(told)
    except RecursionError:
        raise AnswersWrong("'attributes' is nested too deeply") from None
    if len(cells) > MOST_ATTRIBUTES:
        raise AnswersWrong(f"{len(cells)} attributes are more than {MOST_ATTRIBUTES}")
    return sorted(cells.items()) or None
