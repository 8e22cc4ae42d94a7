from django.urls import path

from talka.records import tables, views

app_name = "records"
urlpatterns = [
    path("", tables.Sources.as_view(), name="sources"),
    path("sources/new/", views.new_source, name="new-source"),
    path("sources/<uuid:uuid>/", views.source, name="source"),
    path("sources/<uuid:uuid>/rotate/", views.rotate, name="rotate"),
    path("sources/<uuid:uuid>/keys/<int:pk>/revoke/", views.revoke, name="revoke"),
    path("refused/", tables.Refused.as_view(), name="refused"),
    path("refused/<int:pk>/", views.refusal, name="refusal"),
    path("forwards/", tables.Forwards.as_view(), name="forwards"),
    path("forwards/new/", views.new_forward, name="new-forward"),
    path("forwards/<int:pk>/", views.forward, name="forward"),
    path("statements/<uuid:uuid>/", views.statement, name="statement"),
]
