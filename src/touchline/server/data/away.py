"""What is done in processes of its own, so that a large or ill-made file keeps no page waiting.

These functions run in a spawned, niced process that knows the engine and no Django. They get and give plain values.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import TouchlineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_NICE: Final = 10
_EVERY: Final = 0.2  # seconds between notes of how far an import is


def begin(send: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Run a function and send back what it returned, or its error as values."""
    with suppress(OSError):
        os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        send.send(("done", work(*arguments)))
    except TouchlineError as error:
        send.send(("failed", told(error)))
    except MemoryError:
        send.send(("failed", {"what": "there is not enough memory", "where": "", "todo": "use a smaller file"}))


def told(error: TouchlineError) -> dict[str, str]:
    """Return an error as plain values."""
    return {"what": error.what, "where": error.where or "", "todo": error.todo or ""}


def write(path: Path, value: Any) -> None:
    """Write plain values as JSON, as a whole or not at all, for nobody else to read."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, default=str)
    os.replace(fresh, path)


def look(folder: str, file: str, said: dict[str, str]) -> dict[str, Any]:
    """Return how a file would be read into a workspace; see `touchline.workspace.previewing`."""
    from touchline.settings import Settings
    from touchline.workspace.previewing import Said
    from touchline.workspace.previewing import look as looked

    return looked(Path(file), Said(**said), Settings.load(Path(folder) / "touchline.toml"))


def take(folder: str, file: str, said: dict[str, str], note: str) -> dict[str, Any]:
    """Take a file through the door into a workspace's journal; return what became of its records there.

    Args:
        folder: The workspace's.
        file: The file.
        said: As `touchline.workspace.previewing.Said`.
        note: Where to note how far it is.
    """
    from touchline.settings import Settings
    from touchline.workspace.previewing import Said, opened

    settings = Settings.load(Path(folder) / "touchline.toml")
    return _taken(folder, opened(Path(file), Said(**said), settings), settings, Path(note))


def sample(folder: str, work: str, note: str, customers: int) -> dict[str, Any]:
    """Simulate the demo's world and take it through the door; return what became of its records there."""
    from touchline.settings import Settings
    from touchline.simulation import simulate_to
    from touchline.workspace.previewing import Said, opened

    world = Path(work) / "world"
    simulate_to(world, customers, 1, lambda done: write(Path(note), {"step": "simulating", "done": done / 2}))
    settings = Settings.load(Path(folder) / "touchline.toml")
    return _taken(folder, opened(world / "interactions.csv", Said(), settings), settings, Path(note), 0.5)


def _taken(folder: str, export: Any, settings: Any, note: Path, start: float = 0.0) -> dict[str, Any]:
    from touchline.journal import open_journal
    from touchline.privacy.tombstones import Graveyard
    from touchline.workspace.folder import Folder
    from touchline.workspace.importing import take_in

    place = Folder(Path(folder))
    key = place.key()
    last = 0.0

    def tell(done: float) -> None:
        nonlocal last
        if time.monotonic() - last > _EVERY:
            last = time.monotonic()
            write(note, {"step": "reading", "done": start + done * (1 - start)})

    journal = open_journal(place)
    try:
        door, reasons = take_in(
            export, journal, key, live=False, privacy=settings.privacy, told=tell, store=lambda: None,
            tombstones=Graveyard(place.tombstones, key).read(),
        )  # fmt: skip
    finally:
        journal.close()
    return {
        "file": export.path.name, "source": export.source, "received": door.received, "accepted": door.accepted,
        "repeated": door.repeated, "quarantined": door.quarantined, "redacted": door.redacted,
        "offsets": list(door.offsets), "reasons": [[reason, count] for reason, count in reasons[:20]],
        "notes": list(export.notes[:20]),
    }  # fmt: skip


def moves(folder: str, found: Any, after: str) -> dict[str, Any]:
    """Return what other stages would move among a sample's customers; see `touchline.workspace.moving`."""
    from touchline.workspace.moving import moved

    return moved(Path(folder), found, after)
