"""The arguments of a question as parameters of a URL, and the names that filters have there.

A question's own option has its own name. Where a filter has the same one (``stage`` of `trend`), the filter is written
with ``filter_`` in front. The filters of the period before have ``previous_`` in front; what is not given there is as
in the period asked about, and an empty value takes it out.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from touchline.errors import QuestionError
from touchline.protocol import Questions
from touchline.scores.base import Filters

#: Field of `Filters` to its parameter.
FILTERS: Final = {
    "since": "since", "until": "until", "stages": "stage", "touchpoints": "touchpoint", "channels": "channel",
    "sources": "source", "programmes": "programme", "methods": "method", "themes": "theme", "segments": "segment",
}  # fmt: skip
FILTER: Final = "filter_"
PREVIOUS: Final = "previous_"
Pairs = list[tuple[str, str]]

#: Questions that have a way of their own, beside those with a route of their name.
APART: Final = ("explain", "timeline", "behind", "status", "span")


@cache
def questions() -> tuple[str, ...]:
    """Return the names of the questions that answer with a figure and have a route of their name.

    >>> questions()[:3], "explain" in questions()
    (('stages', 'jsi', 'standing'), False)
    """
    return tuple(
        name
        for name, method in vars(Questions).items()
        if inspect.isfunction(method) and not name.startswith("_") and name not in APART
    )


@cache
def signature(question: str) -> inspect.Signature:
    """Return a question's signature, without ``self``."""
    whole = inspect.signature(getattr(Questions, question))
    return whole.replace(parameters=list(whole.parameters.values())[1:])


def name_of(field: str, options: Iterable[str]) -> str:
    """Return the parameter of a filter, for a question with these options.

    >>> name_of("stages", ("by",)), name_of("stages", ("stage", "by"))
    ('stage', 'filter_stage')
    """
    name = FILTERS[field]
    return FILTER + name if name in options else name


def parameters(question: str, arguments: Mapping[str, Any]) -> Pairs:
    """Return a question's arguments as pairs of parameters and values.

    >>> parameters("trend", {"filters": Filters(since=date(2026, 1, 1)), "stage": "delivery", "by": "week"})
    [('since', '2026-01-01'), ('stage', 'delivery'), ('by', 'week')]
    """
    options = signature(question).parameters
    filters = arguments.get("filters") or Filters()
    pairs: Pairs = []
    for name, value in arguments.items():
        if name == "filters":
            pairs += filtering(value, options)
        elif name == "previous":
            pairs += [] if value is None else _previous(value, filters, options)
        elif name in options and value is not None:
            pairs += [(name, text) for text in _texts(value)]
    return pairs


def filtering(filters: Filters, options: Iterable[str] = (), prefix: str = "") -> Pairs:
    """Return filters as pairs.

    >>> filtering(Filters(stages=("delivery",), segments=(("tier", ("vip", "gold")),)))
    [('stage', 'delivery'), ('segment', 'tier:vip'), ('segment', 'tier:gold')]
    """
    return [
        (prefix + name_of(field.name, () if prefix else options), text)
        for field in fields(filters)
        for text in _of(filters, field.name)
    ]


def _previous(previous: Filters, filters: Filters, options: Iterable[str]) -> Pairs:
    """Return what the period before has otherwise; a period that has nothing otherwise is told by its days."""
    pairs: Pairs = []
    for field in fields(previous):
        own = _of(previous, field.name)
        if own != _of(filters, field.name) or field.name in ("since", "until"):
            pairs += [(PREVIOUS + FILTERS[field.name], text) for text in own or [""]]
    return pairs


def _of(filters: Filters, field: str) -> list[str]:
    value = getattr(filters, field)
    if field == "segments":
        names = [name for name, values in value if values]
        if len(names) != len(set(names)) or len(names) != len(value):
            raise QuestionError(
                "a segment is named twice, or without a value", where="segments", todo="name each once, with its values"
            )
        return [f"{name}:{one}" for name, values in value for one in values]
    return [] if value is None else _texts(value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, datetime | date):
        return [value.isoformat()]
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable):
        return [text for one in value for text in _texts(one)]
    return [repr(value) if isinstance(value, float) else str(value)]
