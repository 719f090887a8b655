"""The app's URLs."""

from __future__ import annotations

from django.urls import path

from touchline.server.plays import views

urlpatterns = [
    path("w/<slug:slug>/plays", views.plays, name="plays"),
    path("w/<slug:slug>/plays/add", views.add, name="play-add"),
    path("w/<slug:slug>/plays/<str:name>", views.play, name="play"),
    path("w/<slug:slug>/plays/<str:name>/change", views.change, name="play-change"),
    path("w/<slug:slug>/plays/<str:name>/switch", views.switch, name="play-switch"),
    path("w/<slug:slug>/plays/<str:name>/remove", views.remove, name="play-remove"),
    path("w/<slug:slug>/plays/<str:name>/runs/<int:run>/<int:number>/done", views.done, name="play-step-done"),
]
