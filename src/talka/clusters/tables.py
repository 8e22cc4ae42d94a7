"""Lists: clusters for everybody; members and services in the workspace."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from talka.clusters import queries
from talka.clusters.models import Cluster, Membership, Organisation, Service
from talka.clusters.rules import ADMIT, SERVE, Commitment, is_committed
from talka.kit import tables
from talka.people.queries import standing_of
from talka.people.rules import Ability, may


class ClusterTable(tables.Table):
    name = tables.Link(view="clusters:page", args_from=["slug"], verbose_name=_("Cluster"))
    sector = tables.Column(verbose_name=_("Sector"))
    region = tables.Column(verbose_name=_("Region"))
    country = tables.Column(verbose_name=_("Country"))
    members = tables.Number(verbose_name=_("Members"))


class Clusters(tables.ListView):
    table_class = ClusterTable
    heading = _("Clusters")
    lead = _("The clusters of this network. Open one to see what it does.")
    search_fields = ("name", "sector", "region")
    order = ("name",)
    empty_what = _("There is no cluster yet.")
    filters = (tables.YesNo("pilot", _("Pilot"), Q(is_pilot=True)),)

    def queryset(self, viewer: Any) -> QuerySet[Cluster]:
        return queries.clusters_seen(viewer=viewer).annotate(members=Count("memberships", filter=Q(memberships__left_on=None)))


class WorkspaceList(LoginRequiredMixin, tables.ListView):
    """A list in a cluster's workspace: `cluster` from the address, 404 unless the viewer may open the workspace."""

    shell = "kit/workspace.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.cluster = get_object_or_404(queries.workspaces_of(viewer=request.user), slug=kwargs["cluster"])
        return super().dispatch(request, *args, **kwargs)

    def may(self, ability: Ability) -> bool:
        return may(standing_of(self.request.user), ability, cluster=self.cluster.pk)

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}


class MemberTable(tables.Table):
    organisation = tables.Link(
        accessor="organisation__name",
        verbose_name=_("Organisation"),
        url=lambda m: reverse("clusters:member", args=[m.cluster.slug, m.organisation.slug]),
    )
    kind = tables.Column(accessor="organisation__get_kind_display", verbose_name=_("Type"), order_by="organisation__kind")
    people = tables.Number(verbose_name=_("People"))
    joined_on = tables.Date(verbose_name=_("Member since"))
    fee = tables.Number(verbose_name=_("Yearly fee"), unit="€", decimals=0)
    uses = tables.Number(verbose_name=_("Uses of services in a year"))
    committed = tables.Column(verbose_name=_("Committed"), empty_values=(), orderable=False)

    def render_committed(self, record: Membership) -> Any:
        return _("yes") if self.value_committed(record) else _("no")

    def value_committed(self, record: Membership) -> bool:
        return is_committed(Commitment(record.signed, bool(record.fee), record.gives_in_kind, record.uses))


class Members(WorkspaceList):
    table_class = MemberTable
    template_name = "clusters/members.html"
    heading = _("Members")
    search_fields = ("organisation__name", "organisation__region")
    filters = (
        tables.Choice("kind", _("Type"), "organisation__kind", Organisation.Kind.choices),
        tables.YesNo("signed", _("Has signed"), Q(signed=True)),
        tables.YesNo("people", _("Has people here"), Q(people__gt=0)),
    )
    order = ("organisation",)
    empty_what = _("No organisation is a member yet.")
    empty_why = _("Members see what is for the cluster only, and their use counts in the cluster's figures.")

    def queryset(self, viewer: Any) -> QuerySet[Membership]:
        return (
            queries.members_of(self.cluster, viewer=viewer, on=localdate()).select_related("cluster", "organisation").with_uses(localdate())
        )

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # the shape of every list
        return (reverse("clusters:admit", args=[self.cluster.slug]), _("Admit a member")) if self.may(ADMIT) else None

    def context(self) -> dict[str, Any]:
        return {**super().context(), "may_admit": self.may(ADMIT)}


class ServiceTable(tables.Table):
    name = tables.Link(verbose_name=_("Service"), url=lambda s: reverse("clusters:service", args=[s.cluster.slug, s.pk]))
    price = tables.Number(verbose_name=_("Price"), unit="€", decimals=0, nought=_("free"))
    unit = tables.Column(verbose_name=_("per"))
    visibility = tables.Column(accessor="get_visibility_display", verbose_name=_("Seen by"), order_by="visibility")
    times_used = tables.Number(verbose_name=_("Uses"))
    used_by = tables.Number(verbose_name=_("Members who used it"))
    retired_on = tables.Date(verbose_name=_("Offered until"))


class Services(WorkspaceList):
    table_class = ServiceTable
    template_name = "clusters/services.html"
    heading = _("Services")
    lead = _("What the cluster does for its members, at what price, and who used it.")
    search_fields = ("name", "summary")
    filters = (
        tables.YesNo("priced", _("Has a price"), Q(price__isnull=False)),
        tables.YesNo("current", _("Still offered"), Q(retired_on=None)),
    )
    order = ("name",)
    empty_what = _("No service is described yet.")
    empty_why = _("A service with a price shows members what they get, and the plan what it earns.")

    def queryset(self, viewer: Any) -> QuerySet[Service]:
        counts = {"times_used": Count("uses", distinct=True), "used_by": Count("uses__organisation", distinct=True)}
        return queries.services_of(self.cluster, viewer=viewer).select_related("cluster").annotate(**counts)

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # the shape of every list
        return (reverse("clusters:new-service", args=[self.cluster.slug]), _("Describe a service")) if self.may(SERVE) else None

    def context(self) -> dict[str, Any]:
        return {**super().context(), "may_serve": self.may(SERVE)}
