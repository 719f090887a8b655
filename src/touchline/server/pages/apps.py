"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """See the package."""

    name = "touchline.server.pages"
    label = "pages"

    def ready(self) -> None:
        """Let the engine speak to readers in their language."""
        from touchline.server.pages.speaking import Translated
        from touchline.words import speak

        speak(Translated())
