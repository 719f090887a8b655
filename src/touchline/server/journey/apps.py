"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class JourneyConfig(AppConfig):
    """See the package."""

    name = "touchline.server.journey"
    label = "journey"

    def ready(self) -> None:
        """Put the pages into the navigation."""
        from touchline.server.journey.places import PLACES
        from touchline.server.journey.saved import links
        from touchline.server.pages.facade import add, add_list

        for place in PLACES:
            add(place)
        add_list("Saved views", links)
