"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """See the package."""

    name = "touchline.server.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to log-ins, and take places in the navigation."""
        from touchline.server.pages.facade import Place, add
        from touchline.server.people import signals

        signals.connect()
        add(Place("Overview", "/w/{slug}/", "read", 0))
        add(Place("People", "/settings/people", "admin", 110))
        add(Place("API keys", "/settings/keys", "admin", 120))
        add(Place("Audit log", "/settings/audit", "admin", 130))
        add(Place("Account", "/account", "", 190))
