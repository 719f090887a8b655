"""Maps over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, StringConstraints

from touchline.errors import InputError, NotAllowed
from touchline.maps import Map
from touchline.maps.plain import from_plain, to_plain
from touchline.server.maps import exporting, keeping, laid, making, plain, presence, telling
from touchline.server.people.facade import Access, Given, access_of, as_json, asks, look_over, noted, only
from touchline.server.workspaces.facade import held
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.server.journey.facade import Visit

router = Router(tags=["Maps"])
Short = Annotated[str, StringConstraints(max_length=400)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Version = Annotated[int, Field(ge=1, le=1_000_000_000)]
Number = Annotated[int, Field(ge=1, le=1_000_000_000_000)]


class Making(Given):
    """A new map: from a template, from YAML, or as data. One of the three."""

    template: Annotated[str, StringConstraints(max_length=80)] = Field("", description="A template's name.")
    name: Annotated[str, StringConstraints(max_length=120)] = Field("", description="Of a map from a template.")
    stage: Annotated[str, StringConstraints(max_length=200)] = Field("", description="Of a stage zoom.")
    cards: bool = Field(True, description="Whether the template's example cards come along.")
    yaml: Annotated[str, StringConstraints(max_length=4_000_000)] = Field("", description="A map's file.")
    map: dict[str, Any] | None = Field(None, description="A map as docs/maps.schema.json has it, with ids.")
    replaces: bool = Field(False, description="Whether a map of this id gets it as its next version.")


class Editing(Given):
    """What to change."""

    base: Version = Field(..., description="The version that the sender knew.")
    edits: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=2_000)] = Field(
        ..., description="Each with op (add, set, move, remove), of, id, values, inside and before."
    )
    note: Short = ""
    key: Annotated[str, StringConstraints(max_length=64)] = Field(
        "", description="The sender's own random name of this change: sent again, it is not done again."
    )


class Restoring(Given):
    """Which version comes back."""

    version: Version
    base: Version | None = Field(None, description="The version that the sender knew; none to undo whatever was done.")


class Naming(Given):
    """A version's name."""

    version: Version
    name: Annotated[str, StringConstraints(max_length=120)] = Field("", description="Empty takes it away.")


def who(request: HttpRequest, *names: str) -> tuple[Access, str]:
    """Return who asks, and the workspace; the address may say nothing but some names."""
    only(request, names)
    access = access_of(request)
    return access, access.workspace or ""


@router.get("/maps", response=None, summary="The maps of the workspace")
@asks("read")
def maps(request: HttpRequest, archived: bool = False) -> HttpResponse:
    """List maps; or those that are put away."""
    _, slug = who(request, "archived")
    return as_json({"maps": [telling.about(one) for one in keeping.everyone(slug, archived=archived)]})


@router.post("/maps", response=None, summary="Make a map, or bring one")
@asks("maps")
def make(request: HttpRequest, body: Making) -> HttpResponse:
    """Keep a new map: from a template, from a YAML file, or as data."""
    access, slug = who(request)
    if sum((bool(body.template), bool(body.yaml), body.map is not None)) != 1:
        raise InputError(
            phrase("a map is made from a template, from yaml, or from map"), where="template", todo=phrase("give one")
        )
    if body.template:
        taxonomy = held(slug).workspace.taxonomy
        kept = making.begin(
            slug, body.template, access.name, name=body.name or body.template.capitalize(), taxonomy=taxonomy,
            stage=body.stage, cards=body.cards,
        )  # fmt: skip
    elif body.yaml:
        kept = making.import_text(slug, body.yaml, access.name, where="yaml", replaces=body.replaces)
    else:
        made = from_plain(Map, body.map)
        kept = making.bring(slug, made, access.name) if body.replaces else keeping.create(slug, made, access.name)
    noted(request, "map.made", f"{kept.map.id} version {kept.version}")
    return as_json(_whole(kept), 201)


def _whole(kept: keeping.Kept) -> dict[str, Any]:
    return {**telling.about(kept), "map": to_plain(kept.map)}


@router.get("/maps/{which}", response=None, summary="A map as it is now")
@asks("read")
def one(request: HttpRequest, which: str) -> HttpResponse:
    """Return a map, its version, and what is known about it."""
    _, slug = who(request)
    return as_json(_whole(keeping.load(slug, which)))


@router.delete("/maps/{which}", response=None, summary="Put a map away")
@asks("maps")
def put_away(request: HttpRequest, which: str) -> HttpResponse:
    """Put a map away. Nothing of it is lost; a change brings it back into no list, `unarchive` does."""
    access, slug = who(request)
    kept = keeping.archive(slug, which, access.name)
    noted(request, "map.archived", which)
    return as_json(telling.about(kept))


