"""The server's database, for commands that run while no server does."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import WorkspaceError
from touchline.server.home import DATABASE, HOME, Home

if TYPE_CHECKING:
    from touchline.cli.privacy import Outside


def outside(folder: Path) -> Outside | None:
    """Return what finds and erases in the database of the server that has a workspace; None where none has.

    Args:
        folder: The workspace's.

    Raises:
        WorkspaceError: Its database cannot be read.
    """
    from touchline.cli.privacy import Outside

    home = _home(folder)
    if home is None:
        return None
    os.environ[HOME] = str(home.root)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "touchline.server.config.settings")
    import django
    from django.apps import apps
    from django.db import DatabaseError

    if not apps.ready:
        django.setup()
    from touchline.server.privacy import following, stores
    from touchline.server.workspaces.models import Workspace

    try:
        found = Workspace.objects.filter(folder=str(folder)).first()
    except DatabaseError as error:
        raise WorkspaceError(
            f"the server's database cannot be read ({error})",
            where=str(home.state),
            todo="start the server once, with `touchline serve`: it brings its database up to date",
        ) from error
    if found is None:
        return None
    return Outside(partial(stores.forget, slug=found.slug), partial(stores.found, slug=found.slug),
                   partial(following.follow, found.slug))  # fmt: skip


def _home(folder: Path) -> Home | None:
    """Return the home of the server that has a workspace: its own, or the one in whose folder of tenants it lies."""
    homes = [Home.of(folder)]
    if folder.parent.name == "workspaces":
        homes.append(Home(folder.parent.parent))
    return next(
        (home for home in homes if home.state.exists() or (os.environ.get(DATABASE) and home.root.exists())), None
    )
