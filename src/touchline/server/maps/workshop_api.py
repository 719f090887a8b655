"""Workshops over HTTP: a room that other programs open, follow and take part in.

Whoever reads takes part, as on the pages; whoever may change maps leads. Every change answers with the whole state.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.utils.http import parse_etags
from ninja import Router
from pydantic import Field, StringConstraints

from touchline.errors import InputError, NotAllowed
from touchline.server.maps import guests, workshop_outcome, workshop_state, workshops
from touchline.server.maps.workshop_models import Door
from touchline.server.people.facade import Access, Given, access_of, as_json, asks, noted, only
from touchline.words import phrase

router = Router(tags=["Workshops"])
Short = Annotated[str, StringConstraints(max_length=120)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Id = Annotated[str, StringConstraints(max_length=200)]
Prompt = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Number = Annotated[int, Field(ge=1, le=1_000_000_000_000)]
Numbers = Annotated[list[Number], Field(min_length=1, max_length=600)]
_ROOM: Final = "/workshops/{int:number}"


class Making(Given):
    """A new workshop."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    map: Annotated[str, StringConstraints(max_length=80)] = Field(
        ..., description="The id of the map that it is about."
    )
    agenda: Annotated[str, StringConstraints(max_length=60)] = Field("two-hours", description="One of the kit's.")
    persona: Short = Field("", description="Whose journey it is about.")
    anonymous: bool = Field(True, description="Whether it is kept nowhere who wrote what.")
    dots: Annotated[int, Field(ge=1, le=20)] = Field(5, description="How many each person has per exercise.")


class Writing(Given):
    """A note."""

    text: Words
    prompt: Prompt = Field(..., description="Which prompt of the exercise that is on it answers.")
    step: Id = Field("", description="The id of the map's step that it is about; empty for none.")
    theme: Short = Field("", description="The theme of the data that it came from.")


class Changing(Given):
    """Other words for a note, or another place. What is not named stays."""

    text: Words | None = None
    prompt: Prompt | None = None
    step: Id | None = Field(None, description="Empty for none.")
    before: Number | None = Field(None, description="The note before which it lies; null for the last place.")


class Grouping(Given):
    """Notes that say the same."""

    notes: Annotated[list[Number], Field(min_length=2, max_length=600)]
    name: Annotated[str, StringConstraints(max_length=200)] = Field("", description="The first note's words if empty.")


class Renaming(Given):
    """A group's name."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Feeling(Given):
    """How a step feels."""

    step: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    value: Annotated[int, Field(ge=1, le=5)] = Field(..., description="1 (bad) to 5 (good).")


class Going(Given):
    """Where the agenda is."""

    at: Annotated[int, Field(ge=0, le=1_000)] = Field(..., description="The line's number, from 0.")


class Clock(Given):
    """What the clock does."""

    do: Literal["start", "stop", "more", "reset"] = Field(..., description="`more` gives five more minutes.")


class Voting(Given):
    """Whether dots can be given."""

    on: bool


class Carding(Given):
    """Notes that become cards."""

    notes: Numbers
    step: Id = Field("", description="Where those go that stand under no step.")


class Marking(Given):
    """A moment that matters."""

    step: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    on: bool = True


class Closing(Given):
    """Whether a workshop is over."""

    over: bool = True


def _who(request: HttpRequest) -> tuple[Access, str]:
    only(request)
    access = access_of(request)
    return access, access.workspace or ""


def _part(request: HttpRequest) -> tuple[Access, str]:
    """Return who takes part, and the workspace.

    Raises:
        NotAllowed: It is a key that only reads.
    """
    access, slug = _who(request)
    if not workshop_state.takes_part(access):
        raise NotAllowed(
            phrase("a key that only reads takes no part in a workshop"),
            todo=phrase("log in, or give a key with `maps`"),
        )
    return access, slug


def _told(access: Access, slug: str, number: int, status: int = 200, **more: Any) -> HttpResponse:
    workshop = workshops.find(slug, number)
    answer = as_json({**workshop_state.state(workshop, access), **more}, status)
    answer["ETag"] = workshop_state.tag(workshop, access)
    return answer


@router.get("/workshops", response=None, operation_id="workshops", summary="The workshops")
@asks("read")
def listed(request: HttpRequest) -> HttpResponse:
    """List the workshops, the newest first."""
    _, slug = _who(request)
    return as_json({"workshops": [workshop_state.about(one) for one, _name in workshops.everyone(slug)]})


@router.post("/workshops", response=None, operation_id="make_workshop", summary="Make a workshop")
@asks("maps")
def make(request: HttpRequest, body: Making) -> HttpResponse:
    """Make a workshop about a map; its agenda begins with the first line."""
    access, slug = _who(request)
    given = body.model_dump()
    made = workshops.make(slug, access.name, of=given.pop("map"), **given)
    noted(request, "workshop.made", f"{made.pk} of {made.map}")
    return _told(access, slug, made.pk, 201)


@router.get("/workshops/kit", response=None, operation_id="workshop_kit", summary="Agendas and exercises")
@asks("read")
def kit(request: HttpRequest) -> HttpResponse:
    """List the agendas, and the exercises with their prompts."""
    _who(request)
    return as_json(workshop_state.kit_as_data())


@router.get(_ROOM, response=None, operation_id="workshop", summary="A workshop as it is now")
@asks("read")
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Return the whole of a workshop: agenda, clock, steps, notes, groups, dots, feelings.

    Ask again with the answer's ETag in If-None-Match: 304 tells that nothing changed. `version` counts the changes of
    the workshop. While the clock runs, `ends_at` says until when. Nobody learns who wrote or voted what: `mine` and
    `my_dots` are the asker's own; dots of all are null while there is voting.
    """
    access, slug = _who(request)
    tag = workshop_state.tag(workshops.find(slug, number), access)
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        same = HttpResponseNotModified()
        same["ETag"], same["Cache-Control"] = tag, "private, no-cache"
        return same
    answer = _told(access, slug, number)
    answer["Cache-Control"] = "private, no-cache"
    return answer


