"""The app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig


class DataConfig(AppConfig):
    """See the package."""

    name = "touchline.server.data"
    label = "data"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take places in the navigation, and let go of uploads by the clock."""
        from touchline.server.data import uploads
        from touchline.server.data.drafts import forget_words
        from touchline.server.operations.facade import Job, register
        from touchline.server.pages.facade import Place, add
        from touchline.server.privacy.facade import erased

        add(Place("Stages and themes", "/w/{slug}/taxonomy", "read", 100))
        add(Place("Models", "/w/{slug}/models", "read", 102))
        add(Place("Retention", "/w/{slug}/retention", "read", 104))
        add(Place("Privacy", "/w/{slug}/privacy", "read", 106))
        register(Job("uploads", timedelta(minutes=5), lambda _: uploads.sweep()))
        uploads.make()
        erased.connect(forget_words, dispatch_uid="data")
