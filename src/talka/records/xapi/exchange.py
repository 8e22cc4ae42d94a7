"""One request and its answer, as the resources of xAPI see them."""

import gzip
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from talka.records.rules.statements import V1

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Refused(Exception):
    """The request is answered with this status and reason."""

    def __init__(self, status: int, reason: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, list(headers)


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)


def read_query(text: str) -> dict[str, str]:
    """The parameters of a query string. Raises Refused where one stands twice or is no UTF-8."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as e:
        raise Refused(400, f"The query string cannot be read: {e}") from e
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(400, "A parameter stands twice in the query string.")
    if "\x00" in text or any("\x00" in v for v in found.values()):
        raise Refused(400, "U+0000 cannot be part of a parameter.")
    return found


def _swallow(stream: Any, length: int, *, most: int) -> None:
    """Reads a body that is too long, and forgets it: a client that sends before it listens would else hear of a broken line, not of 413.

    What is longer than `most` isn't read at all.
    """
    while 0 < length <= most and (piece := stream.read(min(length, 1_000_000))):
        length -= len(piece)


class Request:
    """What a resource reads of a WSGI environment. Alternate request syntax replaces method, parameters, headers and body."""

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path = "/" + "/".join(p for p in environ.get("PATH_INFO", "").split("/") if p)
        self.replaced: dict[str, str] = {}
        self.version = V1
        self.most_bytes = 50_000_000

    @cached_property
    def query(self) -> dict[str, str]:
        return read_query(self.environ.get("QUERY_STRING", ""))

    def header(self, name: str) -> str | None:
        """A header by its lower-case name."""
        if self.replaced and name in self.replaced:
            return self.replaced[name]
        if name == "content-type":
            return self.environ.get("CONTENT_TYPE") or None
        return self.environ.get("HTTP_" + name.upper().replace("-", "_"))

    @cached_property
    def body(self) -> bytes:
        """The whole body, unpacked. Raises Refused where it is too large."""
        length = self.environ.get("CONTENT_LENGTH") or ""
        if length and not length.isdigit():
            raise Refused(400, "Content-Length is no number.")
        stream = self.environ["wsgi.input"]
        if length and int(length) > self.most_bytes:
            _swallow(stream, int(length), most=2 * self.most_bytes)
            raise self._too_long(f"has {int(length):,} bytes")
        raw: bytes = stream.read(int(length)) if length else stream.read(self.most_bytes + 1)
        if len(raw) > self.most_bytes:
            del raw
            _swallow(stream, self.most_bytes, most=self.most_bytes)
            raise self._too_long("is longer, its length was not told")
        encoding = (self.environ.get("HTTP_CONTENT_ENCODING") or "identity").strip().lower()
        if encoding in {"identity", ""}:
            return raw
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            raise Refused(415, f"The content encoding {encoding} is not known here.")
        # A small packed body may unpack to gigabytes: stop at the limit.
        unpacker = zlib.decompressobj(47)
        try:
            plain = unpacker.decompress(raw, self.most_bytes + 1)
        except zlib.error as e:
            raise Refused(400, f"The body is not {encoding}.") from e
        if len(plain) > self.most_bytes:
            raise self._too_long(f"has {len(raw):,} bytes and unpacks to more")
        if not unpacker.eof:
            raise Refused(400, f"The body ends before its {encoding} does.")
        return plain

    def _too_long(self, what: str) -> Refused:
        clause = "xAPI 1.0.3 Communication 3.2; 2.0 4.1.5"
        return Refused(
            413, f"body: at most {self.most_bytes:,} bytes are taken in one request; this one {what} ({clause})", [("Retry-After", "0")]
        )

    def only(self, allowed: frozenset[str]) -> dict[str, str]:
        """The parameters. Raises Refused where one is not among `allowed`."""
        if unknown := self.query.keys() - allowed:
            raise Refused(400, f"The parameter {min(unknown)} is not known here. Known: {', '.join(sorted(allowed)) or 'none'}.")
        return self.query


def packed(answer: Answer, accepted: str) -> None:
    """Packs a long answer for a client that takes gzip."""
    if len(answer.body) > 1400 and "gzip" in accepted:
        answer.body = gzip.compress(answer.body, compresslevel=3, mtime=0)
        answer.headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
