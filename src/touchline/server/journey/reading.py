"""A question's arguments, from a page's address."""

from __future__ import annotations

import inspect
import types
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from touchline.client.asking import signature
from touchline.errors import QuestionError
from touchline.protocol import Questions

if TYPE_CHECKING:
    from touchline.server.journey.page import Visit


def arguments(question: str, visit: Visit) -> dict[str, Any]:
    """Return what to call a question with.

    Raises:
        QuestionError: A value cannot be read, or one that is needed is missing.
    """
    hints = hints_of(question)
    found: dict[str, Any] = {}
    for name, parameter in signature(question).parameters.items():
        needed = parameter.default is inspect.Parameter.empty
        if name == "filters":
            found[name] = visit.chosen.filters
        elif name == "previous":
            if visit.chosen.previous is not None:
                found[name] = visit.chosen.previous
            elif needed:
                raise QuestionError("this compares two periods", todo="choose a period that has one before it")
        else:
            text = visit.said(name).strip()
            if text:
                found[name] = _read(name, text, hints.get(name, str))
            elif needed:
                raise QuestionError(f"{name.replace('_', ' ')} is needed", todo="state it above")
    return found


@cache
def hints_of(question: str) -> dict[str, Any]:
    """Return the types of a question's options; those that are imported for checking only are looked up."""
    from touchline.scores.base import Figure, Filters
    from touchline.sequences.attempts import Entry, Order
    from touchline.sequences.calendar import Period
    from touchline.sequences.cohorts import Measure
    from touchline.sequences.sankey import Occurrence
    from touchline.sequences.units import Unit
    from touchline.value.drivers import Of
    from touchline.value.moments import Outcome

    known = {
        "Entry": Entry, "Figure": Figure, "Filters": Filters, "Measure": Measure, "Occurrence": Occurrence, "Of": Of,
        "Order": Order, "Outcome": Outcome, "Period": Period, "Unit": Unit,
    }  # fmt: skip
    return get_type_hints(getattr(Questions, question), localns=known)


def _read(name: str, text: str, hint: Any) -> Any:
    kinds = [kind for kind in _kinds(hint) if kind is not type(None)]
    for kind in kinds:
        try:
            return _as(kind, text)
        except ValueError:
            continue
    raise QuestionError(f"{name}={text!r} cannot be read", todo="correct it above")


def _kinds(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _as(kind: Any, text: str) -> Any:
    origin = get_origin(kind) or kind
    if kind is bool:
        return text == "True"
    if kind in (int, float):
        return kind(text)
    if kind is datetime:
        return datetime.fromisoformat(text)
    if kind is date:
        return date.fromisoformat(text)
    if (isinstance(origin, type) and issubclass(origin, list | tuple)) or getattr(origin, "__name__", "") == "Sequence":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text
