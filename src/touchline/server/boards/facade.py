"""What other apps may ask of boards."""

from __future__ import annotations

from touchline.server.boards.api import router

__all__ = ["router"]
