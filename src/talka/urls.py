"""The address map: one line per room."""

from django.urls import include, path
from django.views.generic import RedirectView
from wagtail.admin import urls as staff
from wagtail.documents import urls as documents

urlpatterns = [
    path("", include("talka.home.urls")),
    path("", include("talka.people.urls")),
    path("accounts/", include("allauth.urls")),
    path("clusters/", include("talka.clusters.urls")),
    path("", include("talka.skills.urls")),
    path("records/", include("talka.records.urls")),
    path("", include("talka.surveys.urls")),
    path("clusters/<slug:cluster>/curricula/", include("talka.curriculum.urls")),
    path("", include("talka.courses.exchange.urls")),
    path("", include("talka.courses.offline.urls")),
    path("", include("talka.courses.stacks.urls")),
    path("", include("talka.courses.cmi5.urls")),
    path("", include("talka.courses.lti.urls")),
    path("", include("talka.courses.packages.urls")),
    path("", include("talka.courses.urls")),
    path("", include("talka.insight.urls")),
    path("", include("talka.kit.urls")),
    # One profile for all; the editor's own would be a second one.
    path("staff/account/", RedirectView.as_view(pattern_name="people:me")),
    path("staff/documents/", include(documents)),
    path("staff/", include(staff)),
]

handler400 = "talka.kit.views.bad_request"
handler403 = "talka.kit.views.refused"
handler404 = "talka.kit.views.not_found"
handler500 = "talka.kit.views.failed"
