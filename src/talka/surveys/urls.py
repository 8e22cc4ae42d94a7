"""Addresses: a cluster's surveys in its workspace, and the pages on which people answer."""

from django.urls import include, path

from talka.surveys.views import importing, method, needs

app_name = "surveys"

workspace = [
    path("", needs.Surveys.as_view(), name="needs"),
    path("<slug:survey>/", needs.Ranking.as_view(), name="survey"),
    path("<slug:survey>/importance.csv", needs.picture_csv, name="picture-csv"),
    path("<slug:survey>/need/<slug:item>/", needs.need, name="need"),
    path("<slug:survey>/need/<slug:item>/answers.csv", needs.need_csv, name="need-csv"),
    path("<slug:survey>/need/<slug:item>/decide/", needs.decide, name="decide"),
    path("<slug:survey>/import/", importing.Import.as_view(), name="import"),
    path("<slug:survey>/example.csv", importing.example, name="example-csv"),
    path("<slug:survey>/answers.csv", importing.answers, name="answers-csv"),
]

urlpatterns = [
    path("clusters/<slug:cluster>/needs/", include(workspace)),
    path("surveys/method/", method.method, name="method"),
]
