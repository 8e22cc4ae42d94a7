"""Addresses of packages: the learner's page, and the authors' pages in the cluster's workspace."""

from django.urls import path

from talka.courses.packages.views import authoring, learning

app_name = "packages"
_DESK = "clusters/<slug:cluster>/courses/<slug:course>/packages/"
urlpatterns = [
    path("learn/<slug:course>/<slug:topic>/package/<uuid:unit>/", learning.play, name="play"),
    path("learn/<slug:course>/<slug:topic>/package/<uuid:unit>/keep/", learning.keep, name="keep"),
    path(_DESK, authoring.packages, name="packages"),
    path(f"{_DESK}again/<uuid:upload>/", authoring.again, name="again"),
    path(f"{_DESK}<uuid:package>/", authoring.package, name="package"),
    path(f"{_DESK}<uuid:package>/show/", authoring.show, name="show"),
    path(f"{_DESK}<uuid:package>/accept/", authoring.accept, name="accept"),
    path(f"{_DESK}<uuid:package>/remove/", authoring.remove, name="remove"),
    path(f"{_DESK}<uuid:package>/restore/", authoring.restore, name="restore"),
    path(f"{_DESK}<uuid:package>/try/<uuid:unit>/", authoring.trial, name="try"),
]
