"""Routes beside the questions' own: who is behind a row, a customer, an interaction, status, span, stages, report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import pyarrow as pa
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path as InPath
from ninja import Router, Schema
from pydantic import Field, StringConstraints, create_model

from touchline.cli.writing import plain
from touchline.client.asking import FILTERS
from touchline.errors import QuestionError, unknown
from touchline.report.formats import MEDIA, ending
from touchline.scores.base import Figure
from touchline.server.api.asking import SECONDS_OF_ONE, figure_answer, page_of
from touchline.server.api.catalogue import Question, catalogue, question_named
from touchline.server.api.described import answers
from touchline.server.api.errors import Missing
from touchline.server.api.parameters import (
    COMMON,
    MOST_ROWS,
    Asked,
    Day,
    Text,
    asked_of,
    filter_fields,
    filters_of,
    model_of,
    repeats,
    validated,
)
from touchline.server.api.questions import takes
from touchline.server.api.scope import allowed, sees_interaction, unrestricted, within
from touchline.server.pages.facade import silent
from touchline.server.people.facade import access_of, asks, look_over, noted
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.scores.base import Filters
    from touchline.server.people.facade import Access

router = Router(tags=["Customers and the workspace"])
Given = TypeVar("Given")
Reference = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_OBJECT: Final = {"type": "object"}
_REPORT_SECONDS: Final = 100.0

_OF_ONE: Final = {name: COMMON[name] for name in ("workspace", "timeout")}
_ROWS: tuple[Any, Any] = (Annotated[int, Field(ge=1, le=MOST_ROWS)], Field(100, description="How many rows at most."))
Nothing: type[Schema] = create_model("NoParameters", __base__=Schema, **_OF_ONE)
Which: type[Schema] = create_model("FilterParameters", __base__=Schema, **filter_fields(FILTERS), **_OF_ONE)
Story: type[Schema] = create_model(
    "TimelineParameters", __base__=Schema, **filter_fields(FILTERS), limit=(_ROWS[0], Field(200, description="Rows.")),
    **COMMON,
)  # fmt: skip
_KIND: tuple[Any, Any] = (Literal["html", "xlsx", "pptx", "pdf", "png"], Field("html", description="The kind of file."))
_PAPER: tuple[Any, Any] = (
    Literal["a4", "letter"] | None, Field(None, description="Lay it out for paper: a board report.")
)  # fmt: skip
Whole: type[Schema] = create_model(
    "ReportParameters", __base__=Schema, **filter_fields(FILTERS), **_OF_ONE,
    previous_since=(Day | None, Field(None, description="First day of the period to compare with.")),
    previous_until=(Day | None, Field(None, description="Its last day.")),
    title=(Text, Field("", description="Headline; the workspace's name by default.")),
    kind=_KIND,
    section=(list[Text], Field([], max_length=20, description="Sections of a board report; all by default.")),
    paper=_PAPER,
)  # fmt: skip
Row: type[Schema] = create_model(
    "BehindParameters", __base__=Schema, **COMMON,
    question=(Text, Field(..., description="The question that the figure answers.")),
    row=(Annotated[int, Field(ge=0, le=10_000_000)], Field(..., description="The row, counted from 0.")),
    limit=_ROWS,
    keys=(bool, Field(False, description="Their keys alone, all of them.")),
    question_limit=(Annotated[int, Field(ge=1, le=MOST_ROWS)] | None, Field(None, description="The question's limit.")),
)  # fmt: skip


def _route(
    path: str, name: str, model: type[Schema], summary: str, *, more: str = "", **parts: Any
) -> Callable[[Any], Any]:
    """Make a route of a function of the request, what the path names, and the parameters."""
    known = repeats(model)

    def add(function: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
            if name != "behind":  # there the question's own parameters come too
                look_over(request.GET, known)
            return function(request, *args, **given)

        takes(view, model, **parts)
        schema = None if name in ("timeline", "behind") else _OBJECT
        router.api_operation(
            ["GET"], path, operation_id=name, summary=summary, description=f"{summary} {more}".strip(),
            openapi_extra=answers(schema, formats=schema is None, media="text/html" if name == "report" else ""),
        )(asks("read")(view))  # fmt: skip
        return function

    return add


def _ask(access: Access, ask: Callable[[Local], Given], seconds: float | None) -> Given:
    """Ask something small that is not kept."""
    try:
        return held(access.workspace or "").ask(ask, seconds=seconds or SECONDS_OF_ONE)
    except QuestionError as error:
        raise (error if isinstance(error, Missing) else silent(access, error)) from error


def _json(value: Any) -> HttpResponse:
    response = JsonResponse(plain(value), json_dumps_params={"ensure_ascii": False, "allow_nan": False}, safe=False)
    response["Cache-Control"] = "private, no-cache"
    return response


def _filters(asked: Schema) -> Filters:
    told = asked.model_dump()
    return filters_of({field: told[name] for field, name in FILTERS.items()})


@_route("/status", "status", Nothing, "How many records are where.")
def _status(request: HttpRequest, asked: Any) -> HttpResponse:
    access = access_of(request)
    unrestricted(access, "status")
    return _json(_ask(access, lambda local: local.status().as_json(), asked.timeout))


@_route("/span", "span", Which, "First and last day of the touches, in the reporting zone.")
def _span(request: HttpRequest, asked: Any) -> HttpResponse:
    access = access_of(request)
    filters = within(access, _filters(asked))
    found = _ask(access, lambda local: local.span(filters), asked.timeout)
    return _json({"first": found[0] if found else None, "last": found[1] if found else None})


@_route("/taxonomy", "taxonomy", Nothing, "The stages of the journey with their touchpoints and themes.")
def _taxonomy(request: HttpRequest, asked: Any) -> HttpResponse:
    from dataclasses import asdict

    taxonomy = held(access_of(request).workspace or "").workspace.taxonomy
    stages = [asdict(stage) for stage in taxonomy.stages]
    return _json({
        "id": taxonomy.id, "name": taxonomy.name, "version": taxonomy.version, "stages": stages,
        "yaml": taxonomy.to_yaml(),
    })  # fmt: skip


@_route(
    "/customers/{path:customer}/timeline", "timeline", Story,
    "One customer's story, newest first: what happened, what they said, how it counted, and how they stand.",
    customer=InPath[Reference],
)  # fmt: skip
def _timeline(request: HttpRequest, customer: str, asked: Any) -> HttpResponse:
    access = access_of(request)
    filters, told = within(access, _filters(asked)), asked.model_dump()
    page = page_of(request, {"format": told["format"]})
    noted(request, "customer.seen", customer)

    def ask(local: Local) -> Figure:
        try:
            return local.timeline(customer, filters, limit=asked.limit)
        except QuestionError as error:
            raise _missing(error) from error

    key = repr(("timeline", customer, filters, asked.limit))
    return figure_answer(request, access, key, ask, page, asked.timeout)


@_route(
    "/interactions/{path:interaction}", "explain", Nothing,
    "Why an interaction counts as it does: its mentions with their evidence, and the touches that it made.",
    interaction=InPath[Reference],
)  # fmt: skip
def _explain(request: HttpRequest, interaction: str, asked: Any) -> HttpResponse:
    access = access_of(request)
    noted(request, "interaction.seen", interaction)

    def ask(local: Local) -> dict[str, Any]:
        try:
            found = local.explain(interaction)
        except QuestionError as error:
            if not access.segments and not error.what.startswith("there is no "):
                raise  # several have that id: to one who may not see all of them there is none
            raise no_interaction(interaction) from error
        if not sees_interaction(access, local, found.interaction_id):
            raise no_interaction(interaction)
        return found.as_json()

    return _json(_ask(access, ask, asked.timeout))


def no_interaction(interaction: str) -> Missing:
    """Return the error for an interaction that is not there, or not for the one who asks."""
    return Missing(f"there is no interaction {interaction!r}", todo="see the ids beside the words of a figure")


def _missing(error: QuestionError) -> QuestionError:
    if not error.what.startswith("there is no "):
        return error
    return Missing(error.what, where=error.where, todo=error.todo)


@_route(
    "/behind", "behind", Row, "The customers behind a row of a figure, those last seen first.",
    more="Give the parameters that the figure was asked with besides; its own `limit` is `question_limit` here.",
)  # fmt: skip
def _behind(request: HttpRequest, asked: Any) -> HttpResponse:
    access, told = access_of(request), asked.model_dump()
    question = question_named(asked.question)
    if question is None:
        raise unknown("question", asked.question, [one.name for one in catalogue()])
    figure_asked = allowed(access, _of_query(request, question))
    page = page_of(request, {"format": told["format"]})
    noted(request, "customers.seen", f"{question.name} row {asked.row}")

    def ask(local: Local) -> Figure:
        found = figure_asked.of(local)
        if not asked.keys:
            return local.behind(found, asked.row, limit=asked.limit)
        keys = pa.table({"customer_key": pa.array([str(key) for key in found.customers(asked.row)], pa.string())})
        return Figure("keys", keys, f"The keys of {keys.num_rows} customers.", facts={"customers": keys.num_rows})

    key = repr(("behind", figure_asked.key, asked.row, asked.limit, asked.keys))
    return figure_answer(request, access, key, ask, page, asked.timeout)


def _of_query(request: HttpRequest, question: Question) -> Asked:
    """Return the question that the rest of a request asks."""
    model = _model(question.name)
    known = repeats(model) | {"question": False, "row": False, "keys": False, "question_limit": False, "limit": False}
    look_over(request.GET, known)
    own = {name: "question_limit" if name == "limit" else name for name in model.model_fields}
    lists = repeats(model)
    values = {
        name: request.GET.getlist(said) if lists[name] else request.GET[said]
        for name, said in own.items()
        if said in request.GET and name not in COMMON
    }
    return asked_of(question, validated(model, values))


@cache
def _model(name: str) -> type[Schema]:
    question = question_named(name)
    if question is None:
        raise KeyError(name)
    return model_of(question)


@_route("/report", "report", Whole, "The report: one HTML page that needs no network, or a board report as a file.")
def _report(request: HttpRequest, asked: Any) -> HttpResponse:
    from dataclasses import replace

    from touchline.report import write_report

    access = access_of(request)
    unrestricted(access, "report")
    filters, days = _filters(asked), {"since": asked.previous_since, "until": asked.previous_until}
    earlier = replace(filters, **days) if any(days.values()) else None

    def ask(local: Local) -> bytes:
        if asked.kind != "html" or asked.section or asked.paper:
            return _board(local, asked, filters, earlier)
        with tempfile.TemporaryDirectory(prefix="touchline-report-") as folder:
            page = Path(folder) / "report.html"
            title = asked.title or local.workspace.settings.workspace.name
            write_report(local, page, title=title, filters=filters, previous=earlier)
            return page.read_bytes()

    body = _ask(access, ask, asked.timeout or _REPORT_SECONDS)
    response = HttpResponse(body, content_type=MEDIA[asked.kind])
    response["Content-Disposition"] = f'attachment; filename="report.{ending(asked.kind)}"'
    response["Cache-Control"] = "private, no-cache"
    return response


def _board(local: Local, asked: Any, filters: Filters, earlier: Filters | None) -> bytes:
    """Return a board report in the kind of file that is wanted."""
    from touchline.report.asked import ask
    from touchline.report.chosen import plan
    from touchline.report.formats import written

    chosen = plan(tuple(asked.section), asked.paper or "a4")
    title = asked.title or local.workspace.settings.workspace.name
    return written(ask(local, title, filters, earlier, lambda _step, _done: None), chosen, asked.kind)
