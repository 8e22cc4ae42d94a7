from django.urls import URLPattern, URLResolver, path

from talka.kit import views

app_name = "kit"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
]
