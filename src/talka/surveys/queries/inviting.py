"""How many have been asked and how many have answered, as it is now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from talka.science.estimate import Estimate
from talka.science.psychometrics import share
from talka.surveys.models import Invitation, Questionnaire, Survey

# Nobody is reminded more often than this.
PAUSE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class AudienceNow:
    """One audience at this moment. `rate`: share of those invited with its interval, None where the number is not known."""

    questionnaire: Questionnaire
    answered: int
    begun: int
    links: int
    unsent: int
    silent: int
    rate: Estimate | None

    @property
    def goal(self) -> int | None:
        """What the answers are measured against: the target, else everybody who was invited."""
        return self.questionnaire.target or self.questionnaire.invited


def response_of(survey: Survey) -> list[AudienceNow]:
    """Each audience of `survey`. Three queries."""
    responses: dict[int, Any] = {
        row["questionnaire"]: row
        for row in survey.responses.values("questionnaire").annotate(
            done=Count("pk", filter=Q(submitted_at__isnull=False)), begun=Count("pk", filter=Q(submitted_at=None))
        )
    }
    known = survey.identity != Survey.Identity.ANONYMOUS
    addressed = ~Q(email="")
    links: dict[int, Any] = {
        row["questionnaire"]: row
        for row in Invitation.objects.filter(questionnaire__survey=survey)
        .values("questionnaire")
        .annotate(
            links=Count("pk"),
            unsent=Count("pk", filter=addressed & Q(sent_at=None, answered_on=None)),
            silent=Count("pk", filter=addressed & Q(sent_at__isnull=False, answered_on=None)),
        )
    }
    found = []
    for q in survey.questionnaires.all():
        here, link = responses.get(q.pk, {}), links.get(q.pk, {})
        done = here.get("done", 0)
        rate = share(done, q.invited) if q.invited and done <= q.invited else None
        silent = link.get("silent", 0) if known else 0
        found.append(AudienceNow(q, done, here.get("begun", 0), link.get("links", 0), link.get("unsent", 0), silent, rate))
    return found


def to_remind(survey: Survey, *, at: datetime) -> QuerySet[Invitation]:
    """Who got a letter, has not answered and was not written to in the last days. In an anonymous survey nobody knows who that is."""
    if survey.identity == Survey.Identity.ANONYMOUS:
        return Invitation.objects.none()
    waited = Invitation.objects.filter(questionnaire__survey=survey, answered_on=None, sent_at__lte=at - PAUSE).exclude(email="")
    # Not to people whose account is switched off.
    return waited.exclude(reminded_at__gt=at - PAUSE).filter(Q(user=None) | Q(user__is_active=True))


def invitations_of(survey: Survey) -> QuerySet[Invitation]:
    """The personal links, in an order that says nothing about when somebody answered."""
    return (
        Invitation.objects.filter(questionnaire__survey=survey)
        .select_related("questionnaire", "user")
        .order_by("questionnaire__order", "email", "pk")
    )
