"""Is there room? Bounds on what waits in memory, and a floor under the free disk."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from touchline.server.intake.refusing import Refused, later

MIB: Final = 1024 * 1024
FLOOR: Final = "TOUCHLINE_DISK_FLOOR"
_LOOK: Final = 1.0  # seconds for which the free space that was seen is believed


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request, and all that wait together, may hold.

    Attributes:
        body: Bytes of a body as it is sent.
        unpacked: Bytes of a body after decompression.
        items: Records in a request.
        item: Bytes of one record.
        file: Bytes of an uploaded file, unpacked.
        waiting_items: Records of one workspace that wait to be committed.
        waiting_bytes: Bytes of all bodies in memory.
        requests: Requests that are being worked on.
        files: Files that are being read or wait for it.
        floor: Bytes of disk that stay free.
        patience: Seconds that a body may take to arrive; a file gets ten times as many.
    """

    body: int = 16 * MIB
    unpacked: int = 32 * MIB
    items: int = 10_000
    item: int = MIB
    file: int = 1024 * MIB
    waiting_items: int = 50_000
    waiting_bytes: int = 192 * MIB
    requests: int = 512
    files: int = 4
    floor: int = 256 * MIB
    patience: float = 30.0

    @classmethod
    def from_environment(cls) -> Limits:
        """Return the limits, with the floor that ``TOUCHLINE_DISK_FLOOR`` gives in MiB."""
        told = os.environ.get(FLOOR, "")
        return cls(floor=int(told) * MIB) if told.isdigit() else cls()


class Room:
    """What is in memory now, and how much disk there is."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.requests = self.held = 0
        self._free: dict[Path, tuple[float, int]] = {}

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request while it is worked on.

        Raises:
            Refused: 503, too many are.
        """
        if self.requests >= self.limits.requests:
            raise later(503, "the door is busy: too many requests at once")
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count bytes while they are held.

        Raises:
            Refused: 503, they would be too many.
        """
        if self.held + size > self.limits.waiting_bytes and self.held:
            raise later(503, "the door is busy: too much waits in memory")
        self.held += size
        try:
            yield
        finally:
            self.held -= size

    def check_disk(self, folder: Path) -> None:
        """Refuse before the disk is full.

        Raises:
            Refused: 507, the free space is below the floor.
        """
        now = time.monotonic()
        seen, free = self._free.get(folder, (-_LOOK, 0))
        if now - seen >= _LOOK:
            free = shutil.disk_usage(folder).free
            self._free[folder] = now, free
        if free < self.limits.floor:
            raise Refused(
                507,
                f"the disk is nearly full: {free // MIB} MiB are free, and {self.limits.floor // MIB} stay free",
                todo="free some space; what was acknowledged before is safe",
                headers={"retry-after": "60"},
            )
