"""What other apps may ask of pages: a place in the navigation, or a list of them."""

from __future__ import annotations

from touchline.server.pages.navigation import Place, add, add_list, frame

__all__ = ["Place", "add", "add_list", "frame"]
