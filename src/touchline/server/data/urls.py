"""Where data come from and how they are read."""

from __future__ import annotations

from django.urls import path

from touchline.server.data.views import data, upload

urlpatterns = [
    path("w/<slug:slug>/data", data.data, name="data"),
    path("w/<slug:slug>/data/upload", upload.choose, name="upload_file"),
    path("w/<slug:slug>/data/sample", upload.sample, name="load_sample"),
    path("w/<slug:slug>/data/mappings/remove", upload.forget_mapping, name="forget_mapping"),
    path("w/<slug:slug>/data/upload/<str:id>", upload.upload, name="upload"),
    path("w/<slug:slug>/data/upload/<str:id>/look", upload.look, name="upload_look"),
    path("w/<slug:slug>/data/upload/<str:id>/save", upload.save, name="upload_save"),
    path("w/<slug:slug>/data/upload/<str:id>/import", upload.take, name="upload_take"),
    path("w/<slug:slug>/data/upload/<str:id>/discard", upload.discard, name="upload_discard"),
    path("w/<slug:slug>/data/upload/<str:id>/progress", upload.progress, name="upload_progress"),
]
