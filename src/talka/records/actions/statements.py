"""Statements that Talka itself writes."""

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from talka.kit.doctor import Trouble, check
from talka.records import writing
from talka.records.models import Source
from talka.records.rules import statements as rules

Conflict = writing.Conflict
Busy = writing.Busy


def new_id() -> bytes:
    """Sixteen random bytes marked as a UUID of version 4."""
    raw = bytearray(os.urandom(16))
    raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
    return bytes(raw)


def own_source() -> Source:
    """The source that is Talka itself."""
    found = Source.objects.filter(is_own=True).first()
    if found:
        return found
    authority = {"objectType": "Agent", "account": {"homePage": settings.NAMES_URL, "name": "talka"}}
    # Two at once: the constraint decides, the other one reads.
    Source.objects.bulk_create([Source(name="Talka", is_own=True, authority=authority, made_at=now())], ignore_conflicts=True)
    return Source.objects.get(is_own=True)


def named_after() -> str:
    """The address by which statements name this site since its first source was made; the one of the settings before that."""
    first = Source.objects.order_by("made_at", "pk").values_list("authority", flat=True).first() or {}
    return str(first.get("account", {}).get("homePage", settings.NAMES_URL))


@check("names", "Statements name this site as the settings do")
def _names() -> Trouble | None:
    before = named_after()
    if before == settings.NAMES_URL:
        return None
    return Trouble(
        "broken",
        f"Statements so far name this site {before}, new ones would name it {settings.NAMES_URL}.",
        "Figures do not know what people did before, and erasing a person would not find it.",
        f"Set TALKA_NAMES_URL={before}. TALKA_URL may be the new address.",
    )


def origin_of(source: Source | None) -> writing.Origin:
    source = source or own_source()
    return writing.Origin(source.pk, source.cluster_id or 0)


def _read(statements: Iterable[dict[str, Any]], version: str) -> list[rules.Statement]:
    made = []
    for n, statement in enumerate(statements):
        try:
            made.append(rules.read(rules.minify(orjson.dumps(statement)), version=version, make_id=new_id))
        except rules.Invalid as e:
            raise e.under(f"$[{n}]") from None
        except TypeError as e:
            raise rules.Invalid(f"$[{n}]", f"is not made of JSON values: {e}") from e
    if len({s.id for s in made}) != len(made):
        raise rules.Invalid("$", "two statements of this batch have the same id", "id")
    return made


@transaction.atomic
def store(statements: Sequence[dict[str, Any]], *, source: Source | None = None, at: datetime, version: str = rules.V1) -> list[UUID]:
    """Stores statements inside the caller's transaction, all or none, and answers their ids. `source` None is Talka itself.

    `at` stands for `timestamp` where a statement has none; `stored` is always the clock's. A statement that is stored already and says
    the same is left as it is. Raises rules.Invalid, Conflict.
    """
    made = _read((s if "timestamp" in s else {**s, "timestamp": at.isoformat()} for s in statements), version)
    batch = writing.Batch(origin_of(source), made)
    writing.write([batch])
    if batch.error is not None:
        raise batch.error
    return [UUID(bytes=s.id) for s in made]


def store_bulk(
    statements: Iterable[dict[str, Any]],
    *,
    source: Source | None = None,
    at: datetime,
    progress: Callable[[int], None] | None = None,
    version: str = rules.V1,
    chunk: int = 5_000,
) -> int:
    """Stores any number of statements in transactions of `chunk`, for imports and the sample network. Answers how many were new.

    `progress` is told how many have been dealt with. What is stored already and says the same is skipped; raises rules.Invalid, Conflict
    at the first chunk with such a one (what came before stays, and what is new in that chunk).
    """
    origin, stream, done, new = origin_of(source), iter(statements), 0, 0
    default = at.isoformat()
    while some := list(islice(stream, chunk)):
        made = _read((s if "timestamp" in s else {**s, "timestamp": default} for s in some), version)
        outcome = writing.write_what_fits(origin, made)
        if outcome.conflicts:
            raise Conflict(outcome.conflicts[0])
        new += outcome.new
        done += len(some)
        if progress:
            progress(done)
    return new
