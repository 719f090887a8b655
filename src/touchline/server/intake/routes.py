"""The door's addresses."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from touchline.errors import TouchlineError
from touchline.server.intake import database, events, files, items, webhooks
from touchline.server.intake.door import (
    Door,
    answered,
    parameters,
    retryable,
    said_live,
    said_source,
    said_verdicts,
)
from touchline.server.intake.idempotency import Answered, digest_of, scope_of
from touchline.server.intake.items import Fault, Items
from touchline.server.intake.keys import Caller, found
from touchline.server.intake.lanes import Asked
from touchline.server.intake.receipts import Lot, Receipt
from touchline.server.intake.refusing import Refused, answer, bad, refusal
from touchline.server.security.door import TooSlowBody

_log = logging.getLogger("touchline.intake")
_JSON: Final = "application/json"
_NO_ID: Final = (None, "")
_open: list[Door] = []


def opened(door: Door | None) -> None:
    """Say which door the routes lead through; None closes it."""
    _open[:] = [door] if door else []


def the_door() -> Door:
    """Return the open door.

    Raises:
        Refused: 503, it is closed.
    """
    if not _open:
        raise Refused(503, "the door is not open", headers={"retry-after": "2"})
    return _open[0]


def _told(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Turn what a handler raises into an answer."""

    @wraps(handler)
    async def handled(request: Request) -> Response:
        try:
            return await handler(request)
        except TouchlineError as error:
            return answer(refusal(error))
        except (ClientDisconnect, TooSlowBody):  # for whoever stands before us
            raise
        except Exception:
            _log.exception("a request to %s failed", request.url.path)
            return answer(Refused(500, "the request failed", todo="the server's log says why; send it again"))

    return handled


def _response(told: Answered, replayed: bool = False) -> Response:
    headers = {"idempotent-replayed": "true"} if replayed else {}
    return Response(told.body, told.status, headers, _JSON)


@_told
async def interactions(request: Request) -> Response:
    """Take interactions: one object, an array, or one per line."""
    told = parameters(request, ("live", "source", "verdicts"))
    live, source, shown, key = said_live(told), said_source(told, "api"), said_verdicts(told), retryable(request)
    door = the_door()
    caller = await door.callers.of(request)
    with door.holding(request):
        lane = await door.lane(caller.workspace, caller.folder)
        door.room.check_disk(caller.folder)
        _, body = await door.body(request)
        kind = request.headers.get("content-type", "")
        asked_digest = digest_of("interactions", str(live), source, shown, kind, body)

        async def take() -> Answered:
            got: Items = await door.worked(len(body), _split, body, kind, door)
            made = _made(got, caller, key, asked_digest, lane.place.key)
            reading = {"door": "interactions", "source": source}
            asked = Asked(got, source, caller.origin, live, reading, made)
            return answered(await lane.put(asked), asked, lane.place.key, shown)

        return _response(*await door.once(_scope(caller, key), asked_digest, take))


@_told
async def tracked(request: Request) -> Response:
    """Take events in the form of Segment and RudderStack libraries."""
    told = parameters(request, ("live", "source", "verdicts"))
    live, source, shown, key = said_live(told), said_source(told, "events"), said_verdicts(told), retryable(request)
    kind = request.path_params.get("kind", "")
    if kind and kind not in (*events.CALLS, "batch", "import"):
        raise Refused(
            404, f"there is no call {kind!r}", where="path", todo=f"use one of {', '.join(events.CALLS)}, batch"
        )
    door = the_door()
    caller = await door.callers.of(request)
    with door.holding(request):
        lane = await door.lane(caller.workspace, caller.folder)
        door.room.check_disk(caller.folder)
        _, body = await door.body(request)
        form = request.headers.get("content-type", "")
        asked_digest = digest_of("events", kind, str(live), source, shown, form, body)

        async def take() -> Answered:
            got = await door.worked(len(body), _calls, body, form, kind, door)
            made = _made(got.items, caller, key, asked_digest, lane.place.key, needed="messageId")
            reading = {"door": "events", "source": source}
            asked = Asked(got.items, source, caller.origin, live, reading, made, None, got.claims, got.notes)
            # the libraries take 200 alone for a success
            return answered(await lane.put(asked), asked, lane.place.key, shown, 200 if kind else 202)

        return _response(*await door.once(_scope(caller, key), asked_digest, take))


def _split(body: bytes, kind: str, door: Door) -> Items:
    got = items.split(body, kind, door.limits)
    return _without_nul(got, body)


def _calls(body: bytes, form: str, kind: str, door: Door) -> events.Calls:
    got = _without_nul(items.split(body, form, door.limits), body)
    return events.calls(got, body, door.limits, kind if kind in events.CALLS else "")


def _without_nul(got: Items, body: bytes) -> Items:
    """Find fault with items that hold the character NUL, which no store keeps."""
    if items.NUL not in body:
        return got
    reason = "the record holds NUL characters; remove them"
    faults = {place: Fault(reason) for place, value in enumerate(got.values) if "\\u0000" in json.dumps(value)}
    return Items(got.values, got.raw, got.faults | faults)


def _scope(caller: Caller, key: str | None) -> str | None:
    return None if key is None else scope_of(caller.workspace, caller.id, key)


