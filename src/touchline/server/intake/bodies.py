"""A request's body: read up to a limit, unpacked up to another, so that no bomb goes off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.server.intake.refusing import Refused, bad

if TYPE_CHECKING:
    from starlette.requests import Request

    from touchline.server.intake.room import Limits

#: How ``Content-Encoding`` names what we unpack.
ENCODINGS: Final = {"": None, "identity": None, "gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}
_PIECE: Final = 256 * 1024


def too_large(what: str, limit: int, todo: str) -> Refused:
    """Return the refusal of something past a limit in bytes."""
    return Refused(413, f"{what} is larger than {limit / 1024 / 1024:g} MiB", where="body", todo=todo)


def coding(request: Request) -> str | None:
    """Return how a body is packed.

    Raises:
        Refused: 415, in a way that we do not know.
    """
    told = request.headers.get("content-encoding", "").strip().lower()
    if told not in ENCODINGS:
        raise Refused(415, f"the encoding {told!r} is not known", where="Content-Encoding", todo="use gzip or zstd")
    return ENCODINGS[told]


async def pieces(request: Request, limit: int, patience: float) -> AsyncIterator[bytes]:
    """Yield a body as it arrives.

    Raises:
        Refused: 413, it is larger than the limit; 408, it takes longer than ``patience`` seconds; 400, it was cut off.
    """
    from starlette.requests import ClientDisconnect

    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > limit:
        raise too_large("the body", limit, "send it in several requests")
    size = 0
    try:
        async with asyncio.timeout(patience):
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise too_large("the body", limit, "send it in several requests")
                yield piece
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {patience:g} s", todo="send it again") from None
    except ClientDisconnect:
        raise bad("the body was cut off", todo="send it again") from None


async def read(request: Request, limits: Limits) -> bytes:
    """Return a request's body, as it was sent.

    Raises:
        Refused: See `pieces`; 400, it is empty.
    """
    body = b"".join([piece async for piece in pieces(request, limits.body, limits.patience)])
    if not body:
        raise bad("the body is empty", where="body", todo="send one object, an array, or an object per line")
    return body


def unpacked(body: bytes, packing: str | None, limit: int) -> bytes:
    """Return a body unpacked, never more than the limit of it.

    Args:
        body: As it was sent.
        packing: ``gzip``, ``zstd``, or None.
        limit: In bytes; nothing beyond it is unpacked.

    Raises:
        Refused: 413, it unpacks to more; 400, it cannot be unpacked.

    >>> import gzip
    >>> unpacked(gzip.compress(b"[]"), "gzip", 100)
    b'[]'
    """
    if packing is None:
        return body
    parts: list[bytes] = []
    unpack(body, packing, limit, parts.append)
    return b"".join(parts)


def unpack(body: bytes | pa.NativeFile, packing: str, limit: int, take: Callable[[bytes], object]) -> None:
    """Unpack piece by piece, and hand the pieces on.

    Raises:
        Refused: See `unpacked`.
    """
    size = 0
    try:
        with pa.CompressedInputStream(pa.BufferReader(body) if isinstance(body, bytes) else body, packing) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > limit:
                    raise too_large("the unpacked body", limit, "send it in several requests")
                take(piece)
    except (OSError, pa.ArrowException) as error:
        raise bad(f"the body is no {packing} ({error})", where="Content-Encoding", todo="pack it again") from None
