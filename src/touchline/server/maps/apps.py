"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class MapsConfig(AppConfig):
    """See the package."""

    name = "touchline.server.maps"
    label = "maps"
