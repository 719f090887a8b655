"""The parameters of a question: a pydantic model made from the catalogue, and what a request says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, get_origin

from ninja import Schema
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, create_model

from touchline.client.asking import FILTERS, PREVIOUS
from touchline.errors import QuestionError
from touchline.scores.base import Figure, Filters
from touchline.server.api.catalogue import ABOUT, Option, Question

if TYPE_CHECKING:
    from touchline.protocol import Questions

#: What every route of a question takes besides.
FORMATS: Final = ("json", "csv", "parquet", "arrow")
#: Most rows of one page.
MOST_ROWS: Final = 10_000
#: Questions whose own limit says how many rows there are: it is the page's.
LIMITED: Final = frozenset({"standing", "health", "clv", "differences", "issues", "feedback", "customers"})
_MOST: Final[Mapping[str, int]] = {
    "limit": MOST_ROWS, "replicates": 2_000, "order": 5, "examples": 50, "others": 20, "before": 20, "after": 20,
    "top": 1_000, "steps": 200, "states": 1_000, "k": 20, "ahead": 400, "reference_days": 3_660, "recent_days": 3_660,
    "skip": 1_000_000,
}  # fmt: skip
_LEAST: Final[Mapping[str, int]] = {"limit": 1, "k": 2, "order": 1, "steps": 1, "top": 1, "states": 1, "ahead": 1}
_MANY: Final = 100  # values of one parameter
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)

Text = Annotated[str, StringConstraints(max_length=500)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
Day = Annotated[date, Field(ge=_FIRST, le=_LAST)]
Segment = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^:=]+[:=].+$")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that was said of it.

    Attributes:
        question: Which.
        filters: Which data.
        previous: The period to compare with, or None.
        options: Its own options, those given, in the catalogue's order.
    """

    question: Question
    filters: Filters = Filters()  # noqa: RUF009  frozen
    previous: Filters | None = None
    options: tuple[tuple[str, Any], ...] = ()

    def of(self, questions: Questions) -> Figure:
        """Ask it."""
        given: dict[str, Any] = dict(self.options)
        if self.question.filtered:
            given["filters"] = self.filters
        if self.question.compared:
            given["previous"] = self.previous
        answer: Figure = getattr(questions, self.question.name)(**given)
        return answer

    @property
    def key(self) -> str:
        """Names it: equal questions have equal keys."""
        return repr((self.question.name, self.filters, self.previous, self.options))

    def with_option(self, name: str, value: Any) -> Asked:
        """Return it with another value of an option."""
        return replace(self, options=(*((n, v) for n, v in self.options if n != name), (name, value)))

    def option(self, name: str) -> Any:
        """Return an option's value, its default where it was not given."""
        default = next(option.default for option in self.question.options if option.name == name)
        return dict(self.options).get(name, default)


def filter_fields(names: Mapping[str, str], prefix: str = "", *, clears: bool = False) -> dict[str, Any]:
    """Return the fields of filters, for a model.

    Args:
        names: Field of `Filters` to its parameter.
        prefix: Put before each.
        clears: Whether an empty value is one.
    """
    made: dict[str, Any] = {}
    for field, name in names.items():
        about = ABOUT[field]
        if field in ("since", "until"):
            kind: Any = (Day | Literal[""] | None) if clears else (Day | None)
            made[prefix + name] = (kind, Field(None, description=about))
        else:
            one = Text if field != "segments" or clears else Segment
            made[prefix + name] = (list[one], Field([], max_length=_MANY, description=about))  # type: ignore[valid-type]
    return made


def model_of(question: Question, *, more: Mapping[str, Any] | None = None) -> type[Schema]:
    """Return the model of a question's parameters: its options, filters, the period before, pages and formats."""
    made: dict[str, Any] = {option.name: _field(option) for option in question.options}
    made |= filter_fields(question.filter_names())
    if question.compared:
        words = "`before`: the period of equal length just before; needs `since` and `until`."
        made["previous"] = (Literal["before"] | None, Field(None, description=words))
        made |= filter_fields(FILTERS, PREVIOUS, clears=True)
    if pages(question):
        if "limit" not in made:
            made["limit"] = (
                Annotated[int, Field(ge=1, le=MOST_ROWS)] | None,
                Field(None, description="Rows of one page; all of them by default."),
            )
        words = "Where the page begins: `next` of the page before."
        made["after"] = (Annotated[str, StringConstraints(max_length=200)] | None, Field(None, description=words))
    made |= {**COMMON, **(more or {})}
    title = "".join(part.title() for part in question.name.split("_"))
    return create_model(f"{title}Parameters", __base__=Schema, **made)


def pages(question: Question) -> bool:
    """Tell whether a question's rows come in pages, when that is asked for."""
    return "after" not in question.own and ("limit" not in question.own or question.name in LIMITED)


