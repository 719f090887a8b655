"""The server's database, asked from the event loop: each question in a thread that keeps its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from touchline.server.intake.refusing import later

P = ParamSpec("P")
R = TypeVar("R")
_THREADS: Final = 2
_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="touchline-state")


async def asked(question: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Return what a function that uses the database returns.

    Raises:
        Refused: 503, the database cannot be reached or is busy.
    """

    def ask() -> R:
        # A connection is kept: opening SQLite anew costs more than any question. One that was lost is opened once more.
        try:
            return question(*arguments, **named)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or connection.is_usable():
                raise
            connection.close()
            return question(*arguments, **named)

    try:
        return await asyncio.get_running_loop().run_in_executor(_pool, ask)
    except (OperationalError, InterfaceError) as error:
        raise later(503, f"the server's database does not answer ({error})") from error
