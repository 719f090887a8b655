"""Cases over HTTP. Who changes one says which version they saw; another one since is a 409 with both."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from touchline.errors import QuestionError, TouchlineError
from touchline.server.care import changing, files, hints, loops, measuring, opening, seeing, story, talking
from touchline.server.care.seeing import VIEWS, Wanted
from touchline.server.people.facade import Access, Given, access_of, as_json, asks, noted, only
from touchline.words import phrase

router = Router(tags=["Cases"])
Short = Annotated[str, StringConstraints(max_length=300)]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Status = Literal["new", "in_progress", "waiting", "resolved", "closed"]
Priority = Literal["urgent", "high", "normal", "low"]
Outcome = Literal["recovered", "not_recovered", "churned"]
_MOST: Final = 500


class Opening(Given):
    """A case to be opened."""

    customer: Ref = Field(description="A reference of the customer.")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    key: Short | None = Field(None, description="Names what it is for: the same key opens nothing twice.")
    stage: Short | None = None
    theme: Short | None = None
    priority: Priority = "normal"
    due: Short | None = Field(None, description="`48 h`, `4 business hours`, `2 business days`.")
    owner: Short | None = Field(None, description="The owner's address.")
    team: Short = ""


class Changing(Given):
    """What becomes of a case; what is left out stays as it is."""

    version: int = Field(ge=1, description="The version that was read.")
    status: Status | None = None
    owner: Short | None = Field(None, description="An address; empty for nobody.")
    team: Short | None = None
    priority: Priority | None = None
    due: Short | None = None
    theme: Short | None = None
    stage: Short | None = None
    root_cause: Short | None = None
    outcome: Outcome | Literal[""] | None = None
    resurvey: bool | None = None
    note: Short = Field("", description="Why, for the history.")


class Closing(Given):
    """How a case ended."""

    version: int = Field(ge=1)
    outcome: Outcome
    root_cause: Short | None = None
    resurvey: bool | None = Field(None, description="Is the customer to be asked again?")
    note: Short = ""


class Saying(Given):
    """What is written on a case."""

    text: Words
    internal: bool = Field(True, description="Among ourselves; else it is what the customer is told.")


class Merging(Given):
    """Cases that become part of another."""

    numbers: Annotated[list[int], Field(min_length=1, max_length=100)]


def _who(request: HttpRequest) -> tuple[Access, str]:
    access = access_of(request)
    return access, access.workspace or ""


class Listing(Schema):
    """Which cases."""

    view: str = Field("all", description=f"One of {', '.join(VIEWS)}.")
    status: str = ""
    priority: str = ""
    owner: str = ""
    team: str = ""
    stage: str = ""
    theme: str = ""
    cause: str = ""
    customer: str = ""
    source: str = ""
    play: str = ""
    words: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=_MOST)
    skip: int = Field(0, ge=0, le=1_000_000)


@router.get("/cases", response=None, operation_id="list_cases", summary="Cases")
@asks("cases")
def listed(request: HttpRequest, asked: Query[Listing]) -> HttpResponse:
    """List cases, those due first first."""
    only(request, Listing.model_fields)
    access, slug = _who(request)
    given = asked.model_dump()
    limit, skip = given.pop("limit"), given.pop("skip")
    rows = seeing.cases(slug, access, Wanted(**given))
    noted(request, "cases.seen", request.GET.urlencode())
    return as_json({"n": rows.count(), "cases": [seeing.told(case) for case in rows[skip : skip + limit]]})


@router.get("/hints", response=None, operation_id="list_hints", summary="Who is losing patience right now")
@asks("cases")
def listed_hints(request: HttpRequest) -> HttpResponse:
    """List customers who turned angry or frustrated in a conversation of the last quarter of an hour."""
    only(request)
    access, slug = _who(request)
    noted(request, "hints.seen")
    return as_json({"hints": [hints.told(hint) for hint in hints.hints(slug, access)[:_MOST]]})


@router.post("/hints/{number}/take", response=None, operation_id="take_hint", summary="Take a hint on")
@asks("cases")
def taken_hint(request: HttpRequest, number: int) -> HttpResponse:
    """Say that somebody looks after it: it is shown no more."""
    only(request)
    access, slug = _who(request)
    hint = hints.take(slug, number, access)
    noted(request, "hint.taken", str(number))
    return as_json(hints.told(hint))


@router.post("/cases", response=None, operation_id="open_case", summary="Open a case")
@asks("cases")
def opened(request: HttpRequest, body: Opening) -> HttpResponse:
    """Open a case, or answer with the one that was opened for the key before."""
    only(request)
    access, slug = _who(request)
    given = body.model_dump()
    key = given.pop("key") or f"api/{uuid.uuid4()}"
    case = opening.open_case(slug, **given, key=key, source="api", by=access)
    case = seeing.find(slug, case.number, access)
    noted(request, "case.opened", f"{case.number}")
    return as_json(seeing.told(case), 201)


@router.get("/cases/metrics", response=None, operation_id="case_metrics", summary="How recovery goes")
@asks("cases")
def metrics(request: HttpRequest, since: datetime | None = None, until: datetime | None = None) -> HttpResponse:
    """Tell what is open and late, how long it takes, and how often it succeeds; by cause, team and stage."""
    only(request, {"since", "until"})
    for name, at in (("since", since), ("until", until)):
        if at is not None and at.tzinfo is None:
            raise QuestionError(
                phrase("{name} needs its time zone", name=str(name)),
                where=name,
                todo=phrase("write 2026-01-31T00:00:00Z"),
            )
    access, slug = _who(request)
    return as_json(measuring.metrics(slug, access, since=since, until=until))


@router.get("/cases/{int:number}", response=None, operation_id="case", summary="A case")
@asks("cases")
def shown(request: HttpRequest, number: int) -> HttpResponse:
    """Tell a case with its comments, files and whole history."""
    only(request)
    access, slug = _who(request)
    case = seeing.find(slug, number, access)
    noted(request, "case.seen", str(number))
    return as_json(story.whole(case))


@router.patch("/cases/{int:number}", response=None, operation_id="change_case", summary="Change a case")
@asks("cases")
def changed(request: HttpRequest, number: int, body: Changing) -> HttpResponse:
    """Change a case. 409 tells that it was changed since it was read, and as what it stands."""
    only(request)
    access, slug = _who(request)
    given = body.model_dump(exclude_unset=True)
    version, note = given.pop("version"), given.pop("note", "")
    case = changing.change(slug, number, given, by=access, version=version, note=note)
    noted(request, "case.changed", f"{number}: {', '.join(sorted(given))}")
    return as_json(seeing.told(case))


@router.post("/cases/{int:number}/close", response=None, operation_id="close_case", summary="Close a case")
@asks("cases")
def closed(request: HttpRequest, number: int, body: Closing) -> HttpResponse:
    """Close a case with how it ended; the customer's journey is told."""
    only(request)
    access, slug = _who(request)
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    version, note = given.pop("version"), given.pop("note")
    case = changing.change(slug, number, {**given, "status": "closed"}, by=access, version=version, note=note)
    noted(request, "case.closed", f"{number}: {body.outcome}")
    return as_json(seeing.told(case))


