"""The pages of a workspace."""

from __future__ import annotations

from django.urls import path

from touchline.server.journey.views import feedback, first, overview, people, questions, version

urlpatterns = [
    path("", first.home, name="home"),
    path("assets/figures.css", first.figures_css, name="figures-css"),
    path("assets/icon.svg", first.icon, name="icon"),
    path("w/<slug:slug>/", overview.overview, name="overview"),
    path("w/<slug:slug>/heatmap", overview.heatmap, name="heatmap"),
    path("w/<slug:slug>/stages", overview.stages, name="stages"),
    path("w/<slug:slug>/paths", questions.paths, name="paths"),
    path("w/<slug:slug>/issues", questions.issues, name="issues"),
    path("w/<slug:slug>/service", questions.service, name="service"),
    path("w/<slug:slug>/value", questions.value, name="value"),
    path("w/<slug:slug>/feedback", feedback.feedback, name="feedback"),
    path("w/<slug:slug>/customers", people.customers, name="customers"),
    path("w/<slug:slug>/customers/<path:ref>", people.customer, name="customer"),
    path("w/<slug:slug>/version", version.version, name="version"),
    path("w/<slug:slug>/who", people.who, name="who"),
]
