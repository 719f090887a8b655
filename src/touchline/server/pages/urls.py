"""The app's URLs."""

from __future__ import annotations

from django.urls import path

from touchline.server.pages import language, patterns

urlpatterns = [
    path("patterns", patterns.page, name="patterns"),
    path("language", language.choose, name="language"),
]
