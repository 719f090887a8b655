"""The app's URLs, at the server's root."""

from __future__ import annotations

from django.urls import path

from touchline.server.operations import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
