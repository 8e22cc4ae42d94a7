"""Requests with statements that were refused: kept some days, so that nothing is lost silently, and tried again by hand."""

import logging
import zlib
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from django.db import Error, transaction

from talka.people.actions import require
from talka.people.models import User
from talka.records import writing
from talka.records.actions.statements import new_id, origin_of
from talka.records.models import Refusal
from talka.records.rules import MANAGE_SOURCES
from talka.records.rules import statements as rules

log = logging.getLogger(__name__)

KEPT = timedelta(days=14)
MOST_PER_SOURCE = 1_000
LONGEST_BODY = 262_144


def refuse(
    *, source: int, status: int, reason: str, method: str, version: str, query: str, content_type: str, body: bytes, at: datetime
) -> None:
    """Keeps what was refused and why. A source that sends nothing but wrong statements keeps its newest thousand."""
    row = Refusal(
        source_id=source,
        at=at,
        status=status,
        reason=reason.replace("\x00", "")[:2000],
        method=method,
        version=version,
        query=query.replace("\x00", "")[:4000],
        content_type=content_type.replace("\x00", "")[:500],
        body=zlib.compress(body[:LONGEST_BODY], 1),
        size=len(body),
    )

    def write() -> None:
        row.save(force_insert=True)
        if row.pk % 50 == 0:
            _tidy(source, at)

    try:
        writing.run(write)
    except (writing.Busy, Error):
        log.warning("a refused request of source %s could not be kept", source)


def _tidy(source: int, at: datetime) -> None:
    Refusal.objects.filter(at__lt=at - KEPT).delete()
    oldest = Refusal.objects.filter(source=source).order_by("-pk").values_list("pk", flat=True)[MOST_PER_SOURCE : MOST_PER_SOURCE + 1]
    if oldest:
        Refusal.objects.filter(source=source, pk__lte=oldest[0]).delete()


def tidy_refusals(*, at: datetime) -> int:
    """Deletes what has been kept long enough. Answers how many."""
    return Refusal.objects.filter(at__lt=at - KEPT).delete()[0]


class CannotRetry(Exception):
    """The body was too long to be kept, or came with attachments; the sender must send it again."""


@transaction.atomic
def retry(*, refusal: Refusal, by: User, at: datetime) -> int:
    """Stores the refused statements now, if they are right now (a missing activity profile, a clash that is gone). Answers how many.

    Raises NotAllowed, CannotRetry, rules.Invalid, Conflict.
    """
    require(by, MANAGE_SOURCES, cluster=refusal.source.cluster_id)
    body = zlib.decompress(bytes(refusal.body))
    if len(body) < refusal.size or not refusal.content_type.lower().startswith("application/json"):
        raise CannotRetry
    # A PUT names its statement in the address; its body may leave the id out.
    named = rules.values.read_uuid(dict(parse_qsl(refusal.query)).get("statementId", "")) if refusal.method == "PUT" else None
    made, _single = rules.read_body(body, version=refusal.version, make_id=lambda: named or new_id())
    batch = writing.Batch(origin_of(refusal.source), made)
    writing.write([batch])
    if batch.error is not None:
        raise batch.error
    Refusal.objects.filter(pk=refusal.pk).update(retried_at=at, retried_by=by)
    return len(made)
