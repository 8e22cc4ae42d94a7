"""Addresses: frameworks for everybody, one's own assessment and gaps, a cluster's and an employer's view."""

from django.urls import path

from talka.skills import views

app_name = "skills"

urlpatterns = [
    path("skills/", views.Frameworks.as_view(), name="frameworks"),
    path("skills/gaps/", views.gaps, name="gaps"),
    path("skills/<slug:framework>/", views.framework, name="framework"),
    path("skills/<slug:framework>/<slug:profile>/assess/", views.assess, name="assess"),
    path("organisations/<slug:organisation>/gaps/", views.gaps_at_work, name="gaps-at-work"),
    path("clusters/<slug:cluster>/gaps/", views.ClusterGaps.as_view(), name="cluster-gaps"),
]
