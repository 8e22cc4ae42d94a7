"""The ranked needs of a survey."""

from django.db.models import F, Prefetch, QuerySet

from talka.people.queries import Viewer
from talka.surveys.models import Need, NeedDecision, Survey
from talka.surveys.queries.surveys import may_read
from talka.surveys.rules.privacy import threshold


def ranked_needs(survey: Survey, *, viewer: Viewer) -> QuerySet[Need]:
    """The needs of `survey` from the greatest to the least, with competence, item and decisions, if `viewer` may read its results. Two queries.

    Needs that too few people answered are left out.
    """
    seen = survey.needs.filter(n__gte=threshold(survey.identity)) if may_read(survey, viewer=viewer) else Need.objects.none()
    decisions = Prefetch("decisions", NeedDecision.objects.select_related("by", "into__item").order_by("at", "pk"))
    return (
        seen.select_related("item", "competence").prefetch_related(decisions).order_by(F("rank").asc(nulls_last=True), "item__order", "pk")
    )
