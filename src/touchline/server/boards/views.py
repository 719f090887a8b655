"""The pages: all boards with a form for another one, a board on sheets, its files, keeping and sending it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import TouchlineError
from touchline.report.board import board_style, sheets
from touchline.report.chosen import PAPERS, SECTIONS
from touchline.report.formats import MEDIA, ending, written
from touchline.report.pictures import drawing, png
from touchline.server.boards import saved, sending
from touchline.server.boards.making import OWN, made, plan_of
from touchline.server.boards.models import Board
from touchline.server.journey.facade import Visit, shown
from touchline.server.outbox.facade import targets
from touchline.server.pages.facade import status_of
from touchline.server.people.facade import access_of, needs, noted, problem
from touchline.server.workspaces.facade import find, held

#: What the sections are called, and what stands in them.
NAMES: Final = {
    "finding": (gettext_lazy("The finding"), gettext_lazy("where the journey breaks, in a sentence")),
    "headlines": (gettext_lazy("Headline figures"), gettext_lazy("JSI, NPS, CSAT, CES")),
    "line": (gettext_lazy("The journey line"), gettext_lazy("JSI by stage with the period before")),
    "attention": (gettext_lazy("What needs attention"), gettext_lazy("three stages and why")),
    "trend": (gettext_lazy("The trend"), gettext_lazy("the whole through time")),
    "segments": (gettext_lazy("Stage by segment"), gettext_lazy("heatmap")),
    "why": (gettext_lazy("Probable causes"), gettext_lazy("of the stage that costs most")),
    "friction": (gettext_lazy("Friction"), gettext_lazy("where customers meet most trouble")),
    "metrics": (gettext_lazy("Stage by metric"), gettext_lazy("heatmap")),
    "stages": (gettext_lazy("Stage by stage"), gettext_lazy("scores, trend, causes, what to do")),
    "method": (gettext_lazy("Method and definitions"), gettext_lazy("what every figure means")),
}
_FILES: Final = ("pdf", "pptx", "xlsx", "png", "html")


@shown("boards/boards.html", gettext_lazy("Boards"), depends=saved.state)  # type: ignore[arg-type]
def boards(visit: Visit) -> Mapping[str, Any]:
    """Return the boards that there are, and what another may be made of."""
    access = visit.access
    kept = [
        {"board": one, "mine": access.may("export") and (one.owner == access.name or access.may("admin"))}
        for one in saved.of(visit.workspace.slug)
    ]
    return {
        "boards": kept,
        "sections": [(name, *NAMES[name]) for name in SECTIONS],
        "papers": PAPERS.items(),
        "filters": visit.chosen.pairs,
        "targets": targets(visit.workspace.slug) if access.may("export") else [],
    }


@needs("read")
@require_safe
def sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a board on its sheets, as it is printed."""
    workspace = find(slug)
    try:
        chosen = plan_of(request)
        body = made(request, slug, "sheets", lambda asked, _visit: "".join(sheets(asked, chosen)).encode())
    except TouchlineError as error:
        return problem(request, status_of(error), error.what, where=error.where, todo=error.todo)
    pairs = [(name, value) for name in request.GET for value in request.GET.getlist(name)]
    back = urlencode([pair for pair in pairs if pair[0] not in OWN])
    context = {
        "slug": slug, "workspace": workspace, "body": SafeString(body.decode()), "paper": chosen.paper,
        "title": request.GET.get("title") or (workspace.name if workspace else slug), "query": urlencode(pairs),
        "filters": [pair for pair in pairs if pair[0] not in OWN], "chosen": request.GET.getlist("section"),
        "back": f"{reverse('boards', args=[slug])}?{back}", "files": _FILES, "access": access_of(request),
        "number": request.GET.get("board", ""),
    }  # fmt: skip
    response = render(request, "boards/sheet.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


@needs("read")
@require_safe
def board(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Lead to a saved board's sheets; days in the address take the place of its own."""
    one = _found(slug, number)
    filters = request.GET.urlencode() or one.query
    own = [*(("section", name) for name in one.sections), ("paper", one.paper), ("title", one.name), ("board", number)]
    return HttpResponseRedirect(
        f"{reverse('board-sheet', args=[slug])}?{filters}{'&' if filters else ''}{urlencode(own)}"
    )


@needs("export")
@require_safe
def file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Give a board as a file."""
    if kind not in MEDIA:
        raise Http404
    try:
        chosen = plan_of(request)
        body = made(request, slug, kind, lambda asked, _visit: written(asked, chosen, kind))
    except TouchlineError as error:
        return problem(request, status_of(error), error.what, where=error.where, todo=error.todo)
    noted(request, "board.taken", f"{kind} {request.GET.urlencode()}"[:400])
    return _given(body, MEDIA[kind], f"{slug}-board.{ending(kind)}")


@needs("export")
@require_safe
def picture(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give one figure of a board as PNG."""
    try:
        chosen = plan_of(request)
        body = made(request, slug, f"picture {name}", lambda asked, _visit: png(drawing(asked, chosen, name).svg))
    except TouchlineError as error:
        return problem(request, status_of(error), error.what, where=error.where, todo=error.todo)
    return _given(body, "image/png", f"{slug}-{name}.png")


@needs("export")
@require_POST
def save(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep a board."""
    given = request.POST
    try:
        one = saved.save(
            access_of(request), name=given.get("name", ""), sections=given.getlist("section"),
            paper=given.get("paper") or "a4", query=given.get("query", ""),
        )  # fmt: skip
    except TouchlineError as error:
        return problem(request, 400, error.what, where=error.where, todo=error.todo)
    noted(request, "board.saved", f"{one.pk} {one.name}")
    messages.success(request, _("“%(name)s” is saved.") % {"name": one.name})
    return HttpResponseRedirect(reverse("boards", args=[slug]))


@needs("export")
@require_POST
def schedule(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Say when a board is sent, and to whom."""
    zone = held(slug).workspace.settings.workspace.timezone
    try:
        one = saved.mine(access_of(request), _found(slug, number).pk)
        saved.schedule(one, every=request.POST.get("every", ""), to=request.POST.getlist("to"), zone=zone)
    except TouchlineError as error:
        return problem(request, status_of(error, 400), error.what, where=error.where, todo=error.todo)
    noted(request, "board.scheduled", f"{number} {one.every or 'never'} {', '.join(one.to)}")
    messages.success(request, _("“%(name)s” is changed.") % {"name": one.name})
    return HttpResponseRedirect(reverse("boards", args=[slug]))


@needs("export")
@require_POST
def send(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Send a board now to all that it is for."""
    try:
        one = saved.mine(access_of(request), _found(slug, number).pk)
    except TouchlineError as error:
        return problem(request, status_of(error, 400), error.what, where=error.where, todo=error.todo)
    if sending.send(held(slug), one):
        messages.success(request, _("“%(name)s” is on its way.") % {"name": one.name})
    else:
        messages.error(request, one.told)
    noted(request, "board.sent", f"{number} {', '.join(one.to)}")
    return HttpResponseRedirect(reverse("boards", args=[slug]))


@needs("export")
@require_POST
def remove(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Throw a board away."""
    try:
        one = saved.mine(access_of(request), _found(slug, number).pk)
    except TouchlineError as error:
        return problem(request, status_of(error, 400), error.what, where=error.where, todo=error.todo)
    noted(request, "board.removed", f"{number} {one.name}")
    one.delete()
    messages.success(request, _("“%(name)s” is removed.") % {"name": one.name})
    return HttpResponseRedirect(reverse("boards", args=[slug]))


@needs("public")
@require_safe
@cache_control(public=True, max_age=300)
def style(_request: HttpRequest) -> HttpResponse:
    """Return the rules of sheets; they say nothing of the data."""
    return HttpResponse(board_style(), content_type="text/css; charset=utf-8")


def _found(slug: str, number: int) -> Board:
    one = Board.objects.filter(workspace=slug, pk=number).first()
    if one is None:
        raise Http404
    return one


def _given(body: bytes, media: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
