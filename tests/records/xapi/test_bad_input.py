"""What clients send by mistake or on purpose: refused with the place and the clause of the specification, and nothing of it is stored."""

import gzip
import hashlib

import orjson
import pytest

from talka.records.models import Refusal, Statement
from tests.factories import records
from tests.factories.records import statement
from tests.records.conftest import Caller

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
START = b'{"actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"http://v.example/a"},"object":{"id":"http://a.example/x"}'
DEEP = b',"result":{"extensions":{"http://e.example/x":' + b"[" * 200 + b"]" * 200 + b"}}}"
BODIES = {
    "deep JSON": (b"[" * 100_000, "$: "),
    "deep extension": (START + DEEP, "$: nested deeper"),
    "deep in a batch": (b"[" + START + b"}," + START + DEEP + b"]", "$[1]: nested deeper"),
    "invalid UTF-8": (START.replace(b"mailto:a", b"mailto:\xff") + b"}", "$: "),
    "NaN": (START + b',"result":{"score":{"raw":NaN}}}', "$: this is not JSON"),
    "Infinity": (START + b',"result":{"score":{"raw":1e999}}}', "$: "),
    "a key twice": (START + b',"verb":{"id":"http://v.example/b"}}', "$: the property 'verb' stands twice"),
    "a key twice, deep": (START + b',"result":{"score":{"raw":1,"raw":2}}}', "$: the property 'raw' stands twice"),
    "a key twice, spelt otherwise": (START + b',"v\\u0065rb":{"id":"http://v.example/b"}}', "$: the property 'verb' stands twice"),
    "an id twice": (orjson.dumps([statement(1, id=ID), statement(2, id=ID)]), "$: two statements of this batch have the same id"),
    "minus zero": (orjson.dumps([statement(1), statement(2, timestamp="2026-03-02T12:00:00-00:00")]), "$[1].timestamp: "),
    "no language tag": (
        orjson.dumps([statement(1), statement(2, verb={"id": "http://v.example/a", "display": {"no tag!": "x"}})]),
        "$[1].verb.display.no tag!: is no language tag",
    ),
    "no context language": (orjson.dumps(statement(context={"language": "x"})), "$.context.language: is no language tag"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_breaks_a_rule(caller, caller2, name):
    body, told = BODIES[name]
    for who in (caller, caller2):
        answer = who("POST", "/statements", body)
        assert answer.status == 400
        assert answer.text.startswith(told)
        assert "(xAPI 1.0.3 " in answer.text
        assert "; 2.0 4." in answer.text
    assert not Statement.objects.exists()


def _multipart(*parts: bytes, boundary: bytes = b"b") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


HELLO = hashlib.sha256(b"hello").hexdigest()
WITH_FILE = b"Content-Type: application/json\r\n\r\n" + orjson.dumps(
    statement(
        attachments=[
            {"usageType": "http://u.example/a", "display": {"en": "x"}, "contentType": "text/plain", "length": 5, "sha2": HELLO},
        ]
    )
)
FILE = b"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: " + HELLO.encode() + b"\r\n\r\n"
MULTIPART = {
    "a billion laughs": ("b", b"--b\r\n\r\n" * 200_000 + b"--b--\r\n", "body: at most 1000 parts"),
    "parts in parts": ("b", _multipart(WITH_FILE.replace(b"application/json", b"multipart/mixed; boundary=c")), "body: the first part"),
    "another boundary": ("wrong", _multipart(WITH_FILE, FILE + b"hello"), "body: is not divided by the boundary"),
    "no end": ("b", _multipart(WITH_FILE, FILE + b"hello")[:-20], "body: is not divided by the boundary"),
    "a long boundary": ("b" * 71, b"", "Content-Type: multipart/mixed needs a boundary"),
    "another hash": ("b", _multipart(WITH_FILE, FILE + b"hullo"), "part 1: its bytes have another hash"),
    "bytes of nobody": ("b", _multipart(WITH_FILE, FILE.replace(b"2", b"3") + b"hello"), "part 1: its X-Experience-API-Hash"),
    "headers without end": ("b", b"--b\r\nContent-Type: application/json\r\n--b--\r\n", "body: the headers of a part do not end"),
}


@pytest.mark.parametrize("name", MULTIPART)
def test_a_multipart_body_that_breaks_a_rule(caller, name):
    boundary, body, told = MULTIPART[name]
    answer = caller("POST", "/statements", body, content_type=f"multipart/mixed; boundary={boundary}")
    assert answer.status == 400
    assert answer.text.startswith(told)
    assert "(xAPI 1.0.3 Data 2.4.11; 2.0 4.2.2.6)" in answer.text
    assert not Statement.objects.exists()


def test_fifty_megabytes_are_the_most(source):
    key = records.key(source)
    caller = Caller(key.key, key.secret)

    class Endless:
        """A body that never ends; it counts what was taken of it."""

        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0, "read to the end"
            self.taken += size
            return b" " * size

    # A little too long is read in pieces and forgotten, so that its sender hears the answer; far too long isn't read at all.
    untold = "is longer, its length was not told"
    for said, most, told in (
        ("50000001", 50_000_001, "has 50,000,001 bytes"),
        ("100000001", 0, "has 100,000,001 bytes"),
        ("", 100_000_001, untold),
    ):
        body = Endless()
        answer = caller("POST", "/statements", environ={"CONTENT_LENGTH": said, "wsgi.input": body})
        assert (answer.status, answer.headers["retry-after"]) == (413, "0")
        assert answer.text == (
            f"body: at most 50,000,000 bytes are taken in one request; this one {told} (xAPI 1.0.3 Communication 3.2; 2.0 4.1.5)"
        )
        assert body.taken <= most
    assert [(r.source, r.status, r.size) for r in Refusal.objects.all()] == [
        (source, 413, 0)
    ] * 3  # its sender is seen, its body isn't kept


def test_a_small_body_that_unpacks_to_gigabytes(caller, source):
    source.most_bytes = 100_000
    source.save()
    bomb = gzip.compress(bytes(10_000_000))
    answer = caller("POST", "/statements", bomb, content_encoding="gzip")
    assert (answer.status, f"this one has {len(bomb):,} bytes and unpacks to more" in answer.text) == (413, True)
    half = gzip.compress(orjson.dumps(statement()))[:-9]
    assert (caller("POST", "/statements", half, content_encoding="gzip").status, Statement.objects.count()) == (400, 0)
