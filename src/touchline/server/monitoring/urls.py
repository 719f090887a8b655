"""The pages of monitoring."""

from __future__ import annotations

from django.urls import path

from touchline.server.monitoring.views import alerts, gates, monitors

urlpatterns = [
    path("w/<slug:slug>/alerts", alerts.alerts, name="alerts"),
    path("w/<slug:slug>/alerts/<int:number>", alerts.alert, name="alert"),
    path("w/<slug:slug>/alerts/<int:number>/customers", alerts.people, name="alert-people"),
    path("w/<slug:slug>/alerts/<int:number>/acknowledge", alerts.acknowledge, name="acknowledge-alert"),
    path("w/<slug:slug>/alerts/<int:number>/close", alerts.close, name="close-alert"),
    path("w/<slug:slug>/alerts/<int:number>/mute", alerts.mute, name="mute-alert"),
    path("w/<slug:slug>/monitors", monitors.monitors, name="monitors"),
    path("w/<slug:slug>/monitors/new", monitors.new, name="new-monitor"),
    path("w/<slug:slug>/monitors/save", monitors.save, name="save-new-monitor"),
    path("w/<slug:slug>/monitors/<int:number>", monitors.monitor, name="monitor"),
    path("w/<slug:slug>/monitors/<int:number>/save", monitors.save, name="save-monitor"),
    path("w/<slug:slug>/monitors/<int:number>/mute", monitors.mute, name="mute-monitor"),
    path("w/<slug:slug>/monitors/<int:number>/remove", monitors.remove, name="remove-monitor"),
    path("w/<slug:slug>/gates", gates.gates, name="gates"),
    path("w/<slug:slug>/gates/save", gates.save, name="save-gate"),
    path("w/<slug:slug>/gates/<int:number>/remove", gates.remove, name="remove-gate"),
    path("w/<slug:slug>/gates/<int:number>/release", gates.release, name="release"),
]
