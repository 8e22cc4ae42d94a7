"""Signed statements (1.0.3 Data 2.6; 2.0 4.2.6): a JSON Web Signature whose payload says the same as the statement."""

import base64
import binascii
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from talka.records.rules import values
from talka.records.rules.statements import Invalid, Json

_ALGORITHMS = frozenset({"RS256", "RS384", "RS512"})
_ADDED = frozenset({"id", "stored", "authority", "timestamp", "version", "attachments"})


def _decoded(part: bytes) -> Any:
    return orjson.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))


def check(statement: Json, attachment: Json, raw: bytes) -> None:
    """Raises Invalid unless `raw` is a signature that fits the statement."""
    path = "$.attachments"
    if attachment["contentType"].partition(";")[0].strip().lower() != "application/octet-stream":
        raise Invalid(f"{path}.contentType", "a signature is application/octet-stream", "signature")
    parts = raw.strip().split(b".")
    if len(parts) != 3:
        raise Invalid(path, "is no JSON Web Signature in compact form", "signature")
    try:
        header, payload = _decoded(parts[0]), _decoded(parts[1])
    except (binascii.Error, ValueError) as e:
        raise Invalid(path, "the signature's header or payload is no JSON", "signature") from e
    if not isinstance(header, dict) or header.get("alg") not in _ALGORITHMS:
        raise Invalid(path, f"must be signed by one of {', '.join(sorted(_ALGORITHMS))}", "signature")
    if not isinstance(payload, dict) or not says_the_same(payload, statement):
        raise Invalid(path, "the signed statement says something else than this one", "signature")
    if "x5c" in header:
        _check_certificate(header, raw.strip())


def _check_certificate(header: Json, raw: bytes) -> None:
    chain = header["x5c"]
    if not isinstance(chain, list) or not chain or not all(isinstance(c, str) for c in chain):
        raise Invalid("$.attachments", "x5c must be a list of certificates", "signature")
    try:
        certificate = "-----BEGIN CERTIFICATE-----\n" + chain[0] + "\n-----END CERTIFICATE-----\n"
        jws.deserialize_compact(raw, RSAKey.import_key(certificate), algorithms=sorted(_ALGORITHMS))
    except (JoseError, ValueError, TypeError) as e:
        raise Invalid("$.attachments", "the signature does not fit its certificate", "signature") from e


def says_the_same(signed: Json, statement: Json) -> bool:
    """Whether two statements are logically the same: what the store adds may be missing; times are compared in UTC, durations to 0.01 s."""
    for name in signed.keys() | statement.keys():
        if name == "attachments" or (name in _ADDED and (name not in signed or name not in statement)):
            continue
        if name in {"stored", "authority"}:
            continue
        if name not in signed or name not in statement or not _equal(name, signed[name], statement[name]):
            return False
    return True


def _equal(name: str, one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(k, one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_equal(name, a, b) for a, b in zip(one, other, strict=True))
    if name == "duration":
        first, second = values.read_duration(one), values.read_duration(other)
        return first is not None and second is not None and abs(first - second) <= 0.01
    if name in {"timestamp", "stored"}:
        return values.read_instant(one) == values.read_instant(other)
    if name == "id" and isinstance(one, str) and isinstance(other, str) and values.is_uuid(one):
        return one.lower() == other.lower()
    same: bool = one == other
    return same
