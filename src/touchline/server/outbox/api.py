"""Targets and deliveries over HTTP, and the address at which other systems tell of their tickets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router
from pydantic import Field, StringConstraints

from touchline.errors import InputError, NotAllowed
from touchline.server.outbox import hearing, managing, pressing
from touchline.server.outbox.channels import every
from touchline.server.outbox.models import Attempt, Delivery, Handle, Target
from touchline.server.outbox.personal import listed
from touchline.server.people.facade import Access, Given, access_of, address_of, asks, noted
from touchline.words import phrase

router = Router(tags=["Targets"])
Operation = TypeVar("Operation", bound=Callable[..., Any])
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Said = dict[Annotated[str, StringConstraints(max_length=40)], Annotated[str, StringConstraints(max_length=2_000)]]
_MOST = 200
_MOST_HEARD = 1 << 20


class NewTarget(Given):
    """A target to be made."""

    name: Name
    channel: Name = Field(description="webhook, email, slack, teams, apprise, zendesk, salesforce, hubspot ...")
    fields: Said = Field(description="What the channel has to be told; GET /channels lists it.")
    wants: list[Kind] = Field(default_factory=list, max_length=50, description="Kinds of things: case.*")


class Changed(Given):
    """Other values; secrets that are not given stay."""

    fields: Said | None = None
    wants: list[Kind] | None = None
    on: bool | None = None


class ChatPerson(Given):
    """Somebody of a chat, and who they are here."""

    system: Literal["slack"] = "slack"
    team: Kind = Field(description="The chat's own id of where they are: T0123ABC")
    their: Kind = Field(description="Their id there: U0123ABC")
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    email: Annotated[str, StringConstraints(min_length=3, max_length=254)]


class Rotation(Given):
    """Whether what is sent is signed with the old secret too."""

    keep_old: bool = True


def who(request: HttpRequest) -> tuple[Access, str]:
    """Return who asks, and the slug of the workspace.

    Raises:
        NotAllowed: They see some customers only; a delivery may be about any.
    """
    access = access_of(request)
    if access.segments:
        raise NotAllowed(
            phrase("deliveries are about all customers"), todo=phrase("ask somebody who may see all of them")
        )
    return access, access.workspace or ""


@router.get("/channels", response=None, summary="The ways to tell other systems, and what each has to be told")
@asks("admin")
def channels(request: HttpRequest) -> HttpResponse:
    """List channels with their fields."""
    who(request)
    return JsonResponse({"channels": [
        {
            "channel": one.name, "label": one.label, "about": one.about, "signs": one.signs,
            "hears": one.listens, "buttons_act": one.chat is not None,
            "fields": [
                {"name": f.name, "label": f.label, "secret": f.secret, "required": f.required, "help": f.help}
                for f in one.fields
            ],
        }
        for one in every().values()
    ]})  # fmt: skip


@router.get("/targets", response=None, summary="The systems and people that are told")
@asks("admin")
def targets(request: HttpRequest) -> HttpResponse:
    """List targets; secrets are never told."""
    rows = listed(Target.objects.filter(workspace=who(request)[1], removed=False))
    return JsonResponse({"targets": [managing.told(row) for row in rows]})


@router.post("/targets", response=None, summary="Make a target")
@asks("admin")
def create(request: HttpRequest, body: NewTarget) -> HttpResponse:
    """Make a target; a webhook's signing secret is in this answer only."""
    made, secret = managing.create(who(request)[1], body.name, body.channel, body.fields, body.wants)
    noted(request, "target.created", f"{made.name} ({made.channel}, {made.shown})")
    answer = JsonResponse(managing.told(made) | ({"secret": secret} if secret else {}), status=201)
    answer["Cache-Control"] = "private, no-store"
    return answer


@router.patch("/targets/{name}", response=None, summary="Change a target, or switch it on or off")
@asks("admin")
def change(request: HttpRequest, name: str, body: Changed) -> HttpResponse:
    """Give a target other values."""
    slug = who(request)[1]
    target = managing.of(slug, name)
    if body.fields is not None or body.wants is not None:
        target = managing.change(slug, name, body.fields, body.wants)
    if body.on is not None:
        target = managing.switch(slug, name, on=body.on)
    noted(request, "target.changed", f"{name} ({target.shown})")
    return JsonResponse(managing.told(target))


