"""The door: the process that has the server's address.

It takes records in (`touchline.server.intake`), for which it touches the journals only, and passes every other request
on to the web process. So an import, a drain or a slow question never keeps a record waiting at the door.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.server.home import ADDRESS, PREPARED, WEB_SOCKET

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_LOOK: Final = 0.02  # seconds
#: Seconds that a thread which makes batches may keep the event loop waiting.
_SWITCH: Final = 0.001


def application() -> ASGIApp:
    """Return the door's ASGI application."""
    import django
    from starlette.applications import Starlette
    from starlette.routing import Route

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "touchline.server.config.door")
    django.setup()
    from django.conf import settings

    from touchline.server.intake import facade as intake
    from touchline.server.operations.facade import Measured
    from touchline.server.processes.direct import Direct
    from touchline.server.processes.proxy import METHODS, Proxy
    from touchline.server.security.door import Guarded

    proxy = Proxy(os.environ[WEB_SOCKET])

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with proxy, intake.open_door():
            yield

    taking = intake.routes()
    app = Starlette(routes=[*taking, Route("/{path:path}", proxy.pass_on, methods=list(METHODS))], lifespan=lifespan)
    posts = {route.path: route.endpoint for route in taking if not route.param_convertors}
    return Measured(Guarded(Direct(app, posts, proxy.pass_on), settings.ALLOWED_HOSTS, os.environ[ADDRESS]))


def main() -> None:
    """Serve until SIGTERM: ``python -m touchline.server.processes.door HOST PORT``."""
    import uvicorn

    from touchline.server.security.protocol import options

    host, port = sys.argv[1], int(sys.argv[2])
    app = application()
    sys.setswitchinterval(_SWITCH)
    _wait()
    gc.freeze()  # what is loaded stays: to look through it for garbage took 100 ms, every few seconds
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        backlog=2048,
        **options(),
    )


def _wait() -> None:
    """Return once the database is up to date; end with whoever started us."""
    prepared, parent = Path(os.environ[WEB_SOCKET]).with_name(PREPARED), os.getppid()
    while not prepared.exists():
        if os.getppid() != parent:
            sys.exit(1)
        time.sleep(_LOOK)


if __name__ == "__main__":
    main()
