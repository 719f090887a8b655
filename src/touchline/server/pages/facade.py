"""What other apps may ask of pages: a place in the navigation, or a list of them; the engine's markup in templates."""

from __future__ import annotations

from touchline.server.pages.markup import safe
from touchline.server.pages.navigation import Place, add, add_list, frame

__all__ = ["Place", "add", "add_list", "frame", "safe"]
