"""The app's URLs."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from touchline.server.pages import patterns
from touchline.server.people.facade import needs

urlpatterns = [
    path("patterns", patterns.page, name="patterns"),
    path("language", needs("public")(set_language), name="language"),
]
