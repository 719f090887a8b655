"""What the web process does before it answers: migrations, static files, the folder's entry among the workspaces."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from touchline.server.home import ADDRESS, Home

#: Says which static files were gathered.
_GATHERED: Final = ".gathered"


def prepare(folder: Path) -> None:
    """Bring a folder and the server's database up to date; Django is set up, and no request was answered yet.

    Raises:
        WorkspaceError: Something is of a newer version, or cannot be used; nothing of it was changed.
    """
    from touchline.server.operations import facade as operations
    from touchline.server.workspaces import facade
    from touchline.settings import Settings

    operations.prepare(folder)
    _gather()
    facade.add(folder, Settings.load(folder / "touchline.toml").workspace.name)
    _offer_setup()


def _gather() -> None:
    """Copy, name and pack the static files, where they are others than last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    from touchline import __version__

    digest = hashlib.sha256(f"{__version__} {settings.STORAGES['staticfiles']['BACKEND']}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    gathered = Path(settings.STATIC_ROOT) / _GATHERED
    if gathered.exists() and gathered.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    gathered.write_text(digest.hexdigest())


def _offer_setup() -> None:
    """Leave the link that makes the first administrator where `touchline serve` finds and prints it."""
    from touchline.server.people.facade import setup_link

    path = Home.from_environment().root / "setup"
    path.unlink(missing_ok=True)
    link = setup_link(os.environ[ADDRESS])
    if link:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(link)
