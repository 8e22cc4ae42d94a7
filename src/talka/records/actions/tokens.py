"""Short-lived tokens for content in the browser: each bound to one person, one activity and one registration."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.conf import settings

from talka.people.models import User
from talka.records.actions.statements import own_source
from talka.records.models import Source
from talka.records.rules import actor_of, agent_key

LASTS = timedelta(hours=4)
USER_NAME = "token"  # under which a token comes where a source's key would stand


@dataclass(frozen=True, slots=True)
class Bound:
    """What a token is bound to: the key of an agent, the IRI of an activity, a registration ("" for none), and a session of an upper
    room ("" for none), which is asked before each request (`signals.session_asked`).
    """

    agent: str
    activity: str
    registration: str
    session: str = ""


class BadToken(Exception):
    """The token was not made here, or its time is over."""


def browser_token(*, user_uuid: UUID, activity: str, registration: UUID, at: datetime, lasts: timedelta = LASTS, session: str = "") -> str:
    """What content puts after `Basic` or `Bearer` into its Authorization header, from `at` on for as long as it `lasts`.

    With it content writes statements whose actor is this person (`rules.actor_of`), whose registration is this one, and which are about
    `activity` or name it in their context activities (or one below it: the IRI and a `/`, `?` or `#`); reads such statements back; reads and writes
    State documents of this actor, activity and registration; and reads and writes the person's Agent Profiles. All else is answered 403.
    With a `session` each request is put before the room that keeps the session, which may refuse it.
    """
    actor = agent_key(actor_of(user_uuid, settings.NAMES_URL))
    return make_token(source=own_source(), bound=Bound(actor, activity, str(registration), session), until=(at + lasts).timestamp())


def _sign(payload: bytes) -> bytes:
    key = hashlib.blake2b(b"records.token", key=settings.SECRET_KEY.encode()[:64], digest_size=32).digest()
    return hmac.digest(key, payload, "sha256")


def make_token(*, source: Source, bound: Bound, until: float) -> str:
    """The same for any source and agent, until a moment in seconds since 1970."""
    payload = orjson.dumps([source.pk, bound.agent, bound.activity, bound.registration, int(until), bound.session])
    secret = base64.urlsafe_b64encode(payload).decode() + "." + base64.urlsafe_b64encode(_sign(payload)).decode()
    return base64.b64encode(f"{USER_NAME}:{secret}".encode()).decode()


def _gone(agent: str) -> bool:
    """Whether the agent is a person of this site who was erased or may not sign in any more."""
    home, _space, name = agent.partition(" ")
    return home == settings.NAMES_URL and not User.objects.filter(uuid=name, is_active=True).exists()


def read_token(secret: str, *, moment: float) -> tuple[Source, Bound]:
    """The source and the bounds of a token that is valid at `moment` (seconds since 1970). Raises BadToken."""
    try:
        first, _dot, second = secret.partition(".")
        payload, signature = base64.urlsafe_b64decode(first), base64.urlsafe_b64decode(second)
    except (binascii.Error, ValueError):
        raise BadToken("The token cannot be read.") from None
    if not hmac.compare_digest(_sign(payload), signature):
        raise BadToken("The token was not made here.")
    number, agent, activity, registration, until, session = orjson.loads(payload)
    source = Source.objects.filter(pk=number).first()
    if source is None or until < moment or _gone(agent):
        raise BadToken("The token is no longer valid.")
    return source, Bound(agent, activity, registration, session)
