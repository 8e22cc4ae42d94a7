"""Addresses of cmi5: where units fetch their token and lead back to."""

from django.urls import path

from talka.courses.cmi5 import views

app_name = "cmi5"
urlpatterns = [
    path("cmi5/fetch/<str:secret>/", views.fetch, name="fetch"),
]
