"""People decide on needs: accept, merge, reject, each with a reason."""

from datetime import datetime

from django.db import transaction

from talka.people.actions import require
from talka.people.models import User
from talka.surveys.models import Need, NeedDecision
from talka.surveys.rules import DECIDE


class ReasonMissing(ValueError):
    """A decision without a reason helps nobody a year later."""


class CannotMerge(ValueError):
    """A need goes into another need of the same survey that is not itself merged into something."""


@transaction.atomic
def decide(*, need: Need, verdict: str, reason: str, by: User, at: datetime, into: Need | None = None) -> NeedDecision:
    """`by` accepts, merges (into another need) or rejects `need`. Deciding again adds a row; the newest counts, none is lost.

    Raises ReasonMissing, CannotMerge, NotAllowed.
    """
    require(by, DECIDE, cluster=need.survey.cluster_id)
    if not reason.strip():
        raise ReasonMissing
    verdict = NeedDecision.Verdict(verdict)
    if (verdict == NeedDecision.Verdict.MERGE) != (into is not None):
        raise CannotMerge("a merge, and nothing else, names the need that takes this one in")
    if into is not None:
        target = into.decisions.order_by("-at", "-pk").first()
        if into == need or into.survey_id != need.survey_id or (target and target.verdict == NeedDecision.Verdict.MERGE):
            raise CannotMerge(str(into))
    return NeedDecision.objects.create(need=need, verdict=verdict, into=into, reason=reason.strip(), at=at, by=by)
