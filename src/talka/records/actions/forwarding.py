"""Copies of new statements to other stores: in order, resumable, retried with growing pauses, and visible."""

import base64
import logging
import urllib.error
import urllib.request
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.kit.sealed import seal, unseal
from talka.people.actions import require
from talka.people.models import User
from talka.records import attachments, multipart, terms
from talka.records.models import Forward, Posting, Statement
from talka.records.queries import Filter, Reader, newest_sequence, render, safe_sequence, search
from talka.records.queries.statements import Row
from talka.records.rules import MANAGE_SOURCES
from talka.records.rules.statements import V2
from talka.records.writing import ACTIVITY, VERB

log = logging.getLogger(__name__)

PAGE = 200
PAGES_A_TURN = 50
LONGEST_PAUSE = timedelta(hours=6)
TIMEOUT = 30


class BadAddress(Exception):
    """The address of the other store is none."""


_hidden = partial(seal, purpose="records.forward")
_shown = partial(unseal, purpose="records.forward")


@transaction.atomic
def make_forward(
    *,
    name: str,
    endpoint: str,
    key: str,
    secret: str,
    cluster: Cluster | None = None,
    verbs: Iterable[str] = (),
    activities: Iterable[str] = (),
    whole_past: bool = False,
    by: User | None,
    at: datetime,
) -> Forward:
    """From now on (or from the first statement on) everything new goes to another store too: of one cluster's sources or of all, with
    one of `verbs` and about one of `activities` where such are named. Raises NotAllowed, BadAddress.
    """
    if by is not None:
        require(by, MANAGE_SOURCES, cluster=cluster.pk if cluster else None)
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadAddress(_("Write the address like https://lrs.example.org/xapi, the part before /statements."))
    return Forward.objects.create(
        name=name,
        cluster=cluster,
        endpoint=endpoint.rstrip("/").removesuffix("/statements"),
        key=key,
        secret=_hidden(secret),
        verbs=sorted(set(verbs)),
        activities=sorted(set(activities)),
        sequence=0 if whole_past else newest_sequence(),
        made_at=at,
        made_by=by,
        next_at=at,
    )


@transaction.atomic
def stop_forward(*, forward: Forward, by: User, at: datetime) -> None:
    """Nothing is sent any more; what was sent stays there. Raises NotAllowed."""
    require(by, MANAGE_SOURCES, cluster=forward.cluster_id)
    Forward.objects.filter(pk=forward.pk, stopped_at=None).update(stopped_at=at)


@transaction.atomic
def resume_forward(*, forward: Forward, by: User, at: datetime) -> None:
    """Sends again at once, from where it stopped. Raises NotAllowed."""
    require(by, MANAGE_SOURCES, cluster=forward.cluster_id)
    Forward.objects.filter(pk=forward.pk).update(stopped_at=None, failures=0, next_at=at)


def pause(failures: int) -> timedelta:
    """How long to wait after this many failures in a row: one minute, doubled each time, six hours at most."""
    return min(timedelta(minutes=2 ** min(failures - 1, 12)), LONGEST_PAUSE)


def forward_due(*, at: datetime) -> int:
    """Sends what waits in every forward whose time has come. Answers how many statements went out. The worker calls this every few seconds."""
    due = Forward.objects.filter(stopped_at=None).filter(Q(next_at=None) | Q(next_at__lte=at)).values_list("pk", flat=True)
    return sum(_send_waiting(pk, at) for pk in due)


def _send_waiting(pk: int, at: datetime) -> int:
    sent = 0
    for _turn in range(PAGES_A_TURN):
        forward = Forward.objects.get(pk=pk)
        last, rows = _waiting(forward)
        if last == forward.sequence:
            break
        try:
            if rows:
                _post(forward, [render(row) for row in rows])
        except (OSError, ValueError) as e:
            failures = forward.failures + 1
            Forward.objects.filter(pk=pk).update(failures=failures, last_error=_reason(e)[:2000], last_at=at, next_at=at + pause(failures))
            break
        # Only now is it noted as sent: after a crash here the page goes out again, and the other store knows its ids.
        Forward.objects.filter(pk=pk).update(
            sequence=last, sent=forward.sent + len(rows), failures=0, last_error="", last_at=at, next_at=None
        )
        sent += len(rows)
    return sent


def _waiting(forward: Forward) -> tuple[int, list[Row]]:
    """(up to which sequence this page reaches, its statements)."""
    safe = safe_sequence()
    reader = Reader(source=0, border=forward.cluster_id or 0)
    page = search(Filter(ascending=True, after=forward.sequence, limit=PAGE), reader=reader)
    rows = [row for row in page.rows if row.sequence <= safe]
    last = rows[-1].sequence if page.more and rows else max(safe, forward.sequence)
    return last, _chosen(forward, rows)


def _chosen(forward: Forward, rows: list[Row]) -> list[Row]:
    sequences = [row.sequence for row in rows]
    if forward.verbs:
        verbs = list(terms.find((VERB, v) for v in forward.verbs).values())
        sequences = list(Statement.objects.filter(sequence__in=sequences, verb__in=verbs).values_list("sequence", flat=True))
    if forward.activities:
        wanted = [n << 1 | related for n in terms.find((ACTIVITY, a) for a in forward.activities).values() for related in (0, 1)]
        sequences = list(Posting.objects.filter(term__in=wanted, sequence__in=sequences).values_list("sequence", flat=True))
    kept = set(sequences)
    return [row for row in rows if row.sequence in kept]


def _post(forward: Forward, statements: list[bytes]) -> None:
    two = any(b'"version":"2' in s or b'"contextAgents"' in s or b'"contextGroups"' in s for s in statements)
    content_type, body = "application/json", b"[" + b",".join(statements) + b"]"
    if files := attachments.stored_for(statements):
        content_type, body = multipart.write([({"Content-Type": content_type}, body), *files])
    request = urllib.request.Request(  # noqa: S310  # http and https only: checked when the forward was made
        forward.endpoint + "/statements",
        data=body,
        method="POST",
        headers={
            "Content-Type": content_type,
            "X-Experience-API-Version": V2 if two else "1.0.3",
            "Authorization": "Basic " + base64.b64encode(f"{forward.key}:{_shown(forward.secret)}".encode()).decode(),
        },
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        answer.read()


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}: {error.read(500).decode('utf-8', 'replace')}"
    return str(error) or type(error).__name__
