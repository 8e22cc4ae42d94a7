"""Reads about clusters; the viewer is an argument."""

from datetime import date

from django.db.models import QuerySet

from talka.clusters.models import Cluster, Membership, MembershipQuerySet, Organisation, Service
from talka.people.queries import Viewer, standing_of
from talka.people.rules import STAFF


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
