"""The filters of a page, from its address and back: what is asked, and what the filter bar offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import create_model

from touchline.client.asking import FILTERS
from touchline.errors import QuestionError
from touchline.questions import before, latest
from touchline.scores.base import HIDDEN_N, Filters
from touchline.scores.groups import SEGMENT
from touchline.server.api.facade import filter_fields, filters_of, repeats, unrestricted, validated, within
from touchline.words import phrase
from touchline.workspace.among import accounts

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.people.facade import Access

DAYS: Final = (7, 28, 56, 91, 182, 365)
DEFAULT_DAYS: Final = 56
#: What a period may be compared with; the first is what holds where nothing is said.
COMPARED: Final = ("previous", "year", "none")
OWN: Final = frozenset({"days", "compare", "account", "persona", *FILTERS.values()})
_LONGEST: Final = 36_525
#: Filters of the bar that say of when, and what it is compared with.
_WHEN: Final = frozenset({"days", "compare", "since", "until"})
_Bar: Final[type[Schema]] = create_model("FilterBar", __base__=Schema, **filter_fields(FILTERS))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a page is about.

    Attributes:
        filters: Of the questions.
        previous: The period to compare with, where there is one.
        days: The last so many days; None for stated days, 0 for everything.
        pairs: The parameters that say so, for links.
        compare: What the period is compared with, one of `COMPARED`.
        accounts: Only customers of these accounts.
        personas: Only customers whom one of these personas stands for.
    """

    filters: Filters
    previous: Filters | None
    days: int | None
    pairs: tuple[tuple[str, str], ...]
    compare: str = "previous"
    accounts: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()

    @property
    def stated(self) -> tuple[str, str]:
        """The days that the address states, as text."""
        told = dict(self.pairs)
        return told.get("since", ""), told.get("until", "")

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
        NotAllowed: It asks for a segment that the one who asks may not see.
    """
    pairs = [(name, value) for name in parameters if name in OWN for value in parameters.getlist(name) if value]
    several = repeats(_Bar)
    values = {
        name: [text for other, text in pairs if other == name] if several[name] else value
        for name, value in pairs
        if name in several
    }
    told = validated(_Bar, values).model_dump()
    filters = within(access, filters_of({field: told[name] for field, name in FILTERS.items()}))
    compare = parameters.get("compare") or COMPARED[0]
    if compare not in COMPARED:
        raise QuestionError(
            phrase("compare={compare} is no period to compare with", compare=repr(compare)),
            todo=phrase("give {listed}", listed=", ".join(COMPARED)),
        )
    accounts, personas = (tuple(filter(None, parameters.getlist(name))) for name in ("account", "persona"))
    if accounts:
        unrestricted(access, "account")
    if personas:
        unrestricted(access, "persona")

    def made(now: Filters, days: int | None) -> Chosen:
        return Chosen(now, earlier(now, compare), days, tuple(pairs), compare, accounts, personas)

    if filters.since or filters.until:
        return made(filters, None)
    days = _days(parameters.get("days"))
    if not days or span is None:
        return made(filters, days)
    return made(latest(span, days, filters)[0], days)


def earlier(now: Filters, compare: str) -> Filters | None:
    """Return the period that one is compared with; None where there is none.

    >>> from datetime import date
    >>> told = Filters(since=date(2024, 2, 1), until=date(2024, 2, 29))
    >>> [str(earlier(told, how).until) for how in ("previous", "year")], earlier(told, "none")
    (['2024-01-31', '2023-02-28'], None)
    """
    if now.since is None or now.until is None or compare == "none":
        return None
    if compare == "previous":
        return before(now)
    return replace(now, since=_a_year_before(now.since), until=_a_year_before(now.until))


def _a_year_before(day: date) -> date:
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def _days(text: str | None) -> int:
    if text is None:
        return DEFAULT_DAYS
    if not text.isdecimal() or int(text) > _LONGEST:
        raise QuestionError(
            phrase("days={text} is no number of days", text=repr(text)), todo=phrase("give 28, or 0 for everything")
        )
    return int(text)


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

    @property
    def narrows(self) -> bool:
        """Whether it says whose feedback is meant, not of when."""
        return self.parameter not in _WHEN


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A filter that is on.

    Attributes:
        parameter: The address's.
        value: The address's.
        name: For people.
        without: The query of the page without it.
        offered: Whether a select of the filter bar holds it.
    """

    parameter: str
    value: str
    name: str
    without: str
    offered: bool


