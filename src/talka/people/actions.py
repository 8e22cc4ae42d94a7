"""Writes about people, and the gate before every write."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from talka.people.models import Consent, Role, User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import Ability, may


class NotAllowed(PermissionDenied):
    """The person may not do this here. The text says what. Nobody who lets it pass shows more than a 403 page."""


def require(by: Viewer, ability: Ability, *, cluster: int | None = None, organisation: int | None = None) -> None:
    """Raises NotAllowed unless `by` may do this in the cluster or for the organisation with that key."""
    if not may(standing_of(by), ability, cluster=cluster, organisation=organisation):
        raise NotAllowed(ability.name)


@transaction.atomic
def make_operator(*, user: User, by: User | None, at: datetime) -> Role:
    """`user` may run the installation from now on."""
    user.is_superuser = True
    user.save(update_fields=["is_superuser"])
    role, _made = Role.objects.get_or_create(user=user, kind=Role.Kind.OPERATOR, until=None, defaults={"since": at, "granted_by": by})
    return role


@transaction.atomic
def give_consent(*, by: User, purpose: str, words: str, at: datetime) -> Consent:
    """`by` agrees to `purpose` in these words; agreeing again to the same changes nothing."""
    consent, _made = Consent.objects.get_or_create(user=by, purpose=purpose, withdrawn_at=None, defaults={"words": words, "given_at": at})
    return consent


@transaction.atomic
def withdraw_consent(*, by: User, purpose: str, at: datetime) -> int:
    """`by` takes back the consent to `purpose`. Answers how many were standing (0 or 1)."""
    return Consent.objects.filter(user=by, purpose=purpose, withdrawn_at=None).update(withdrawn_at=at)