@router.delete("/targets/{name}", response=None, summary="Take a target away")
@asks("admin")
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Forget its keys; what was delivered stays to be seen for its time."""
    managing.remove(who(request)[1], name)
    noted(request, "target.removed", name)
    return HttpResponse(status=204)


@router.post("/targets/{name}/rotate", response=None, summary="Give a webhook a new secret")
@asks("admin")
def rotate(request: HttpRequest, name: str, body: Rotation) -> HttpResponse:
    """Return the new secret, this once."""
    secret = managing.rotate(who(request)[1], name, keep_old=body.keep_old)
    noted(request, "target.rotated", name)
    answer = JsonResponse({"name": name, "secret": secret})
    answer["Cache-Control"] = "private, no-store"
    return answer


@router.post("/targets/{name}/test", response=None, summary="Send something harmless")
@asks("admin")
def test(request: HttpRequest, name: str) -> HttpResponse:
    """Write down a delivery of the kind ``test``; look at the deliveries for what became of it."""
    slug = who(request)[1]
    key = managing.test(slug, name)
    noted(request, "target.tested", name)
    return JsonResponse(_delivery(Delivery.objects.get(workspace=slug, key=key)), status=202)


@router.post("/targets/{name}/replay", response=None, summary="Send everything again that was given up")
@asks("admin")
def replay_dead(request: HttpRequest, name: str) -> HttpResponse:
    """Let all dead letters of a target wait again, with their ids."""
    many = managing.replay_dead(who(request)[1], name)
    noted(request, "delivery.replayed", f"{many} of {name}")
    return JsonResponse({"replayed": many})


@router.get("/deliveries", response=None, summary="What was told, waits to be told, or was given up")
@asks("admin")
def deliveries(
    request: HttpRequest,
    state: Literal["waiting", "delivered", "dead"] | None = None,
    target: Name | None = None,
    before: Annotated[int, Field(ge=1, lt=1 << 62)] | None = None,
    limit: Annotated[int, Field(ge=1, le=_MOST)] = 50,
) -> HttpResponse:
    """List deliveries, the newest first; ``next`` is the ``before`` of the next page."""
    rows = found(who(request)[1], state, target, before)[: limit + 1]
    shown = list(rows)
    more = shown[limit - 1].pk if len(shown) > limit else None
    return JsonResponse({"deliveries": [_delivery(row) for row in shown[:limit]], "next": more})


@router.get("/deliveries/{message}", response=None, summary="One delivery, with every try")
@asks("admin")
def delivery(request: HttpRequest, message: str) -> HttpResponse:
    """Tell what was sent and what came of each try."""
    row = Delivery.objects.select_related("target").filter(workspace=who(request)[1], message=message).first()
    if row is None:
        raise InputError(
            phrase("there is no delivery {message}", message=repr(message)),
            where="message",
            todo=phrase("see /api/v1/deliveries"),
        )
    tries = [
        {"at": one.at, "ms": one.ms, "status": one.status, "good": one.good, "told": one.told}
        for one in Attempt.objects.filter(delivery=row)
    ]
    noted(request, "delivery.seen", message)
    return JsonResponse(_delivery(row) | {"body": row.body, "attempts": tries})


@router.post("/deliveries/{message}/replay", response=None, summary="Send something again, with the same id")
@asks("admin")
def replay(request: HttpRequest, message: str) -> HttpResponse:
    """Let a delivery wait again."""
    row = managing.replay(who(request)[1], message)
    noted(request, "delivery.replayed", message)
    return JsonResponse(_delivery(row), status=202)


@router.get("/chat-people", response=None, summary="Who somebody of a chat is here, where that was said")
@asks("admin")
def chat_people(request: HttpRequest) -> HttpResponse:
    """List the people of chats whose buttons act in somebody's name here; others are found by their address."""
    rows = Handle.objects.select_related("user").filter(workspace=who(request)[1])
    return JsonResponse({"people": [_person(row) for row in rows]})


@router.post("/chat-people", response=None, summary="Say who somebody of a chat is here")
@asks("admin")
def say_who(request: HttpRequest, body: ChatPerson) -> HttpResponse:
    """Let what they press there act in the name of somebody who works on cases here."""
    access, slug = who(request)
    user = pressing.colleague(slug, body.email)
    handle = Handle(workspace=slug, system=body.system, team=body.team, their=body.their, name=body.name)
    return JsonResponse(_person(pressing.say_who(handle, user.pk, access, address_of(request))), status=201)


@router.delete("/chat-people/{number}", response=None, summary="Let go of who somebody of a chat is")
@asks("admin")
def forget_who(request: HttpRequest, number: int) -> HttpResponse:
    """Forget it; what they press is refused from now on, unless their address says who they are."""
    access, slug = who(request)
    pressing.forget_handle(slug, number, access, address_of(request))
    return HttpResponse(status=204)


@router.post(
    "/heard/{inbound}", response=None, summary="What another system tells of its tickets, or of our buttons", auth=None
)
@asks("public")
def heard(request: HttpRequest, inbound: str) -> HttpResponse:
    """Take in a webhook of Zendesk, Jira, HubSpot, Freshdesk, Salesforce or Slack; its signature says who sends it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > _MOST_HEARD:
        raise NotAllowed(phrase("the body is too large"), where="body", todo=phrase("send 1 MiB or less"))
    headers = {name.lower(): value for name, value in request.headers.items()}
    many = hearing.hear(inbound, settings.URL + request.get_full_path(), headers, request.body)
    return JsonResponse({"taken": many})


def _person(row: Handle) -> dict[str, Any]:
    return {
        "person": row.pk, "system": row.system, "team": row.team, "their": row.their, "name": row.name,
        "email": row.user.email, "made_at": row.made_at, "made_by": row.made_by,
    }  # fmt: skip


def found(slug: str, state: str | None, target: str | None, before: int | None) -> Any:
    """Return deliveries of a workspace, the newest first."""
    rows = Delivery.objects.select_related("target").filter(workspace=slug).order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if target:
        rows = rows.filter(target__name=target)
    return rows.filter(pk__lt=before) if before else rows


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "message": row.message, "target": row.target.name, "kind": row.kind, "state": row.state, "tries": row.tries,
        "told": row.told, "created_at": row.created_at, "ended_at": row.ended_at,
        "next_at": row.next_at if row.state == "waiting" else None,
    }  # fmt: skip