@router.post("/maps/{which}/unarchive", response=None, summary="Take a map out again")
@asks("maps")
def take_out(request: HttpRequest, which: str) -> HttpResponse:
    """Take a map that was put away into use again."""
    access, slug = who(request)
    kept = keeping.archive(slug, which, access.name, away=False)
    noted(request, "map.unarchived", which)
    return as_json(telling.about(kept))


@router.post("/maps/{which}/future", response=None, summary="Begin a map's future state")
@asks("maps")
def begin_future(request: HttpRequest, which: str) -> HttpResponse:
    """Keep a new map of the journey as it shall be: the same steps, without what hurts today."""
    access, slug = who(request)
    kept = making.improve(slug, which, access.name)
    noted(request, "map.made", kept.map.id)
    return as_json(_whole(kept), 201)


@router.post("/maps/{which}/review", response=None, summary="Say that a map still holds")
@asks("maps")
def review(request: HttpRequest, which: str) -> HttpResponse:
    """Note that somebody looked whether the map still holds; the next review is counted from now."""
    access, slug = who(request)
    kept = keeping.review(slug, which, access.name)
    noted(request, "map.reviewed", which)
    return as_json(telling.about(kept))


# ---------------------------------------------------------------------------------------------- edits and versions


@router.post("/maps/{which}/edits", response=None, summary="Change a map")
@asks("maps")
def edit(request: HttpRequest, which: str, body: Editing) -> HttpResponse:
    """Make edits on top of what others did meanwhile: all of them, or none.

    Answers with the new version, the others' changes since `base`, and the edits that undo these. Where somebody
    changed the same, the answer is 409 with the version as it is now, the others' changes and those of the edits that
    cannot stand beside them.
    """
    access, slug = who(request)
    kept = keeping.change(slug, which, body.base, plain.edits(body.edits), access.name, body.note, key=body.key)
    others = kept.version - 1 if kept.undo else kept.version
    since = [one for one in keeping.since(slug, which, body.base) if one.version <= others]
    # the map's own history says who changed what; the audit log would be full of keystrokes
    undo = [plain.told(one) for one in kept.undo]
    return as_json({"version": kept.version, "since": telling.changes(since), "undo": undo})


@router.get("/maps/{which}/edits", response=None, summary="What was changed after a version")
@asks("read")
def edits(
    request: HttpRequest, which: str, after: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0, here: str = ""
) -> HttpResponse:
    """List the changes after a version, the oldest first, with their edits; empty while nobody changed anything.

    Who says where they are (`here`: ``map``, or ``card:ID`` for what they have open) is seen by the others for some
    seconds, and gets `people`: who else looks at the map now, and at what.
    """
    access, slug = who(request, "after", "here")
    found = keeping.since(slug, which, after)
    told = {"version": found[-1].version if found else after, "changes": telling.changes(found)}
    return as_json(told | {"people": presence.others(access, which, here)} if here else told)


@router.get("/maps/{which}/versions", response=None, summary="The history of a map")
@asks("read")
def versions(request: HttpRequest, which: str) -> HttpResponse:
    """List the versions, the newest first: who made each, when, and its name."""
    _, slug = who(request)
    names = keeping.load(slug, which).sheet.names.all()
    return as_json({"versions": telling.versions(keeping.history(slug, which), names)})


@router.post("/maps/{which}/versions", response=None, summary="Name a version")
@asks("maps")
def name(request: HttpRequest, which: str, body: Naming) -> HttpResponse:
    """Give a version a name, or take it away."""
    access, slug = who(request)
    keeping.name(slug, which, body.version, body.name, access.name)
    noted(request, "map.named", f"{which} version {body.version}: {body.name}")
    names = keeping.load(slug, which).sheet.names.all()
    return as_json({"versions": telling.versions(keeping.history(slug, which), names)})


@router.get("/maps/{which}/versions/{version}", response=None, summary="A map as it was")
@asks("read")
def version_(request: HttpRequest, which: str, version: int) -> HttpResponse:
    """Return a map as it was in a version, and what the version changed, in sentences."""
    _, slug = who(request)
    return as_json({
        "version": version, "map": to_plain(keeping.at(slug, which, version)),
        "changes": telling.sentences(slug, which, version),
    })  # fmt: skip


@router.post("/maps/{which}/restore", response=None, summary="Bring an old version back")
@asks("maps")
def restore(request: HttpRequest, which: str, body: Restoring) -> HttpResponse:
    """Make the map what it was in a version, as a new version; those between stay in the history."""
    access, slug = who(request)
    kept = keeping.restore(slug, which, body.version, access.name, base=body.base)
    noted(request, "map.restored", f"{which} version {body.version}")
    return as_json(_whole(kept))


# ------------------------------------------------------------------------------------------------- what was measured


