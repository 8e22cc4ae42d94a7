"""multipart/mixed both ways: the statements first, then the raw bytes of their attachments (RFC 2046; xAPI 1.0.3 Communication 1.5.2)."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from talka.records.rules.statements import Invalid

MOST_PARTS = 1_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One part: its headers by lower-case name, and its bytes."""

    headers: dict[str, str]
    content: bytes


def boundary_of(content_type: str) -> str:
    """The boundary that a Content-Type names. Raises Invalid."""
    message = Message()
    message["content-type"] = content_type
    found = message.get_param("boundary")
    if not isinstance(found, str) or not 1 <= len(found) <= 70 or not found.isascii():
        raise Invalid("Content-Type", "multipart/mixed needs a boundary of 1 to 70 characters", "attachments")
    return found


def read(body: bytes, boundary: str) -> list[Piece]:
    """The parts of a body. Raises Invalid for a wrong boundary, too many parts, or headers that cannot be read."""
    mark = b"\r\n--" + boundary.encode()
    if (b"\r\n" + body).count(mark) > MOST_PARTS + 1:
        raise Invalid("body", f"at most {MOST_PARTS} parts are taken in one request", "attachments")
    chunks = (b"\r\n" + body).split(mark)
    if len(chunks) < 3 or not chunks[-1].startswith(b"--"):
        raise Invalid("body", "is not divided by the boundary that the Content-Type names, or its end is missing", "attachments")
    return [_piece(chunk) for chunk in chunks[1:-1]]


def _piece(chunk: bytes) -> Piece:
    # White space may stand after the boundary; then the line ends, headers follow, and an empty line.
    line, _, rest = chunk.partition(b"\r\n")
    if line.strip():
        raise Invalid("body", "a boundary is followed by something else than the end of its line", "attachments")
    head, empty, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if not empty:
        raise Invalid("body", "the headers of a part do not end", "attachments")
    headers = {}
    for header in head.split(b"\r\n"):
        if not header.strip():
            continue
        name, colon, value = header.partition(b":")
        if not colon:
            raise Invalid("body", "a header of a part cannot be read", "attachments")
        headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return Piece(headers, content)


def write(pieces: Iterable[tuple[dict[str, str], bytes]]) -> tuple[str, bytes]:
    """(Content-Type with its boundary, body)."""
    boundary = "talka-" + os.urandom(12).hex()
    lines = []
    for headers, content in pieces:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        lines += [f"--{boundary}\r\n{head}\r\n".encode(), content, b"\r\n"]
    return f"multipart/mixed; boundary={boundary}", b"".join([*lines, f"--{boundary}--\r\n".encode()])
