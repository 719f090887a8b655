"""The app's URLs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from touchline.server.maps import urls_around
from touchline.server.maps.views import editor, listing

urlpatterns: list[URLPattern | URLResolver] = [
    path("maps/shared/<str:token>", listing.shared, name="shared-map"),
    path("maps/shared/<str:token>/pictures/<str:name>", listing.shared_picture, name="shared-picture"),
    path("w/<slug:slug>/maps", listing.maps, name="maps"),
    path("w/<slug:slug>/maps/new", listing.new, name="new-map"),
    path("w/<slug:slug>/maps/make", listing.make, name="make-map"),
    path("w/<slug:slug>/maps/import", listing.bring, name="import-map"),
    path("w/<slug:slug>/maps/<slug:which>/glance", listing.glance, name="map-glance"),
    path("w/<slug:slug>/maps/<slug:which>/export", listing.export, name="export-map"),
    path("w/<slug:slug>/maps/<slug:which>/archive", listing.archive, name="archive-map"),
    path("w/<slug:slug>/maps/<slug:which>/review", listing.review, name="review-map"),
    path("w/<slug:slug>/maps/<slug:which>/shares", listing.links, name="map-shares"),
    path("w/<slug:slug>/maps/<slug:which>/pictures/<str:name>", listing.picture, name="map-picture"),
    path("w/<slug:slug>/maps/<slug:which>/access", listing.keep_to, name="keep-map-to"),
    path("w/<slug:slug>/maps/<slug:which>/share", listing.share, name="share-map"),
    path("w/<slug:slug>/maps/<slug:which>/shares/<int:number>/remove", listing.unshare, name="unshare-map"),
    path("w/<slug:slug>/maps/<slug:which>", editor.page, name="map"),
    path("w/<slug:slug>/maps/<slug:which>/history", editor.history, name="map-history"),
    path("w/<slug:slug>/maps/<slug:which>/restore/<int:version>", editor.restore, name="restore-map"),
    path("w/<slug:slug>/maps/<slug:which>/compare/<slug:other>", editor.compare, name="compare-map"),
    *urls_around.urlpatterns,
]
