"""What is done once before the processes start: migrations, and the folder's entry among the workspaces."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from touchline.server.home import ADDRESS, Home


def main() -> None:
    """Prepare the server's database for a workspace: ``python -m touchline.server.processes.first FOLDER``."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "touchline.server.config.settings")
    django.setup()
    from django.core.management import call_command

    from touchline.server.operations import facade as operations
    from touchline.server.workspaces import facade
    from touchline.settings import Settings

    folder = Path(sys.argv[1])
    operations.prepare(folder)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    facade.add(folder, Settings.load(folder / "touchline.toml").workspace.name)
    _offer_setup()


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


if __name__ == "__main__":
    main()
