"""Addresses of what works without a line."""

from django.urls import path

from talka.courses.offline import views

app_name = "offline"
urlpatterns = [
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("worker.js", views.worker, name="worker"),
    path("offline/", views.saved, name="saved"),
    path("offline/sync/", views.sync, name="sync"),
    path("offline/<slug:course>/<slug:lesson>.json", views.lesson, name="lesson"),
]
