from django.urls import URLPattern, URLResolver, path

from talka.courses import views

app_name = "courses"
urlpatterns: list[URLPattern | URLResolver] = [
    path("<slug:course>/glossary/", views.glossary, name="glossary"),
    path("<slug:course>/<slug:topic>/files/<str:name>", views.file, name="file"),
]
