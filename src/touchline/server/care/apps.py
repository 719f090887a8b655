"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class CareConfig(AppConfig):
    """See the package."""

    name = "touchline.server.care"
    label = "care"

    def ready(self) -> None:
        """Take a place in the navigation, do what is done by the clock, hint at once, let files go with their cases."""
        from touchline.server.care import buttons, clockwork, files, hints, keeping
        from touchline.server.pages.facade import Place, add
        from touchline.server.privacy.facade import on_retained
        from touchline.server.workspaces import facade as workspaces

        add(Place("Cases", "/w/{slug}/cases", "read", 41))
        clockwork.register_all()
        files.connect()
        buttons.add()
        on_retained(keeping.follow)
        workspaces.after_drain(hints.after_drain)
