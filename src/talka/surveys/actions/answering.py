"""People answer: begin, save page by page, hand in."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string

from talka.people.models import User
from talka.people.queries import standing_of
from talka.surveys.actions.importing import insert_answers
from talka.surveys.models import Answer, Invitation, Questionnaire, Response, Survey
from talka.surveys.queries.answering import asking, key_of, quota_reached
from talka.surveys.queries.items import scale_of
from talka.surveys.rules.times import state_of

# Said to respondents before they begin; templates/surveys/start.html.
DRAFTS_STAY = timedelta(days=30)


class NotOpen(Exception):
    """The survey does not take answers now."""


class QuotaReached(Exception):
    """As many people of this audience have answered as were wanted."""


class AlreadyAnswered(Exception):
    """One answer each: this link, or this person, has answered."""


class LinkNeeded(Exception):
    """Not anonymous: somebody answers by a personal link, or signed in as a person of the cluster."""


class AnswersMissing(Exception):
    """Questions that must be answered are not. `codes` names them."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def _open(questionnaire: Questionnaire, at: datetime) -> None:
    survey = questionnaire.survey
    if state_of(survey.opens_at, survey.closes_at, at) != "open":
        raise NotOpen


@transaction.atomic
def begin(*, questionnaire: Questionnaire, invitation: Invitation | None, at: datetime, language: str = "") -> Response:
    """A response is begun, or the one begun with the same personal link is found again.

    Raises NotOpen, QuotaReached, AlreadyAnswered; LinkNeeded where the survey is not anonymous and there is no `invitation`.
    """
    _open(questionnaire, at)
    survey = questionnaire.survey
    key = None
    if survey.identity != Survey.Identity.ANONYMOUS:
        if invitation is None:
            raise LinkNeeded
        if invitation.answered_on is not None:
            raise AlreadyAnswered
        key = key_of(invitation.token)
        found = Response.objects.filter(draft_key=key).first()
        if found is not None:
            return found
    if quota_reached(questionnaire):
        raise QuotaReached
    named = survey.identity == Survey.Identity.NAMED
    try:
        with transaction.atomic():
            return Response.objects.create(
                survey=survey,
                questionnaire=questionnaire,
                scale=scale_of(survey),
                # A code that says nothing: neither who nor in which order.
                respondent=f"r-{get_random_string(10, 'abcdefghjkmnpqrstuvwxyz23456789')}",
                user=invitation.user if named and invitation else None,
                draft_key=key,
                started_at=at if named else None,
                kept_on=at.astimezone(UTC).date(),
                language=language,
            )
    except IntegrityError:
        # The same link on two devices at once: the second finds what the first began.
        return Response.objects.get(draft_key=key)


@transaction.atomic
def save_answers(*, response: Response, values: Mapping[str, Any], at: datetime) -> None:
    """`values` (by code, None where an answer was taken back) are kept with `response`. Raises NotOpen; AlreadyAnswered once it is handed in."""
    held = Response.objects.select_for_update().select_related("questionnaire__survey").get(pk=response.pk)
    if held.submitted_at is not None:
        raise AlreadyAnswered
    _open(held.questionnaire, at)
    Response.objects.filter(pk=held.pk).update(kept_on=at.astimezone(UTC).date())
    items = {item.code: item for item in held.survey.items.filter(code__in=list(values))}
    Answer.objects.filter(response=held, item__in=list(items.values())).delete()
    insert_answers(
        (held.pk, items[code], value)
        for code, value in values.items()
        if code in items and value is not None and not (isinstance(value, tuple) and all(v is None for v in value))
    )


@transaction.atomic
def hand_in(*, response: Response, invitation: Invitation | None, at: datetime, may_quote: bool = False) -> Response:
    """`response` counts from now on. Its tie to the personal link is cut; the link only knows the day.

    Answers to questions that earlier answers have since hidden are taken out. Raises NotOpen, QuotaReached, AlreadyAnswered, AnswersMissing.
    """
    held = Response.objects.select_for_update().select_related("questionnaire__survey").get(pk=response.pk)
    questionnaire, survey = held.questionnaire, held.questionnaire.survey
    if held.submitted_at is not None:
        raise AlreadyAnswered
    _open(questionnaire, at)
    if quota_reached(questionnaire):
        raise QuotaReached
    asked = asking(questionnaire, response=held, language="")
    shown = {code for page in asked.pages for code in page.codes}
    missing = [code for code, question in asked.questions.items() if code in shown and question.required and code not in asked.answers]
    if missing:
        raise AnswersMissing(missing)
    held.answers.exclude(item__in=[asked.items[code].pk for code in shown]).delete()
    if survey.identity != Survey.Identity.ANONYMOUS:
        if invitation is None or held.draft_key != key_of(invitation.token):
            raise LinkNeeded
        # The condition decides between two tabs that hand in at once.
        if not Invitation.objects.filter(pk=invitation.pk, answered_on=None).update(answered_on=at.astimezone(UTC).date()):
            raise AlreadyAnswered
    held.draft_key = held.kept_on = None
    held.may_quote = may_quote
    held.submitted_at = at if survey.identity == Survey.Identity.NAMED else _day(at)
    held.save(update_fields=["draft_key", "kept_on", "may_quote", "submitted_at"])
    Survey.objects.filter(pk=survey.pk).update(answers_changed_at=at)
    return held


def _day(at: datetime) -> datetime:
    """The day without its hour: the moment could tell who it was."""
    day: date = at.astimezone(UTC).date()
    return datetime.combine(day, time(), tzinfo=UTC)


@transaction.atomic
def own_invitation(*, questionnaire: Questionnaire, user: User, at: datetime) -> Invitation:
    """The personal link of somebody who is signed in; made when they first come. Raises LinkNeeded if they do not belong to the cluster."""
    standing = standing_of(user)
    found = Invitation.objects.filter(questionnaire__survey=questionnaire.survey, user=user).first()
    if found is not None:
        return found
    if questionnaire.survey.cluster_id not in standing.clusters:
        raise LinkNeeded
    made, _new = Invitation.objects.get_or_create(
        questionnaire=questionnaire, user=user, defaults={"token": get_random_string(43), "made_at": at}
    )
    return made


def drop_drafts(*, at: datetime) -> int:
    """What was begun and neither handed in nor saved for 30 days is deleted; answers how many. For the worker, once a day."""
    today = at.astimezone(UTC).date()
    drafts = Response.objects.filter(submitted_at=None)
    # Drafts from before their day was kept: their time begins now.
    drafts.filter(kept_on=None).update(kept_on=today)
    old = list(drafts.filter(kept_on__lt=today - DRAFTS_STAY).values_list("pk", flat=True))
    for start in range(0, len(old), 500):
        Answer.objects.filter(response__in=old[start : start + 500], response__submitted_at=None).delete()
        Response.objects.filter(pk__in=old[start : start + 500], submitted_at=None).delete()
    return len(old)
