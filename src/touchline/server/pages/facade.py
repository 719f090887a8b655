"""What other apps may ask of pages: places in the navigation, and the engine's markup and errors in them."""

from __future__ import annotations

from touchline.server.pages.framing import action, page, shown
from touchline.server.pages.markup import safe
from touchline.server.pages.navigation import Place, add, add_list, frame
from touchline.server.pages.problems import silent, status_of

__all__ = ["Place", "action", "add", "add_list", "frame", "page", "safe", "shown", "silent", "status_of"]
