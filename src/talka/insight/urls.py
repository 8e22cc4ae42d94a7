from django.urls import path

from talka.insight import views

app_name = "insight"
urlpatterns = [
    path("insight/courses/<slug:course>/", views.course, name="course"),
    path("insight/sources/<uuid:source>/", views.source, name="source"),
    path("insight/needs/", views.network_needs, name="network-needs"),
    path("insight/organisations/<slug:organisation>/needs/", views.organisation_needs, name="organisation-needs"),
    path("insight/definitions/", views.definitions, name="definitions"),
    path("insight/definitions/<slug:metric>/", views.definition, name="definition"),
    path("clusters/<slug:cluster>/insight/", views.cluster, name="cluster"),
    path("clusters/<slug:cluster>/insight/stacks/<str:code>/", views.stack, name="stack"),
    path("clusters/<slug:cluster>/insight/validation/<slug:survey>/", views.validation, name="validation"),
]
