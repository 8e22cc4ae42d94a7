"""Addresses of the exchange, in the cluster's workspace."""

from django.urls import path

from talka.courses.exchange import views

app_name = "exchange"
urlpatterns = [
    path("clusters/<slug:cluster>/courses/exchange/", views.ImportCourse.as_view(), name="import"),
    path("clusters/<slug:cluster>/courses/<slug:course>/exchange/", views.course, name="course"),
    path(
        "clusters/<slug:cluster>/courses/<slug:course>/exchange/import/<slug:lesson>/",
        views.ImportIntoLesson.as_view(),
        name="import-lesson",
    ),
    path("clusters/<slug:cluster>/courses/<slug:course>/exchange/<slug:form>/", views.export, name="export"),
    path("travel/<slug:course>/<slug:topic>/", views.door, name="door"),
    path("travel/<slug:course>/<slug:topic>/state.json", views.door_state, name="door-state"),
]
