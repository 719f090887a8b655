"""The app's URLs."""

from __future__ import annotations

from django.urls import path

from touchline.server.boards import views

urlpatterns = [
    path("assets/board.css", views.style, name="board-css"),
    path("w/<slug:slug>/boards", views.boards, name="boards"),
    path("w/<slug:slug>/boards/sheet", views.sheet, name="board-sheet"),
    path("w/<slug:slug>/boards/save", views.save, name="save-board"),
    path("w/<slug:slug>/boards/file/<str:kind>", views.file, name="board-file"),
    path("w/<slug:slug>/boards/picture/<str:name>", views.picture, name="board-picture"),
    path("w/<slug:slug>/boards/<int:number>", views.board, name="board"),
    path("w/<slug:slug>/boards/<int:number>/schedule", views.schedule, name="schedule-board"),
    path("w/<slug:slug>/boards/<int:number>/send", views.send, name="send-board"),
    path("w/<slug:slug>/boards/<int:number>/remove", views.remove, name="remove-board"),
]
