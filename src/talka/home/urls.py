from django.urls import path

from talka.home import views

app_name = "home"
urlpatterns = [
    path("", views.front, name="front"),
    path("about/", views.about, name="about"),
    path("today/", views.today, name="today"),
    path("my-cluster/", views.my_cluster, name="my-cluster"),
    path("clusters/<slug:cluster>/overview/", views.overview, name="overview"),
    path("search/", views.search, name="search"),
    path("sample/remove/", views.remove_sample, name="remove-sample"),
    path("id/<slug:kind>/<uuid:uuid>/", views.door, name="door"),
    # As statements write it, without the last slash.
    path("id/<slug:kind>/<uuid:uuid>", views.door, name="door-bare"),
]
