"""Who somebody is to the network; asked by every other query."""

from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import now

from talka.people import signals
from talka.people.models import Role, User
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
    operator = user.is_superuser or Role.objects.current(now()).filter(user=user, kind=Role.Kind.OPERATOR).exists()
    answers = [answer for _receiver, answer in signals.standing_asked.send(User, user=user)]
    clusters: dict[int, frozenset[Part]] = {}
    for answer in answers:
        clusters |= _joined(clusters, answer.clusters)
    return Standing(
        user=user.pk,
        operator=operator,
        clusters=clusters,
        organisations=frozenset().union(*(a.organisations for a in answers)),
        contacts=frozenset().union(*(a.contacts for a in answers)),
    )


def _joined(known: Mapping[int, frozenset[Part]], more: Mapping[int, frozenset[Part]]) -> dict[int, frozenset[Part]]:
    return {key: known.get(key, frozenset()) | parts for key, parts in more.items()}
