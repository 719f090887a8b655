"""What other apps may ask of the API."""

from __future__ import annotations

from touchline.server.api.api import api, document

__all__ = ["api", "document"]
