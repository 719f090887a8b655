"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    """See the package."""

    name = "touchline.server.workspaces"
    label = "workspaces"
