"""What an administrator may ask over the API: is everything sound, and when did each job run?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from touchline.server.operations.models import Run
from touchline.server.people import facade as people
from touchline.server.workspaces import facade as workspaces

router = Router(tags=["operations"])


@router.get("/check", summary="Is what is stored sound? Journal, warehouse, index and state against each other.")
@people.needs("admin")
def check(request: HttpRequest) -> dict[str, Any]:
    """Return what is wrong, a sentence each."""
    with workspaces.held(request.access.workspace).writing() as opened:  # type: ignore[attr-defined]
        problems = opened.check()
    return {"sound": not problems, "problems": problems}


@router.get("/jobs", summary="When did each periodic job of this workspace and of the server run, and how did it end?")
@people.needs("admin")
def jobs(request: HttpRequest) -> dict[str, Any]:
    """Return the last run of each."""
    slugs = ("", request.access.workspace)  # type: ignore[attr-defined]
    return {
        "jobs": [
            {
                "job": run.job, "workspace": run.workspace, "started_at": run.started_at, "ended_at": run.ended_at,
                "ok": run.ok, "told": run.told, "next_at": run.next_at, "failures": run.failures,
            }
            for run in Run.objects.filter(workspace__in=slugs)
        ]
    }  # fmt: skip
