"""Addresses of `home`."""

from tests.borders import EVERYONE, Row, expect, staff_only


def north(world):
    return {"cluster": world.north.slug}


SIGNED_IN = expect(200, signed_out=302)
ROWS = [
    Row("home:front", EVERYONE),
    Row("home:about", EVERYONE),
    Row("home:today", SIGNED_IN),
    Row("home:my-cluster", expect(302)),
    Row("home:overview", staff_only(), north),
    Row("home:search", EVERYONE),
    Row("home:search", EVERYONE, query="?q=members"),
    Row("home:door", expect(404), {"kind": "person", "uuid": "6d9c3f1e-6f0b-4d86-9f6c-0f7f6f5d6a11"}),
    Row("home:door", expect(404), {"kind": "topic", "uuid": "6d9c3f1e-6f0b-4d86-9f6c-0f7f6f5d6a11"}),
]
