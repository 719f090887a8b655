"""A PostgreSQL server of our own for the tests: started once, in a folder that is gone afterwards, with fsync on.

A test takes the fixture `postgres` and asks it for an empty database::

    def test_something(postgres):
        url = postgres.database()
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

INSTALL = "needs a PostgreSQL server: apt-get install -y postgresql (the tests start one of their own)"
_USER = "postgres"


@dataclass
class Server:
    """A running server.

    Attributes:
        folder: Holds its data and its log.
        port: On 127.0.0.1.
        programs: Where initdb, pg_ctl and psql are.
    """

    folder: Path
    port: int
    programs: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """Make an empty database, and return its address."""
        import psycopg

        name = f"tests_{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=32MB"
        self._control("start", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` as a crash would."""
        self._control("stop", "-m", mode)

    def _control(self, *what: str) -> None:
        command = [str(self.programs / "pg_ctl"), "-w", "-t", "60", "-D", str(self.folder / "data"), *what]
        _run(command, self.folder)


def programs() -> Path | None:
    """Return the folder of the server's programs, or None when it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("pg_ctl")
    return Path(there).parent if there and shutil.which("initdb") else None


def _run(command: list[str], folder: Path) -> None:
    """Run a program of the server; it refuses to run as root."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", _USER, "--", *command]
    done = subprocess.run(command, cwd=folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        log = folder / "log"
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}\n{log.read_text() if log.exists() else ''}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server, or a skip that says how to have one."""
    there = programs()
    if there is None:
        pytest.skip(INSTALL)
    folder = Path(tempfile.mkdtemp(prefix="touchline-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER, _USER)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [str(there / "initdb"), "-D", str(folder / "data"), "-U", _USER, "-A", "trust", "-E", "UTF8"]
        _run([*command, "--locale=C.UTF-8", "--no-instructions"], folder)
        server = Server(folder, port, there)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
