"""Reads about clusters; the viewer is an argument."""

from datetime import date

from django.db.models import QuerySet

from talka.clusters.models import Affiliation, Cluster, Membership, MembershipQuerySet, Organisation, Role, Service, ServiceUse
from talka.clusters.rules import ADMIT, APPOINT, WORK
from talka.people.queries import Viewer, standing_of
from talka.people.rules import STAFF, may


def clusters_seen(*, viewer: Viewer) -> QuerySet[Cluster]:
    """All clusters of the network: that a cluster exists is public; what happens in it is not."""
    return Cluster.objects.select_related("run_by")


def workspaces_of(*, viewer: Viewer) -> QuerySet[Cluster]:
    """The clusters whose workspace `viewer` may open: its staff, and operators everywhere."""
    standing = standing_of(viewer)
    return Cluster.objects.all() if standing.operator else Cluster.objects.filter(pk__in=standing.clusters_as(*STAFF))


def my_clusters(*, viewer: Viewer) -> QuerySet[Cluster]:
    """The clusters that `viewer` belongs to, as staff or through an organisation."""
    return Cluster.objects.filter(pk__in=list(standing_of(viewer).clusters))


def organisations_led(*, viewer: Viewer) -> QuerySet[Organisation]:
    """The organisations whose training contact `viewer` is."""
    return Organisation.objects.filter(pk__in=standing_of(viewer).contacts)


def members_of(cluster: Cluster, *, viewer: Viewer, on: date) -> MembershipQuerySet:
    """Current memberships of `cluster`, each with its organisation and number of people, if `viewer` belongs to the cluster. One query."""
    standing = standing_of(viewer)
    seen = cluster.memberships.current(on) if standing.operator or cluster.pk in standing.clusters else Membership.objects.none()
    return seen.select_related("organisation").with_people(on).order_by("organisation__name")


def services_of(cluster: Cluster, *, viewer: Viewer) -> QuerySet[Service]:
    """Services of `cluster` that `viewer` may see."""
    return Service.objects.filter(cluster=cluster).visible_to(standing_of(viewer))


def organisations_to_admit(cluster: Cluster, *, viewer: Viewer) -> QuerySet[Organisation]:
    """Organisations of the network that are no members of `cluster`, for whoever may admit."""
    if not may(standing_of(viewer), ADMIT, cluster=cluster.pk):
        return Organisation.objects.none()
    return Organisation.objects.exclude(memberships__in=cluster.memberships.filter(left_on=None)).order_by("name")


def organisation_seen(slug: str, *, cluster: Cluster, viewer: Viewer, on: date) -> Organisation | None:
    """A current member of `cluster`, if `viewer` belongs to the cluster."""
    membership = members_of(cluster, viewer=viewer, on=on).filter(organisation__slug=slug).first()
    return membership.organisation if membership else None


def people_of(organisation: Organisation, *, cluster: Cluster, viewer: Viewer, on: date) -> QuerySet[Affiliation]:
    """Who works for a member now: for the organisation's own people and the cluster's managers only. One query."""
    standing = standing_of(viewer)
    if not (may(standing, APPOINT, cluster=cluster.pk) or organisation.pk in standing.organisations):
        return Affiliation.objects.none()
    return organisation.affiliations.current(on).select_related("user").order_by("user__name")


def parts_in(cluster: Cluster, *, viewer: Viewer, on: date) -> QuerySet[Role]:
    """Who has which part now, for the cluster's staff."""
    roles = Role.objects.current(on).filter(cluster=cluster)
    return (
        (roles if may(standing_of(viewer), WORK, cluster=cluster.pk) else roles.none())
        .select_related("user")
        .order_by("part", "user__name")
    )


def service_uses(cluster: Cluster, *, viewer: Viewer) -> QuerySet[ServiceUse]:
    """Which member used which service, for the cluster's staff."""
    uses = ServiceUse.objects.filter(service__cluster=cluster)
    return (
        (uses if may(standing_of(viewer), WORK, cluster=cluster.pk) else uses.none())
        .select_related("service", "organisation")
        .order_by("-on", "-pk")
    )


def organisations_of(memberships: QuerySet[Membership]) -> QuerySet[Organisation]:
    """The organisations behind memberships that were fetched for a viewer."""
    return Organisation.objects.filter(pk__in=memberships.values("organisation"))
