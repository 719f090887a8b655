"""The URLs of all apps, put together."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("touchline.server.api.urls")),
    path("", include("touchline.server.care.urls")),
    path("", include("touchline.server.data.urls")),
    path("", include("touchline.server.feedback.urls")),
    path("", include("touchline.server.journey.urls")),
    path("", include("touchline.server.boards.urls")),
    path("", include("touchline.server.maps.urls")),
    path("", include("touchline.server.monitoring.urls")),
    path("", include("touchline.server.operations.urls")),
    path("", include("touchline.server.outbox.urls")),
    path("", include("touchline.server.plays.urls")),
    path("", include("touchline.server.pages.urls")),
    path("", include("touchline.server.people.urls")),
]
