"""A course is put to its testers: the survey begun, the testers invited, a finding made a task."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from talka.courses.queries import courses_of_workspace
from talka.courses.rules.materials import KINDS
from talka.curriculum import actions, queries
from talka.curriculum.models import Validation
from talka.curriculum.views.around import workspace
from talka.people.actions import require
from talka.surveys.rules import ASK


def _validation(request: HttpRequest, cluster: str, survey: str) -> Validation:
    found: Validation = get_object_or_404(queries.validations_of(workspace(request, cluster), viewer=request.user), survey__slug=survey)
    return found


@login_required
@require_POST
def begin(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """The survey is made and stands in the builder, to be looked through before it opens."""
    place = workspace(request, cluster)
    require(request.user, ASK, cluster=place.pk)
    found = get_object_or_404(courses_of_workspace(place, viewer=request.user), slug=course)
    try:
        made = actions.begin_validation(course=found, cluster=place, by=request.user, at=now())
    except actions.NothingToValidate:
        messages.error(request, _("The course has no published topic yet, so there is nothing to ask about."))
        return redirect("courses:manage", cluster=cluster, course=course)
    messages.success(request, _("The survey for testers is made. Look through its questions, then open it and invite the testers."))
    return redirect("surveys:build", cluster=cluster, survey=made.survey.slug)


@login_required
@require_POST
def testers(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Everybody of the cluster who has worked with the course gets a personal link."""
    found = _validation(request, cluster, survey)
    made = actions.invite_testers(validation=found, by=request.user, at=now())  # type: ignore[arg-type]  # signed in
    text = ngettext("{n} tester more has a link.", "{n} testers more have a link.", made.made).format(n=made.made)
    messages.success(request, f"{text} {_('Whoever completes the course from now on gets one too.')}")
    return redirect("surveys:invite", cluster=cluster, survey=survey)


@login_required
@require_POST
def task(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """What was found about a topic goes to the author, as a row of the production board."""
    found = _validation(request, cluster, survey)
    topic = request.POST.get("topic", "")
    row = get_object_or_404(found.topics.select_related("topic__lesson"), topic=int(topic) if topic.isdigit() else 0)
    finding, title, kind = (request.POST.get(name, "").strip() for name in ("finding", "title", "kind"))
    if not finding or len(finding) > 40 or not title or kind not in KINDS:
        raise Http404
    try:
        actions.make_task(validation=found, topic=row.topic, finding=finding, title=title, kind=kind, by=request.user, at=now())  # type: ignore[arg-type]
    except actions.AlreadyATask:
        messages.info(request, _("This is already a task."))
    else:
        messages.success(request, _("It is on the course's production board."))
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("courses:production", cluster=cluster, course=found.course.slug)
