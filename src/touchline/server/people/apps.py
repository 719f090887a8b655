"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """See the package."""

    name = "touchline.server.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
