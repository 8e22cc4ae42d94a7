"""Addresses of `people`."""

from tests.borders import EVERYONE, Row, expect


def of(viewer):
    return lambda world: {"uuid": world.viewers[viewer].uuid}


OPERATOR = expect(404, signed_out=302, operator=200)
ROWS = [
    Row("people:me", expect(200, signed_out=302)),
    Row("people:consent", expect(302), {"purpose": "employer"}, data={"give": "1"}),
    Row("people:my-data", expect(200, signed_out=302)),
    Row("people:erase-me", expect(200, signed_out=302)),
    Row("people:ask-link", EVERYONE),
    Row("people:enter", expect(410), {"token": "made-up"}),
    Row("people:doctor", OPERATOR),
    Row("people:doctor", OPERATOR, query="?format=json"),
    Row("people:list", OPERATOR),
    Row("people:list", OPERATOR, query="?format=csv"),
    Row("people:person", OPERATOR, of("member")),
    Row("people:link-for", OPERATOR, of("member"), data={}),
    Row("people:bar", expect(404, signed_out=302, operator=302), of("member"), data={"active": "1"}),
]
