"""What the door process needs of intake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import BaseRoute


def routes() -> list[BaseRoute]:
    """Return the routes that take records in."""
    return []


@asynccontextmanager
async def open_door() -> AsyncIterator[None]:
    """Hold the journals open while the door runs."""
    yield
