from django.urls import path

from talka.insight import views

app_name = "insight"
urlpatterns = [
    path("insight/courses/<slug:course>/", views.course, name="course"),
    path("insight/sources/<uuid:source>/", views.source, name="source"),
    path("insight/definitions/", views.definitions, name="definitions"),
    path("insight/definitions/<slug:metric>/", views.definition, name="definition"),
    path("clusters/<slug:cluster>/insight/", views.cluster, name="cluster"),
    path("clusters/<slug:cluster>/insight/validation/<slug:survey>/", views.validation, name="validation"),
]
