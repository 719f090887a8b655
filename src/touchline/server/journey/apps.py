"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class JourneyConfig(AppConfig):
    """See the package."""

    name = "touchline.server.journey"
    label = "journey"
