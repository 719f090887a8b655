"""What an administrator may ask over the API: is everything sound, and when did each job run?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest
from ninja import Router

from touchline.server.operations.models import Run
from touchline.server.people import facade as people
from touchline.server.workspaces import facade as workspaces

if TYPE_CHECKING:
    from touchline.workspace import Workspace

router = Router(tags=["operations"])
_LOOKS: Final = 5


@router.get("/check", summary="Is what is stored sound? Journal, warehouse, index and state against each other.")
@people.asks("admin")
def check(request: HttpRequest) -> dict[str, Any]:
    """Return what is wrong, a sentence each."""
    with workspaces.held(_slug(request)).writing() as opened:
        problems = _settled(opened)
    return {"sound": not problems, "problems": problems}


def _settled(opened: Workspace) -> list[str]:
    """Check; again where records came in meanwhile, which were counted on one side and not yet on the other."""
    problems: list[str] = []
    for _ in range(_LOOKS):
        opened.drain()
        before = opened.journal.counts()
        problems = opened.check()
        if not problems or opened.journal.counts() == before:
            break
    return problems


@router.get("/jobs", summary="When did each periodic job of this workspace and of the server run, and how did it end?")
@people.asks("admin")
def jobs(request: HttpRequest) -> dict[str, Any]:
    """Return the last run of each."""
    return {
        "jobs": [
            {
                "job": run.job, "workspace": run.workspace, "started_at": run.started_at, "ended_at": run.ended_at,
                "ok": run.ok, "told": run.told, "next_at": run.next_at, "failures": run.failures,
            }
            for run in Run.objects.filter(workspace__in=("", _slug(request)))
        ]
    }  # fmt: skip


def _slug(request: HttpRequest) -> str:
    """Return the workspace that `needs` found the one who asks to be in."""
    access: people.Access = request.access  # type: ignore[attr-defined]
    return str(access.workspace)