def _made(got: Items, caller: Caller, key: str | None, asked: str, secret: bytes, needed: str = "id") -> dict[int, str]:
    """Return ids for items without one: of the request's key and their place, so that the same request gives the same.

    Raises:
        Refused: 400, no item has an id and the request has no key: sent again, all of them would count twice.
    """
    bare = [
        place
        for place, value in enumerate(got.values)
        if type(value) is dict and value.get("id") in _NO_ID and value.get("interaction_id") in _NO_ID
    ]
    if not bare:
        return {}
    if key is None:
        if len(bare) == sum(type(value) is dict for value in got.values):
            what = f"no record has {'an id' if needed == 'id' else f'a {needed}'}, and the request no Idempotency-Key"
            raise bad(what, where="Idempotency-Key", todo="give either, so that sending it again counts nothing twice")
        return {}
    salt = f"{caller.id}\x1f{key}\x1f{asked}\x1f".encode("utf-8", "surrogatepass")
    return {place: hmac.digest(secret, salt + str(place).encode(), "sha256").hex()[:32] for place in bare}


@_told
async def hooked(request: Request) -> Response:
    """Take a vendor's webhook: signed, or with an API key."""
    told = parameters(request, ("live",))
    live, source = said_live(told), request.path_params["source"]
    door = the_door()
    by_key = "authorization" in request.headers and "webhook-signature" not in request.headers
    caller = await door.callers.of(request) if by_key else None
    with door.holding(request):
        if caller:
            slug, folder, who = caller.workspace, caller.folder, caller.id
        else:
            workspace = await database.asked(found, told.get("workspace", ""))
            slug, folder, who = workspace.slug, workspace.root, "webhook"
        endpoint = await database.asked(_endpoint, slug, source)
        lane = await door.lane(slug, folder)
        door.room.check_disk(folder)
        sent, body = await door.body(request)
        delivery = retryable(request) if by_key else webhooks.verify(sent, _headers(request), endpoint.secrets)
        if delivery is None and endpoint.mapping.first("id") is None:
            raise bad(
                "the mapping names no id, and the request has no Idempotency-Key",
                where="Idempotency-Key",
                todo="give either, so that sending it again counts nothing twice",
            )

        def work() -> Asked:
            got = webhooks.read(body, endpoint.mapping.options.get("records"), door.limits)
            salt = f"webhook\x1f{who}\x1f{source}\x1f{delivery}".encode("utf-8", "surrogatepass")
            made = hmac.digest(lane.place.key, salt, "sha256").hex()[:32]
            taken = webhooks.map_items(got, endpoint, lane.place.zone, datetime.now(UTC), made)
            reading = webhooks.reading(endpoint, lane.place.zone)
            return Asked(got, source, f"webhook:{source}", live, reading, taken=taken)

        asked: Asked = await door.worked(len(body), work)
        return _response(answered(await lane.put(asked), asked, lane.place.key, "faults"))


def _endpoint(slug: str, source: str) -> webhooks.Endpoint:
    try:
        return webhooks.opened(webhooks.of(slug, source))
    except Refused:  # whether there is one is nobody's business who cannot sign for it
        raise Refused(401, "the webhook is not signed as it should be", where="webhook-signature") from None


def _headers(request: Request) -> Mapping[str, str]:
    return {name: request.headers.get(name, "") for name in webhooks.HEADERS}


@_told
async def uploaded(request: Request) -> Response:
    """Take a file: the body itself, or a part of a form."""
    known = ("live", "source", "timezone", "format", "filename", "map", "date")
    told = parameters(request, known)
    day, live = _day(told.get("date")), said_live(told)
    source = said_source(told, "") if "source" in told else None
    door = the_door()
    caller = await door.callers.of(request)
    with door.importer.slot(), door.room.request(), files.kept() as folder:
        lane = await door.lane(caller.workspace, caller.folder)
        door.room.check_disk(caller.folder)
        file, fields = await files.save(request, folder, door.limits)
        door.room.check_disk(caller.folder)
        wanted = files.Wanted(
            source=source,
            zone=told.get("timezone"),
            live=live,
            format=told.get("format"),
            roles=files.roles(request.query_params.getlist("map")),
            mapping=fields.get("mapping"),
            day=day,
        )
        became = await door.importer.take(caller.workspace, caller.folder, file, wanted)
        offsets = became.pop("offsets")
        lots = tuple(Lot(offset) for offset in offsets)
        receipt = Receipt(became["received"], became["quarantined"], became["repeated"], 0, lots)
        token = receipt.token(lane.place.key)
        whole: dict[str, Any] = {"receipt": token, "status_url": f"/api/v1/receipts/{token}", **became}
        whole["accepted"] += whole.pop("repeated")
        return _response(Answered(202, json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")))


def _day(told: str | None) -> date | None:
    try:
        return None if told is None else date.fromisoformat(told)
    except ValueError:
        raise bad(f"date={told!r} is no date", where="date", todo="write it as 2026-03-31") from None


def routes() -> list[Route]:
    """Return the routes that take records in."""
    return [
        Route("/api/v1/interactions", interactions, methods=["POST"]),
        Route("/api/v1/events", tracked, methods=["POST"]),
        Route("/v1/{kind:str}", tracked, methods=["POST"]),
        Route("/api/v1/webhooks/{source:str}", hooked, methods=["POST"]),
        Route("/api/v1/files", uploaded, methods=["POST"]),
    ]
