"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """See the package."""

    name = "touchline.server.monitoring"
    label = "monitoring"

    def ready(self) -> None:
        """Put the pages into the navigation, and have done what is done by the clock."""
        from touchline.server.monitoring import acting, clock
        from touchline.server.pages.facade import Place, add

        for order, (label, path) in enumerate((("Alerts", "alerts"), ("Gates", "gates"), ("Monitors", "monitors"))):
            add(Place(label, f"/w/{{slug}}/{path}", order=40 + 2 * order))
        clock.register_all()
        acting.add_buttons()
