"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """See the package."""

    name = "touchline.server.outbox"
    label = "outbox"

    def ready(self) -> None:
        """Deliver while the web process runs, tidy up by the clock, and take a place in the navigation."""
        from touchline.server.operations.facade import also, keep
        from touchline.server.outbox import chores, managing
        from touchline.server.outbox.worker import Worker
        from touchline.server.pages.facade import Place, add
        from touchline.server.privacy.facade import on_retained

        keep("outbox", Worker)
        chores.register_all()
        on_retained(managing.follow)
        also("touchline_outbox_waiting", "Deliveries that wait to be sent.", chores.waiting)
        also("touchline_outbox_dead", "Deliveries that were given up.", chores.dead)
        add(Place("Targets", "/w/{slug}/targets", "admin", 140))
