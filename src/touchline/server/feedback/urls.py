"""The pages of feedback."""

from __future__ import annotations

from django.urls import path

from touchline.server.feedback.views import changes, inbox, quarantine, search

urlpatterns = [
    path("w/<slug:slug>/feedback", inbox.inbox, name="feedback"),
    path("w/<slug:slug>/feedback/learning", changes.learning, name="learning"),
    path("w/<slug:slug>/feedback/correct", changes.correct, name="correct"),
    path("w/<slug:slug>/feedback/theme", changes.theme, name="correct-theme"),
    path("w/<slug:slug>/feedback/undo", changes.undo, name="unlearn"),
    path("w/<slug:slug>/feedback/explain/<path:interaction>", inbox.explain, name="explain"),
    path("w/<slug:slug>/quarantine", quarantine.listed, name="quarantine"),
    path("w/<slug:slug>/quarantine/again", quarantine.again, name="quarantine-again"),
    path("w/<slug:slug>/quarantine/<int:number>", quarantine.record, name="quarantined"),
    path("w/<slug:slug>/search", search.search, name="search"),
]
