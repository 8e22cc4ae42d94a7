"""What this room answers when `people` asks who somebody is."""

from typing import Any

from django.utils.timezone import localdate

from talka.clusters.models import Affiliation, Role
from talka.people.models import User
from talka.people.rules import Part, Standing


def standing(sender: type[User], *, user: User, **_kwargs: Any) -> Standing:
    """Parts by role, and membership through the organisation. Two queries."""
    today = localdate()
    parts: dict[int, set[Part]] = {}
    for cluster, part in Role.objects.current(today).filter(user=user).values_list("cluster_id", "part"):
        parts.setdefault(cluster, set()).add(Part(part))
    organisations, contacts = set(), set()
    works = Affiliation.objects.current(today).filter(user=user)
    for organisation, contact, cluster, joined, left in works.values_list(
        "organisation_id",
        "is_contact",
        "organisation__memberships__cluster_id",
        "organisation__memberships__joined_on",
        "organisation__memberships__left_on",
    ):
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
