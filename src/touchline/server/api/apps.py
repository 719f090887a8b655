"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """See the package."""

    name = "touchline.server.api"
    label = "api"
