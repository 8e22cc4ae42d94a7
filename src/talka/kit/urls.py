from django.urls import URLPattern, URLResolver, path

from talka.kit import views

app_name = "kit"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("work/<uuid:uuid>/", views.work, name="work"),
    path("imports/<uuid:uuid>/", views.report, name="report"),
    path("health/", views.health, name="health"),
    path("style/", views.style, name="style"),
]
