"""What a published survey tells those outside the staff."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch

from talka.science.disclosure import THRESHOLD, THRESHOLD_INSIDE
from talka.surveys.models import Need, NeedDecision, Survey


@dataclass(frozen=True, slots=True)
class SummaryRow:
    text: str
    ranks: str
    score: float
    low: float | None
    high: float | None
    decision: NeedDecision | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The ranking of all together. No rows: fewer answered than may be told outside the staff."""

    n: int
    computed_at: datetime
    rows: tuple[SummaryRow, ...]


def summary_of(survey: Survey) -> Summary:
    """The summary of a published survey: never less than five people behind a figure inside the cluster, ten beyond, even when it was named.

    Callers have asked `visible_to` and `published_at`.
    """
    least = THRESHOLD_INSIDE if survey.visibility == "cluster" else THRESHOLD
    n = survey.responses.handed_in().count()
    decisions = Prefetch("decisions", NeedDecision.objects.select_related("into__item").order_by("at", "pk"))
    needs = (
        survey.needs.filter(n__gte=least, rank__isnull=False).select_related("item").prefetch_related(decisions).order_by(F("rank"), "pk")
    )
    rows = tuple(_row(need) for need in needs) if n >= least else ()
    return Summary(n, max((need.computed_at for need in needs), default=survey.created_at), rows)


def _row(need: Need) -> SummaryRow:
    made = list(need.decisions.all())
    ranks = str(need.rank)
    if need.rank_low is not None and need.rank_low != need.rank_high:
        ranks = f"{need.rank_low}–{need.rank_high}"
    return SummaryRow(need.item.text, ranks, need.score or 0.0, need.score_low, need.score_high, made[-1] if made else None)
