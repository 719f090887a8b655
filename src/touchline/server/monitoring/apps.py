"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """See the package."""

    name = "touchline.server.monitoring"
    label = "monitoring"
