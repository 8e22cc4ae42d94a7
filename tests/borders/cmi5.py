"""Addresses of cmi5. Where a unit fetches its token no cookie counts: whoever has the secret of a session has it, nobody else has anything."""

from tests.borders import EVERYONE, Row

ROWS = [
    Row("cmi5:fetch", EVERYONE, {"secret": "nobody-was-given-this"}, data={}, note="an error object"),
]