# ---------------------------------------------------------------------------------------------- what everybody may do


@router.post(f"{_ROOM}/notes", response=None, operation_id="write_note", summary="Write a note")
@asks("read")
def write(request: HttpRequest, number: int, body: Writing) -> HttpResponse:
    """Put a note on the board of the exercise that is on; `made` is its number."""
    access, slug = _part(request)
    note = workshops.write(slug, number, access, **body.model_dump())
    return _told(access, slug, number, 201, made=note.pk)


@router.patch(f"{_ROOM}/notes/{{int:note}}", response=None, operation_id="change_note", summary="Change or move a note")
@asks("read")
def change(request: HttpRequest, number: int, note: int, body: Changing) -> HttpResponse:
    """Give a note other words (one's own; whoever leads anyone's), or another prompt, step or place."""
    access, slug = _part(request)
    given = body.model_dump(exclude_unset=True)
    if not given:
        raise InputError(
            phrase("nothing is to be changed"), where="note", todo=phrase("name text, prompt, step or before")
        )
    workshops.alter(slug, number, access, note, **given)
    return _told(access, slug, number)


@router.delete(f"{_ROOM}/notes/{{int:note}}", response=None, operation_id="remove_note", summary="Remove a note")
@asks("read")
def remove(request: HttpRequest, number: int, note: int) -> HttpResponse:
    """Remove a note: one's own; whoever leads removes anyone's."""
    access, slug = _part(request)
    workshops.rewrite(slug, number, access, note, "")
    return _told(access, slug, number)


@router.post(f"{_ROOM}/groups", response=None, operation_id="group_notes", summary="Group notes")
@asks("read")
def group(request: HttpRequest, number: int, body: Grouping) -> HttpResponse:
    """Lay notes of one exercise on one heap; `made` is the group's number."""
    access, slug = _part(request)
    heap = workshops.group(slug, number, body.notes, body.name)
    return _told(access, slug, number, 201, made=heap.pk)


@router.patch(f"{_ROOM}/groups/{{int:group}}", response=None, operation_id="rename_group", summary="Rename a group")
@asks("read")
def rename(request: HttpRequest, number: int, group: int, body: Renaming) -> HttpResponse:
    """Give a group another name."""
    access, slug = _part(request)
    workshops.name_heap(slug, number, group, body.name)
    return _told(access, slug, number)


@router.delete(f"{_ROOM}/groups/{{int:group}}", response=None, operation_id="ungroup", summary="Take a group apart")
@asks("read")
def ungroup(request: HttpRequest, number: int, group: int) -> HttpResponse:
    """Take a group apart; its notes stay."""
    access, slug = _part(request)
    workshops.ungroup(slug, number, group)
    return _told(access, slug, number)


@router.post(f"{_ROOM}/notes/{{int:note}}/dots", response=None, operation_id="give_dot", summary="Give a note a dot")
@asks("read")
def dot(request: HttpRequest, number: int, note: int) -> HttpResponse:
    """Give a note one of one's dots, while there is voting."""
    access, slug = _part(request)
    workshops.dot(slug, number, access, note)
    return _told(access, slug, number, 201)


@router.delete(f"{_ROOM}/notes/{{int:note}}/dots", response=None, operation_id="take_dot", summary="Take a dot back")
@asks("read")
def undot(request: HttpRequest, number: int, note: int) -> HttpResponse:
    """Take one of one's own dots back from a note."""
    access, slug = _part(request)
    workshops.dot(slug, number, access, note, take=True)
    return _told(access, slug, number)


@router.post(f"{_ROOM}/feelings", response=None, operation_id="feel_step", summary="Say how a step feels")
@asks("read")
def feel(request: HttpRequest, number: int, body: Feeling) -> HttpResponse:
    """Say how a step feels; said again, it is changed."""
    access, slug = _part(request)
    workshops.feel(slug, number, access, body.step, body.value)
    return _told(access, slug, number)


# --------------------------------------------------------------------------------------------- what whoever leads may


