"""From a request to the bytes of its answer: scope, time-out, memory, pages, formats, tags."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse

from touchline import __version__
from touchline.client.wire import to_stream
from touchline.errors import QuestionError, WorkspaceError
from touchline.server.api import formats
from touchline.server.api.parameters import LIMITED, MOST_ROWS, Asked
from touchline.server.api.remembered import Answer, Remembered
from touchline.server.api.scope import allowed
from touchline.server.pages.facade import silent
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.scores.base import Figure
    from touchline.server.people.facade import Access
    from touchline.server.workspaces.facade import Held

#: Environment variable: bytes of answers that are kept.
ROOM: Final = "TOUCHLINE_API_CACHE"
#: Environment variable: seconds that one answer's queries may take together.
SECONDS: Final = "TOUCHLINE_API_SECONDS"
ANSWERS: Final = Remembered(int(os.environ.get(ROOM) or 128 * 1024 * 1024))
SECONDS_OF_ONE: Final = float(os.environ.get(SECONDS) or 30)


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of an answer, and how they are to be written.

    Attributes:
        format: One of `formats.MEDIA`.
        limit: How many rows; None for all.
        start: How many rows come before.
        published: The data that the page before was of; None for the first.
    """

    format: str
    limit: int | None = None
    start: int = 0
    published: str | None = None


def page_of(request: HttpRequest, told: dict[str, Any]) -> Page:
    """Return the page that a request asks for.

    Raises:
        QuestionError: The cursor is none.
        NotOffered: It takes none of the formats.
    """
    kind = formats.chosen(request.headers.get("Accept", ""), told.get("format"))
    limit, after = told.get("limit"), told.get("after")
    if not after:
        return Page(kind, limit)
    try:
        published, start = json.loads(base64.urlsafe_b64decode(after.encode()))
        return Page(kind, limit, int(start), str(published))
    except (binascii.Error, ValueError, TypeError) as error:
        raise QuestionError("that is no place in an answer", where="after", todo="give `next` as it came") from error


def answer(request: HttpRequest, access: Access, asked: Asked, page: Page, seconds: float | None) -> HttpResponse:
    """Return the answer to a question of the catalogue.

    Args:
        request: The request, for its tag and the link to the next page.
        access: Who asks.
        asked: What.
        page: Which rows, and how.
        seconds: What its queries may take together.

    Raises:
        NotAllowed: It cannot be kept to what they may see.
        TouchlineError: What the question raises.
    """
    asked = allowed(access, asked)
    limited = asked.question.name in LIMITED
    if page.start and limited:
        asked = asked.with_option("limit", MOST_ROWS)
    return figure_answer(request, access, asked.key, asked.of, page, seconds, limited=limited)


def figure_answer(
    request: HttpRequest,
    access: Access,
    key: str,
    ask: Callable[[Local], Figure],
    page: Page,
    seconds: float | None,
    *,
    limited: bool = False,
) -> HttpResponse:
    """Return the answer to anything that answers with a figure.

    Args:
        request: The request.
        access: Who asks.
        key: Names what is asked, with all that it depends on but the data.
        ask: Asks it.
        page: Which rows, and how.
        seconds: What its queries may take together.
        limited: Whether the question itself gives no more rows than the page needs. Its second page is of the data as
            they are then, so that rows may have moved; all pages from there on are of the same data.
    """
    slug = access.workspace or ""
    workspace = held(slug)
    now = state(workspace)
    what = (slug, access.segments, key)
    tag = _tag(now, what, page)
    if page.published is None and _has(request, tag):
        return _tagged(HttpResponse(status=304), tag)

    def make() -> Answer:
        def inside(local: Local) -> Answer:
            found = ask(local)
            return Answer(state(workspace), to_stream(found, behind=found.behind is not None))

        try:
            return workspace.ask(inside, seconds=seconds or SECONDS_OF_ONE)
        except QuestionError as error:
            raise silent(access, error) from error

    kept = ANSWERS.known((page.published, *what)) if page.published not in (None, now) else None
    if kept is None and page.published not in (None, now) and not limited:
        raise WorkspaceError(
            "the data were published anew since the page before", where="after", todo="begin again at the first page"
        )
    whole = kept or ANSWERS.get((now, *what), make)
    body = ANSWERS.get(
        (whole.published, *what, page.format, page.limit, page.start), lambda: _written(whole, page, limited)
    )
    return _response(request, body, _tag(whole.published, what, page), page.format)


def state(workspace: Held) -> str:
    """Name all that answers depend on: the data as published, themes' names, files that are read when asked."""
    opened = workspace.workspace
    own = opened.folder.root / "metrics.yaml"
    try:
        edited = own.stat().st_mtime_ns
    except FileNotFoundError:
        edited = 0
    return f"{workspace.published}-{hash(opened.themes.book) & 0xFFFFFFFFFFFFFFFF:x}-{edited:x}"


def _written(kept: Answer, page: Page, limited: bool) -> Answer:
    """Return a page's bytes; the first line of its body is where the next one begins."""
    figure, more = formats.read(kept.body)
    rows, following = figure.table.num_rows, None
    if page.limit is not None or page.start:
        from dataclasses import replace

        end = rows if page.limit is None else min(rows, page.start + page.limit)
        more_follow = end < rows or (limited and page.limit is not None and end == page.start + page.limit < MOST_ROWS)
        if more_follow and end > page.start:
            following = base64.urlsafe_b64encode(json.dumps([kept.published, end]).encode()).decode()
        figure = replace(figure, table=figure.table.slice(page.start, max(0, end - page.start)))
    body = formats.written(figure, page.format, behind=bool(more.get("behind")), following=following)
    return Answer(following or "", body)


def _response(request: HttpRequest, body: Answer, tag: str, kind: str) -> HttpResponse:
    if _has(request, tag):
        return _tagged(HttpResponse(status=304), tag)
    media = formats.MEDIA[kind]
    response = HttpResponse(body.body, content_type=f"{media}; charset=utf-8" if kind == "csv" else media)
    if body.published:  # of a page: where the next one begins
        query = request.GET.copy()
        query["after"] = body.published
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    if kind in ("csv", "parquet"):
        name = request.path.rstrip("/").rsplit("/", 1)[-1]
        safe = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name) or "answer"
        response["Content-Disposition"] = f'attachment; filename="{safe}.{kind}"'
    return _tagged(response, tag)


def _tag(state_: str, what: tuple[object, ...], page: Page) -> str:
    text = repr((__version__, state_, what, page.format, page.limit, page.start))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _has(request: HttpRequest, tag: str) -> bool:
    """Whether the caller has what the tag names."""
    said = request.headers.get("If-None-Match", "")
    return said.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in said.split(",")}


def _tagged(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Accept, Authorization, Cookie"
    return response
