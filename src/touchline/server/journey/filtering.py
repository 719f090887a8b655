"""The filters of a page, from its address and back: what is asked, and what the filter bar offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from touchline.errors import QuestionError
from touchline.questions import before, latest
from touchline.scores.base import Filters

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.people.facade import Access

#: Parameter to field of `Filters`.
_SEVERAL: Final = {
    "stage": "stages", "touchpoint": "touchpoints", "channel": "channels", "source": "sources",
    "programme": "programmes", "method": "methods", "theme": "themes",
}  # fmt: skip
DAYS: Final = (7, 28, 56, 91, 182, 365)
DEFAULT_DAYS: Final = 56
OWN: Final = frozenset({"since", "until", "days", "segment", *_SEVERAL})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a page is about.

    Attributes:
        filters: Of the questions.
        previous: The period to compare with, where there is one.
        days: The last so many days; None for stated days, 0 for everything.
        pairs: The parameters that say so, for links.
    """

    filters: Filters
    previous: Filters | None
    days: int | None
    pairs: tuple[tuple[str, str], ...]

    @property
    def query(self) -> str:
        """The parameters as a query."""
        return urlencode(self.pairs)

    def having(self, **changed: str) -> str:
        """Return the query with parameters replaced; an empty value takes one out."""
        kept = [pair for pair in self.pairs if pair[0] not in changed]
        return urlencode([*kept, *((name, value) for name, value in changed.items() if value)])


def chosen(parameters: QueryDict, span: tuple[date, date] | None, access: Access) -> Chosen:
    """Read the filters of a page.

    Args:
        parameters: The address's. Those that are no filters are left to the page.
        span: First and last day of the data.
        access: Who asks; one who may see some segments only sees those.

    Raises:
        QuestionError: A filter cannot be read.
    """
    said = {field: tuple(filter(None, parameters.getlist(name))) for name, field in _SEVERAL.items()}
    filters = Filters(
        since=_day("since", parameters.get("since", "")),
        until=_day("until", parameters.get("until", "")),
        segments=_restricted(_segments(parameters.getlist("segment")), access.segments),
        **said,
    )
    pairs = [(name, value) for name in parameters if name in OWN for value in parameters.getlist(name) if value]
    if filters.since or filters.until:
        both = filters.since and filters.until
        return Chosen(filters, before(filters) if both else None, None, tuple(pairs))
    days = _days(parameters.get("days"))
    if not days or span is None:
        return Chosen(filters, None, days, tuple(pairs))
    now, earlier = latest(span, days, filters)
    return Chosen(now, earlier, days, tuple(pairs))


def _days(text: str | None) -> int:
    if text is None:
        return DEFAULT_DAYS
    if not text.isdecimal() or int(text) > 36_525:
        raise QuestionError(f"days={text!r} is no number of days", todo="give 28, or 0 for everything")
    return int(text)


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"{name}={text!r} is no date", todo="write it as 2026-01-31") from None


def _segments(texts: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in filter(None, texts):
        name, colon, value = text.partition(":")
        if not colon or not name or not value:
            raise QuestionError(f"segment={text!r} is not NAME:VALUE", todo="write it as segment=tier:vip")
        found.setdefault(name, []).append(value)
    return found


def _restricted(
    asked: dict[str, list[str]], allowed: Sequence[tuple[str, Sequence[str]]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Narrow what is asked to what may be seen; asking for none of it asks for nothing that exists."""
    whole = {name: tuple(values) for name, values in asked.items()}
    for name, values in allowed:
        own = whole.get(name)
        whole[name] = tuple(values) if own is None else tuple(one for one in own if one in values) or ("\x00",)
    return tuple(sorted(whole.items()))


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that the filter bar offers."""

    value: str
    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """A select of the filter bar."""

    parameter: str
    label: str
    everything: str
    values: tuple[Choice, ...]


def bar(local: Local, now: Chosen, access: Access) -> tuple[Choices, ...]:
    """Return what the filter bar offers: segments, channels, stages, and the period last."""
    taxonomy = local.workspace.taxonomy
    on = set(now.pairs)
    allowed = {name: set(values) for name, values in access.segments}
    made = []
    for name, values in _segment_values(local):
        shown = [value for value in values if name not in allowed or value in allowed[name]]
        made.append(
            Choices(
                "segment",
                name,
                _("All of %(segment)s") % {"segment": name},
                tuple(Choice(f"{name}:{v}", v, ("segment", f"{name}:{v}") in on) for v in shown),
            )
        )
    channels = [row["key"] for row in local.jsi(by="channel").to_dicts() if row["key"]]
    made.append(
        Choices("channel", _("Channel"), _("All channels"), tuple(Choice(c, c, ("channel", c) in on) for c in channels))
    )
    stages = tuple(Choice(s.id, s.name, ("stage", s.id) in on) for s in taxonomy.stages)
    made.append(Choices("stage", _("Stage"), _("All stages"), stages))
    periods = tuple(Choice(str(days), _("Last %(days)d days") % {"days": days}, now.days == days) for days in DAYS)
    made.append(Choices("days", _("Period"), "", (*periods, Choice("0", _("All time"), now.days == 0))))
    return tuple(made)


_MOST_SEGMENTS: Final = 3
_MOST_VALUES: Final = 12


def _segment_values(local: Local) -> list[tuple[str, list[str]]]:
    """Return the segments with few values, and those."""
    found = []
    for name in local.workspace.asked.segments():
        rows = local.jsi(by=f"segment:{name}").to_dicts()
        values = [row["key"] for row in rows if row["key"] and row["key"] != "all" and not row["hidden"]]
        if 2 <= len(values) <= _MOST_VALUES:
            found.append((name, values))
    return found[:_MOST_SEGMENTS]


def without_period(filters: Filters) -> Filters:
    """Return filters for all time."""
    return replace(filters, since=None, until=None)
