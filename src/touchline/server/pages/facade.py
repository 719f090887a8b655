"""What other apps may ask of pages: places in the navigation, and the engine's markup and errors in them."""

from __future__ import annotations

from touchline.server.pages.markup import safe
from touchline.server.pages.navigation import Place, add, add_list, frame
from touchline.server.pages.problems import status_of

__all__ = ["Place", "add", "add_list", "frame", "safe", "status_of"]
