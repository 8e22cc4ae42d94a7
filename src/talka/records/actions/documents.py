"""Documents of the State, Activity Profile and Agent Profile resources."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import orjson
from django.db import transaction

from talka.records import terms, writing
from talka.records.models import Document
from talka.records.rules import documents as rules
from talka.records.writing import ACTIVITY, AGENT


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document lies: its kind, border, and what it is about. `key` is empty for all documents of a place."""

    kind: str
    border: int
    activity: str = ""
    agent: str = ""
    registration: str = ""
    key: str = ""

    def names(self) -> list[terms.Name]:
        return [name for name in ((ACTIVITY, self.activity), (AGENT, self.agent)) if name[1]]


def digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def _columns(place: Place, numbers: dict[terms.Name, int]) -> dict[str, object]:
    return {
        "kind": place.kind,
        "border": place.border,
        "activity": numbers[ACTIVITY, place.activity] if place.activity else 0,
        "agent": numbers[AGENT, place.agent] if place.agent else 0,
    }


def find(place: Place) -> Document | None:
    """The document that lies there."""
    numbers = terms.find(place.names())
    if len(numbers) < len(place.names()):
        return None
    return Document.objects.filter(**_columns(place, numbers), registration=place.registration, digest=digest(place.key)).first()


def keys(place: Place, *, since: int | None) -> list[str]:
    """Keys of the documents there, those changed after `since` (microseconds) only; of all registrations where none is named."""
    numbers = terms.find(place.names())
    if len(numbers) < len(place.names()):
        return []
    rows = Document.objects.filter(**_columns(place, numbers))
    if place.registration:
        rows = rows.filter(registration=place.registration)
    if since is not None:
        rows = rows.filter(updated__gt=since)
    return list(dict.fromkeys(rows.order_by("updated", "pk").values_list("key", flat=True)))


def keep(*, place: Place, content: bytes, content_type: str, condition: rules.Condition, merge: bool) -> Document:
    """Writes the document, or merges it into the one that lies there. Raises rules.NotMet, rules.NotMergeable."""

    def write() -> Document:
        old = find(place)
        rules.check(condition, old.etag if old else None)
        body, kind = content, content_type
        if merge:
            body, kind = rules.merge(bytes(old.content) if old else None, old.content_type if old else "", content, content_type)
        return _lay(place, old, body, kind)

    made: Document = writing.run(write)
    return made


def _lay(place: Place, old: Document | None, content: bytes, content_type: str) -> Document:
    changed = {"content": content, "content_type": content_type, "etag": etag(content), "updated": time.time_ns() // 1000}
    if old:
        Document.objects.filter(pk=old.pk).update(**changed)
        return old
    where = _columns(place, terms.number(place.names()))
    return Document.objects.create(**where, registration=place.registration, key=place.key, digest=digest(place.key), **changed)


@transaction.atomic
def lay(*, place: Place, document: object, replace: bool = True) -> None:
    """Talka's own document as JSON, written inside the caller's transaction. Without `replace` one that lies there stays as it is."""
    old = find(place)
    if old is None or replace:
        _lay(place, old, orjson.dumps(document), "application/json")


def read(place: Place) -> object:
    """What the JSON document of this place says; None where there is none."""
    found = find(place)
    return orjson.loads(bytes(found.content)) if found else None


def drop(*, place: Place, condition: rules.Condition) -> int:
    """Deletes the document, or all documents of the place if it names no key. Answers how many. Raises rules.NotMet."""

    def write() -> int:
        numbers = terms.find(place.names())
        if len(numbers) < len(place.names()):
            return 0
        rows = Document.objects.filter(**_columns(place, numbers))
        if place.key:
            rows = rows.filter(registration=place.registration, digest=digest(place.key))
            old = rows.first()
            rules.check(condition, old.etag if old else None)
        elif place.registration:
            rows = rows.filter(registration=place.registration)
        return rows.delete()[0]

    gone: int = writing.run(write)
    return gone


def etag(content: bytes) -> str:
    """The specification asks for the SHA-1 of the bytes in hexadecimal digits (Communication 3.1)."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
