"""Comments on maps, their pictures, who sees a map, and links to it, over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router
from pydantic import Field, StringConstraints

from touchline.errors import InputError, QuestionError
from touchline.report.maps_pictures import MOST_BYTES
from touchline.server.maps import circles, keeping, pictures, remarks, shares, telling
from touchline.server.maps.api import Number, who
from touchline.server.people.facade import Given, as_json, asks, noted
from touchline.words import phrase

router = Router(tags=["Maps"])


class Saying(Given):
    """A comment."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    of: Literal["map", "phase", "step", "lane", "card", "route", "stakeholder"] = "map"
    part: Annotated[str, StringConstraints(max_length=200)] = Field("", description="The part's id.")
    reply_to: Number | None = None


class Settling(Given):
    """Whether a thread is settled."""

    done: bool = True


class Sharing(Given):
    """A link for those without a log-in."""

    days: Annotated[float, Field(gt=0, le=shares.LONGEST_DAYS)] = shares.DAYS
    note: Annotated[str, StringConstraints(max_length=120)] = ""


class Named(Given):
    """Whom a map is kept to, besides its maker and the administrators."""

    roles: Annotated[list[str], Field(max_length=10)] = Field([], description="viewer, analyst, agent, manager.")
    people: Annotated[list[Annotated[str, StringConstraints(max_length=254)]], Field(max_length=200)] = Field(
        [], description="Addresses of people of the workspace."
    )


class Keeping(Given):
    """Who sees a map, and who of them changes it; null for everybody."""

    seen_by: Named | None = Field(..., description="Null: everybody in the workspace.")
    changed_by: Named | None = Field(..., description="Null: all who see it and have the scope `maps`.")


@router.get("/maps/{which}/comments", response=None, summary="The comments on a map")
@asks("read")
def comments(request: HttpRequest, which: str) -> HttpResponse:
    """List all comments, the oldest first."""
    _, slug = who(request)
    return as_json({"comments": [telling.remark(one) for one in remarks.on(slug, which)]})


@router.post("/maps/{which}/comments", response=None, summary="Comment on a map")
@asks("read")
def comment(request: HttpRequest, which: str, body: Saying) -> HttpResponse:
    """Comment on the map or on a part of it; `@ann` names a colleague."""
    access, _ = who(request)
    made = remarks.write(access, which, body.text, of=body.of, part=body.part, reply_to=body.reply_to)
    noted(request, "map.commented", f"{which} {made.pk}")
    return as_json(telling.remark(made), 201)


@router.post("/maps/{which}/comments/{number}", response=None, summary="Settle a thread")
@asks("read")
def settle(request: HttpRequest, which: str, number: int, body: Settling) -> HttpResponse:
    """Say that a thread is settled, or open it again: whoever may change maps, and who began it."""
    access, _ = who(request)
    done = remarks.settle(access, which, number, done=body.done)
    noted(request, "map.comment-settled", f"{which} {number}")
    return as_json(telling.remark(done))


@router.get("/maps/{which}/pictures", response=None, summary="The pictures of a map")
@asks("read")
def pictures_of(request: HttpRequest, which: str) -> HttpResponse:
    """List the pictures that a map keeps; `picture` is how a card names one."""
    _, slug = who(request)
    rows = keeping.load(slug, which).sheet.pictures.all()
    return as_json({"pictures": [pictures.told(one) for one in rows]})


@router.post("/maps/{which}/pictures", response=None, summary="Bring a picture")
@asks("maps")
def bring_picture(request: HttpRequest, which: str) -> HttpResponse:
    """Keep a picture for the map's cards: one part of a form, named `file`; PNG, JPEG, WebP or GIF, at most 10 MB.

    It is drawn anew, at most 1,600 pixels long and without metadata; then an edit sets a card's `picture`.
    """
    access, slug = who(request)
    keeping.changeable(slug, which)  # before anything is said about the file
    file = request.FILES.get("file")
    if file is None:
        raise QuestionError(
            phrase("there is no file"), where="file", todo=phrase("send it as a form's part named file")
        )
    if (file.size or 0) > MOST_BYTES:
        raise InputError(phrase("the picture has more than {value} MB", value=str(MOST_BYTES // 2**20)), where="file")
    row = pictures.put(slug, which, file.read(), access.name)
    noted(request, "map.pictured", f"{which} {row.name}")
    return as_json(pictures.told(row), 201)


@router.get("/maps/{which}/pictures/{name}", response=None, summary="A picture of a map")
@asks("read")
def picture(request: HttpRequest, which: str, name: str) -> HttpResponse:
    """Give a picture's bytes: PNG or JPEG."""
    _, slug = who(request)
    return pictures.answer(pictures.found(slug, which, name))


@router.get("/maps/{which}/access", response=None, summary="Who sees a map, and who changes it")
@asks("read")
def access_to(request: HttpRequest, which: str) -> HttpResponse:
    """Return who sees a map and who changes it, null for everybody, and whether the one who asks may say so."""
    _, slug = who(request)
    return as_json(telling.kept_to(keeping.load(slug, which)))


@router.put("/maps/{which}/access", response=None, summary="Say who sees a map, and who changes it")
@asks("maps")
def keep_to(request: HttpRequest, which: str, body: Keeping) -> HttpResponse:
    """Keep a map to some roles and people. Its maker and administrators say it, and always see and change the map.

    For whoever may not see it the map is not there: 404 everywhere. Links without a log-in stay good.
    """
    _, slug = who(request)
    sheet = keeping.load(slug, which).sheet
    seen_by, changed_by = (
        None if said is None else circles.drawn(slug, scope, said.roles, said.people, already=circles.Circle.of(before))
        for said, scope, before in (
            (body.seen_by, "read", sheet.seen_by), (body.changed_by, "maps", sheet.changed_by)
        )
    )  # fmt: skip
    kept = keeping.keep_to(slug, which, seen_by=seen_by, changed_by=changed_by)
    noted(request, "map.kept-to", telling.circles_told(kept))
    return as_json(telling.kept_to(kept))


@router.get("/maps/{which}/shares", response=None, summary="The links to a map")
@asks("maps")
def links(request: HttpRequest, which: str) -> HttpResponse:
    """List the links that open the map without a log-in."""
    _, slug = who(request)
    return as_json({"shares": [telling.share(one) for one in shares.of(slug, which)]})


@router.post("/maps/{which}/shares", response=None, summary="Make a link to a map")
@asks("maps")
def share(request: HttpRequest, which: str, body: Sharing) -> HttpResponse:
    """Make a read-only link: whoever has it sees the map, and nothing that was measured. It is told once."""
    access, slug = who(request)
    made, token = shares.make(slug, which, access.name, days=body.days, note=body.note)
    noted(request, "map.shared", f"{which} {made.pk}")
    return as_json({**telling.share(made), "url": request.build_absolute_uri(reverse("shared-map", args=[token]))}, 201)


@router.delete("/maps/{which}/shares/{number}", response=None, summary="Take a link back")
@asks("maps")
def unshare(request: HttpRequest, which: str, number: int) -> HttpResponse:
    """Take a link back; it opens nothing from then on."""
    _, slug = who(request)
    shares.revoke(slug, which, number)
    noted(request, "map.unshared", f"{which} {number}")
    return as_json({"removed": number})
