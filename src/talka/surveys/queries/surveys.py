"""Which surveys somebody may see."""

from django.db.models import Count, Q, QuerySet

from talka.clusters.models import Cluster
from talka.people.queries import Viewer, standing_of
from talka.people.rules import STAFF, may
from talka.surveys.models import Survey
from talka.surveys.rules import READ


def surveys_for(viewer: Viewer) -> QuerySet[Survey]:
    """The surveys whose results `viewer` may read: those of clusters where they are staff; operators everywhere."""
    standing = standing_of(viewer)
    return Survey.objects.all() if standing.operator else Survey.objects.filter(cluster__in=standing.clusters_as(*STAFF))


def surveys_of(cluster: Cluster, *, viewer: Viewer) -> QuerySet[Survey]:
    """The surveys of `cluster` that `viewer` may read, each with `answered`, `asked` (invited, if said) and `items_count`. One query."""
    handed_in = Count("responses", filter=Q(responses__submitted_at__isnull=False), distinct=True)
    return surveys_for(viewer).filter(cluster=cluster).annotate(answered=handed_in).order_by("-created_at")


def may_read(survey: Survey, *, viewer: Viewer) -> bool:
    return may(standing_of(viewer), READ, cluster=survey.cluster_id)
