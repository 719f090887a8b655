"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """See the package."""

    name = "touchline.server.feedback"
    label = "feedback"

    def ready(self) -> None:
        """Put the quarantine into the navigation."""
        from touchline.server.pages.facade import Place, add

        add(Place("Quarantine", "/w/{slug}/quarantine", scope="admin", order=108))