@router.post("/cases/{int:number}/comments", response=None, operation_id="comment_case", summary="Write on a case")
@asks("cases")
def commented(request: HttpRequest, number: int, body: Saying) -> HttpResponse:
    """Write on a case: among ourselves, or to the customer."""
    only(request)
    access, slug = _who(request)
    made = talking.comment(slug, number, body.text, by=access, internal=body.internal)
    noted(request, "case.commented", str(number))
    return as_json(story.said(made), 201)


@router.post("/cases/{int:number}/merge", response=None, operation_id="merge_cases", summary="Merge cases")
@asks("cases")
def merged(request: HttpRequest, number: int, body: Merging) -> HttpResponse:
    """Make other cases of the same customer part of this one."""
    only(request)
    access, slug = _who(request)
    case = changing.merge(slug, number, body.numbers, by=access)
    noted(request, "case.merged", f"{number}: {body.numbers}")
    return as_json(seeing.told(case))


@router.post("/cases/{int:number}/files", response=None, operation_id="attach", summary="Attach a file")
@asks("cases")
def attached(request: HttpRequest, number: int) -> HttpResponse:
    """Attach a file: one part of a form, named `file`."""
    only(request)
    access, slug = _who(request)
    file = request.FILES.get("file")
    if file is None:
        raise QuestionError(
            phrase("there is no file"), where="file", todo=phrase("send it as a form's part named file")
        )
    made = files.attach(slug, number, file.name or "file", file.chunks(), by=access)
    noted(request, "case.attached", f"{number}: {made.sha256}")
    return as_json(story.file(made), 201)


class Fixing(Given):
    """A cause that was put right."""

    theme: Short
    stage: Short = ""
    said: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    did: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    fixed_at: datetime | None = None
    since: datetime | None = None
    hold_out: float | None = Field(None, ge=0, le=0.9)
    message: Words | None = None


@router.get("/fixes", response=None, operation_id="fixes", summary="Causes that were put right")
@asks("cases")
def fixes(request: HttpRequest) -> HttpResponse:
    """List causes that were put right, and how many of those who raised them were told."""
    only(request)
    access, slug = _who(request)
    return as_json({"fixes": [loops.told(fix, access) for fix in loops.fixes(slug)]})


@router.post("/fixes", response=None, operation_id="fix", summary="Say that a cause was put right")
@asks("cases")
def fixed(request: HttpRequest, body: Fixing) -> HttpResponse:
    """Find everybody who raised a cause, and draft what they are told. Nothing is sent yet."""
    only(request)
    access, slug = _who(request)
    fix = loops.put_right(slug, by=access, **body.model_dump())
    noted(request, "cause.fixed", f"{fix.number}: {fix.theme}")
    return as_json(loops.told(fix, access), 201)


@router.get("/fixes/{int:number}", response=None, operation_id="fix_effect", summary="What telling came to")
@asks("cases")
def effect(request: HttpRequest, number: int) -> HttpResponse:
    """Tell whom a fix was told, and how their scores went on beside those who were not told."""
    only(request)
    access, slug = _who(request)
    fix = loops.find(slug, number)
    told = loops.told(fix, access)
    try:
        told["effect"] = loops.effect(fix, access)
    except TouchlineError as error:
        told["effect"] = {"why_not": error.what}
    noted(request, "fix.seen", str(number))
    return as_json({**told, "customers": [loops.shown(one) for one in loops.rows(fix, access)[:_MOST]]})
