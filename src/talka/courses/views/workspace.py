"""Courses in a cluster's workspace: the list, one course as its authors see it, packs in and out, copies, production, hand-ins."""

from pathlib import Path
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from talka.clusters.models import Cluster
from talka.clusters.queries import workspaces_of
from talka.courses import actions, files, queries
from talka.courses.models import Course, HandIn, Lesson, Production, ProductionStep
from talka.courses.rules.access import INVITE, REVIEW, WRITE
from talka.courses.views.places import WorkspaceList, cluster_at, course_at, person_of
from talka.kit import tables
from talka.kit.imports import ImportView, Preview, Report, Row, State
from talka.people.actions import require
from talka.people.queries import standing_of
from talka.people.rules import may


class CourseTable(tables.Table):
    title = tables.Link(
        url=lambda row: reverse("courses:manage", args=[row.workspace, row.slug]), verbose_name=gettext_lazy("Course"), order_by="title"
    )
    of = tables.Column(verbose_name=gettext_lazy("Of"), empty_values=(), orderable=False)
    state = tables.Tag(kinds={"draft": "due", "retired": "plain"}, verbose_name=gettext_lazy("State"), empty_values=(), orderable=False)
    topics = tables.Number(accessor="topic_count", verbose_name=gettext_lazy("Topics"))
    learners = tables.Number(accessor="learner_count", verbose_name=gettext_lazy("Enrolled"))

    def render_of(self, record: Course) -> str:
        return record.cluster.name if record.cluster else _("the network")

    def value_of(self, record: Course) -> str:
        return self.render_of(record)

    def render_state(self, record: Course) -> str:
        if record.published_at is None:
            return _("draft")
        return _("retired") if record.retired_at else str(record.get_visibility_display())

    def value_state(self, record: Course) -> str:
        return self.render_state(record)


class Courses(WorkspaceList):
    template_name = "courses/workspace.html"
    table_class = CourseTable
    heading = gettext_lazy("Courses")
    lead = gettext_lazy("Your cluster's own courses, and those of the network that your members can take.")
    search_fields = ("title", "summary")
    empty_what = gettext_lazy("This cluster has no course yet.")
    empty_why = gettext_lazy("Begin one, or bring one in as a course pack.")

    def queryset(self, viewer: Any) -> Any:
        return queries.workspace_rows(self.cluster, viewer=viewer)

    def context(self) -> dict[str, Any]:
        may_write = may(standing_of(self.request.user), WRITE, cluster=self.cluster.pk)
        waiting = queries.waiting_for_review(self.cluster, viewer=self.request.user) if may_write else []
        return super().context() | {"may_write": may_write, "waiting": waiting}


class NewCourse(django_forms.Form):
    title = django_forms.CharField(label=gettext_lazy("Title"), max_length=200)
    language = django_forms.ChoiceField(label=gettext_lazy("Language"), choices=[("en", "English"), ("de", "Deutsch"), ("pl", "polski"), ("lt", "lietuvių"), ("lv", "latviešu"), ("et", "eesti"), ("fi", "suomi"), ("sv", "svenska"), ("da", "dansk")])  # fmt: skip


@login_required
def new(request: HttpRequest, cluster: str) -> HttpResponse:
    """Begin a course."""
    found = cluster_at(request, cluster, to=WRITE)
    form = NewCourse(request.POST or None)
    if request.method == "POST" and form.is_valid():
        course = actions.begin_course(cluster=found, by=person_of(request), at=now(), **form.cleaned_data)
        messages.success(request, _("The course is created. Only its authors see it."))
        return redirect("courses:manage", found.slug, course.slug)
    context = {"cluster": found, "form": form, "heading": _("New course"), "submit": _("Begin"), "shell": "kit/workspace.html"}
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


class ImportPack(LoginRequiredMixin, ImportView):
    kind = "courses.pack"
    shell = "kit/workspace.html"
    heading = gettext_lazy("Import a course pack")
    lead = gettext_lazy("A pack whose key you already have updates that course; what people did in it stays.")
    accept = ".zip,application/zip"
    help_text = gettext_lazy("A zip of a pack's folder. Nothing is changed before you have seen what would happen.")

    def allowed(self) -> None:
        self.cluster = cluster_at(self.request, self.kwargs["cluster"], to=WRITE)

    def preview(self, file: Path) -> Preview:
        try:
            plan = actions.preview_pack(file.read_bytes(), by=person_of(self.request), cluster=self.cluster)
        except actions.BadPack as bad:
            rows = [Row(n, State.REFUSED, f"{p.file} {p.place}".strip(), "", p.says) for n, p in enumerate(bad.problems, 1)]
            return Preview(rows=rows, trouble=_("The pack has {n} places to fix.").format(n=len(rows)) + " " + str(bad.problems[0]))
        return Preview(rows=_rows(plan), notes=(plan.title,))

    def perform(self, file: Path, *, only_good: bool) -> Report:  # noqa: ARG002  # a pack comes in whole or not at all
        plan = actions.preview_pack(file.read_bytes(), by=person_of(self.request), cluster=self.cluster)
        actions.import_pack(file.read_bytes(), by=person_of(self.request), at=now(), cluster=self.cluster)
        return Report(rows=_rows(plan), notes=(plan.title,))

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}


