"""Sources and their keys."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.people.actions import require
from talka.people.models import User
from talka.records import writing
from talka.records.models import Credential, Source
from talka.records.rules import MANAGE_SOURCES, SCOPES


class UnknownScope(Exception):
    """A scope that does not exist was asked for."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key with its secret, which is shown once and then known to nobody but its holder."""

    credential: Credential
    key: str
    secret: str

    @property
    def name(self) -> str:
        return self.credential.source.name


# Whoever remembers keys for a moment registers here how to forget them.
_rememberers: list[Callable[[], None]] = []


def on_revoke(forget: Callable[[], None]) -> None:
    """`forget` is called in this process whenever a key was revoked."""
    _rememberers.append(forget)


def hashed(secret: str, salt: bytes) -> bytes:
    """The hash of a secret. The secrets are 32 random bytes of our own making, so a plain keyed hash can't be guessed back."""
    return hashlib.blake2b(secret.encode(), salt=salt, digest_size=32).digest()


@transaction.atomic
def make_source(
    *,
    name: str,
    cluster: Cluster | None = None,
    by: User | None,
    at: datetime,
    per_minute: int = 0,
    most_bytes: int = 50_000_000,
    is_sample: bool = False,
) -> Source:
    """A new source of the network or of one cluster. `by` None is the command line. Raises NotAllowed."""
    if by is not None:
        require(by, MANAGE_SOURCES, cluster=cluster.pk if cluster else None)
    source = Source(
        name=name, cluster=cluster, authority={}, per_minute=per_minute, most_bytes=most_bytes, made_at=at, made_by=by, is_sample=is_sample
    )
    source.authority = {
        "objectType": "Agent",
        "name": name,
        "account": {"homePage": settings.NAMES_URL, "name": f"source/{source.uuid}"},
    }
    source.save()
    return source


@transaction.atomic
def add_key(*, source: Source, scopes: Iterable[str] = ("all",), by: User | None, at: datetime, key: str = "", secret: str = "") -> Key:
    """A further key for `source`; those it has stay valid until revoked, so that a sender can change over without a gap.

    Raises NotAllowed, UnknownScope.
    """
    if by is not None:
        require(by, MANAGE_SOURCES, cluster=source.cluster_id)
    wanted = sorted(set(scopes))
    if not wanted or set(wanted) - set(SCOPES):
        raise UnknownScope(_("Choose among the scopes %s.") % ", ".join(SCOPES))
    key, secret, salt = key or secrets.token_hex(12), secret or secrets.token_urlsafe(32), os.urandom(16)
    credential = Credential.objects.create(
        source=source, key=key, salt=salt, secret_hash=hashed(secret, salt), scopes=wanted, made_at=at, made_by=by
    )
    return Key(credential, key, secret)


@transaction.atomic
def add_source(
    *, name: str, cluster: Cluster | None = None, scopes: Iterable[str] = ("all",), by: User | None, at: datetime
) -> tuple[Key, str]:
    """A new source with its first key; answers the key (which knows the source's name) and the secret. Raises NotAllowed, UnknownScope."""
    key = add_key(source=make_source(name=name, cluster=cluster, by=by, at=at), scopes=scopes, by=by, at=at)
    return key, key.secret


@transaction.atomic
def rotate(*, source: Source, by: User | None, at: datetime) -> Key:
    """A new key with the scopes of the newest valid one, which stays valid until it is revoked."""
    newest = source.credentials.filter(revoked_at=None).first()
    return add_key(source=source, scopes=newest.scopes if newest else ("all",), by=by, at=at)


@transaction.atomic
def revoke(*, credential: Credential, by: User | None, at: datetime) -> None:
    """The key opens nothing any more: in this process at once, in others within two seconds. Raises NotAllowed."""
    if by is not None:
        require(by, MANAGE_SOURCES, cluster=credential.source.cluster_id)
    Credential.objects.filter(pk=credential.pk, revoked_at=None).update(revoked_at=at)
    transaction.on_commit(lambda: [forget() for forget in _rememberers])


def note_use(used: dict[int, datetime]) -> None:
    """Writes when keys were last used, by their primary keys; called at most once a minute per key."""

    def write() -> None:
        for pk, at in used.items():
            Credential.objects.filter(pk=pk).update(used_at=at)

    writing.run(write)
