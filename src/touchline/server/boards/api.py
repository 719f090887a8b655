"""Saved boards over HTTP. The board itself as a file is `/api/v1/report`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from django.http import HttpRequest, JsonResponse
from ninja import Router
from pydantic import Field, StringConstraints

from touchline.errors import NotAllowed, QuestionError
from touchline.server.people.facade import Access, Given, access_of, asks, noted, only
from touchline.server.workspaces.facade import held
from touchline.words import phrase

router = Router(tags=["Boards"])
Operation = TypeVar("Operation", bound=Callable[..., Any])
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Made(Given):
    """What a board is made of."""

    name: Name
    sections: Annotated[list[Name], Field(max_length=20)] = Field(
        default_factory=list, description="Of the report; all by default."
    )
    paper: Literal["a4", "letter"] = "a4"
    query: Annotated[str, StringConstraints(max_length=4000)] = Field(
        "", description="Period, comparison and segments, as in a page's address: `days=91&segment=tier:vip`."
    )
    every: Literal["", "weekly", "monthly"] = Field("", description="When it is sent.")
    to: Annotated[list[Name], Field(max_length=50)] = Field(default_factory=list, description="Names of targets.")


def _access(request: HttpRequest) -> Access:
    only(request)
    return access_of(request)


def _told(board: Any) -> dict[str, Any]:
    return {
        "id": board.pk, "name": board.name, "owner": board.owner, "sections": board.sections, "paper": board.paper,
        "query": board.query, "every": board.every, "to": board.to,
        "next_at": board.next_at and board.next_at.isoformat(), "sent_at": board.sent_at and board.sent_at.isoformat(),
        "told": board.told, "url": board.href,
    }  # fmt: skip


@router.get("/boards", response=None, summary="Saved boards")
@asks("read")
def boards(request: HttpRequest) -> JsonResponse:
    """List the boards of the workspace: what stands in each, and when it is sent."""
    from touchline.server.boards import saved

    return JsonResponse({"boards": [_told(board) for board in saved.of(_access(request).workspace or "")]})


@router.post("/boards", response=None, summary="Save a board")
@asks("export")
def add(request: HttpRequest, body: Made) -> JsonResponse:
    """Keep a board under a name, and say when it is sent. It is sent with what its owner, a person, may see."""
    from touchline.server.boards import saved

    access = _access(request)
    if body.every and access.user_id is None:
        raise NotAllowed(
            phrase("a key cannot own a board that is sent"), where="every", todo=phrase("schedule it on its page")
        )
    board = saved.save(access, name=body.name, sections=body.sections, paper=body.paper, query=body.query)
    if body.every:
        zone = held(board.workspace).workspace.settings.workspace.timezone
        saved.schedule(board, every=body.every, to=body.to, zone=zone)
    noted(request, "board.saved", f"{board.pk} {board.name}")
    return JsonResponse(_told(board))


@router.delete("/boards/{number}", response=None, summary="Remove a board")
@asks("export")
def remove(request: HttpRequest, number: int) -> JsonResponse:
    """Throw a board away."""
    from touchline.server.boards import saved
    from touchline.server.boards.models import Board

    access = _access(request)
    if not Board.objects.filter(workspace=access.workspace or "", pk=number).exists():
        raise QuestionError(
            phrase("there is no board {number}", number=number), where="number", todo=phrase("see /api/v1/boards")
        )
    board = saved.mine(access, number)
    noted(request, "board.removed", f"{number} {board.name}")
    board.delete()
    return JsonResponse({"removed": number})
