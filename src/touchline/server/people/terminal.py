"""What commands on the server's own database share: they act for who may write its folder, served or not.

Nothing of Django is imported before :func:`opened` has said where the database is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.errors import InputError, WorkspaceMissing

if TYPE_CHECKING:
    from touchline.server.home import Home
    from touchline.server.workspaces.facade import Workspace


def home_of(folder: Path) -> Home:
    """Return the home of the server that serves a workspace: its own, or that of which it is a further workspace."""
    from touchline.server.home import HOME, Home

    if HOME in os.environ:
        return Home.from_environment()
    root = folder.resolve()
    server = root.parent.parent
    if root.parent.name == "workspaces" and server.parts[-2:] == (".touchline", "server"):
        return Home(server)
    return Home.of(root)


def opened(folder: Path) -> Workspace:
    """Bring the server's database up to date, and return the folder's workspace in it.

    Raises:
        WorkspaceMissing: There is no workspace in the folder.
    """
    if not (folder / "touchline.toml").exists():
        raise WorkspaceMissing("there is no workspace here", where=str(folder), todo="`touchline init` makes one")
    import django

    from touchline.server.home import ADDRESS, HOME

    home = home_of(folder)
    home.make()
    os.environ[HOME] = str(home.root)
    if url := _serving(folder).get("url"):
        os.environ.setdefault(ADDRESS, str(url))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "touchline.server.config.settings")
    django.setup()
    from django.core.management import call_command

    from touchline.server.workspaces.facade import add
    from touchline.settings import Settings

    call_command("migrate", verbosity=0, interactive=False)
    return add(folder, Settings.load(folder / "touchline.toml").workspace.name)


def address(place: Workspace) -> str:
    """Return where people find the server, without a slash at the end."""
    from django.conf import settings

    return str(_serving(place.root).get("url") or settings.URL).rstrip("/")


def recorded(place: Workspace, action: str, what: str) -> None:
    """Write into the workspace's audit log what a command did."""
    from touchline.server.people.facade import operator, record

    record(operator(), action, place.slug, what)


def text_of(file: Path) -> str:
    """Return the text of a file that somebody named.

    Raises:
        InputError: It is not there, or not text in UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"it cannot be read ({error})", where=str(file), todo="give a text file in UTF-8") from error


def _serving(folder: Path) -> dict[str, Any]:
    """Return what a server that runs, or ran, says of itself; nothing without one."""
    try:
        found = json.loads((folder / ".touchline" / "serving.json").read_text())
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}