#: Every route's.
COMMON: Final[Mapping[str, Any]] = {
    "workspace": (
        Text | None,
        Field(None, description="The workspace's slug; by default the key's own, or the only one."),
    ),
    "format": (
        Literal["json", "csv", "parquet", "arrow"] | None,
        Field(None, description="The format; by default what `Accept` says, else JSON."),
    ),
    "timeout": (
        Annotated[float, Field(ge=0.01, le=60, allow_inf_nan=False)] | None,
        Field(None, description="Seconds that the queries may take together; then 408."),
    ),
}


def _field(option: Option) -> tuple[Any, Any]:
    kind: Any = option.kind
    if kind is str:
        kind = Text
    elif kind is int:
        name = option.name
        kind = Annotated[int, Field(ge=_LEAST.get(name, 0), le=_MOST.get(name, MOST_ROWS))]
    elif kind is float:
        kind = Number
    elif kind is datetime:
        kind = Annotated[datetime, AfterValidator(_moment)]
    if option.many:
        least = 1 if option.required else 0
        default: Any = ... if option.required else []
        return list[kind], Field(default, min_length=least, max_length=_MANY, description=option.about)
    if option.required:
        return kind, Field(..., description=option.about)
    default = option.default
    return (kind | None if default is None else kind), Field(default, description=option.about)


def _moment(value: datetime) -> datetime:
    """Return a moment as the engine takes it: UTC without a zone."""
    if not _FIRST < value.date() < _LAST:
        raise ValueError(f"the year is not between {_FIRST.year} and {_LAST.year}")
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def asked_of(question: Question, given: Schema) -> Asked:
    """Return what a request asks.

    Raises:
        QuestionError: A period before is needed and cannot be told.
    """
    told = given.model_dump()
    said = given.model_fields_set
    options = options_of(question, given)
    names = question.filter_names()
    filters = filters_of({field: told[name] for field, name in names.items()})
    if not question.compared:
        return Asked(question, filters, None, options)
    return Asked(question, filters, _previous(question, filters, told, said), options)


def options_of(question: Question, given: Schema) -> tuple[tuple[str, Any], ...]:
    """Return a question's own options that were given, in the catalogue's order."""
    told, said = given.model_dump(), given.model_fields_set
    return tuple(
        (option.name, tuple(told[option.name]) if option.many else told[option.name])
        for option in question.options
        if option.name in said and told[option.name] is not None
    )


Model = TypeVar("Model", bound=Schema)


def validated(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return parameters as a model has them.

    Raises:
        QuestionError: One is missing or cannot be read.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise QuestionError(f"{where}: {first['msg'].lower()}", where=where, todo="see /api/docs") from error


def filters_of(told: Mapping[str, Any]) -> Filters:
    """Return the filters that parameters state."""
    made: dict[str, Any] = {}
    for field in fields(Filters):
        value = told.get(field.name)
        if field.name == "segments":
            made["segments"] = segments_of(value or [])
        elif field.name in ("since", "until"):
            made[field.name] = value or None
        else:
            made[field.name] = tuple(value or ())
    return Filters(**made)


def segments_of(texts: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the segments that texts state.

    >>> segments_of(["tier:vip", "tier:gold", "region:emea"])
    (('tier', ('vip', 'gold')), ('region', ('emea',)))

    Raises:
        QuestionError: One is not NAME:VALUE.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        at = min((i for i in (text.find(":"), text.find("=")) if i > 0), default=0)
        if not at or at == len(text) - 1:
            raise QuestionError(f"{text!r} is no segment", where="segment", todo="write it as NAME:VALUE, tier:vip")
        found.setdefault(text[:at].strip(), []).append(text[at + 1 :].strip())
    return tuple((name, tuple(dict.fromkeys(values))) for name, values in found.items())


def _previous(question: Question, filters: Filters, told: Mapping[str, Any], said: set[str]) -> Filters | None:
    from touchline.questions import before

    changed = {field: told[PREVIOUS + name] for field, name in FILTERS.items() if PREVIOUS + name in said}
    whole = filters.since is not None and filters.until is not None
    if told["previous"] == "before" or (question.needs_before and not changed):
        if not whole:
            raise QuestionError(
                f"{question.name} needs the period to be compared with the one before", where="since/until",
                todo="give since and until, or previous_since and previous_until",
            )  # fmt: skip
        filters = before(filters)
    elif not changed:
        return None
    fresh = {field: [text for text in value if text] if isinstance(value, list) else value
             for field, value in changed.items()}  # fmt: skip
    given = filters_of(fresh)
    return replace(filters, **{field: getattr(given, field) for field in fresh})


def repeats(model: type[Schema]) -> dict[str, bool]:
    """Return a model's parameters, and whether each may be repeated."""
    return {name: get_origin(field.annotation) is list for name, field in model.model_fields.items()}
