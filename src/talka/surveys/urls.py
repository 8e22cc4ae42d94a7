"""Addresses: a cluster's surveys in its workspace, and the pages on which people answer."""

from django.urls import include, path

from talka.surveys.views import answering, building, importing, inviting, method, needs, preview, reports

app_name = "surveys"

workspace = [
    path("", needs.Surveys.as_view(), name="needs"),
    path("new/", building.new, name="new"),
    path("<slug:survey>/", needs.Ranking.as_view(), name="survey"),
    path("<slug:survey>/importance.csv", needs.picture_csv, name="picture-csv"),
    path("<slug:survey>/need/<slug:item>/", needs.need, name="need"),
    path("<slug:survey>/need/<slug:item>/answers.csv", needs.need_csv, name="need-csv"),
    path("<slug:survey>/need/<slug:item>/decide/", needs.decide, name="decide"),
    path("<slug:survey>/settings/", building.settings_page, name="settings"),
    path("<slug:survey>/build/", building.build, name="build"),
    path("<slug:survey>/preview/", preview.preview, name="preview"),
    path("<slug:survey>/build/audience/", building.questionnaire, name="new-audience"),
    path("<slug:survey>/build/audience/<slug:audience>/", building.questionnaire, name="audience"),
    path("<slug:survey>/build/section/", building.section, name="new-section"),
    path("<slug:survey>/build/section/<int:section>/", building.section, name="section"),
    path("<slug:survey>/build/section/<int:section>/item/", building.item, name="new-item"),
    path("<slug:survey>/build/item/<slug:item>/", building.item, name="item"),
    path("<slug:survey>/build/move/", building.move, name="move"),
    path("<slug:survey>/build/remove/", building.remove, name="remove"),
    path("<slug:survey>/build/grid/", building.grid, name="grid"),
    path("<slug:survey>/languages/", building.languages, name="languages"),
    path("<slug:survey>/languages/<slug:language>/", building.language, name="language"),
    path("<slug:survey>/state/", building.state, name="state"),
    path("<slug:survey>/repeat/", building.repeat, name="repeat"),
    path("<slug:survey>/invite/", inviting.invite, name="invite"),
    path("<slug:survey>/invite/live/", inviting.live, name="live"),
    path("<slug:survey>/invite/links.csv", inviting.links, name="links-csv"),
    path("<slug:survey>/invite/send/", inviting.send, name="send"),
    path("<slug:survey>/invite/<slug:audience>.svg", inviting.qr, name="qr"),
    path("<slug:survey>/report/", reports.report, name="report"),
    path("<slug:survey>/report.pdf", reports.report_pdf, name="report-pdf"),
    path("<slug:survey>/report/waves.csv", reports.waves_csv, name="waves-csv"),
    path("<slug:survey>/report/<slug:item>.csv", reports.report_csv, name="report-csv"),
    path("<slug:survey>/publish/", reports.publish, name="publish"),
    path("<slug:survey>/import/", importing.Import.as_view(), name="import"),
    path("<slug:survey>/example.csv", importing.example, name="example-csv"),
    path("<slug:survey>/codebook.csv", importing.codebook, name="codebook"),
    path("<slug:survey>/codebook.sps", importing.spss, name="spss"),
    path("<slug:survey>/structure.lss", importing.lime_structure, name="lime-structure"),
    path("<slug:survey>/responses.csv", importing.lime_responses, name="lime-responses"),
    path("<slug:survey>/answers.csv", importing.answers, name="answers-csv"),
]

urlpatterns = [
    path("clusters/<slug:cluster>/needs/", include(workspace)),
    path("surveys/method/", method.method, name="method"),
    path("surveys/<uuid:survey>/", answering.door, name="door"),
    path("surveys/<uuid:survey>/summary/", reports.summary, name="summary"),
    path("surveys/<uuid:survey>/<slug:audience>/", answering.start, name="start"),
    path("surveys/<uuid:survey>/<slug:audience>/<int:page>/", answering.page, name="page"),
    path("surveys/<uuid:survey>/<slug:audience>/end/", answering.end, name="end"),
    path("s/<str:token>/", answering.personal, name="personal"),
]
