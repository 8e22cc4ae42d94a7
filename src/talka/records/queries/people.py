"""What staff may see of sources, refused statements, forwards and single statements."""

from django.db.models import Count, Max, QuerySet

from talka.people.queries import Viewer, standing_of
from talka.people.rules import Part
from talka.records.models import Credential, Forward, Refusal, Source
from talka.records.queries.statements import Reader, Row, by_id


def sources_seen(*, viewer: Viewer) -> QuerySet[Source]:
    """Sources that `viewer` looks after: all for an operator, a cluster's for its managers."""
    standing = standing_of(viewer)
    seen = Source.objects.select_related("cluster").annotate(
        last_used=Max("credentials__used_at"), refused=Count("refusals", distinct=True)
    )
    return seen if standing.operator else seen.filter(cluster__in=standing.clusters_as(Part.MANAGER))


def source_seen(uuid: object, *, viewer: Viewer) -> Source | None:
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
