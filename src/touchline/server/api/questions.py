"""The routes of the questions, one each, made from the catalogue."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.params.models import Query as InQuery

from touchline.server.api.asking import answer, page_of
from touchline.server.api.catalogue import Question, catalogue
from touchline.server.api.described import answers
from touchline.server.api.parameters import asked_of, model_of, pages, repeats
from touchline.server.people.facade import access_of, asks, look_over

router = Router(tags=["Questions"])


def _route(question: Question) -> None:
    model = model_of(question)
    known, paged = repeats(model), pages(question)

    def view(request: HttpRequest, asked: Any) -> HttpResponse:
        look_over(request.GET, known)
        told = asked.model_dump()
        if not paged:
            told |= {"after": None, "limit": None}
        elif "limit" not in asked.model_fields_set and not told["after"]:
            told["limit"] = None  # the question's own, which is no page
        page = page_of(request, told)
        return answer(request, access_of(request), asked_of(question, asked), page, told["timeout"])

    takes(view, model)
    about = f"{question.summary}\n\n{question.returns}".strip()
    router.api_operation(
        ["GET"], f"/{question.name}", operation_id=question.name, summary=question.summary, description=about,
        openapi_extra=answers(),
    )(asks("read")(view))  # fmt: skip


def takes(view: Any, model: type[Schema], **more: Any) -> None:
    """Say which parameters a view takes.

    Args:
        view: The view: a request, and what was asked.
        model: Of the parameters.
        more: Further arguments and their types: parts of the path.
    """
    kinds = {"request": HttpRequest, **more, "asked": Annotated[model, InQuery(...)]}
    parameters = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind)
        for name, kind in kinds.items()
    ]
    view.__signature__ = inspect.Signature(parameters)


for _question in catalogue():
    _route(_question)