def bar(local: Local, now: Chosen, access: Access) -> tuple[Choices, ...]:
    """Return what the filter bar offers: segments, channels, stages, personas, accounts; what is compared last."""
    taxonomy = local.workspace.taxonomy
    on = set(now.pairs)
    made = []
    offered = local.offered()
    for name, values in _segment_values(offered):
        made.append(
            Choices(
                "segment",
                name[:1].upper() + name[1:],
                _("All of %(segment)s") % {"segment": name},
                tuple(Choice(f"{name}:{v}", v, ("segment", f"{name}:{v}") in on) for v in values),
            )
        )
    channels = list(offered["channel"])
    made.append(
        Choices("channel", _("Channel"), _("All channels"), tuple(Choice(c, c, ("channel", c) in on) for c in channels))
    )
    stages = tuple(Choice(s.id, s.name, ("stage", s.id) in on) for s in taxonomy.stages)
    made.append(Choices("stage", _("Stage"), _("All stages"), stages))
    if not access.segments:
        made += _people(local, on)
    periods = tuple(Choice(str(days), _("Last %(days)d days") % {"days": days}, now.days == days) for days in DAYS)
    made.append(Choices("days", _("Period"), "", (*periods, Choice("0", _("All time"), now.days == 0))))
    names = (_("vs. the period before"), _("vs. a year before"), _("no comparison"))
    compared = tuple(Choice(how, name, now.compare == how) for how, name in zip(COMPARED, names, strict=True))
    made.append(Choices("compare", _("Comparison"), "", compared))
    return tuple(made)


def narrowed(offered: Sequence[Choices], now: Chosen, own: Sequence[tuple[str, str]]) -> list[Narrowed]:
    """Return the filters that are on, those of the period aside: each can be taken off by itself.

    Args:
        offered: The filter bar.
        now: The filters.
        own: The parameters of the page itself, which stay.
    """
    names = {(choices.parameter, one.value): one.name for choices in offered for one in choices.values}
    found = []
    for pair in now.pairs:
        if pair[0] not in _WHEN:
            rest = urlencode([*own, *(other for other in now.pairs if other != pair)])
            found.append(Narrowed(*pair, names.get(pair, pair[1].replace(":", " ")), rest, pair in names))
    return found


def _people(local: Local, on: set[tuple[str, str]]) -> list[Choices]:
    """Return the choices of personas and accounts, where there are any."""
    made = []
    personas = tuple(Choice(p.name, p.name, ("persona", p.name) in on) for p in local.workspace.settings.personas)
    if personas:
        made.append(Choices("persona", _("Persona"), _("All personas"), personas))
    known = [value for name, value in sorted(on) if name == "account"]
    found = dict.fromkeys([*known, *accounts(local.workspace)])
    if found:
        named = tuple(Choice(name, name, ("account", name) in on) for name in found)
        made.append(Choices("account", _("Account"), _("All accounts"), named))
    return made


_MOST_SEGMENTS: Final = 3
_MOST_VALUES: Final = 12


def _segment_values(offered: Mapping[str, Mapping[str, int]]) -> list[tuple[str, list[str]]]:
    """Return the segments with few values that enough customers have, and those."""
    found = []
    for of, counts in offered.items():
        values = [value for value, customers in counts.items() if customers >= HIDDEN_N]
        if of.startswith(SEGMENT) and 2 <= len(values) <= _MOST_VALUES:
            found.append((of.removeprefix(SEGMENT), values))
    return found[:_MOST_SEGMENTS]


def without_period(filters: Filters) -> Filters:
    """Return filters for all time."""
    return replace(filters, since=None, until=None)
