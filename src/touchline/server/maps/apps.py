"""The app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig


class MapsConfig(AppConfig):
    """See the package."""

    name = "touchline.server.maps"
    label = "maps"

    def ready(self) -> None:
        """Put the pages into the navigation, and remind of reviews by the clock."""
        from touchline.server.maps.reminding import remind
        from touchline.server.operations.facade import Job, register
        from touchline.server.pages.facade import Place, add

        add(Place("Maps", "/w/{slug}/maps", order=9))
        register(Job("maps.review", timedelta(hours=6), remind))
