"""What the web process answers about intake: receipts, and the webhooks that there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, JsonResponse
from ninja import Router
from pydantic import Field

from touchline.errors import TouchlineError
from touchline.server.intake import webhooks
from touchline.server.intake.receipts import Receipt, became
from touchline.server.intake.refusing import bad, refusal
from touchline.server.people import facade as people
from touchline.server.people.facade import access_of
from touchline.server.workspaces.facade import held

router = Router(tags=["Intake"])
_SECONDS: Final = 10.0
_OBJECT: Final = {
    "responses": {200: {"description": "The answer.", "content": {"application/json": {"schema": {"type": "object"}}}}}
}


class Hook(people.Given):
    """A webhook to be made, or what is to change about it."""

    mapping: str = Field(..., max_length=50_000, description="Which field plays which role, as TOML.")
    secret: str | None = Field(
        None, max_length=300, description="The vendor's own secret, whsec_...; else one is made."
    )


class Rotation(people.Given):
    """How a secret is replaced."""

    secret: str | None = Field(
        None, max_length=300, description="The vendor's own secret, whsec_...; else one is made."
    )
    keep_old: bool = Field(True, description="Whether the secret before stays good until the next rotation.")


def _told(view: Callable[..., dict[str, Any]]) -> Callable[..., JsonResponse]:
    """Turn what a view returns or raises into an answer."""

    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> JsonResponse:
        try:
            for name in request.GET:
                if name != "workspace":
                    raise bad(f"there is no parameter {name!r}", where=name[:100], todo="there is: workspace")
            response = JsonResponse(view(request, *arguments, **named), json_dumps_params={"ensure_ascii": False})
        except TouchlineError as error:
            said = refusal(error)
            told = {"what": said.what, "where": said.where, "todo": said.todo}
            response = JsonResponse({"error": told}, status=said.status, headers=said.headers)
        response["Cache-Control"] = "private, no-store"
        return response

    return answered


def _slug(request: HttpRequest) -> str:
    return access_of(request).workspace or ""


@router.get("/receipts/{receipt}", summary="What became of a request", openapi_extra=_OBJECT)
@people.asks("ingest")
@_told
def receipt(request: HttpRequest, receipt: str) -> dict[str, Any]:
    """What became of the records of a request: stored, duplicate, revised, quarantined, or waiting to be shown."""
    own = held(_slug(request))
    told = Receipt.read(receipt, own.workspace.key)
    return {"receipt": receipt, **own.ask(lambda local: became(local.workspace.warehouse, told), seconds=_SECONDS)}


@router.get("/webhooks", summary="The webhooks of a workspace", openapi_extra=_OBJECT)
@people.asks("admin")
@_told
def hooks(request: HttpRequest) -> dict[str, Any]:
    """The systems that send records to this workspace, signed."""
    return {"webhooks": [webhooks.told(one) for one in webhooks.all_of(_slug(request))]}


@router.put("/webhooks/{source}", summary="Make a webhook", openapi_extra=_OBJECT)
@people.asks("admin")
@_told
def make(request: HttpRequest, source: str, hook: Hook) -> dict[str, Any]:
    """Make a webhook. Its secret is in the answer, and cannot be had again."""
    made, secret = webhooks.create(_slug(request), source, hook.mapping, secret=hook.secret)
    people.noted(request, "webhook.created", source)
    return {**webhooks.told(made), "secret": secret}


@router.patch("/webhooks/{source}", summary="Give a webhook another mapping", openapi_extra=_OBJECT)
@people.asks("admin")
@_told
def remap(request: HttpRequest, source: str, hook: Hook) -> dict[str, Any]:
    """Give a webhook another mapping; what it sent before stays as it is."""
    if hook.secret is not None:
        raise bad("a secret is replaced by rotating it", where="secret", todo="POST to .../rotate")
    changed = webhooks.remap(_slug(request), source, hook.mapping)
    people.noted(request, "webhook.changed", source)
    return webhooks.told(changed)


@router.post("/webhooks/{source}/rotate", summary="Replace a webhook's secret", openapi_extra=_OBJECT)
@people.asks("admin")
@_told
def rotate(request: HttpRequest, source: str, rotation: Rotation) -> dict[str, Any]:
    """Replace a webhook's secret. The new one is in the answer, and cannot be had again."""
    secret = webhooks.rotate(_slug(request), source, secret=rotation.secret, keep_old=rotation.keep_old)
    people.noted(request, "webhook.rotated", source)
    return {"source": source, "secret": secret}


@router.delete("/webhooks/{source}", summary="Remove a webhook", openapi_extra=_OBJECT)
@people.asks("admin")
@_told
def remove(request: HttpRequest, source: str) -> dict[str, Any]:
    """Remove a webhook; what it sent stays."""
    webhooks.remove(_slug(request), source)
    people.noted(request, "webhook.removed", source)
    return {"removed": source}
