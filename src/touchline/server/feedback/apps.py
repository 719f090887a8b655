"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """See the package."""

    name = "touchline.server.feedback"
    label = "feedback"

    def ready(self) -> None:
        """Put the quarantine into the navigation, and a customer's cases onto the customer's page."""
        from touchline.server.feedback import cases
        from touchline.server.journey.facade import Panel, add_panel
        from touchline.server.pages.facade import Place, add

        add_panel(Panel("cases", "customer", cases.panel))
        add(Place("Quarantine", "/w/{slug}/quarantine", scope="admin", order=108))
