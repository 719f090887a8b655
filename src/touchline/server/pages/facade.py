"""What other apps may ask of pages: a place in the navigation."""

from __future__ import annotations

from touchline.server.pages.navigation import Place, add, frame

__all__ = ["Place", "add", "frame"]
