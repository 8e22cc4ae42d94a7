"""Secrets of other systems, kept encrypted with the site's secret key: a copied database alone opens nothing."""

import hashlib

from django.conf import settings
from joserfc import jwe
from joserfc.jwk import OctKey


def _key(purpose: str) -> OctKey:
    return OctKey.import_key(hashlib.blake2b(purpose.encode() + settings.SECRET_KEY.encode(), digest_size=32).digest())


def seal(secret: str, *, purpose: str) -> str:
    """`secret` as it may be stored; what was sealed for one `purpose` is not opened for another."""
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, secret.encode(), _key(purpose))


def unseal(stored: str, *, purpose: str) -> str:
    return (jwe.decrypt_compact(stored, _key(purpose)).plaintext or b"").decode()
