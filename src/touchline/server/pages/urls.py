"""The app's URLs."""

from __future__ import annotations

from django.urls import path

from touchline.server.pages import patterns

urlpatterns = [path("patterns", patterns.page, name="patterns")]
