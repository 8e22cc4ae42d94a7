"""What readers get, for a whole course: drafts to publish, and when topics appear and go."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime, make_aware, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from talka.courses import actions, queries, tasks
from talka.courses.editing.errors import named
from talka.courses.models import BulkChange, Course, Topic
from talka.courses.rules.access import PUBLISH, WRITE
from talka.courses.views.places import course_at, person_of
from talka.courses.views.production import tell_undone
from talka.kit.tasks import start
from talka.people.queries import standing_of
from talka.people.rules import may

MOST_MINUTES = 600


@login_required
def release(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """All drafts of a course with what keeps each back; managers publish, authors submit to review."""
    found, row = course_at(request, cluster, course, to=WRITE)
    drafts = actions.drafts_of(row)
    if request.method == "POST":
        chosen = set(request.POST.getlist("topic"))
        picked = [topic for topic in drafts if str(topic.pk) in chosen]
        if not picked:
            messages.error(request, _("Choose at least one topic. Nothing was published."))
            return redirect("courses:release", cluster, course)
        _release(request, row, picked)
        return redirect("courses:release", cluster, course)
    context = {
        "cluster": found,
        "course": row,
        "drafts": [(topic, [(fault, named(fault, list(topic.body.raw_data))) for fault in actions.check_topic(topic)]) for topic in drafts],
        "may_publish": may(standing_of(request.user), PUBLISH, cluster=row.cluster_id),
    }
    return render(request, "courses/release.html", context)


@require_POST
@login_required
def links(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """The course's links to other sites are tried in the background."""
    found, row = course_at(request, cluster, course, to=WRITE)
    work = start(
        tasks.try_links,
        title=_("Links to other sites: {course}").format(course=row.title)[:200],
        by=person_of(request),
        at=now(),
        unit=_("links"),
        course=row.pk,
        result_url=f"{reverse('courses:manage', args=[found.slug, row.slug])}#mend",
    )
    return redirect("kit:work", work.uuid)


@require_POST
@login_required
def bring_back(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """What was deleted is there again, as drafts."""
    _found, row = course_at(request, cluster, course, to=WRITE)
    change = get_object_or_404(queries.removed_lately(row, at=now()), pk=pk)
    actions.bring_back(change=change, by=person_of(request), at=now())
    messages.success(
        request, _("“{title}” is back. Its topics are drafts: publish them when they are ready.").format(title=change.changes["title"])
    )
    return redirect("courses:manage", cluster, course)


def _release(request: HttpRequest, course: Course, topics: list[Topic]) -> None:
    do = actions.submit_drafts if request.POST.get("do") == "review" else actions.publish_drafts
    made = do(course=course, topics=topics, by=person_of(request), at=now())
    n = len(made.done)
    if n and do is actions.publish_drafts:
        messages.success(request, ngettext("{n} topic is published.", "{n} topics are published.", n).format(n=n))
    elif n:
        messages.success(request, ngettext("{n} topic is in review.", "{n} topics are in review.", n).format(n=n))
    if made.waiting:
        messages.info(request, _("Scheduled for later: {titles}").format(titles=", ".join(t.title for t in made.waiting)))
    if made.held:
        messages.error(
            request,
            _("Still drafts, since something in them needs fixing: {titles}").format(titles=", ".join(t.title for t, _f in made.held)),
        )
    if n and course.published_at is None:
        messages.info(request, _("The course itself is not open yet: say under “Readers” on its page who sees it."))


@login_required
def times(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """Minutes, and when topics appear and go, of all topics on one page."""
    found, row = course_at(request, cluster, course, to=WRITE)
    topics = list(
        row.topics.select_related("lesson", "course", "latest_revision").order_by("lesson__module__order", "lesson__order", "order", "pk")
    )
    newest = {topic.pk: topic.get_latest_revision_as_object() for topic in topics}
    lines = [_Line(topic, newest[topic.pk], request.POST if request.method == "POST" else None) for topic in topics]
    if request.method == "POST":
        days = request.POST.get("days", "").strip()
        wrong = bool(days) and not days.lstrip("-").isdigit()
        if not wrong and not any(line.errors for line in lines):
            shift = timedelta(days=max(-3_650, min(3_650, int(days)))) if days else timedelta()
            change = actions.set_times(
                course=row, times={line.topic: line.values(shift) for line in lines}, by=person_of(request), at=now()
            )
            n = len(change.changes["rows"]) if change else 0
            messages.success(request, ngettext("{n} topic is changed.", "{n} topics are changed.", n).format(n=n))
            return redirect("courses:times", cluster, course)
    else:
        days, wrong = "", False
    context = {"cluster": found, "course": row, "lines": lines, "days": days, "wrong": wrong, "bad": any(line.errors for line in lines)}
    context["last"] = row.bulk_changes.filter(what=BulkChange.What.DATES, undone_at=None).select_related("by").first()
    return render(request, "courses/times.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@login_required
def times_undo(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """The newest change of many topics' dates and times is taken back."""
    _found, row = course_at(request, cluster, course, to=WRITE)
    change = get_object_or_404(row.bulk_changes.filter(what=BulkChange.What.DATES), pk=pk)
    tell_undone(request, actions.undo_times(change=change, by=person_of(request), at=now()))
    return redirect("courses:times", cluster, course)


class _Line:
    """A topic's row: what stands there or what was typed, and what is wrong with it."""

    def __init__(self, topic: Topic, newest: Topic, post: Any) -> None:
        self.topic, self.errors = topic, list[str]()
        stored = {"minutes": str(newest.minutes), "go_live_at": _written(newest.go_live_at), "expire_at": _written(newest.expire_at)}
        self.typed = {name: post.get(f"{name}-{topic.pk}", stored[name]).strip() if post else stored[name] for name in stored}
        self.read: dict[str, Any] = {}
        minutes = self.typed["minutes"]
        if not minutes.isdigit() or not 1 <= int(minutes) <= MOST_MINUTES:
            self.errors.append(_("Minutes are a whole number from 1 to {n}.").format(n=MOST_MINUTES))
        else:
            self.read["minutes"] = int(minutes)
        for name in ("go_live_at", "expire_at"):
            self.read[name] = self._moment(name, newest)
        if self.read["go_live_at"] and self.read["expire_at"] and self.read["go_live_at"] >= self.read["expire_at"]:
            self.errors.append(_("It would disappear before it appears."))

    def _moment(self, name: str, newest: Topic) -> datetime | None:
        text = self.typed[name]
        if not text:
            return None
        before: datetime | None = getattr(newest, name)
        if text == _written(before):
            # Seconds that the field does not show stay.
            return before
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None:
            self.errors.append(_("“{text}” is not a date with a time, such as 2026-03-02 08:00.").format(text=text))
            return None
        return make_aware(found) if found.tzinfo is None else found

    def values(self, shift: timedelta) -> dict[str, Any]:
        return {name: value + shift if isinstance(value, datetime) else value for name, value in self.read.items()}


def _written(moment: datetime | None) -> str:
    return f"{localtime(moment):%Y-%m-%dT%H:%M}" if moment else ""
