"""Addresses of cmi5: where units fetch their token and lead back to, and the staff's pages of registrations."""

from django.urls import path

from talka.courses.cmi5 import staff, views
from talka.courses.models import Package
from talka.courses.packages.views.learning import PLAYERS

app_name = "cmi5"
_DESK = "clusters/<slug:cluster>/courses/<slug:course>/packages/<uuid:package>/people/"
urlpatterns = [
    path("cmi5/fetch/<str:secret>/", views.fetch, name="fetch"),
    path("cmi5/returned/", views.returned, name="returned"),
    path("cmi5/sessions/<uuid:uuid>/", views.session, name="session"),
    path(_DESK, staff.Registrations.as_view(), name="registrations"),
    path(f"{_DESK}<uuid:registration>/", staff.registration, name="registration"),
    path(f"{_DESK}<uuid:registration>/waive/", staff.waive, name="waive"),
    path(f"{_DESK}<uuid:registration>/abandon/", staff.abandon, name="abandon"),
]

PLAYERS[Package.Kind.CMI5] = views.play
