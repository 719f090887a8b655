"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PlaysConfig(AppConfig):
    """See the package."""

    name = "touchline.server.plays"
    label = "plays"

    def ready(self) -> None:
        """Listen to live data, alerts, gates and cases, follow runs by the clock, and take a place to be found at."""
        from touchline.server.journey.facade import Panel, add_panel
        from touchline.server.pages.facade import Place, add
        from touchline.server.plays import buttons, connecting, panels

        connecting.connect()
        buttons.add()
        add_panel(Panel("next", "customer", panels.panel, order=60))
        add(Place("Plays", "/w/{slug}/plays", "read", 43))
