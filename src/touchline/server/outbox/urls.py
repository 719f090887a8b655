"""The app's URLs."""

from __future__ import annotations

from django.urls import path

from touchline.server.outbox import pressing_views, views

urlpatterns = [
    path("w/<slug:slug>/do/<str:token>", pressing_views.do, name="do"),
    path("w/<slug:slug>/chat-person/<str:token>", pressing_views.say_who, name="say-who"),
    path("w/<slug:slug>/targets/people/<int:number>/forget", pressing_views.forget_who, name="forget-who"),
    path("w/<slug:slug>/targets", views.targets, name="targets"),
    path("w/<slug:slug>/targets/make", views.make, name="target-make"),
    path("w/<slug:slug>/targets/deliveries/<str:message>", views.delivery, name="delivery"),
    path("w/<slug:slug>/targets/deliveries/<str:message>/replay", views.replay, name="delivery-replay"),
    path("w/<slug:slug>/targets/<str:name>", views.target, name="target"),
    path("w/<slug:slug>/targets/<str:name>/change", views.change, name="target-change"),
    path("w/<slug:slug>/targets/<str:name>/rotate", views.rotate, name="target-rotate"),
    path("w/<slug:slug>/targets/<str:name>/test", views.test, name="target-test"),
    path("w/<slug:slug>/targets/<str:name>/switch", views.switch, name="target-switch"),
    path("w/<slug:slug>/targets/<str:name>/replay", views.replay_dead, name="target-replay"),
    path("w/<slug:slug>/targets/<str:name>/remove", views.remove, name="target-remove"),
]
