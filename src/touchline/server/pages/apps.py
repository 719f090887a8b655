"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """See the package."""

    name = "touchline.server.pages"
    label = "pages"
