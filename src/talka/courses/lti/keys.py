"""Our key pairs, the public keys of others, and what was signed with them. RS256 and nothing else, whatever a header says."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import requests
from django.core.cache import caches
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from talka.courses.models import LtiKey, LtiOnce, LtiPlatform
from talka.kit import outgoing
from talka.kit.sealed import seal, unseal

ALGORITHM = "RS256"
PURPOSE = "courses.lti"
# A key that was changed stays public for what was signed with it just before.
STAYS = timedelta(days=1)
# How long another side's keys are believed without asking again; one that is unknown is asked for once in a minute.
KNOWN, ASKED = 3_600, 60
# Clocks differ.
LEEWAY = timedelta(minutes=2)
LONGEST = 60_000


class NotSigned(ValueError):
    """The signature, or what is signed, is none that is believed. The text says why."""


# ---- ours ----------------------------------------------------------------------------------------------------------------------


def make_key(*, platform: LtiPlatform | None, at: datetime) -> LtiKey:
    """A new key pair in the place of the one before, which stays public for a day."""
    kid = secrets.token_hex(12)
    pair = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": ALGORITHM})
    with transaction.atomic():
        LtiKey.objects.filter(platform=platform, retired_at=None).update(retired_at=at)
        return LtiKey.objects.create(
            platform=platform,
            kid=kid,
            public=pair.as_dict(private=False),
            hidden=seal(orjson.dumps(pair.as_dict(private=True)).decode(), purpose=PURPOSE),
            made_at=at,
        )


def key_of(platform: LtiPlatform | None, *, at: datetime) -> LtiKey:
    """The key with which we sign now; made where there is none yet."""
    found = LtiKey.objects.filter(platform=platform, retired_at=None).first()
    if found is not None:
        return found
    try:
        return make_key(platform=platform, at=at)
    except IntegrityError:  # two at once: the first one counts
        return LtiKey.objects.get(platform=platform, retired_at=None)


def public_keys(platform: LtiPlatform | None, *, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Our public keys, as the other side reads them."""
    key_of(platform, at=at)
    rows = LtiKey.objects.filter(platform=platform)
    return {"keys": [row.public for row in rows if row.retired_at is None or at - row.retired_at < STAYS]}


def private_key(row: LtiKey) -> RSAKey:
    return RSAKey.import_key(orjson.loads(unseal(row.hidden, purpose=PURPOSE)))


def sign(claims: Mapping[str, Any], *, platform: LtiPlatform | None, at: datetime) -> str:
    row = key_of(platform, at=at)
    return jwt.encode({"alg": ALGORITHM, "typ": "JWT", "kid": row.kid}, dict(claims), private_key(row), algorithms=[ALGORITHM])


# ---- theirs --------------------------------------------------------------------------------------------------------------------


def header_of(token: object) -> dict[str, Any]:
    """What a token says of its own signature, before any of it is believed. Raises NotSigned."""
    if not isinstance(token, str) or not token or len(token) > LONGEST or token.count(".") != 2:
        raise NotSigned(_("The token is missing or cannot be read."))
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError):
        raise NotSigned(_("The token is missing or cannot be read.")) from None
    if header.get("alg") != ALGORITHM:
        raise NotSigned(
            _("The token is signed with {algorithm}; only {right} is accepted.").format(
                algorithm=str(header.get("alg"))[:20], right=ALGORITHM
            )
        )
    return header


def fetched_keys(url: str, *, kid: str) -> dict[str, Any]:
    """The keys at an address, kept for an hour; asked for again where `kid` is not among them, at most once in a minute. Raises NotSigned."""
    cache, name = caches["shared"], hashlib.sha256(f"lti.keys {url}".encode()).hexdigest()
    kept = cache.get(name)
    if kept is not None and (any(key.get("kid") == kid for key in kept["keys"]) or not cache.add(f"{name}.asked", 1, ASKED)):
        return dict(kept)
    try:
        answer = outgoing.session().get(url, headers={"Accept": "application/json"})
        found = orjson.loads(answer.content) if answer.ok else None
    except (requests.RequestException, ValueError) as error:
        raise NotSigned(_("The public keys at {url} cannot be fetched: {why}").format(url=url, why=error)) from error
    rows = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise NotSigned(_("There are no public keys at {url}.").format(url=url))
    # Of all that may be there only public RSA keys count, so that nobody is led to check with another kind.
    usable = [row for row in rows[:50] if isinstance(row, dict) and row.get("kty") == "RSA" and row.get("alg", ALGORITHM) == ALGORITHM]
    kept = {"keys": [{k: row[k] for k in ("kty", "kid", "n", "e") if k in row} | {"alg": ALGORITHM, "use": "sig"} for row in usable]}
    cache.set(name, kept, KNOWN)
    cache.set(f"{name}.asked", 1, ASKED)
    return kept


def _fitting(url: str, kid: str) -> dict[str, Any]:
    for row in fetched_keys(url, kid=kid)["keys"]:
        if row.get("kid") == kid:
            return dict(row)
    raise NotSigned(_("The token is signed with a key that is not among the public keys at {url}.").format(url=url))


def verified(token: object, *, keys_url: str = "", pem: str = "", audience: str, issuer: str, at: datetime) -> dict[str, Any]:
    """The claims of a token that `issuer` signed for `audience`, not expired, not from the future. Raises NotSigned."""
    header = header_of(token)
    found = {} if pem else _fitting(keys_url, str(header.get("kid")))
    try:
        key = RSAKey.import_key(pem or found)
        claims = dict(jwt.decode(str(token), key, algorithms=[ALGORITHM]).claims)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise NotSigned(_("The signature of the token is wrong.")) from None
    check_times(claims, at=at)
    if claims.get("iss") != issuer:
        raise NotSigned(_("The token comes from another issuer."))
    said = claims.get("aud")
    if audience not in (said if isinstance(said, list) else [said]):
        raise NotSigned(_("The token is meant for somebody else."))
    return claims


def check_times(claims: Mapping[str, Any], *, at: datetime) -> None:
    """Raises NotSigned for a token that has expired, never expires, or is from the future."""
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    ends, begins = claims.get("exp"), claims.get("iat")
    if not isinstance(ends, int | float) or not isinstance(begins, int | float):
        raise NotSigned(_("The token does not say when it was made and how long it is valid."))
    if not now - leeway < ends or not begins < now + leeway:
        raise NotSigned(_("The token has expired, or the clocks of the two sites differ by minutes."))


def count_once(what: str, *, until: datetime) -> bool:
    """Whether this is the first time that `what` is seen; asked again it is not."""
    digest = hashlib.sha256(what.encode()).hexdigest()
    try:
        with transaction.atomic():
            LtiOnce.objects.create(digest=digest, until=until)
    except IntegrityError:
        return False
    return True
