"""The authors' pages: who is registered in a cmi5 package, how far everybody is, waive a unit, end a session."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from talka.clusters.models import Cluster
from talka.courses import queries as courses
from talka.courses.cmi5 import actions, queries, rules
from talka.courses.models import Cmi5Registration, Course, Package
from talka.courses.rules.access import WAIVE
from talka.courses.views.places import course_at, person_of
from talka.kit import tables


def _package(request: HttpRequest, cluster: str, course: str, package: UUID) -> tuple[Cluster, Course, Package]:
    """A cmi5 package of a course that the viewer looks after there; 404 or 403 otherwise."""
    found, row = course_at(request, cluster, course, to=WAIVE)
    return found, row, get_object_or_404(row.packages.filter(kind=Package.Kind.CMI5), uuid=package)


def _registration(request: HttpRequest, cluster: str, course: str, package: UUID, registration: UUID) -> tuple[Cluster, Cmi5Registration]:
    found, _row, one = _package(request, cluster, course, package)
    rows = Cmi5Registration.objects.select_related("enrolment__user", "enrolment__course", "package__course")
    return found, get_object_or_404(rows, package=one, uuid=registration)


class RegistrationTable(tables.Table):
    who = tables.Link(
        accessor="enrolment__user", verbose_name=gettext_lazy("Learner"), order_by="enrolment__user__name",
        url=lambda row: reverse("cmi5:registration", args=[row.workspace, row.place, row.package.uuid, row.uuid]),
    )  # fmt: skip
    made_at = tables.Date(verbose_name=gettext_lazy("Registered"))
    launches = tables.Number(verbose_name=gettext_lazy("Launches"))
    open_sessions = tables.Number(verbose_name=gettext_lazy("Open sessions"))
    waived = tables.Number(verbose_name=gettext_lazy("Waived units"))
    satisfied_at = tables.Date(verbose_name=gettext_lazy("Satisfied"))


class Registrations(LoginRequiredMixin, tables.ListView):
    shell = "kit/workspace.html"
    table_class = RegistrationTable
    heading = gettext_lazy("Registrations")
    search_fields = ("enrolment__user__name", "enrolment__user__email")
    order = ("-made_at",)
    empty_what = gettext_lazy("Nobody has opened this package yet.")
    empty_why = gettext_lazy("Learners are registered when they open its first unit.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.cluster, self.course, self.package = _package(request, kwargs["cluster"], kwargs["course"], kwargs["package"])
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> Any:  # noqa: ARG002  # who may look was asked before
        constant = courses.constant
        return queries.registrations_of(self.package).annotate(workspace=constant(self.cluster.slug), place=constant(self.course.slug))

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}

    def crumbs(self) -> list[tuple[Any, str]]:
        return [
            (self.course.title, reverse("courses:manage", args=[self.cluster.slug, self.course.slug])),
            (self.package.title, reverse("packages:package", args=[self.cluster.slug, self.course.slug, self.package.uuid])),
        ]


class WaiveForm(forms.Form):
    unit = forms.UUIDField()
    reason = forms.ChoiceField(choices=[(reason, reason) for reason in rules.REASONS])


@login_required
def registration(request: HttpRequest, cluster: str, course: str, package: UUID, registration: UUID) -> HttpResponse:
    """One learner's units with their state, and the sessions."""
    found, row = _registration(request, cluster, course, package, registration)
    context = {"cluster": found, "sheet": queries.sheet_of(row, at=now()), "registration": row, "course": row.package.course}
    return render(request, "courses/cmi5/registration.html", context)


@require_POST
@login_required
def waive(request: HttpRequest, cluster: str, course: str, package: UUID, registration: UUID) -> HttpResponse:
    """A unit is waived for this learner, with one of the reasons that cmi5 names."""
    _found, row = _registration(request, cluster, course, package, registration)
    form = WaiveForm(request.POST)
    if not form.is_valid():
        raise Http404
    unit = get_object_or_404(row.package.units.current(), uuid=form.cleaned_data["unit"], kind="au")
    try:
        actions.waive(registration=row, unit=unit, reason=form.cleaned_data["reason"], by=person_of(request), at=now())
        messages.success(request, _("“{unit}” is waived for this learner.").format(unit=unit.title))
    except actions.NotWaivable:
        messages.info(request, _("This unit is already satisfied. There is nothing to waive."))
    return redirect("cmi5:registration", cluster, course, package, registration)


@require_POST
@login_required
def abandon(request: HttpRequest, cluster: str, course: str, package: UUID, registration: UUID) -> HttpResponse:
    """Sessions that were left open are ended."""
    _found, row = _registration(request, cluster, course, package, registration)
    ended = 0
    for one in row.sessions.open().select_related("registration__package__course"):
        actions.abandon(session=one, by=person_of(request), at=now())
        ended += 1
    messages.success(request, ngettext("{n} session is ended.", "{n} sessions are ended.", ended).format(n=ended))
    return redirect("cmi5:registration", cluster, course, package, registration)
