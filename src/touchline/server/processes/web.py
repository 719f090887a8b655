"""The web process: it owns the warehouses, drains the journals into them, and answers.

It listens on a Unix socket that only the door speaks to. SIGTERM lets requests end, drains, and closes.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Final

from touchline.server.home import ADDRESS, WEB_SOCKET

THREADS: Final = 12
_log = logging.getLogger("touchline.web")


def main() -> None:
    """Serve until SIGTERM."""
    from waitress.server import create_server

    from touchline.server.config.wsgi import application
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


if __name__ == "__main__":
    main()
