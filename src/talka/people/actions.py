"""Writes about people, and the gate before every write."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any, cast

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction

from talka.people import signals
from talka.people.models import Consent, Role, User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import RUN, Ability, may

ENTRY_MINUTES = 30


class LastOperator(Exception):
    """The only operator cannot be erased: nobody could run the network."""


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


def entry_token(user: User) -> str:
    """A signed text that lets `user` in once: it ends with the next sign-in, and after `ENTRY_MINUTES`."""
    return signing.dumps([str(user.uuid), _last_sign_in(user)], salt="talka.people.entry")


def person_of_entry(token: str) -> User | None:
    """Whom the token lets in now, or None: expired, used, altered, or the person may not sign in."""
    try:
        uuid, last = signing.loads(token, salt="talka.people.entry", max_age=ENTRY_MINUTES * 60)
    except signing.BadSignature:
        return None
    user = User.objects.filter(uuid=uuid, is_active=True).first()
    return user if user and _last_sign_in(user) == last else None


def _last_sign_in(user: User) -> str:
    return user.last_login.isoformat() if user.last_login else ""


def own_data(*, by: User) -> bytes:
    """Everything the network holds about `by`, as a zip of JSON files; each room answers for itself."""
    files: dict[str, Any] = {
        "person.json": {
            "name": by.name, "email": by.email, "uuid": str(by.uuid), "language": by.language, "time_zone": by.time_zone,
            "since": by.date_joined.isoformat(),
        },
        "consents.json": [
            {"purpose": c.purpose, "words": c.words, "given_at": c.given_at.isoformat(), "withdrawn_at": c.withdrawn_at and c.withdrawn_at.isoformat()}
            for c in by.consents.order_by("given_at")
        ],
    }  # fmt: skip
    for _receiver, answer in signals.own_data_asked.send(User, user=by):
        files |= cast("dict[str, Any]", answer)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            archive.writestr(name, json.dumps(value, indent=1, ensure_ascii=False, default=str))
    return out.getvalue()


@transaction.atomic
def erase(*, user: User, by: User, at: datetime) -> None:
    """`user` is gone: name, address and sign-in at once, traces by every room that hears `erased`. Anonymous statistics stay.

    Raises NotAllowed unless a person erases themselves or an operator does it; LastOperator for the only operator.
    """
    if by.pk != user.pk and not standing_of(by).operator:
        raise NotAllowed("erase another person")
    if user.is_superuser and User.objects.filter(is_superuser=True, is_active=True).count() == 1:
        raise LastOperator
    signals.erased.send(User, user=user, by=by, at=at)
    user.consents.all().delete()
    user.network_roles.filter(until=None).update(until=at)
    user.name, user.email, user.is_active, user.is_superuser = "", f"erased-{user.uuid}@erased.invalid", False, False
    user.set_unusable_password()
    user.save()


@transaction.atomic
def change_profile(*, by: User, name: str, language: str, time_zone: str) -> User:
    """`by` changes how they are called and in which language and zone they read."""
    by.name, by.language, by.time_zone = name, language, time_zone
    by.save(update_fields=["name", "language", "time_zone"])
    return by


@transaction.atomic
def set_active(*, user: User, active: bool, by: User) -> None:
    """An operator bars `user` from signing in, or lets them in again. Nothing is deleted."""
    require(by, RUN)
    if user.pk == by.pk and not active:
        raise NotAllowed("bar yourself")
    user.is_active = active
    user.save(update_fields=["is_active"])