@router.post(f"{_ROOM}/agenda", response=None, operation_id="go_to_line", summary="Go to a line of the agenda")
@asks("maps")
def go(request: HttpRequest, number: int, body: Going) -> HttpResponse:
    """Go to a line: its exercise is on, the clock is set to its minutes, voting is over."""
    access, slug = _who(request)
    workshops.go(slug, number, body.at)
    return _told(access, slug, number)


@router.post(f"{_ROOM}/clock", response=None, operation_id="set_clock", summary="Start or stop the clock")
@asks("maps")
def clock(request: HttpRequest, number: int, body: Clock) -> HttpResponse:
    """Start the clock, stop it, give it five more minutes, or set it back."""
    access, slug = _who(request)
    workshops.clock(slug, number, body.do)
    return _told(access, slug, number)


@router.post(f"{_ROOM}/voting", response=None, operation_id="set_voting", summary="Open or end the voting")
@asks("maps")
def voting(request: HttpRequest, number: int, body: Voting) -> HttpResponse:
    """Open the voting, or end it; at its end the dots of all are shown."""
    access, slug = _who(request)
    workshops.voting(slug, number, body.on)
    return _told(access, slug, number)


@router.post(f"{_ROOM}/cards", response=None, operation_id="notes_to_cards", summary="Make cards of notes")
@asks("maps")
def cards(request: HttpRequest, number: int, body: Carding) -> HttpResponse:
    """Put notes on the map, a group as one card; `made` says how many cards. 400 where a note stands under no step."""
    access, slug = _who(request)
    made = workshop_outcome.on_the_map(slug, number, access, body.notes, step=body.step)
    noted(request, "workshop.cards", str(number))
    return _told(access, slug, number, made=made)


@router.post(f"{_ROOM}/beliefs", response=None, operation_id="keep_beliefs", summary="Keep what the room feels")
@asks("maps")
def believe(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the mean of what people said of each step as what the team believes; `made` says of how many steps."""
    access, slug = _who(request)
    made = workshop_outcome.believe(slug, number, access)
    noted(request, "workshop.believe", str(number))
    return _told(access, slug, number, made=made)


@router.post(f"{_ROOM}/sentence", response=None, operation_id="keep_sentence", summary="Keep the scope sentence")
@asks("maps")
def sentence(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the exercise's sentence as the map's scope."""
    access, slug = _who(request)
    workshop_outcome.keep_sentence(slug, number, access)
    noted(request, "workshop.sentence", str(number))
    return _told(access, slug, number)


@router.post(f"{_ROOM}/moments", response=None, operation_id="mark_moment", summary="Mark a moment that matters")
@asks("maps")
def moment(request: HttpRequest, number: int, body: Marking) -> HttpResponse:
    """Mark a step of the map as a moment that matters, three at most, or take the mark away."""
    access, slug = _who(request)
    workshop_outcome.mark(slug, number, access, body.step, on=body.on)
    noted(request, "workshop.moment", str(number))
    return _told(access, slug, number)


@router.post(f"{_ROOM}/close", response=None, operation_id="close_workshop", summary="End a workshop")
@asks("maps")
def close(request: HttpRequest, number: int, body: Closing) -> HttpResponse:
    """End a workshop, or go on with it. Nothing of it is lost."""
    access, slug = _who(request)
    workshops.close(slug, number, over=body.over)
    noted(request, "workshop.close", str(number))
    return _told(access, slug, number)


# --------------------------------------------------------------------------------------------------------- guests


class Opening(Given):
    """For how long guests are let in."""

    hours: Annotated[float, Field(gt=0, le=guests.MOST_HOURS)] = guests.HOURS


@router.get(f"{_ROOM}/door", response=None, operation_id="workshop_door", summary="The code for guests")
@asks("maps")
def door(request: HttpRequest, number: int) -> HttpResponse:
    """Return the code by which people without a log-in take part, where it is typed, and until when; null without."""
    _, slug = _who(request)
    return as_json(_door(request, guests.door_of(workshops.find(slug, number))))


@router.post(f"{_ROOM}/door", response=None, operation_id="open_workshop_door", summary="Let guests in")
@asks("maps")
def open_door(request: HttpRequest, number: int, body: Opening) -> HttpResponse:
    """Make a code for guests: they write notes and vote, and see nothing else. The one before is good no more."""
    access, slug = _who(request)
    made = guests.open_door(slug, number, access.name, hours=body.hours)
    noted(request, "workshop.opened-to-guests", f"{number} for {body.hours:g} h")
    return as_json(_door(request, made), 201)


@router.delete(f"{_ROOM}/door", response=None, operation_id="close_workshop_door", summary="Let no more guests in")
@asks("maps")
def close_door(request: HttpRequest, number: int) -> HttpResponse:
    """Close a workshop to guests, those who are there included; their notes and votes stay."""
    _, slug = _who(request)
    closed = guests.close_door(slug, number)
    noted(request, "workshop.closed-to-guests", str(number))
    return as_json({"closed": closed})


def _door(request: HttpRequest, found: Door | None) -> dict[str, Any]:
    if found is None:
        return {"code": None, "url": None, "expires_at": None}
    url = request.build_absolute_uri(reverse("join-workshop"))
    return {"code": guests.shown(found), "url": url, "expires_at": found.expires_at.isoformat()}
