"""Pages beside the editor: its front page, and where two authors changed the same."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.home import HomeView
from wagtail.models import Revision

from talka.clusters.queries import workspaces_of
from talka.courses import actions, queries
from talka.courses.blocks import EXERCISE_NAMES, KIND_NAMES, LABELS
from talka.courses.models import Topic
from talka.courses.rules.access import WRITE
from talka.courses.rules.merging import Clash
from talka.courses.rules.merging import merge as merged
from talka.people.actions import require
from talka.people.models import User
from talka.people.queries import standing_of

SIDES = ("mine", "theirs", "both")


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """The editor's front page: the operator's own, and for authors the courses of their cluster, where their way begins."""
    standing = standing_of(request.user)
    if standing.operator:
        return require_admin_access(HomeView.as_view())(request)
    mine = workspaces_of(viewer=request.user).filter(pk__in=standing.clusters_as(*WRITE.parts)).first()
    if mine is None:
        raise Http404
    return redirect("courses:cluster", mine.slug)


@login_required
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Both texts side by side, at every place that two authors changed. Both versions are kept whatever is chosen."""
    topic = get_object_or_404(
        Topic.objects.select_related("course", "latest_revision"), pk=pk, course__in=queries.courses_open_to(request.user)
    )
    require(request.user, WRITE, cluster=topic.course.cluster_id)
    base, mine, theirs = (_version(topic, request.GET.get(name, "")) for name in ("base", "mine", "theirs"))
    if mine is None or theirs is None or not isinstance(request.user, User):
        raise Http404
    if request.method == "POST":
        taken = {name.removeprefix("at-"): side for name, side in request.POST.items() if name.startswith("at-") and side in SIDES}
        actions.bring_together(topic=topic, base=base, mine=mine, theirs=theirs, taken=taken, by=request.user, at=now())
        messages.success(request, _("Both are brought together as you chose. Either version stays in the history."))
        return redirect("wagtailsnippets_courses_topic:edit", topic.pk)
    made = merged(actions.content_of(base), actions.content_of(mine), actions.content_of(theirs))
    context = {"topic": topic, "mine": mine, "theirs": theirs, "clashes": [_told(clash, made.body) for clash in made.clashes]}
    return render(request, "courses/merge.html", context)


def _version(topic: Topic, asked: str) -> Revision | None:
    return topic.revisions.filter(pk=asked).select_related("user").first() if asked.isdigit() else None


def _told(clash: Clash, body: list[dict[str, Any]]) -> dict[str, Any]:
    block = next((b for b in body if clash.path[0] == "body" and b["id"] == clash.path[1]), None)
    name = clash.path[-1] if clash.path[0] != "body" or len(clash.path) > 2 else ""
    what = ""
    if block is not None:
        kind = block["type"]
        label = EXERCISE_NAMES[kind.removeprefix("exercise_")] if kind.startswith("exercise_") else KIND_NAMES[kind]
        what = f"{label}: {block['value'].get('title') or block['value'].get('key') or ''}".rstrip(": ")
    return {
        "key": clash.key,
        "what": what,
        "field": LABELS.get(name, ""),
        "mine": _words(clash.mine),
        "theirs": _words(clash.theirs),
        "both": isinstance(clash.mine, str) and isinstance(clash.theirs, str),
    }


def _words(value: Any) -> str:
    """What stands there, as text; a material that was taken away says so."""
    if value is None:
        return _("(taken away)")
    if isinstance(value, dict):
        return "\n".join(
            part
            for part in (_words(v) for k, v in value.items() if k not in {"id", "type", "key", "file"} and v not in (None, "", []))
            if part
        )
    if isinstance(value, list | tuple):
        return "\n".join(_words(item) for item in value)
    return str(value)
