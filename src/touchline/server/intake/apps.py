"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """See the package."""

    name = "touchline.server.intake"
    label = "intake"
