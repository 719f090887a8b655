"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    """See the package."""

    name = "touchline.server.assets"
    label = "assets"
