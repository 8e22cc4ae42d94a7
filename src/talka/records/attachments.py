"""The bytes of attachments: files named by their hash, written before the statement that needs them is committed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
from django.conf import settings

from talka.records.multipart import Piece
from talka.records.rules import signatures
from talka.records.rules import statements as rules
from talka.records.rules.statements import SIGNATURE, Invalid, Json, Statement

_HASHES = {56: hashlib.sha224, 64: hashlib.sha256, 96: hashlib.sha384, 128: hashlib.sha512}


def all_in(statement: Json) -> Iterator[Json]:
    """Every attachment of a statement and of its SubStatement."""
    yield from statement.get("attachments", [])
    inner = statement.get("object")
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        yield from inner.get("attachments", [])


def all_of(statement: Statement) -> list[Json]:
    """The same of a statement that was just read."""
    if statement.object.kind == rules.SUBSTATEMENT:
        return list(all_in(orjson.loads(statement.json)))
    return statement.attachments


def _path(sha2: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "attachments" / sha2[:2] / sha2


def content(sha2: str) -> bytes | None:
    """The bytes with this hash; None if they are not stored here."""
    try:
        return _path(sha2.lower()).read_bytes()
    except OSError:
        return None


def stored_for(statements: Iterable[bytes]) -> list[tuple[dict[str, str], bytes]]:
    """The stored bytes of all attachments that these statements name, each once, as parts of a multipart body."""
    found: dict[str, tuple[dict[str, str], bytes]] = {}
    for statement in statements:
        if b'"sha2"' not in statement:
            continue
        for attachment in all_in(orjson.loads(statement)):
            sha2 = attachment["sha2"]
            raw = content(sha2) if sha2 not in found else None
            if raw is not None:
                head = {"Content-Type": attachment["contentType"], "Content-Transfer-Encoding": "binary", "X-Experience-API-Hash": sha2}
                found[sha2] = head, raw
    return list(found.values())


def _keep(sha2: str, raw: bytes) -> None:
    """On the disk before anybody is told that the statement is stored."""
    path = _path(sha2.lower())
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}")
    with waiting.open("wb") as f:
        f.write(raw)
        f.flush()
        os.fsync(f.fileno())
    waiting.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def take(statements: list[Statement], pieces: list[Piece]) -> None:
    """Checks the parts that follow the statements in a multipart body, and keeps them. Raises Invalid."""
    told = {a["sha2"].lower(): a for statement in reversed(statements) for a in all_of(statement)}
    given = dict(_given(n, piece, told) for n, piece in enumerate(pieces, 1))
    for sha2, attachment in told.items():
        if sha2 not in given and "fileUrl" not in attachment:
            raise Invalid("$.attachments", f"the bytes of {sha2} are neither at a fileUrl nor in this request", "attachments")
    for statement in statements:
        for attachment in statement.attachments:
            if attachment["usageType"] == SIGNATURE and (raw := given.get(attachment["sha2"].lower())) is not None:
                signatures.check(orjson.loads(statement.json), attachment, raw)
    for sha2, raw in given.items():
        _keep(sha2, raw)


def _given(n: int, piece: Piece, told: dict[str, Json]) -> tuple[str, bytes]:
    """(hash, bytes) of one part. Raises Invalid."""
    sha2 = piece.headers.get("x-experience-api-hash", "").lower()
    if piece.headers.get("content-transfer-encoding", "").lower() != "binary":
        raise Invalid(f"part {n}", "needs the header Content-Transfer-Encoding: binary", "attachments")
    if sha2 not in told:
        raise Invalid(f"part {n}", "its X-Experience-API-Hash is missing or named by no attachment", "attachments")
    if _HASHES[len(sha2)](piece.content).hexdigest() != sha2:
        raise Invalid(f"part {n}", "its bytes have another hash than X-Experience-API-Hash says", "attachments")
    return sha2, piece.content
