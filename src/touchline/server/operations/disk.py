"""How much room is left, and the floor below which nothing more is taken in.

SQLite and DuckDB both refuse to go on once a disk is full, and the second needs its file opened anew. So the server
stops a little before.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from touchline.errors import SettingsError

FLOOR: Final = "TOUCHLINE_DISK_FLOOR"
_DEFAULT: Final = 256  # MiB
_UNITS: Final = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk under a folder, in bytes.

    Attributes:
        free: What may still be written.
        total: All of it.
        floor: What has to stay free.
    """

    free: int
    total: int
    floor: int

    @property
    def low(self) -> bool:
        """Is less free than has to be?"""
        return self.free < self.floor


def disk(folder: Path) -> Disk:
    """Return how full the disk under a folder is.

    >>> disk(Path(".")).total > 0
    True
    """
    usage = shutil.disk_usage(folder)
    return Disk(free=usage.free, total=usage.total, floor=floor())


def floor() -> int:
    """Return how many bytes have to stay free: ``TOUCHLINE_DISK_FLOOR``, in MiB, else 256 MiB.

    Raises:
        SettingsError: The variable is no number.
    """
    text = os.environ.get(FLOOR, "").strip() or str(_DEFAULT)
    if not text.isdecimal():
        raise SettingsError(f"{FLOOR} is {text!r}", todo="give a number of MiB")
    return int(text) * 1024**2


def size(text: str, where: str = "") -> int | None:
    """Return a number of bytes that was written for people; None for nothing.

    >>> size("2GiB"), size("500 MB"), size("")
    (2147483648, 524288000, None)

    Raises:
        SettingsError: It is none.
    """
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE)
    if not found:
        raise SettingsError(f"{text!r} is no size", where=where, todo="write it as 512MiB or 2GiB")
    return int(float(found[1]) * _UNITS[found[2].upper()])
