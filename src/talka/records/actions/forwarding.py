"""Copies of new statements to other stores: in order, resumable, retried with growing pauses, and visible."""

import base64
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

import requests
from django.db import transaction
from django.db.models import Q

from talka.clusters.models import Cluster
from talka.kit import outgoing
from talka.kit.doctor import Trouble, check
from talka.kit.sealed import seal, unseal
from talka.people.actions import require
from talka.people.models import User
from talka.records import attachments, multipart, terms
from talka.records.models import Forward, Posting, Statement
from talka.records.queries import Filter, Reader, newest_sequence, render, safe_sequence, search
from talka.records.queries.statements import Row
from talka.records.rules import MANAGE_SOURCES
from talka.records.rules.statements import V1, V2
from talka.records.writing import ACTIVITY, VERB

log = logging.getLogger(__name__)

PAGE = 200
PAGES_A_TURN = 50
LONGEST_PAUSE = timedelta(hours=6)
PATIENCE = 30  # seconds that the other store may think about a page


class BadAddress(Exception):
    """The address of the other store is none that this site calls; the text says why."""


class NotTaken(ValueError):
    """The other store refused the statements; the text is its answer."""


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
    try:
        outgoing.check_address(endpoint)
    except outgoing.NotCalled as e:
        raise BadAddress(str(e)) from e
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
        except (requests.RequestException, OSError, ValueError) as e:
            failures = forward.failures + 1
            Forward.objects.filter(pk=pk).update(
                failures=failures, last_error=(str(e) or type(e).__name__)[:2000], last_at=at, next_at=at + pause(failures)
            )
            break
        # Only now is it noted as sent: after a crash here the page goes out again, and the other store knows its ids.
        Forward.objects.filter(pk=pk).update(
            sequence=last, sent=forward.sent + len(rows), failures=0, last_error="", last_at=at, next_at=None
        )
        sent += len(rows)
    return sent


@check("forwards", "Other stores take what is forwarded to them")
def _failing() -> Trouble | None:
    worst = Forward.objects.filter(stopped_at=None, failures__gt=0).order_by("-failures").first()
    if worst is None:
        return None
    return Trouble(
        "advice",
        f"{worst.name} ({worst.endpoint}) failed {worst.failures} times in a row: {worst.last_error[:300]}",
        "What is stored here waits and is sent once the other store takes it.",
        "Open the forward's page below /records/forwards/. Is it a store in your own network, name its host in TALKA_INNER_HOSTS.",
    )


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
    answer = outgoing.session(read=PATIENCE).post(
        forward.endpoint + "/statements",
        data=body,
        headers={
            "Content-Type": content_type,
            "X-Experience-API-Version": V2 if two else V1,
            "Authorization": "Basic " + base64.b64encode(f"{forward.key}:{_shown(forward.secret)}".encode()).decode(),
        },
        allow_redirects=False,  # what is posted isn't posted again elsewhere
    )
    if not 200 <= answer.status_code < 300:
        raise NotTaken(f"HTTP {answer.status_code}: {answer.content[:500].decode('utf-8', 'replace')}")
