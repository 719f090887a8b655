"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """See the package."""

    name = "touchline.server.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Let go every night of what is past its time."""
        from touchline.server.privacy import nightly

        nightly.register_all()
