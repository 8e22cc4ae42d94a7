"""Who knocks: sources by key and secret, content in the browser by short-lived tokens, and how much each may ask."""

import base64
import binascii
import hmac
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b

from django.conf import settings
from django.utils.timezone import now

from talka.records.actions import tokens
from talka.records.actions.sources import hashed, note_use, on_revoke
from talka.records.actions.tokens import Bound
from talka.records.models import Credential, Source
from talka.records.queries import Reader
from talka.records.rules.access import Scope, allows
from talka.records.rules.statements import Statement
from talka.records.writing import Origin
from talka.records.xapi.exchange import Refused

REMEMBERED = 2.0  # seconds that a key is believed before the table is asked again
MOST_REMEMBERED = 10_000
USE_NOTED_EVERY = 60.0
PATIENCE = 2.0  # seconds that a request of a source over its rate waits before it is sent away
TOKEN_SCOPES = frozenset({Scope.WRITE, Scope.READ_MINE, Scope.STATE, Scope.PROFILE})
BELOW = ("/", "?", "#")  # an activity below another: its IRI, one of these, and more


@dataclass(frozen=True, slots=True)
class Caller:
    """A source that has shown its key, with what the key opens."""

    credential: int
    source: int
    name: str
    border: int
    scopes: frozenset[str]
    per_minute: int
    most_bytes: int
    bound: Bound | None = None

    @property
    def origin(self) -> Origin:
        return Origin(self.source, self.border)

    def require(self, scope: Scope) -> None:
        if not allows(self.scopes, scope):
            raise Refused(403, f"This key does not open {scope}.")

    def reader(self) -> Reader:
        """How this caller reads statements. Raises Refused if it may not at all."""
        self.require(Scope.READ_MINE)
        bound = self.bound
        return Reader(
            source=self.source,
            border=self.border,
            only_mine=not allows(self.scopes, Scope.READ),
            agent=bound.agent if bound else "",
            registration=bound.registration if bound else "",
        )

    def check_bound(self, statement: Statement) -> None:
        """A token writes only about its person, activity and registration. Raises Refused."""
        bound = self.bound
        if bound is None:
            return
        if statement.actor.main != bound.agent:
            raise Refused(403, "This token belongs to another actor.")
        if bound.registration and (statement.registration or b"").hex() != bound.registration.replace("-", ""):
            raise Refused(403, "This token belongs to another registration.")
        if not any(bound_to(bound, iri) for part in statement.parts for iri, _direct in part.activities):
            raise Refused(403, "This token belongs to another activity.")


def bound_to(bound: Bound, activity: str) -> bool:
    """Whether an activity is the one of a token, or one below it."""
    return activity == bound.activity or (activity.startswith(bound.activity) and activity[len(bound.activity)] in BELOW)


_known: dict[str, tuple[float, Caller]] = {}
_used: dict[int, float] = {}
_buckets: dict[int, tuple[float, float]] = {}
_lock = threading.Lock()


def forget() -> None:
    _known.clear()
    _buckets.clear()


on_revoke(forget)


def _unknown(reason: str) -> Refused:
    return Refused(401, reason, [("WWW-Authenticate", 'Basic realm="xAPI", charset="UTF-8"')])


def recognise(header: str | None) -> Caller:
    """The caller behind an Authorization header. Raises Refused (401)."""
    if not header:
        raise _unknown("Sign in with the key and secret of a source (HTTP Basic).")
    # Not the header itself but its keyed hash is remembered: a memory dump shows no secret.
    mark = blake2b(header.encode("utf-8", "surrogateescape"), key=settings.SECRET_KEY.encode()[:64], digest_size=32).hexdigest()
    known = _known.get(mark)
    moment = time.monotonic()
    if known and known[0] > moment:
        return known[1]
    caller = _ask(header)
    if len(_known) >= MOST_REMEMBERED:
        _known.clear()
    _known[mark] = (moment + REMEMBERED, caller)
    if caller.credential and moment - _used.get(caller.credential, -USE_NOTED_EVERY) >= USE_NOTED_EVERY:
        _used[caller.credential] = moment
        note_use({caller.credential: now()})
    return caller


def _ask(header: str) -> Caller:
    kind, _space, rest = header.strip().partition(" ")
    if kind.lower() not in {"basic", "bearer"}:
        raise _unknown("Only HTTP Basic and Bearer tokens are known here.")
    try:
        user, colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise _unknown("The Authorization header cannot be read.") from None
    if not colon:
        raise _unknown("The Authorization header holds no key and secret.")
    if user == tokens.USER_NAME:
        return _by_token(secret)
    row = Credential.objects.select_related("source").filter(key=user, revoked_at=None).first() if "\x00" not in user else None
    if row is None or not hmac.compare_digest(hashed(secret, bytes(row.salt)), bytes(row.secret_hash)):
        raise _unknown("The key or the secret is wrong, or the key was revoked.")
    return _caller(row.source, row.pk, frozenset(row.scopes))


def _caller(source: Source, credential: int, scopes: frozenset[str], bound: Bound | None = None) -> Caller:
    return Caller(credential, source.pk, source.name, source.cluster_id or 0, scopes, source.per_minute, source.most_bytes, bound)


def keep_to_rate(caller: Caller) -> None:
    """Takes one request from the source's share. Over it a request waits a little first; raises Refused (429) with the time to wait."""
    if not caller.per_minute:
        return
    pace = caller.per_minute / 60
    burst = max(1.0, pace * 10)
    deadline = time.monotonic() + PATIENCE
    while True:
        with _lock:
            moment = time.monotonic()
            left, at = _buckets.get(caller.source, (burst, moment))
            left = min(burst, left + (moment - at) * pace)
            if left >= 1:
                _buckets[caller.source] = (left - 1, moment)
                return
            _buckets[caller.source] = (left, moment)
        wait = (1 - left) / pace
        if moment + wait > deadline:
            raise Refused(429, f"More than {caller.per_minute} requests a minute.", [("Retry-After", str(int(wait) + 1))])
        time.sleep(wait)


# ---- tokens --------------------------------------------------------------------------------------------------------------------


def _by_token(secret: str) -> Caller:
    try:
        source, bound = tokens.read_token(secret, moment=time.time())
    except tokens.BadToken as e:
        raise _unknown(str(e)) from e
    return _caller(source, 0, TOKEN_SCOPES, bound)
