"""What other apps may ask of maps."""

from __future__ import annotations

from touchline.server.maps.errors import Clash, Exists, MapMissing
from touchline.server.maps.keeping import Kept, archive, at, change, create, everyone, free, load, restore, review

__all__ = [
    "Clash", "Exists", "Kept", "MapMissing", "archive", "at", "change", "create", "everyone", "free", "load",
    "restore", "review",
]  # fmt: skip
