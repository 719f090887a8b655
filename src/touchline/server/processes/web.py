"""The web process: it owns the warehouses, drains the journals into them, and answers.

It listens on a Unix socket that only the door speaks to. SIGTERM lets requests end, drains, and closes.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Final

from touchline.errors import TouchlineError
from touchline.server.home import ADDRESS, PREPARED, WEB_SOCKET

THREADS: Final = 12
#: Below the door: a slow question and a drain take what intake leaves.
_NICE: Final = 10
#: Seconds that one thread may keep the others from Python: a drain needs it a hundred times, for little each.
_SWITCH: Final = 0.001
_log = logging.getLogger("touchline.web")


def main() -> None:
    """Serve until SIGTERM: ``python -m touchline.server.processes.web FOLDER``."""
    import django
    from waitress.server import create_server

    os.nice(_NICE)
    sys.setswitchinterval(_SWITCH)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "touchline.server.config.settings")
    django.setup()
    _prepared(Path(sys.argv[1]))
    from touchline.server.config.wsgi import application  # finds the static files when it is made
    from touchline.server.monitoring import facade as monitoring
    from touchline.server.operations import facade as operations
    from touchline.server.processes.readers import Readers
    from touchline.server.workspaces import facade

    socket = Path(os.environ[WEB_SOCKET])
    socket.unlink(missing_ok=True)
    with Readers() as readers:
        monitoring.watch_live()
        facade.hold_all(facade.everyone(), os.environ[ADDRESS], readers.reader)
        server = create_server(
            application,
            unix_socket=str(socket),
            unix_socket_perms="600",
            threads=THREADS,
            clear_untrusted_proxy_headers=False,  # the door is the only one who can reach the socket, and sets them
            max_request_body_size=256 * 1024 * 1024,
            ident="",
        )

        def stop(_signal: int, _frame: FrameType | None) -> None:
            threading.Thread(target=server.close, daemon=True).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the supervisor, which says SIGTERM
        try:
            with operations.running(queue=lambda: len(server.task_dispatcher.queue)):
                server.run()
        except OSError as error:  # the listening socket was closed by `stop`
            _log.debug("the server ended: %s", error)
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=10)
        facade.let_go()


def _prepared(folder: Path) -> None:
    """Prepare once for each `touchline serve`; the door waits for it."""
    from touchline.server.processes.first import prepare

    done = Path(os.environ[WEB_SOCKET]).with_name(PREPARED)
    if done.exists():
        return
    try:
        prepare(folder)
    except TouchlineError as error:
        sys.exit(f"error: {error}")
    done.touch()


if __name__ == "__main__":
    main()
