"""The app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    """See the package."""

    name = "touchline.server.boards"
    label = "boards"

    def ready(self) -> None:
        """Put the page into the navigation, and send what is due by the clock."""
        from touchline.server.boards.sending import send_due
        from touchline.server.operations.facade import Job, register
        from touchline.server.pages.facade import Place, add

        add(Place("Boards", "/w/{slug}/boards", order=12))
        register(Job("boards", timedelta(minutes=10), send_due, each=True))
