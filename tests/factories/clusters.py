"""Clusters, organisations, and people with a part in them."""

from datetime import date
from itertools import count

from talka.clusters.models import Affiliation, Cluster, Membership, Organisation, Role
from talka.people.models import User
from tests.factories.people import person

_number = count(1)
LONG_AGO = date(2020, 1, 1)


def cluster(name: str = "", **fields) -> Cluster:
    n = next(_number)
    return Cluster.objects.create(slug=f"cluster-{n}", name=name or f"Cluster {n}", sector="timber", region="North", country="LT", **fields)


def organisation(name: str = "", *, of: Cluster | None = None, **fields) -> Organisation:
    n = next(_number)
    made = Organisation.objects.create(slug=f"organisation-{n}", name=name or f"Organisation {n}", **fields)
    if of:
        Membership.objects.create(cluster=of, organisation=made, joined_on=LONG_AGO)
    return made


def employee(organisation: Organisation, *, contact: bool = False, **fields) -> User:
    user = person(**fields)
    Affiliation.objects.create(user=user, organisation=organisation, is_contact=contact, since=LONG_AGO)
    return user


def staff(cluster: Cluster, part: str, **fields) -> User:
    user = person(**fields)
    Role.objects.create(user=user, cluster=cluster, part=part, since=LONG_AGO)
    return user
