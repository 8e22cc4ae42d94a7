"""Pages of clusters: the public ones, and the workspace's members, services and settings."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from talka.clusters import actions, queries, roster
from talka.clusters.forms import AdmitForm, AppointForm, ClusterForm, ServiceForm, UseForm
from talka.clusters.models import Affiliation, Cluster, Role
from talka.clusters.rules import ADMIT, APPOINT, SERVE
from talka.kit.imports import ImportView, Preview, Report
from talka.people.queries import standing_of
from talka.people.rules import may


def workspace(request: HttpRequest, slug: str) -> Cluster:
    """The cluster, if the viewer may open its workspace; 404 otherwise."""
    return get_object_or_404(queries.workspaces_of(viewer=request.user), slug=slug)


def page(request: HttpRequest, cluster: str) -> HttpResponse:
    found = get_object_or_404(queries.clusters_seen(viewer=request.user), slug=cluster)
    standing = standing_of(request.user)
    inside = standing.operator or found.pk in standing.clusters
    context = {
        "cluster": found,
        "inside": inside,
        "members": queries.members_of(found, viewer=request.user, on=localdate()) if inside else [],
        "member_count": found.memberships.current(localdate()).count(),
        "services": queries.services_of(found, viewer=request.user).filter(retired_on=None),
        "may_work": queries.workspaces_of(viewer=request.user).filter(pk=found.pk).exists() if standing.signed_in else False,
    }
    return render(request, "clusters/page.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def admit(request: HttpRequest, cluster: str) -> HttpResponse:
    found = workspace(request, cluster)
    actions.require(request.user, ADMIT, cluster=found.pk)
    form = AdmitForm(request.POST or None, organisations=queries.organisations_to_admit(found, viewer=request.user))
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        known = fields.pop("known")
        try:
            if known:
                membership = actions.join(cluster=found, organisation=known, by=request.user, at=now())
            else:
                membership = actions.found_and_join(cluster=found, by=request.user, at=now(), **fields)
        except actions.AlreadyMember:
            messages.info(request, _("{name} is already a member.").format(name=known))
        else:
            messages.success(request, _("{name} is now a member.").format(name=membership.organisation))
        return redirect("clusters:members", cluster=found.slug)
    context = {"cluster": found, "form": form, "heading": _("Admit a member"), "submit": _("Admit"), "shell": "kit/workspace.html"}
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


@login_required
def member(request: HttpRequest, cluster: str, organisation: str) -> HttpResponse:
    found = workspace(request, cluster)
    firm = queries.organisation_seen(organisation, cluster=found, viewer=request.user, on=localdate())
    if firm is None:
        raise Http404
    context = {
        "cluster": found,
        "organisation": firm,
        "membership": found.memberships.get(organisation=firm, left_on=None),
        "people": queries.people_of(firm, cluster=found, viewer=request.user, on=localdate()),
        "uses": queries.service_uses(found, viewer=request.user).filter(organisation=firm)[:50],
        "may_appoint": may(standing_of(request.user), APPOINT, cluster=found.pk),
    }
    return render(request, "clusters/member.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, cluster: str, organisation: str) -> HttpResponse:
    found = workspace(request, cluster)
    firm = queries.organisation_seen(organisation, cluster=found, viewer=request.user, on=localdate())
    if firm is None:
        raise Http404
    actions.require(request.user, ADMIT, cluster=found.pk)
    if request.method == "POST":
        actions.leave(cluster=found, organisation=firm, by=request.user, at=now())
        messages.success(request, _("{name} left the cluster today. What it did here stays.").format(name=firm))
        return redirect("clusters:members", cluster=found.slug)
    return render(request, "clusters/leave.html", {"cluster": found, "organisation": firm})


@login_required
@require_POST
def contact(request: HttpRequest, cluster: str, pk: int) -> HttpResponse:
    found = workspace(request, cluster)
    affiliation = get_object_or_404(
        Affiliation.objects.current(localdate()).select_related("organisation", "user"), pk=pk, organisation__memberships__cluster=found
    )
    try:
        actions.make_contact(affiliation=affiliation, is_contact=request.POST.get("contact") == "1", cluster=found, by=request.user)
    except actions.NotAMember as e:
        raise Http404 from e
    return redirect("clusters:member", cluster=found.slug, organisation=affiliation.organisation.slug)


@login_required
@require_http_methods(["GET", "POST"])
def service(request: HttpRequest, cluster: str, pk: int | None = None) -> HttpResponse:
    """Offers a service, or changes one."""
    found = workspace(request, cluster)
    actions.require(request.user, SERVE, cluster=found.pk)
    known = get_object_or_404(found.services, pk=pk) if pk else None
    form = ServiceForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.offer(cluster=found, by=request.user, service=known, **form.cleaned_data)
        except actions.NameTaken:
            form.add_error("name", _("There is already a service with this name."))
        else:
            messages.success(request, _("The service is saved."))
            return redirect("clusters:services", cluster=found.slug)
    context = {"cluster": found, "form": form, "heading": known or _("New service"), "shell": "kit/workspace.html"}
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def note_use(request: HttpRequest, cluster: str, pk: int) -> HttpResponse:
    found = workspace(request, cluster)
    actions.require(request.user, SERVE, cluster=found.pk)
    offered = get_object_or_404(found.services, pk=pk)
    members = queries.members_of(found, viewer=request.user, on=localdate())
    form = UseForm(request.POST or None, organisations=queries.organisations_of(members), initial={"on": localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.note_use(service=offered, by=request.user, **form.cleaned_data)
        except actions.NotAMember:
            form.add_error("on", _("This organisation was not a member on that day."))
        else:
            messages.success(request, _("The use is recorded."))
            return redirect("clusters:services", cluster=found.slug)
    context = {
        "cluster": found,
        "form": form,
        "heading": _("Record a use of {service}").format(service=offered),
        "shell": "kit/workspace.html",
    }
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, cluster: str) -> HttpResponse:
    found = workspace(request, cluster)
    actions.require(request.user, APPOINT, cluster=found.pk)
    form = ClusterForm(request.POST or None, instance=Cluster.objects.get(pk=found.pk))
    if request.method == "POST" and form.is_valid():
        actions.change_cluster(cluster=found, by=request.user, **form.cleaned_data)
        messages.success(request, _("The cluster's page is saved."))
        return redirect("clusters:settings", cluster=found.slug)
    context = {
        "cluster": found,
        "form": form,
        "roles": queries.parts_in(found, viewer=request.user, on=localdate()),
        "appoint": AppointForm(),
    }
    return render(request, "clusters/settings.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def appoint(request: HttpRequest, cluster: str) -> HttpResponse:
    found = workspace(request, cluster)
    actions.require(request.user, APPOINT, cluster=found.pk)
    form = AppointForm(request.POST)
    if not form.is_valid():
        context = {"cluster": found, "form": form, "heading": _("Give a part"), "shell": "kit/workspace.html"}
        return render(request, "kit/form.html", context, status=422)
    actions.appoint(cluster=found, user=form.cleaned_data["email"], part=form.cleaned_data["part"], by=request.user, at=now())
    messages.success(request, _("{name} now has this part.").format(name=form.cleaned_data["email"]))
    return redirect("clusters:settings", cluster=found.slug)


@login_required
@require_POST
def dismiss(request: HttpRequest, cluster: str, pk: int) -> HttpResponse:
    found = workspace(request, cluster)
    role = get_object_or_404(Role.objects.current(localdate()), pk=pk, cluster=found)
    try:
        actions.dismiss(role=role, by=request.user, at=now())
    except actions.LastManager:
        messages.error(request, _("A cluster keeps at least one manager. Give the part to somebody else first."))
    return redirect("clusters:settings", cluster=found.slug)


class ImportMembers(ImportView):
    """Members and their people from a CSV: preview, do, report."""

    kind = "clusters.members"
    shell = "kit/workspace.html"
    heading = gettext_lazy("Import members and people")
    lead = gettext_lazy("One row per person; an organisation without people takes one row too. Nobody gets mail from this.")

    def allowed(self) -> None:
        super().allowed()
        self.cluster = workspace(self.request, self.kwargs["cluster"])
        actions.require(self.request.user, ADMIT, cluster=self.cluster.pk)

    def preview(self, file: Path) -> Preview:
        return roster.preview(self.cluster, file)

    def perform(self, file: Path, *, only_good: bool) -> Report:
        return roster.perform(self.cluster, file, by=self.request.user, at=now(), only_good=only_good)

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}

    def sample_url(self) -> str:
        return reverse("clusters:members-sample", args=[self.cluster.slug])


@login_required
def members_sample(request: HttpRequest, cluster: str) -> HttpResponse:
    workspace(request, cluster)
    return HttpResponse(
        roster.SAMPLE, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="members.csv"'}
    )
