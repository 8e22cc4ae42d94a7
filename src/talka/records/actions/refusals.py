"""Requests with statements that were refused: kept some days, so that nothing is lost silently, and tried again by hand."""

import logging
import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import Error, transaction

from talka.people.actions import require
from talka.people.models import User
from talka.records import writing
from talka.records.actions.statements import new_id, origin_of
from talka.records.models import Refusal
from talka.records.rules import MANAGE_SOURCES
from talka.records.rules import statements as rules
from talka.records.xapi.exchange import Refused, Request

if TYPE_CHECKING:
    from talka.records.xapi.gate import Caller

log = logging.getLogger(__name__)

KEPT = timedelta(days=14)
MOST_PER_SOURCE = 1_000
LONGEST_BODY = 262_144


def refuse(*, caller: "Caller", request: Request, error: Exception, at: datetime) -> None:
    """Keeps what was refused and why. A source that sends nothing but wrong statements keeps its newest thousand."""
    status = error.status if isinstance(error, Refused) else 409 if isinstance(error, writing.Conflict) else 400
    body = b"" if status in {401, 403, 413, 429} else request.body
    row = Refusal(
        source_id=caller.source,
        at=at,
        status=status,
        reason=str(error).replace("\x00", "")[:2000],
        method=request.method,
        version=request.version,
        query=request.environ.get("QUERY_STRING", "").replace("\x00", "")[:4000],
        content_type=(request.header("content-type") or "")[:500],
        body=zlib.compress(body[:LONGEST_BODY], 1),
        size=len(body),
    )

    def write() -> None:
        row.save(force_insert=True)
        if row.pk % 50 == 0:
            _tidy(caller.source, at)

    try:
        writing.run(write)
    except (writing.Busy, Error):
        log.warning("a refused request of source %s could not be kept", caller.source)


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
    made, _single = rules.read_body(body, version=refusal.version, make_id=new_id)
    batch = writing.Batch(origin_of(refusal.source), made)
    writing.write([batch])
    if batch.error is not None:
        raise batch.error
    Refusal.objects.filter(pk=refusal.pk).update(retried_at=at, retried_by=by)
    return len(made)
