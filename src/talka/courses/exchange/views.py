"""Pages of the exchange: bring a file in, take a course out."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talka.courses import queries
from talka.courses.exchange import actions
from talka.courses.exchange.formats import OUT
from talka.courses.models import Lesson, Topic, TopicProgress
from talka.courses.rules.access import WRITE
from talka.courses.views.places import cluster_at, own_course_at
from talka.kit.imports import ImportView, Preview, Report
from talka.kit.queries import uploads_of


@login_required
def course(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """Export buttons, and a way to bring questions into each lesson."""
    workspace, found = own_course_at(request, cluster, course)
    lessons = Lesson.objects.filter(course=found).select_related("module").order_by("module__order", "order")
    context = {"cluster": workspace, "course": found, "lessons": lessons, "formats": OUT.values()}
    return render(request, "courses/exchange.html", context)


@login_required
def export(request: HttpRequest, cluster: str, course: str, form: str) -> HttpResponse:
    """The course as a file of this format."""
    _workspace, found = own_course_at(request, cluster, course)
    if form not in OUT:
        raise Http404
    written = OUT[form]
    content = actions.export_course(found, form, site=settings.SITE_URL)
    name = f"{found.slug}-{form}.{written.ending}"
    return HttpResponse(content, content_type=written.media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _travelled(request: HttpRequest, course: str, topic: str) -> Topic:
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    return get_object_or_404(Topic.objects.filter(live=True).select_related("course"), course=found, slug=topic)


@login_required
def door(request: HttpRequest, course: str, topic: str) -> HttpResponse:
    """Where a thin package on another platform leads: the way to the topic, and a button that lets the platform know when it is done."""
    origin = request.GET.get("for", "")
    context = {"topic": _travelled(request, course, topic), "origin": origin if re.fullmatch(r"https?://[\w.:-]+", origin) else ""}
    response = render(request, "courses/door.html", context)
    # The page may speak to the window that opened it, after the person has agreed.
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@login_required
def door_state(request: HttpRequest, course: str, topic: str) -> JsonResponse:
    """Whether the person who asks has done the topic."""
    found = _travelled(request, course, topic)
    done = TopicProgress.objects.filter(enrolment__user=request.user, topic=found).exclude(done_at=None).exists()
    return JsonResponse({"done": done})


class ImportCourse(ImportView):
    """A course or questions of another program as a new course of the cluster."""

    kind = "courses.exchange"
    shell = "kit/workspace.html"
    heading = gettext_lazy("Import a course from another program")
    lead = gettext_lazy("It becomes a course of its own that nobody sees until you publish it. Existing courses stay as they are.")
    accept = ".xml,.txt,.gift,.zip,.mbz,.imscc,.gz"
    help_text = gettext_lazy(
        "GIFT, Moodle XML, a Moodle course backup (.mbz), QTI 2.1 or 3.0 (.zip) or a Common Cartridge (.imscc). "
        "Nothing is changed before you have seen what would happen."
    )

    def allowed(self) -> None:
        super().allowed()
        self.cluster = cluster_at(self.request, self.kwargs["cluster"], to=WRITE)
        self.place = actions.Place(self.cluster)

    def _sent_file(self, file: Path) -> actions.Sent:
        upload = uploads_of(self.request.user).filter(uuid=file.name).first()
        return actions.sent(file, name=upload.name if upload else file.name)

    def preview(self, file: Path) -> Preview:
        return actions.preview_exchange(self._sent_file(file), self.place, by=self.request.user)

    def perform(self, file: Path, *, only_good: bool) -> Report:
        return actions.import_exchange(self._sent_file(file), self.place, by=self.request.user, at=now(), only_good=only_good)

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}


class ImportIntoLesson(ImportCourse):
    """Topics and questions of another program as drafts in a lesson."""

    heading = gettext_lazy("Import questions into this lesson")

    def allowed(self) -> None:
        super().allowed()
        self.cluster, found = own_course_at(self.request, self.kwargs["cluster"], self.kwargs["course"])
        lesson = get_object_or_404(Lesson.objects.select_related("course"), course=found, slug=self.kwargs["lesson"])
        self.place = actions.Place(self.cluster, lesson)
        self.lead = _("They become drafts of topics at the end of “{lesson}”. Learners see nothing of them until you publish them.").format(
            lesson=lesson.title
        )

    def context(self) -> dict[str, Any]:
        lesson = self.place.lesson
        back = reverse("exchange:course", args=[self.cluster.slug, lesson.course.slug]) if lesson else ""
        return {"cluster": self.cluster, "crumbs": [(lesson.course.title, back)] if lesson else []}
