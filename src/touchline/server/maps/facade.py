"""What other apps may ask of maps."""

from __future__ import annotations

from touchline.server.maps.api import router
from touchline.server.maps.erasing import erase_from
from touchline.server.maps.errors import Clash, Exists, MapMissing
from touchline.server.maps.keeping import Kept, archive, at, change, create, everyone, free, load, restore, review
from touchline.server.maps.laid import gaps_of, overlay_of, priorities_of
from touchline.server.maps.making import begin, bring, import_text, improve
from touchline.server.maps.sharing_api import router as sharing_router
from touchline.server.maps.workshop_api import router as workshop_router

__all__ = [
    "Clash", "Exists", "Kept", "MapMissing", "archive", "at", "begin", "bring", "change", "create", "erase_from",
    "everyone", "free", "gaps_of", "import_text", "improve", "load", "overlay_of", "priorities_of", "restore", "review",
    "router", "sharing_router", "workshop_router",
]  # fmt: skip