def _asked(request: HttpRequest, find: Callable[[Visit], Any], *names: str) -> HttpResponse:
    """Answer with what is found in a visit; the filters are those of the pages."""
    from touchline.server.journey.facade import OWN, visiting

    look_over(request.GET, {"workspace": False, **dict.fromkeys(OWN, True), **dict.fromkeys(names, False)})
    return as_json(visiting(request, access_of(request).workspace or "", find))


@router.get("/maps/{which}/overlay", response=None, summary="What was measured of a map")
@asks("read")
def overlay(request: HttpRequest, which: str) -> HttpResponse:
    """Return figures per step and card, findings, the validation and the shapes of the line.

    The filters are those of the pages: `days`, `since`, `until`, `segment`, `channel`, `persona`, `compare` ...
    """
    now = keeping.load(access_of(request).workspace or "", which).map
    return _asked(request, lambda visit: laid.as_data(laid.overlay_of(visit, now, personas=True)))


@router.get("/maps/{which}/findings", response=None, summary="Where a map and the data part")
@asks("read")
def findings(request: HttpRequest, which: str) -> HttpResponse:
    """Return what the machine noticed, the most important first, and the share of claims that data back."""
    now = keeping.load(access_of(request).workspace or "", which).map

    def find(visit: Visit) -> dict[str, Any]:
        found = laid.overlay_of(visit, now, personas=True)
        return {"findings": laid.as_data(found.findings), "validation": found.validation}

    return _asked(request, find)


@router.get("/maps/{which}/gaps", response=None, summary="How far a map is from its future state")
@asks("read")
def gaps(request: HttpRequest, which: str, against: str = "") -> HttpResponse:
    """Return per step what is, what shall be, and whether the difference is sure; `against` names the other map."""
    return _asked(request, lambda visit: laid.as_data(laid.gaps_of(visit, which, against)), "against")


@router.get("/maps/{which}/priorities", response=None, summary="What of a map to do first")
@asks("read")
def priorities(request: HttpRequest, which: str) -> HttpResponse:
    """Return the map's opportunities and solutions with predicted impact and effort, and what those done brought."""
    now = keeping.load(access_of(request).workspace or "", which).map

    def find(visit: Visit) -> dict[str, Any]:
        return {
            "priorities": laid.as_data(laid.priorities_of(visit, [now])),
            "learned": laid.as_data(laid.learned_of(visit, [now])),
        }

    return _asked(request, find)


@router.get("/maps/{which}/story", response=None, summary="A map's story, or its summary")
@asks("read")
def story(
    request: HttpRequest, which: str, kind: Literal["story", "summary"] = "story",
    of: Annotated[str, StringConstraints(max_length=120)] = "",
) -> HttpResponse:  # fmt: skip
    """Return sentences made from the figures, each with the question that holds its numbers.

    `of` names one of the map's personas whose story it is; `kind=summary` sums the journey up for a board.
    """
    from touchline.server.maps.views.story import personas_of, story_of

    now = keeping.load(access_of(request).workspace or "", which).map

    def find(visit: Visit) -> Any:
        if of and of not in (known := personas_of(visit, now)):
            todo = f"there are: {', '.join(known) or 'none whom you may see'}"
            raise InputError(
                phrase("the map has no persona {value} to tell of", value=repr(of[:80])), where="of", todo=todo
            )
        return laid.as_data(story_of(visit, now, kind, of))

    return _asked(request, find, "kind", "of")


@router.get("/maps/{which}/export", response=None, summary="A map as a file")
@asks("read")
def export(
    request: HttpRequest, which: str, format: str = "yaml", measured: bool = False, dark: bool = False,  # noqa: A002
    paper: str = "whole",
) -> HttpResponse:  # fmt: skip
    """Give a map as a file: `format` is yaml, json, svg, png, pdf, pptx, xlsx, csv, markdown or mermaid.

    With `measured` what was measured is laid over it, with the filters of the pages; that needs the scope `export`.
    `paper` of a PDF is whole, a4, a3, letter or tabloid.
    """
    from touchline.server.journey.facade import OWN, visiting

    access = access_of(request)
    own = dict.fromkeys(("workspace", "format", "measured", "dark", "paper"), False)
    look_over(request.GET, {**own, **dict.fromkeys(OWN, True)})
    kept = keeping.load(access.workspace or "", which)
    found = None
    if measured:
        if not access.may("export"):
            raise NotAllowed(
                phrase("what was measured is not yours to take out"), where="measured", todo=phrase("leave it out")
            )
        found = visiting(
            request, access.workspace or "", lambda visit: laid.overlay_of(visit, kept.map, personas=True)
        )  # fmt: skip
    answer = exporting.response(kept, found, format, dark=dark, paper=paper)
    noted(request, "map.exported", f"{which} {format}")
    return answer
