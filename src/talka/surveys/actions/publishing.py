"""The summary goes to those who answered, by choice."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from talka.kit import mail
from talka.people.actions import require
from talka.people.models import User
from talka.surveys.models import Invitation, Survey
from talka.surveys.rules import ASK


@transaction.atomic
def publish(*, survey: Survey, by: User, at: datetime, send: bool = False) -> int:
    """The summary can be read by whom the survey's visibility names. With `send`, a letter goes to everybody who was invited by letter,
    whether they answered or not: who answered must not show. Answers how many letters. Raises NotAllowed.
    """
    require(by, ASK, cluster=survey.cluster_id)
    survey.published_at, survey.published_by = at, by
    survey.save(update_fields=["published_at", "published_by"])
    if not send:
        return 0
    count = 0
    link = settings.SITE_URL + reverse("surveys:summary", args=[survey.uuid])
    for invitation in (
        Invitation.objects.filter(questionnaire__survey=survey, sent_at__isnull=False).exclude(email="").select_related("user")
    ):
        language = (invitation.user.language if invitation.user else "") or survey.language
        mail.send(
            "surveys/mail/summary",
            to=invitation.email,
            context={"survey": survey, "link": link, "cluster": survey.cluster},
            language=language,
            at=at,
        )
        count += 1
    return count


@transaction.atomic
def withdraw(*, survey: Survey, by: User, at: datetime) -> None:
    """The summary is closed again."""
    require(by, ASK, cluster=survey.cluster_id)
    survey.published_at = survey.published_by = None
    survey.save(update_fields=["published_at", "published_by"])
