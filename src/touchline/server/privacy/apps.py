"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """See the package."""

    name = "touchline.server.privacy"
    label = "privacy"
