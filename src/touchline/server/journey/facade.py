"""What other apps may ask of the journey's pages: a page with the filter bar, and what an address asks."""

from __future__ import annotations

from touchline.server.journey.filtering import Chosen, chosen
from touchline.server.journey.page import Visit, shown, visiting

__all__ = ["Chosen", "Visit", "chosen", "shown", "visiting"]
