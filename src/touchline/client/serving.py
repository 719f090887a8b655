"""Whether a server on this machine holds a workspace, and how to ask it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

#: What a server leaves in the workspace's folder while it holds it; readable by the owner only.
SERVING: Final = Path(".touchline") / "serving.json"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that holds a workspace."""

    url: str
    workspace: str
    pid: int
    token: str = field(repr=False)


def serving(folder: Path) -> Serving | None:
    """Return the server that holds the workspace of a folder, or None.

    What a server left that was killed does not count: its process is gone.
    """
    try:
        told = json.loads((folder / SERVING).read_text(encoding="utf-8"))
        found = Serving(str(told["url"]), str(told["workspace"]), int(told["pid"]), str(told["token"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):  # of another user, or not whole: as if nobody said anything
        return None
    return found if found.pid != os.getpid() and _lives(found.pid) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
