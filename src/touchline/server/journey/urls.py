"""The pages of a workspace."""

from __future__ import annotations

from django.urls import path

from touchline.server.journey.views import (
    customer,
    figure,
    first,
    heatmap,
    issues,
    overview,
    paths,
    people,
    programme,
    questions,
    saved,
    stage,
    version,
)

urlpatterns = [
    path("", first.home, name="home"),
    path("assets/figures.css", first.figures_css, name="figures-css"),
    path("assets/icon.svg", first.icon, name="icon"),
    path("w/<slug:slug>/", overview.overview, name="overview"),
    path("w/<slug:slug>/nps", overview.nps, name="nps"),
    path("w/<slug:slug>/heatmap", heatmap.heatmap, name="heatmap"),
    path("w/<slug:slug>/heatmap.svg", heatmap.picture, name="heatmap-svg"),
    path("w/<slug:slug>/stages", overview.stages, name="stages"),
    path("w/<slug:slug>/stages/<str:stage>", stage.stage, name="stage"),
    path("w/<slug:slug>/stages/<str:stage>/causes", stage.change_causes, name="causes"),
    path("w/<slug:slug>/paths", paths.paths, name="paths"),
    path("w/<slug:slug>/issues", issues.issues, name="issues"),
    path("w/<slug:slug>/issues/<str:theme>", issues.change_issue, name="change-issue"),
    path("w/<slug:slug>/service", questions.service, name="service"),
    path("w/<slug:slug>/value", questions.value, name="value"),
    path("w/<slug:slug>/programme", programme.programme, name="programme"),
    path("w/<slug:slug>/figure", figure.figure, name="figure"),
    path("w/<slug:slug>/figure.csv", figure.figure_csv, name="figure-csv"),
    path("w/<slug:slug>/figure.json", figure.figure_json, name="figure-json"),
    path("w/<slug:slug>/what", figure.what, name="what"),
    path("w/<slug:slug>/views", saved.saved_views, name="saved-views"),
    path("w/<slug:slug>/views/<slug:name>", saved.saved_view, name="saved-view"),
    path("w/<slug:slug>/views/<slug:name>/forget", saved.forget_view, name="forget-view"),
    path("w/<slug:slug>/accounts", people.accounts, name="accounts"),
    path("w/<slug:slug>/accounts/<path:ref>", customer.account, name="account"),
    path("w/<slug:slug>/export-customer", customer.export, name="customer-export"),
    path("w/<slug:slug>/erase-customer", customer.erase, name="customer-erase"),
    path("w/<slug:slug>/customers", people.customers, name="customers"),
    path("w/<slug:slug>/customers/<path:ref>", customer.customer, name="customer"),
    path("w/<slug:slug>/version", version.version, name="version"),
    path("w/<slug:slug>/who", people.who, name="who"),
]
