from django.urls import path

from talka.clusters import tables, views

app_name = "clusters"
urlpatterns = [
    path("", tables.Clusters.as_view(), name="list"),
    path("<slug:cluster>/", views.page, name="page"),
    path("<slug:cluster>/members/", tables.Members.as_view(), name="members"),
    path("<slug:cluster>/members/admit/", views.admit, name="admit"),
    path("<slug:cluster>/members/import/", views.ImportMembers.as_view(), name="import"),
    path("<slug:cluster>/members/import/members.csv", views.members_sample, name="members-sample"),
    path("<slug:cluster>/members/<slug:organisation>/", views.member, name="member"),
    path("<slug:cluster>/members/<slug:organisation>/leave/", views.leave, name="leave"),
    path("<slug:cluster>/contacts/<int:pk>/", views.contact, name="contact"),
    path("<slug:cluster>/services/", tables.Services.as_view(), name="services"),
    path("<slug:cluster>/services/new/", views.service, name="new-service"),
    path("<slug:cluster>/services/<int:pk>/", views.service, name="service"),
    path("<slug:cluster>/services/<int:pk>/use/", views.note_use, name="note-use"),
    path("<slug:cluster>/settings/", views.settings, name="settings"),
    path("<slug:cluster>/settings/parts/", views.appoint, name="appoint"),
    path("<slug:cluster>/settings/parts/<int:pk>/end/", views.dismiss, name="dismiss"),
]
