"""What staff may see of sources, refused statements, forwards and single statements."""

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, QuerySet

from talka.clusters.models import Cluster
from talka.people.queries import Viewer, standing_of
from talka.people.rules import Part
from talka.records import terms
from talka.records.models import Credential, Forward, Refusal, Source, Statement
from talka.records.queries.statements import Reader, Row, by_id
from talka.records.rules import microseconds
from talka.records.writing import SOURCE


def sources_seen(*, viewer: Viewer) -> QuerySet[Source]:
    """Sources that `viewer` looks after: all for an operator, a cluster's for its managers."""
    standing = standing_of(viewer)
    seen = Source.objects.select_related("cluster").annotate(
        last_used=Max("credentials__used_at"), refused=Count("refusals", distinct=True)
    )
    return seen if standing.operator else seen.filter(cluster__in=standing.clusters_as(Part.MANAGER))


def source_seen(uuid: UUID, *, viewer: Viewer) -> Source | None:
    return sources_seen(viewer=viewer).filter(uuid=uuid).first()


def credentials_of(source: Source, *, viewer: Viewer) -> QuerySet[Credential]:
    """Keys of a source that `viewer` looks after, the newest first."""
    return Credential.objects.filter(source__in=sources_seen(viewer=viewer).filter(pk=source.pk).values("pk"))


def refusals_seen(*, viewer: Viewer) -> QuerySet[Refusal]:
    """Refused requests of the sources that `viewer` looks after."""
    standing = standing_of(viewer)
    seen = Refusal.objects.select_related("source").defer("body")
    return seen if standing.operator else seen.filter(source__cluster__in=standing.clusters_as(Part.MANAGER))


def forwards_seen(*, viewer: Viewer) -> QuerySet[Forward]:
    """Forwards that `viewer` looks after."""
    standing = standing_of(viewer)
    return Forward.objects.all() if standing.operator else Forward.objects.filter(cluster__in=standing.clusters_as(Part.MANAGER))


def statement_seen(key: bytes, *, viewer: Viewer) -> Row | None:
    """One statement, voided or not, for an operator or a manager of the cluster that its source belongs to."""
    standing = standing_of(viewer)
    borders = [0] if standing.operator else sorted(standing.clusters_as(Part.MANAGER))
    for border in borders:
        for voided in (False, True):
            if row := by_id(key, voided=voided, reader=Reader(source=0, border=border)):
                return row
    return None


def looks_after_sources(*, viewer: Viewer) -> bool:
    """Whether `viewer` looks after any source: an operator, or a manager of a cluster."""
    standing = standing_of(viewer)
    return standing.operator or bool(standing.clusters_as(Part.MANAGER))


def clusters_managed(*, viewer: Viewer) -> QuerySet[Cluster]:
    """Clusters for which `viewer` may make sources."""
    standing = standing_of(viewer)
    return Cluster.objects.all() if standing.operator else Cluster.objects.filter(pk__in=standing.clusters_as(Part.MANAGER))


def throughput(source: Source, *, viewer: Viewer, at: datetime, days: int = 7) -> list[tuple[datetime, int]]:
    """(start of a period of 24 hours, statements stored in it) for the last `days`, the newest last. One query; nothing without access."""
    if not sources_seen(viewer=viewer).filter(pk=source.pk).exists():
        return []
    term = terms.find([(SOURCE, str(source.pk))]).get((SOURCE, str(source.pk)), 0) << 1
    starts = [at - timedelta(days=n) for n in range(days, -1, -1)]
    # The postings of a source lie in the order of storing: a period is a range of them.
    first = "COALESCE((SELECT sequence FROM records_statement WHERE stored >= %s ORDER BY stored, sequence LIMIT 1), 9223372036854775807)"
    counts = ", ".join(
        [f"(SELECT count(*) FROM records_posting WHERE term = %s AND sequence >= {first} AND sequence < {first})"] * days  # noqa: S608  # no value in it
    )
    values = [v for a, b in pairwise(starts) for v in (term, microseconds(a), microseconds(b))]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", values)
        row = cursor.fetchone()
    return list(zip(starts[:-1], row, strict=True))


def referring(key: bytes, *, viewer: Viewer) -> list[Row]:
    """Statements that refer to this one (voiding ones too), for the viewers of `statement_seen`; twenty at most."""
    standing = standing_of(viewer)
    ids = list(Statement.objects.filter(refers=key).order_by("sequence").values_list("id", flat=True)[:20])
    found = [statement_seen(bytes(i), viewer=viewer) for i in ids] if standing.signed_in else []
    return [row for row in found if row]
