"""What the door process and other apps need of intake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Route

from touchline.server.intake.openapi import describe
from touchline.server.intake.posting import post
from touchline.server.intake.router import router

__all__ = ["describe", "open_door", "post", "router", "routes"]


def routes() -> list[Route]:
    """Return the routes that take records in."""
    from touchline.server.intake.routes import routes as made

    return made()


@asynccontextmanager
async def open_door() -> AsyncIterator[None]:
    """Hold the journals open while the door runs; what waits at the end is written."""
    from touchline.server.intake.door import Door
    from touchline.server.intake.routes import opened

    door = Door()
    opened(door)
    try:
        yield
    finally:
        opened(None)
        await door.close()
