"""Plays over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router
from pydantic import Field, StringConstraints

from touchline.server.people.facade import Given, access_of, as_json, asks, noted, only
from touchline.server.plays import effect as effects
from touchline.server.plays import following, managing, recipe, suggesting
from touchline.server.plays.models import Play
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy

router = Router(tags=["Plays"])
Operation = TypeVar("Operation", bound=Callable[..., Any])


class Written(Given):
    """A play."""

    yaml: Annotated[str, StringConstraints(min_length=1, max_length=60_000)]


class Switched(Given):
    """Whether it starts runs."""

    on: bool


def slug_of(request: HttpRequest) -> str:
    """Return the workspace that is asked about."""
    return access_of(request).workspace or ""


def _place(request: HttpRequest) -> tuple[str, Taxonomy]:
    slug = slug_of(request)
    return slug, held(slug).workspace.taxonomy


def whole(request: HttpRequest, what: str) -> None:
    """Let only those on who may see all customers.

    Raises:
        NotAllowed: The one who asks may not.
    """
    from touchline.server.api.facade import unrestricted

    unrestricted(access_of(request), what)


@router.get("/plays", response=None, summary="The plays of the workspace, and those that it could have")
@asks("read")
def plays(request: HttpRequest) -> HttpResponse:
    """List plays with how often they ran, and the ready ones."""
    slug = slug_of(request)
    counted = managing.counts(managing.visible(access_of(request), slug))
    rows = Play.objects.filter(workspace=slug)
    return JsonResponse({
        "plays": [managing.told(row, counted) for row in rows],
        "ready": [{"play": name, "name": one.name, "about": one.about, "yaml": text}
                  for name, (text, one) in recipe.ready().items()],
    })  # fmt: skip


@router.post("/plays", response=None, summary="Add a play, switched off")
@asks("admin")
def add(request: HttpRequest, body: Written) -> HttpResponse:
    """Add a play; see docs/plays.md for the YAML."""
    made = managing.add(*_place(request), body.yaml)
    noted(request, "play.added", made.slug)
    return JsonResponse(managing.told(made), status=201)


@router.put("/plays/{name}", response=None, summary="Give a play another recipe")
@asks("admin")
def change(request: HttpRequest, name: str, body: Written) -> HttpResponse:
    """Change a play; runs that are under way keep their steps."""
    made = managing.change(*_place(request), name, body.yaml)
    noted(request, "play.changed", name)
    return JsonResponse(managing.told(made))


@router.get("/customers/{path:ref}/next", response=None, summary="The next best action for a customer")
@asks("cases")
def next_action(request: HttpRequest, ref: str) -> HttpResponse:
    """List the plays that fit what a customer last complained of, those with the surest measured effect first."""
    only(request)
    whole(request, "the effect of plays")
    noted(request, "customer.seen", ref)
    return as_json({"suggestions": [one.as_dict() for one in suggesting.suggested(held(slug_of(request)), ref)]})


@router.post("/plays/{name}/switch", response=None, summary="Switch a play on or off")
@asks("admin")
def switch(request: HttpRequest, name: str, body: Switched) -> HttpResponse:
    """Let a play start runs from now on, or no more."""
    made = managing.switch(slug_of(request), name, on=body.on)
    noted(request, "play.switched", f"{name} {'on' if body.on else 'off'}")
    return JsonResponse(managing.told(made))


@router.delete("/plays/{name}", response=None, summary="Take a play away, with its runs")
@asks("admin")
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Take a play away; its cases stay."""
    managing.remove(slug_of(request), name)
    noted(request, "play.removed", name)
    return HttpResponse(status=204)


@router.get("/plays/{name}/runs", response=None, summary="For whom a play was started")
@asks("read")
def runs(
    request: HttpRequest,
    name: str,
    arm: Literal["treated", "held out"] | None = None,
    limit: Annotated[int, Field(ge=1, le=500)] = 50,
) -> HttpResponse:
    """List runs with their steps, the newest first; those of customers that the caller may see."""
    play = managing.of(slug_of(request), name)
    found = managing.visible(access_of(request), play.workspace).filter(play=play)
    found = found.filter(arm=arm) if arm else found
    noted(request, "play.seen", name)
    rows = found.select_related("play").prefetch_related("steps")[:limit]
    return JsonResponse({"runs": [managing.run_told(run) for run in rows]})


@router.get("/plays/{name}/effect", response=None, summary="What a play does, against those held out")
@asks("read")
def effect(request: HttpRequest, name: str) -> HttpResponse:
    """Tell recovery, change of the JSI and retention on both sides, with 95 % intervals."""
    whole(request, "the effect of a play")
    play = managing.of(slug_of(request), name)
    return JsonResponse(effects.effect(held(play.workspace), play).as_dict())


@router.get("/plays/{name}/past", response=None, summary="What a play would have done")
@asks("read")
def past(request: HttpRequest, name: str, days: Annotated[int, Field(ge=1, le=366)] = 90) -> HttpResponse:
    """Tell how often it would have started in the last days of the data."""
    whole(request, "the past of a play")
    play = managing.of(slug_of(request), name)
    found = managing.past(held(play.workspace), recipe.read(play.text), days)
    return JsonResponse({
        "days": found.days, "since": found.since, "runs": found.runs, "held_out": found.held_out,
        "by_week": list(found.by_week), "told": found.told,
    })  # fmt: skip


@router.post("/plays/{name}/runs/{run}/steps/{number}/done", response=None, summary="Say that a step is done")
@asks("cases")
def done(request: HttpRequest, name: str, run: int, number: int) -> HttpResponse:
    """End a step."""
    seen_run(request, name, run)
    step = following.end_step(slug_of(request), run, number, access_of(request).name)
    noted(request, "play.step-done", f"{name} {run}/{number}")
    return JsonResponse({"run": run, "number": step.number, "state": step.state, "ended_at": step.ended_at})


def seen_run(request: HttpRequest, name: str, run: int) -> None:
    """Let those on who may see a run.

    Raises:
        PlayMissing: They may not, or there is none.
    """
    mine = managing.visible(access_of(request), slug_of(request))
    if run >= 1 << 62 or not mine.filter(pk=run, play__slug=name).exists():
        raise managing.PlayMissing(f"there is no run {run}", where="run", todo="look at the play's page")
