"""Addresses of stacks: a short one for printed codes, and the desk in the workspace."""

from django.urls import path

from talka.courses.stacks.views import desk, visit

app_name = "stacks"
urlpatterns = [
    path("at/<str:code>/", visit.stack, name="stack"),
    path("at/<str:code>/<uuid:tile>/", visit.go, name="go"),
    path("at/<str:code>/<uuid:tile>/file/", visit.file, name="file"),
    path("at/<str:code>/<uuid:tile>/ask/", visit.ask, name="ask"),
    path("clusters/<slug:cluster>/stacks/", desk.Stacks.as_view(), name="list"),
    path("clusters/<slug:cluster>/stacks/new/", desk.new, name="new"),
    path("clusters/<slug:cluster>/stacks/questions/", desk.Questions.as_view(), name="questions"),
    path("clusters/<slug:cluster>/stacks/questions/<int:pk>/", desk.question, name="question"),
    path("clusters/<slug:cluster>/stacks/<str:code>/", desk.edit, name="edit"),
    path("clusters/<slug:cluster>/stacks/<str:code>/head/", desk.head, name="head"),
    path("clusters/<slug:cluster>/stacks/<str:code>/state/", desk.turn, name="turn"),
    path("clusters/<slug:cluster>/stacks/<str:code>/tiles/new/<slug:kind>/", desk.tile_new, name="tile-new"),
    path("clusters/<slug:cluster>/stacks/<str:code>/tiles/<int:pk>/", desk.tile, name="tile"),
    path("clusters/<slug:cluster>/stacks/<str:code>/tiles/<int:pk>/move/", desk.tile_move, name="tile-move"),
    path("clusters/<slug:cluster>/stacks/<str:code>/signs/", desk.sign_new, name="sign-new"),
    path("clusters/<slug:cluster>/stacks/<str:code>/signs/<int:pk>/", desk.sign_print, name="sign"),
    path("clusters/<slug:cluster>/stacks/<str:code>/signs/<int:pk>/state/", desk.sign_turn, name="sign-turn"),
]
