"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """See the package."""

    name = "touchline.server.api"
    label = "api"

    def ready(self) -> None:
        """Let go of remembered answers when somebody is erased."""
        from touchline.server.api.asking import ANSWERS
        from touchline.server.privacy.facade import erased

        erased.connect(lambda **_: ANSWERS.forget(), weak=False, dispatch_uid="api answers")
