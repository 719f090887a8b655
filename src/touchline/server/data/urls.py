"""Where data come from and how they are read."""

from __future__ import annotations

from django.urls import path

from touchline.server.data.views import data, keeping, models, taxonomy, upload

_W = "w/<slug:slug>"
urlpatterns = [
    path(f"{_W}/data", data.data, name="data"),
    path(f"{_W}/data/upload", upload.choose, name="upload_file"),
    path(f"{_W}/data/sample", upload.sample, name="load_sample"),
    path(f"{_W}/data/mappings/remove", upload.forget_mapping, name="forget_mapping"),
    path(f"{_W}/data/upload/<str:id>", upload.upload, name="upload"),
    path(f"{_W}/data/upload/<str:id>/look", upload.look, name="upload_look"),
    path(f"{_W}/data/upload/<str:id>/save", upload.save, name="upload_save"),
    path(f"{_W}/data/upload/<str:id>/import", upload.take, name="upload_take"),
    path(f"{_W}/data/upload/<str:id>/discard", upload.discard, name="upload_discard"),
    path(f"{_W}/data/upload/<str:id>/progress", upload.progress, name="upload_progress"),
    path(f"{_W}/taxonomy", taxonomy.taxonomy, name="taxonomy"),
    path(f"{_W}/taxonomy/stage/<str:stage>", taxonomy.stage, name="taxonomy_stage"),
    path(f"{_W}/taxonomy/yaml", taxonomy.text, name="taxonomy_yaml"),
    path(f"{_W}/taxonomy/change", taxonomy.change, name="taxonomy_change"),
    path(f"{_W}/taxonomy/discard", taxonomy.discard, name="taxonomy_discard"),
    path(f"{_W}/taxonomy/preview", taxonomy.preview, name="taxonomy_preview"),
    path(f"{_W}/taxonomy/draft", taxonomy.draft, name="taxonomy_draft"),
    path(f"{_W}/taxonomy/save", taxonomy.save, name="taxonomy_save"),
    path(f"{_W}/taxonomy/progress", taxonomy.progress, name="taxonomy_progress"),
    path(f"{_W}/taxonomy/versions/<int:number>", taxonomy.version, name="taxonomy_version"),
    path(f"{_W}/taxonomy/versions/<int:number>/restore", taxonomy.restore, name="taxonomy_restore"),
    path(f"{_W}/models", models.models, name="models"),
    path(f"{_W}/models/teach", models.teach, name="models_teach"),
    path(f"{_W}/models/use", models.use, name="models_use"),
    path(f"{_W}/retention", keeping.retention, name="retention"),
    path(f"{_W}/retention/effect", keeping.effect, name="retention_effect"),
    path(f"{_W}/retention/save", keeping.save, name="retention_save"),
    path(f"{_W}/privacy", keeping.privacy, name="privacy"),
]
