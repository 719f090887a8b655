"""What is done once after a restore: people who were erased since are erased from workspaces and database again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from touchline.errors import WorkspaceError
from touchline.server.home import HOME, Home


def erase_again(folder: Path) -> int | None:
    """Do it in a process of its own; return how many records went, or None where the folder has no server.

    Args:
        folder: A workspace that was restored, with what a server keeps in it.

    Raises:
        WorkspaceError: It failed; the workspace is not to be used before it is done.
    """
    home = Home.of(folder)
    if not home.state.exists():
        return None
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "touchline.server.processes.again", str(folder)],
        env={**os.environ, HOME: str(home.root)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise WorkspaceError(
            "who was erased since the backup could not be erased again",
            where=str(folder),
            todo="mend what is told above, and restore once more with --replace",
        )
    return int(done.stdout.split()[-1])


def main() -> None:
    """Bring the restored database up to date, and erase: ``python -m touchline.server.processes.again FOLDER``."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "touchline.server.config.settings")
    django.setup()
    from touchline.server.operations import facade as operations
    from touchline.server.privacy.offline import outside
    from touchline.server.workspaces import facade as workspaces
    from touchline.workspace import Workspace
    from touchline.workspace.erasing import reapply

    folder, count = Path(sys.argv[1]).resolve(), 0
    operations.prepare(folder)
    for one in workspaces.everyone():
        root = one.root.resolve()
        if root.is_relative_to(folder) and (root / ".touchline" / "tombstones").exists():
            known = outside(root)
            with Workspace(root) as opened:
                count += reapply(opened, elsewhere=[known.erases] if known else ())
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main()
