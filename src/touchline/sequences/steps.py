"""Steps as people write them: ``delivery``, ``event:order_placed``, ``s<0``, ``chat[about=delivery][value>100]``.

    step       = choice { "|" choice }
    choice     = [ column ":" ] value { "[" condition "]" }    |    condition
    value      = a name; "*" stands for any letters, and alone for anything
    condition  = column ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value

A name without a column is looked for in `LOOKED_IN`, in that order; the first column that has it is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import numpy as np

from touchline.errors import QuestionError, unknown
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import NO_SIGN, Bools, Journeys
from touchline.words import phrase

#: Where a name without a column is looked for; last what words or scores are about, as nobody holds a recurring stage.
LOOKED_IN: Final = ("stage", "event", "touchpoint", "step", "channel", "kind", "about")
_CONDITION: Final = re.compile(r"^\s*([\w .-]+?)\s*(!=|<=|>=|=|<|>)\s*(.+?)\s*$")
_CHOICE: Final = re.compile(r"^\s*(?:([\w .-]+?)\s*:)?\s*([^\[\]]*?)\s*((?:\[[^\[\]]*\]\s*)*)$")


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what people wrote, and the rows that are it.

    Attributes:
        name: What it is called in figures: its text.
        rows: Shape (rows,).
    """

    name: str
    rows: Bools


def steps(journeys: Journeys, texts: Iterable[str]) -> list[Step]:
    """Find the rows of several steps.

    Raises:
        QuestionError: As `step`.
    """
    return [step(journeys, text) for text in texts]


def step(journeys: Journeys, text: str) -> Step:
    """Find the rows of a step.

    Args:
        journeys: Where to look.
        text: The step, as above.

    Raises:
        QuestionError: It cannot be read, or names a column or a value that does not exist.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> events = pa.table({"customer": ["a"] * 3, "event": ["visit", "order", "order"], "value": [0, 20, 120],
    ...                    "time": ["2026-01-01", "2026-01-02", "2026-01-03"]})
    >>> step(journeys_of(events), "order[value>100]").rows.tolist()
    [False, False, True]
    """
    rows = np.zeros(len(journeys), dtype=np.bool_)
    for choice in text.split("|"):
        rows |= _choice(journeys, choice, text)
    return Step(text.strip(), rows)


def _choice(journeys: Journeys, choice: str, text: str) -> Bools:
    if "[" not in choice and (condition := _CONDITION.match(choice)):
        return _condition(journeys, *condition.groups())
    found = _CHOICE.match(choice)
    if found is None or not (found[2] or found[3]):
        raise QuestionError(
            phrase("the step {text} cannot be read", text=repr(text)),
            where=choice.strip() or "an empty part",
            todo=phrase("write a name, column:name, column<number, or name[column=value]; several with |"),
        )
    rows = _named(journeys, found[1], found[2]) if found[2] else np.ones(len(journeys), dtype=np.bool_)
    for part in re.findall(r"\[([^\[\]]*)\]", found[3] or ""):
        condition = _CONDITION.match(part)
        if condition is None:
            raise QuestionError(
                phrase("the condition [{part}] cannot be read", part=part),
                where=text,
                todo=phrase("write [column=value]"),
            )
        rows = rows & _condition(journeys, *condition.groups())
    return rows


def _named(journeys: Journeys, column: str | None, name: str) -> Bools:
    if name == "*" and column is None:
        return np.ones(len(journeys), dtype=np.bool_)
    places = [column] if column else [place for place in LOOKED_IN if place in journeys.columns]
    for place in places:
        coded = journeys.coded(place)
        codes = [code for code, value in enumerate(coded.names) if _fits(value, name)]
        if codes or (place == "stage" and name in journeys.stages):
            return _any(coded, codes)
    known = [value for place in places for value in journeys.coded(place).names]
    raise unknown(column or "step", name, dict.fromkeys(known))


def _fits(value: str, name: str) -> bool:
    return value == name or ("*" in name and fnmatchcase(value, name.replace("[", "[[]")))


def _any(coded: Coded, codes: list[int]) -> Bools:
    if len(codes) == 1:  # a comparison is far faster than a lookup
        one: Bools = coded.codes == codes[0]
        return one
    table = np.zeros(len(coded.names) + 1, dtype=np.bool_)  # the last entry is that of code -1
    table[codes] = True
    found: Bools = table[coded.codes]
    return found


def _condition(journeys: Journeys, column: str, sign: str, value: str) -> Bools:
    if column not in journeys.columns:
        raise unknown("column", column, sorted(journeys.columns))
    held = journeys.columns[column]
    if isinstance(held, Coded):
        if sign not in ("=", "!="):
            raise QuestionError(
                phrase("{column} holds names: {sign} cannot compare them", column=repr(column), sign=sign),
                todo=phrase("use = or !="),
            )
        rows = _any(held, [code for code, name in enumerate(held.names) if _fits(name, value)])
        return rows if sign == "=" else ~rows & (held.codes >= 0)
    try:
        number = float(value)
    except ValueError as error:
        raise QuestionError(
            phrase("{column} holds numbers, and {value} is none", column=repr(column), value=repr(value))
        ) from error
    there = held != NO_SIGN if held.dtype == np.int8 else ~np.isnan(held)
    compared: Bools = {
        "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal,
        ">": np.greater, ">=": np.greater_equal,
    }[sign](held, number)  # fmt: skip
    return compared & there
