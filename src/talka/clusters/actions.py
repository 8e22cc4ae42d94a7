"""Writes about clusters: verbs, `by=` and `at=`, one transaction each."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from talka.clusters import signals
from talka.clusters.models import Affiliation, Cluster, Membership, Organisation, Role, Service, ServiceUse
from talka.clusters.rules import ADMIT, APPOINT, SERVE
from talka.people.actions import require
from talka.people.models import User
from talka.people.rules import Part


class AlreadyMember(Exception):
    """The organisation is a current member of this cluster."""


class NotAMember(Exception):
    """The organisation is no current member of this cluster."""


class LastManager(Exception):
    """A cluster keeps at least one manager."""


class NameTaken(Exception):
    """The cluster has a service of this name already."""


@transaction.atomic
def join(*, cluster: Cluster, organisation: Organisation, by: User, at: datetime) -> Membership:
    """`organisation` becomes a member of `cluster`, admitted by `by`.

    Raises AlreadyMember; NotAllowed if `by` may not admit members here.
    """
    require(by, ADMIT, cluster=cluster.pk)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(cluster=cluster, organisation=organisation, joined_on=at.date(), admitted_by=by)
    except IntegrityError as clash:  # the constraint decides, so that two managers at once can't both win
        raise AlreadyMember(organisation) from clash
    signals.joined.send(Membership, membership=membership, by=by, at=at)
    return membership


@transaction.atomic
def found_and_join(*, cluster: Cluster, by: User, at: datetime, **fields: Any) -> Membership:
    """A new organisation with these fields (name, kind, employees, region, country, website) becomes a member."""
    require(by, ADMIT, cluster=cluster.pk)
    organisation = Organisation.objects.create(slug=_free_slug(fields["name"]), **fields)
    return join(cluster=cluster, organisation=organisation, by=by, at=at)


def _free_slug(name: str) -> str:
    base = slugify(name)[:90] or "organisation"
    taken = set(Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(s for n in range(1, len(taken) + 2) if (s := base if n == 1 else f"{base}-{n}") not in taken)


@transaction.atomic
def leave(*, cluster: Cluster, organisation: Organisation, by: User, at: datetime) -> Membership:
    """`organisation` leaves `cluster` today. What it did here stays. Raises NotAMember; NotAllowed."""
    require(by, ADMIT, cluster=cluster.pk)
    membership = cluster.memberships.select_for_update().filter(organisation=organisation, left_on=None).first()
    if membership is None:
        raise NotAMember(organisation)
    membership.left_on = max(at.date(), membership.joined_on)
    membership.save(update_fields=["left_on"])
    return membership


@transaction.atomic
def appoint(*, cluster: Cluster, user: User, part: str, by: User, at: datetime) -> Role:
    """`user` gets a part in `cluster`; having it already changes nothing. Raises NotAllowed."""
    require(by, APPOINT, cluster=cluster.pk)
    role, _made = Role.objects.get_or_create(
        cluster=cluster, user=user, part=Part(part), until=None, defaults={"since": at.date(), "granted_by": by}
    )
    return role


@transaction.atomic
def dismiss(*, role: Role, by: User, at: datetime) -> Role:
    """The part ends today. Raises NotAllowed; LastManager if nobody would be left to run the cluster."""
    require(by, APPOINT, cluster=role.cluster_id)
    managers = Role.objects.select_for_update().filter(cluster=role.cluster_id, part=Part.MANAGER, until=None)
    if role.part == Part.MANAGER and not managers.exclude(pk=role.pk).exists():
        raise LastManager
    role.until = max(at.date(), role.since)
    role.save(update_fields=["until"])
    return role


@transaction.atomic
def make_contact(*, affiliation: Affiliation, is_contact: bool, cluster: Cluster, by: User) -> Affiliation:
    """A manager names (or no longer names) a person as training contact of a member organisation. Raises NotAllowed, NotAMember."""
    require(by, APPOINT, cluster=cluster.pk)
    if not cluster.memberships.filter(organisation=affiliation.organisation_id, left_on=None).exists():
        raise NotAMember(affiliation.organisation)
    affiliation.is_contact = is_contact
    affiliation.save(update_fields=["is_contact"])
    return affiliation


@transaction.atomic
def change_cluster(*, cluster: Cluster, by: User, **fields: Any) -> Cluster:
    """A manager changes how the cluster presents itself."""
    require(by, APPOINT, cluster=cluster.pk)
    for name, value in fields.items():
        setattr(cluster, name, value)
    cluster.save(update_fields=list(fields))
    return cluster


@transaction.atomic
def offer(*, cluster: Cluster, by: User, service: Service | None = None, **fields: Any) -> Service:
    """A new service, or a changed one. Raises NotAllowed; NameTaken."""
    require(by, SERVE, cluster=cluster.pk)
    service = service or Service(cluster=cluster)
    for name, value in fields.items():
        setattr(service, name, value)
    try:
        with transaction.atomic():
            service.save()
    except IntegrityError as clash:
        raise NameTaken(fields.get("name", "")) from clash
    return service


@transaction.atomic
def note_use(*, service: Service, organisation: Organisation, on: date, people: int, by: User) -> ServiceUse:
    """A member used a service on a day. Raises NotAllowed; NotAMember if it was none on that day."""
    require(by, SERVE, cluster=service.cluster_id)
    if not Membership.objects.current(on).filter(cluster=service.cluster_id, organisation=organisation).exists():
        raise NotAMember(organisation)
    return ServiceUse.objects.create(service=service, organisation=organisation, on=on, people=people, noted_by=by)
