"""Taking the sample network away, and leaving what real people have done since.

Whatever real people hang on stays, without the mark of the sample: a sample cluster that a real organisation has joined, a sample organisation
that a real person works for. Everything else of the sample goes, with what its people did.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from talka.clusters.models import Affiliation, Cluster, Membership, Organisation, Service, ServiceUse
from talka.clusters.models import Role as ClusterRole
from talka.home.sample.blueprint import Blueprint
from talka.people.models import User


@dataclass(slots=True)
class Removal:
    """How many of each went, and what stayed because real people hang on it."""

    gone: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def remove_people(plan: Blueprint) -> Removal:
    """Removes clusters, organisations and people of the sample. What hangs on a person (progress, answers, roles) goes with them."""
    report = Removal()
    clusters, organisations = Cluster.objects.filter(is_sample=True), Organisation.objects.filter(is_sample=True)
    needed = _needed_clusters(plan, clusters)
    firms = _needed_organisations(organisations, {c.run_by_id for c in needed if c.run_by_id})
    report.kept += _keep([*needed, *firms])

    clusters, organisations = Cluster.objects.filter(is_sample=True), Organisation.objects.filter(is_sample=True)
    # Away with what would hold them, narrow to wide.
    ServiceUse.objects.filter(Q(organisation__in=organisations) | Q(service__cluster__in=clusters)).delete()
    Membership.objects.filter(Q(organisation__in=organisations) | Q(cluster__in=clusters)).delete()
    Affiliation.objects.filter(Q(organisation__in=organisations) | Q(user__is_sample=True)).delete()
    Cluster.objects.filter(run_by__in=organisations).update(run_by=None)
    report.gone["people"] = User.objects.filter(is_sample=True).count()
    User.objects.filter(is_sample=True).delete()
    report.gone["clusters"] = clusters.count()
    clusters.delete()
    report.gone["organisations"] = organisations.count()
    organisations.delete()
    return report


def _needed_clusters(plan: Blueprint, clusters: QuerySet[Cluster]) -> list[Cluster]:
    """Sample clusters with a real member, a real person's part, or a service that the sample did not bring."""
    ours = {service.name for cluster in plan.clusters for service in cluster.services}
    real = (
        set(Membership.objects.filter(cluster__in=clusters, organisation__is_sample=False).values_list("cluster", flat=True))
        | set(ClusterRole.objects.filter(cluster__in=clusters, user__is_sample=False).values_list("cluster", flat=True))
        | set(Service.objects.filter(cluster__in=clusters).exclude(name__in=ours).values_list("cluster", flat=True))
    )
    return list(clusters.filter(pk__in=real))


def _needed_organisations(organisations: QuerySet[Organisation], offices: set[int]) -> list[Organisation]:
    """Sample organisations that a real person works for, that a real cluster has admitted, or that run a cluster that stays."""
    real = (
        set(Affiliation.objects.filter(organisation__in=organisations, user__is_sample=False).values_list("organisation", flat=True))
        | set(Membership.objects.filter(organisation__in=organisations, cluster__is_sample=False).values_list("organisation", flat=True))
        | set(Cluster.objects.filter(is_sample=False, run_by__in=organisations).values_list("run_by", flat=True))
    )
    return list(organisations.filter(pk__in=real | offices))


def _keep(things: Iterable[Cluster | Organisation]) -> list[str]:
    names = []
    for thing in things:
        thing.is_sample = False
        thing.save(update_fields=["is_sample"])
        names.append(thing.name)
    return names
