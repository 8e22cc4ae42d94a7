from django.urls import path

from talka.people import tables, views

app_name = "people"
urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/consents/<str:purpose>/", views.consent, name="consent"),
    path("me/data.zip", views.my_data, name="my-data"),
    path("me/erase/", views.erase_me, name="erase-me"),
    path("enter/", views.ask_link, name="ask-link"),
    path("enter/<str:token>/", views.enter, name="enter"),
    path("doctor/", views.doctor, name="doctor"),
    path("people/", tables.People.as_view(), name="list"),
    path("people/<uuid:uuid>/", views.person, name="person"),
    path("people/<uuid:uuid>/link/", views.link_for, name="link-for"),
    path("people/<uuid:uuid>/bar/", views.bar, name="bar"),
]
