"""What this room answers when `people` asks who somebody is."""

from datetime import date
from typing import Any

from django.utils.timezone import localdate

from talka.clusters.models import Affiliation, Role
from talka.kit.prepared import Prepared
from talka.people.models import User
from talka.people.rules import Part, Standing

_parts = Prepared(lambda user, on: Role.objects.current(on).filter(user=user).values_list("cluster_id", "part"), int, date)
_works = Prepared(
    lambda user, on: (
        Affiliation.objects.current(on)
        .filter(user=user)
        .values_list(
            "organisation_id",
            "is_contact",
            "organisation__memberships__cluster_id",
            "organisation__memberships__joined_on",
            "organisation__memberships__left_on",
        )
    ),
    int,
    date,
)


def standing(sender: type[User], *, user: User, **_kwargs: Any) -> Standing:
    """Parts by role, and membership through the organisation. Two queries."""
    today = localdate()
    parts: dict[int, set[Part]] = {}
    for cluster, part in _parts(user.pk, today):
        parts.setdefault(cluster, set()).add(Part(part))
    organisations, contacts = set(), set()
    for organisation, contact, cluster, joined, left in _works(user.pk, today):
        organisations.add(organisation)
        if contact:
            contacts.add(organisation)
        if cluster is not None and joined <= today and (left is None or left > today):
            parts.setdefault(cluster, set()).add(Part.MEMBER)
    return Standing(
        user=user.pk,
        clusters={key: frozenset(mine) for key, mine in parts.items()},
        organisations=frozenset(organisations),
        contacts=frozenset(contacts),
    )