def _rows(plan: actions.Plan) -> list[Row]:
    states = [
        (State.NEW, plan.added, ""),
        (State.CHANGED, plan.changed, ""),
        (State.CHANGED, plan.removed, _("taken out of the course")),
        (State.SAME, plan.unchanged, ""),
    ]
    return [Row(n, state, key, text) for n, (state, key, text) in enumerate(((s, k, t) for s, keys, t in states for k in keys), 1)]


@login_required
def course(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """One course as its authors and the cluster's staff see it."""
    found, row = course_at(request, cluster, course)
    modules = queries.modules_for_authors(row)
    context = {
        "cluster": found,
        "course": row,
        "modules": modules,
        "may_write": queries.may_write(request.user, row),
        "may_review": may(standing_of(request.user), REVIEW, cluster=row.cluster_id),
        "waiting": queries.hand_ins_of(row, viewer=request.user).filter(reviewed_at=None).count(),
        "form": PublishForm(initial={"visibility": row.visibility, "entry": row.entry}, course=row),
        "findings": queries.findings_in(row) if queries.may_write(request.user, row) else [],
        "may_copy": queries.may_copy(request.user, row) and may(standing_of(request.user), WRITE, cluster=found.pk),
        "drafts": sum(
            not topic.live or topic.has_unpublished_changes
            for _module, lessons in modules
            for _lesson, topics in lessons
            for topic in topics
        ),
        "tried_at": row.tried_links.aggregate(at=Max("at"))["at"],
        "removed": queries.removed_lately(row, at=now()) if queries.may_write(request.user, row) else [],
        "may_invite": may(standing_of(request.user), INVITE, cluster=found.pk),
    }
    return render(request, "courses/manage.html", context)


class PublishForm(django_forms.Form):
    visibility = django_forms.ChoiceField(label=gettext_lazy("Seen by"))
    entry = django_forms.ChoiceField(label=gettext_lazy("Who may enrol"), choices=Course.Entry.choices)

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [c for c in Course.VISIBILITIES if c[0] != "organisation" and (course.cluster_id or c[0] != "cluster")]
        self.fields["visibility"].choices = [(str(value), label) for value, label in kinds]  # type: ignore[attr-defined]


@login_required
def export(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """The course as a pack."""
    _found, row = course_at(request, cluster, course)
    headers = {"Content-Disposition": f'attachment; filename="{row.key}.zip"'}
    return HttpResponse(actions.export_pack(row), content_type="application/zip", headers=headers)


@require_POST
@login_required
def publish(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """Open the course to its readers, or close it."""
    _found, row = course_at(request, cluster, course, to=WRITE)
    form = PublishForm(request.POST, course=row)
    if not form.is_valid():
        messages.error(request, _("Choose who sees the course and who may enrol. Nothing was changed."))
        return redirect("courses:manage", cluster, course)
    on = "retire" not in request.POST
    actions.set_published(course=row, on=on, by=person_of(request), at=now(), **form.cleaned_data)
    messages.success(request, _("The course is open.") if on else _("The course is closed. Learners keep what they did."))
    return redirect("courses:manage", cluster, course)


@login_required
def copy(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """Copy the whole course, a lesson or a topic into another course."""
    found, row = course_at(request, cluster, course)
    require(request.user, WRITE, cluster=found.pk)
    writable = queries.courses_written_by(request.user).exclude(cluster=None)
    targets = (
        Lesson.objects.filter(course__in=writable).select_related("course", "module").order_by("course__title", "module__order", "order")
    )
    context = {
        "cluster": found,
        "course": row,
        "lessons": queries.lessons_for_authors(row),
        "targets": targets,
        "clusters": workspaces_of(viewer=request.user),
        "asked": request.GET.get("what", ""),
    }
    if request.method != "POST":
        return render(request, "courses/copy.html", context)
    try:
        made = _copied(request, row, targets)
    except ValueError as why:
        return render(request, "courses/copy.html", context | {"trouble": str(why)}, status=422)
    messages.success(request, _("Copied. The copies are drafts: publish them when they are ready."))
    return redirect("courses:manage", made.cluster.slug if made.cluster else cluster, made.slug)


def _copied(request: HttpRequest, row: Course, targets: Any) -> Course:
    """The course that the copy is in. ValueError says what is missing."""
    what, _sep, key = request.POST.get("what", "").partition(":")
    by = person_of(request)
    if what == "course":
        into = workspaces_of(viewer=by).filter(slug=request.POST.get("cluster", "")).first()
        if into is None:
            raise ValueError(_("Choose the cluster that gets the copy."))
        title = request.POST.get("title", "").strip()[:200] or _("Copy of {title}").format(title=row.title)
        return actions.copy_course(row, cluster=into, title=title, by=by, at=now())
    lesson = targets.filter(pk=request.POST["target"]).first() if request.POST.get("target", "").isdigit() else None
    if lesson is None:
        raise ValueError(_("Choose the lesson or module that gets the copy."))
    if what == "lesson" and (source := row.lessons.filter(slug=key).first()):
        actions.copy_lesson(source, into=lesson.module, by=by, at=now())
    elif what == "topic" and (topic := row.topics.filter(slug=key).first()):
        actions.copy_topics([topic], into=lesson, by=by, at=now())
    else:
        raise ValueError(_("Choose what to copy."))
    return lesson.course


@require_POST
@login_required
def production_step(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """A material has come to another state."""
    _found, row = course_at(request, cluster, course, to=WRITE)
    one = get_object_or_404(Production.objects.select_related("course"), course=row, pk=pk)
    if request.POST.get("state") in ProductionStep.State.values:
        actions.move_production(production=one, state=request.POST["state"], by=person_of(request), at=now())
    return redirect("courses:production", cluster, course)


class HandInTable(tables.Table):
    who = tables.Link(
        accessor="attempt__user", verbose_name=gettext_lazy("From"), order_by="attempt__user__name",
        url=lambda row: reverse("courses:hand-in", args=[row.workspace, row.attempt.material.topic.course.slug, row.pk]),
    )  # fmt: skip
    exercise = tables.Column(accessor="attempt__material__title", verbose_name=gettext_lazy("Exercise"), empty_values=())
    at = tables.Date(accessor="attempt__at", verbose_name=gettext_lazy("Handed in"))
    reviewed_at = tables.Date(verbose_name=gettext_lazy("Reviewed"))

    def render_exercise(self, record: HandIn) -> str:
        # An exercise needs no title of its own.
        material = record.attempt.material
        return material.title or material.topic.title

    def value_exercise(self, record: HandIn) -> str:
        return self.render_exercise(record)


class HandIns(WorkspaceList):
    table_class = HandInTable
    heading = gettext_lazy("Hand-ins")
    order = ("reviewed_at",)
    empty_what = gettext_lazy("Nothing has been handed in yet.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            _found, self.course = course_at(request, kwargs["cluster"], kwargs["course"], to=REVIEW)
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> Any:
        return queries.hand_ins_of(self.course, viewer=viewer).annotate(workspace=queries.constant(self.cluster.slug))

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(self.course.title, reverse("courses:manage", args=[self.cluster.slug, self.course.slug]))]


def _hand_in(request: HttpRequest, cluster: str, course: str, pk: int) -> tuple[Cluster, Course, HandIn]:
    found, row = course_at(request, cluster, course, to=REVIEW)
    return found, row, get_object_or_404(queries.hand_ins_of(row, viewer=request.user), pk=pk)


@login_required
def hand_in(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """Look at a hand-in and say yes or no."""
    found, row, one = _hand_in(request, cluster, course, pk)
    if request.method == "POST":
        if request.POST.get("accepted") not in {"yes", "no"}:
            raise Http404
        actions.review(
            hand_in=one,
            accepted=request.POST["accepted"] == "yes",
            comment=request.POST.get("comment", "")[:5_000],
            by=person_of(request),
            at=now(),
        )
        messages.success(request, _("Your review is saved. The learner sees it beside the exercise."))
        return redirect("courses:hand-ins", cluster, course)
    return render(request, "courses/hand_in.html", {"cluster": found, "course": row, "hand_in": one})


@login_required
def hand_in_file(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """The handed-in file, always as a download: it is a stranger's."""
    _found, _row, one = _hand_in(request, cluster, course, pk)
    return HttpResponse(
        bytes(one.content),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{files.plain(one.name)}"', "X-Content-Type-Options": "nosniff"},
    )
