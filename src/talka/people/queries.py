"""Who somebody is to the network; asked by every other query."""

from collections.abc import Mapping
from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from talka.people import signals
from talka.people.models import Consent, User
from talka.people.rules import SIGNED_OUT, Part, Standing

Viewer = User | AnonymousUser


def standing_of(viewer: Viewer) -> Standing:
    """What `viewer` is now. Kept on the object, so that one request asks the database once."""
    if not isinstance(viewer, User) or not viewer.is_active:
        return SIGNED_OUT
    kept: Standing | None = getattr(viewer, "_standing", None)
    if kept is None:
        kept = viewer._standing = _ask(viewer)  # type: ignore[attr-defined]  # noqa: SLF001  # our own memo on the request's user
    return kept


def _ask(user: User) -> Standing:
    answers: list[Standing] = [cast("Standing", answer) for _receiver, answer in signals.standing_asked.send(User, user=user)]
    clusters: dict[int, frozenset[Part]] = {}
    for answer in answers:
        clusters |= _joined(clusters, answer.clusters)
    return Standing(
        user=user.pk,
        # The role's row says who made them operator and when; the mark on the person costs no query.
        operator=user.is_superuser,
        clusters=clusters,
        organisations=frozenset().union(*(a.organisations for a in answers)),
        contacts=frozenset().union(*(a.contacts for a in answers)),
    )


def _joined(known: Mapping[int, frozenset[Part]], more: Mapping[int, frozenset[Part]]) -> dict[int, frozenset[Part]]:
    return {key: known.get(key, frozenset()) | parts for key, parts in more.items()}


def people_seen(*, viewer: Viewer) -> QuerySet[User]:
    """All people for an operator; nobody for others: a list of people is not public anywhere."""
    seen = User.objects.exclude(email__endswith="@erased.invalid")
    return seen if standing_of(viewer).operator else seen.none()


def consents_of(viewer: User) -> dict[str, Consent]:
    """The viewer's standing consents by purpose. One query."""
    return {c.purpose: c for c in viewer.consents.filter(withdrawn_at=None)}
