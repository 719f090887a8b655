"""Where a server keeps what is its own, and what the environment says of it.

FOLDER/.touchline/server/      the server of the workspace in FOLDER
    state.db                   people, keys, cases: what is edited; unless TOUCHLINE_DATABASE names a PostgreSQL
    secret                     signs sessions and links; unless TOUCHLINE_SECRET_KEY gives one
    workspaces/                further workspaces (tenants), each a folder as any other
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from touchline.errors import SettingsError

HOME: Final = "TOUCHLINE_HOME"
DATABASE: Final = "TOUCHLINE_DATABASE"
SECRET: Final = "TOUCHLINE_SECRET_KEY"  # noqa: S105  the variable's name
ADDRESS: Final = "TOUCHLINE_URL"
WEB_SOCKET: Final = "TOUCHLINE_WEB_SOCKET"
#: A file beside that socket: it is there once the web process has brought folder and database up to date.
PREPARED: Final = "prepared"
_LEAST_SECRET: Final = 32


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one server."""

    root: Path

    @classmethod
    def of(cls, folder: Path) -> Home:
        """Return the home of the server of a workspace's folder."""
        return cls(folder.resolve() / ".touchline" / "server")

    @classmethod
    def from_environment(cls) -> Home:
        """Return the home that ``TOUCHLINE_HOME`` names.

        Raises:
            SettingsError: It names none.
        """
        root = os.environ.get(HOME)
        if not root:
            raise SettingsError(f"{HOME} is not set", todo="start the server with `touchline serve`")
        return cls(Path(root))

    @property
    def folder(self) -> Path:
        """The workspace's folder that the server is of."""
        return self.root.parents[1]

    @property
    def state(self) -> Path:
        """The server's SQLite database."""
        return self.root / "state.db"

    @property
    def workspaces(self) -> Path:
        """Where further workspaces are made."""
        return self.root / "workspaces"

    @property
    def keys(self) -> Path:
        """An empty file; when it was changed last is when an API key last ended, for whoever remembers keys."""
        return self.root / "keys"

    def make(self) -> None:
        """Make the folder, readable by its owner only."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.workspaces.mkdir(exist_ok=True)

    def secret(self) -> str:
        """Return what signs sessions: from the environment, or made once and kept.

        Raises:
            SettingsError: The one in the environment is too short to be one.
        """
        given = os.environ.get(SECRET)
        if given is not None:
            if len(given) < _LEAST_SECRET:
                raise SettingsError(f"{SECRET} is too short", todo=f"give at least {_LEAST_SECRET} random characters")
            return given
        path = self.root / "secret"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            text = secrets.token_urlsafe(48)
            file.write(text)
        return text
