"""The authors' pages: bring a package in, look what is in it, show it in a topic, replace it, remove it, bring it back."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from talka.clusters.models import Cluster
from talka.courses.models import Course, Package, PackageUnit
from talka.courses.packages import actions, addresses, queries, tasks
from talka.courses.packages.views.learning import frame
from talka.courses.views.places import own_course_at, person_of
from talka.kit import tasks as work
from talka.kit.actions import file_of, keep_upload, take_upload
from talka.kit.forms import FileInput
from talka.kit.models import Upload
from talka.kit.queries import uploads_of
from talka.people.models import User

KIND = "courses.package"
# Above this the worker unpacks it, and the page shows how far it is.
AT_ONCE = 40_000_000
LARGEST = 1_000_000_000


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=FileInput(".h5p,.zip,.xml"),
        help_text=gettext_lazy("H5P (.h5p), SCORM 1.2 or 2004, or cmi5 (.zip). Nobody sees it until you show it in a topic."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("This file has more than {n} MB.").format(n=LARGEST // 1_000_000))
        return file


def _place(request: HttpRequest, cluster: str, course: str) -> tuple[Cluster, Course, User]:
    """The workspace and one of the courses that the viewer may write; 404 otherwise."""
    found, row = own_course_at(request, cluster, course)
    return found, row, person_of(request)


def _package(course: Course, uuid: UUID) -> Package:
    return get_object_or_404(course.packages.select_related("by", "replaces", "course"), uuid=uuid)


@login_required
def packages(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """All packages of the course, and a form that brings in another one."""
    workspace, found, viewer = _place(request, cluster, course)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        replaces = next((p for p in found.packages.ready() if str(p.uuid) == request.POST.get("replaces")), None)
        upload = keep_upload(form.cleaned_data["file"], kind=KIND, by=viewer, at=now())
        Upload.objects.filter(pk=upload.pk).update(report={"course": found.pk, "replaces": replaces.pk if replaces else None})
        upload.refresh_from_db()
        return _take(request, workspace, found, upload)
    return _listed(request, workspace, found, form, status=422 if request.method == "POST" else 200)


def _listed(request: HttpRequest, workspace: Cluster, course: Course, form: UploadForm, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = list(queries.packages_of(course))
    context = {
        "cluster": workspace,
        "course": course,
        "form": form,
        "packages": [(row, queries.topics_with(row)) for row in rows if row.state == Package.State.READY],
        "removed": [row for row in rows if row.state == Package.State.REMOVED],
        "waiting": uploads_of(request.user).filter(kind=KIND, taken_at=None, expires_at__gt=now(), report__course=course.pk),
        **more,
    }
    return render(request, "courses/packages/list.html", context, status=status)


def _take(request: HttpRequest, workspace: Cluster, course: Course, upload: Upload) -> HttpResponse:
    """Unpacks what was sent: at once, or by the worker where that takes its time."""
    if upload.size > AT_ONCE:
        row = work.start(
            tasks.take_large_package, title=_("Package {name}").format(name=upload.name), by=request.user, at=now(), upload=str(upload.uuid)
        )
        return redirect("kit:work", row.uuid)
    try:
        made = tasks.take(upload, by=request.user, at=now())
    except actions.PackageRefused as refused:
        return _listed(request, workspace, course, UploadForm(), status=422, refused=refused.findings, name=upload.name)
    take_upload(upload, at=now(), report=upload.report or {})
    return redirect("packages:package", workspace.slug, course.slug, made.uuid)


@require_POST
@login_required
def again(request: HttpRequest, cluster: str, course: str, upload: UUID) -> HttpResponse:
    """A second try with a file that was refused or interrupted."""
    workspace, found, viewer = _place(request, cluster, course)
    kept = get_object_or_404(uploads_of(viewer), uuid=upload, kind=KIND, taken_at=None, report__course=found.pk)
    if not file_of(kept).is_file():
        raise Http404
    return _take(request, workspace, found, kept)


@login_required
def package(request: HttpRequest, cluster: str, course: str, package: UUID) -> HttpResponse:
    """What was found in a package, where it is shown, and what can be done with it."""
    workspace, found, _viewer = _place(request, cluster, course)
    row = _package(found, package)
    before = row.replaces
    units = queries.menu_of(row, None)
    context = {
        "cluster": workspace,
        "course": found,
        "package": row,
        "units": units,
        "findings": row.manifest.get("findings", []),
        "topics": queries.topics_with(row),
        "choices": found.topics.select_related("lesson").defer("body").order_by("lesson__module__order", "lesson__order", "order"),
        "changes": queries.changes_between(before, row) if before else None,
        "form": UploadForm(),
        "may_publish": queries.may_publish(request.user, found),
    }
    return render(request, "courses/packages/package.html", context)


@require_POST
@login_required
def show(request: HttpRequest, cluster: str, course: str, package: UUID) -> HttpResponse:
    """The package becomes the last material of a topic."""
    workspace, found, viewer = _place(request, cluster, course)
    row = _package(found, package)
    topic = get_object_or_404(found.topics, slug=request.POST.get("topic", ""))
    publish = "publish" in request.POST and queries.may_publish(viewer, found)
    shown = actions.show_package(package=row, topic=topic, by=viewer, at=now(), publish=publish)
    if shown:
        messages.success(request, _("“{title}” is in the topic now, and learners see it.").format(title=row.title))
    else:
        messages.success(
            request, _("“{title}” is in the draft of the topic. Learners see it once the topic is published.").format(title=row.title)
        )
    return redirect("packages:package", workspace.slug, found.slug, row.uuid)


@require_POST
@login_required
def accept(request: HttpRequest, cluster: str, course: str, package: UUID) -> HttpResponse:
    """The new version takes the place of the one before."""
    workspace, found, viewer = _place(request, cluster, course)
    offer = _package(found, package)
    if offer.state != Package.State.OFFERED:
        raise Http404
    made = actions.accept_offer(offer=offer, by=viewer, at=now())
    messages.success(request, _("Version {n} is in use now. What people did so far is kept.").format(n=made.version))
    return redirect("packages:package", workspace.slug, found.slug, made.uuid)


@require_POST
@login_required
def remove(request: HttpRequest, cluster: str, course: str, package: UUID) -> HttpResponse:
    """Nobody plays it any more; it can be brought back."""
    workspace, found, viewer = _place(request, cluster, course)
    row = _package(found, package)
    offered = row.state == Package.State.OFFERED
    actions.remove_package(package=row, by=viewer, at=now())
    if not offered:
        messages.success(request, _("“{title}” is removed. You can bring it back for 30 days.").format(title=row.title))
    return redirect("packages:packages", workspace.slug, found.slug)


@require_POST
@login_required
def restore(request: HttpRequest, cluster: str, course: str, package: UUID) -> HttpResponse:
    """It is there again."""
    workspace, found, viewer = _place(request, cluster, course)
    row = _package(found, package)
    try:
        actions.restore_package(package=row, by=viewer)
    except actions.PackageRefused as refused:
        messages.error(request, str(refused))
        return redirect("packages:packages", workspace.slug, found.slug)
    messages.success(request, _("“{title}” is back.").format(title=row.title))
    return redirect("packages:package", workspace.slug, found.slug, row.uuid)


@login_required
def trial(request: HttpRequest, cluster: str, course: str, package: UUID, unit: UUID) -> HttpResponse:
    """An author tries a unit; nothing of it is kept or told."""
    workspace, found, viewer = _place(request, cluster, course)
    row = get_object_or_404(PackageUnit.objects.playable().select_related("package"), uuid=unit, package=_package(found, package))
    if row.package.state == Package.State.REMOVED or row.package.kind == Package.Kind.CMI5:
        raise Http404
    ticket = addresses.Ticket(viewer.pk, row.package_id, row.pk, 0, 0, uuid4().hex)
    back = reverse("packages:package", args=[workspace.slug, found.slug, package])
    return frame(request, row, ticket, {"course": found, "back": back, "keep": "", "trial": True})
