"""The pages around the maps."""

from __future__ import annotations

from django.urls import path

from touchline.server.maps.views import gaps, guests, inventory, listing, personas, roadmap, story, workshop

urlpatterns = [
    path("w/<slug:slug>/personas", personas.listed, name="personas"),
    path("w/<slug:slug>/personas/proposals", personas.proposed, name="persona-proposals"),
    path("w/<slug:slug>/personas/measured", personas.measured, name="personas-measured"),
    path("w/<slug:slug>/personas/keep", personas.keep, name="keep-persona"),
    path("w/<slug:slug>/personas/remove", personas.remove, name="remove-persona"),
    path("w/<slug:slug>/personas/picture", personas.picture, name="keep-persona-picture"),
    path("w/<slug:slug>/personas/pictures/<str:name>", listing.face, name="persona-picture"),
    path("w/<slug:slug>/personas/of/<path:name>", personas.one, name="persona"),
    path("w/<slug:slug>/touchpoints", inventory.touchpoints, name="inventory"),
    path("w/<slug:slug>/roadmap", roadmap.roadmap, name="roadmap"),
    path("w/<slug:slug>/roadmap/measured", roadmap.measured, name="roadmap-measured"),
    path("w/<slug:slug>/roadmap/status", roadmap.status, name="roadmap-status"),
    path("w/<slug:slug>/workshops", workshop.listed, name="workshops"),
    path("w/<slug:slug>/workshops/make", workshop.make, name="make-workshop"),
    path("w/<slug:slug>/workshops/<int:number>", workshop.room, name="workshop"),
    path("w/<slug:slug>/workshops/<int:number>/board", workshop.board, name="workshop-board"),
    path("w/<slug:slug>/workshops/<int:number>/beside", workshop.beside, name="workshop-beside"),
    path("w/<slug:slug>/workshops/<int:number>/part", workshop.take_part, name="workshop-part"),
    path("w/<slug:slug>/workshops/<int:number>/door", guests.open_door, name="workshop-door"),
    path("workshops/join", guests.join, name="join-workshop"),
    path("workshops/join/<str:code>", guests.join, name="join-workshop-by"),
    path("workshops/guest/<int:number>", guests.room, name="guest-room"),
    path("workshops/guest/<int:number>/board", guests.board, name="guest-board"),
    path("workshops/guest/<int:number>/part", guests.take_part, name="guest-part"),
    path("w/<slug:slug>/workshops/<int:number>/lead", workshop.lead, name="workshop-lead"),
    path("w/<slug:slug>/maps/<slug:which>/gaps", gaps.gaps, name="gaps"),
    path("w/<slug:slug>/maps/<slug:which>/future", gaps.make_future, name="make-future"),
    path("w/<slug:slug>/maps/<slug:which>/story", story.told, name="story"),
    path("w/<slug:slug>/maps/<slug:which>/story.md", story.text, name="story-text"),
    path("w/<slug:slug>/maps/<slug:which>/stakeholders", inventory.grid, name="stakeholders"),
    path("w/<slug:slug>/maps/<slug:which>/stakeholders/change", inventory.change, name="change-stakeholder"),
]
