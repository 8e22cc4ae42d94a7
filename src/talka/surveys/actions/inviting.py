"""Personal links: made, sent, and once more to those who are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.timezone import localdate

from talka.clusters.models import Affiliation
from talka.kit import mail
from talka.people.actions import require
from talka.people.models import User
from talka.surveys.models import Invitation, Questionnaire, Survey
from talka.surveys.queries.inviting import to_remind
from talka.surveys.rules import INVITE
from talka.surveys.rules.times import state_of

MOST = 5000


class TooMany(Exception):
    """More addresses than one survey takes at once."""


class NotTakingAnswers(Exception):
    """A reminder to a survey that is not open would ask for something impossible."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of a list of addresses. `wrong`: those that are no address."""

    made: int
    known: int
    wrong: tuple[str, ...]


def link(invitation: Invitation) -> str:
    """The personal link, whole."""
    return settings.SITE_URL + reverse("surveys:personal", args=[invitation.token])


@transaction.atomic
def invite(*, questionnaire: Questionnaire, addresses: Iterable[str], by: User, at: datetime) -> Invited:
    """A personal link for each address that has none yet. Sends nothing. Raises TooMany, NotAllowed."""
    require(by, INVITE, cluster=questionnaire.survey.cluster_id)
    wanted, wrong = [], []
    for raw in addresses:
        address = raw.strip().lower()
        if not address:
            continue
        try:
            validate_email(address)
        except ValidationError:
            wrong.append(raw.strip()[:200])
        else:
            wanted.append(address)
    wanted = list(dict.fromkeys(wanted))
    if len(wanted) > MOST:
        raise TooMany
    known = set(Invitation.objects.filter(questionnaire__survey=questionnaire.survey, email__in=wanted).values_list("email", flat=True))
    fresh = [a for a in wanted if a not in known]
    people = {u.email: u for u in User.objects.filter(email__in=fresh)}
    taken = set(Invitation.objects.filter(questionnaire=questionnaire, user__isnull=False).values_list("user_id", flat=True))
    Invitation.objects.bulk_create(
        Invitation(
            questionnaire=questionnaire,
            token=get_random_string(43),
            email=address,
            user=None if (user := people.get(address)) is None or user.pk in taken else user,
            made_at=at,
        )
        for address in fresh
    )
    _count(questionnaire)
    return Invited(len(fresh), len(wanted) - len(fresh), tuple(wrong))


@transaction.atomic
def invite_members(*, questionnaire: Questionnaire, kinds: Iterable[str], contacts_only: bool, by: User, at: datetime) -> Invited:
    """A personal link for the people of the cluster's current members, of organisations of these `kinds` (none: all)."""
    require(by, INVITE, cluster=questionnaire.survey.cluster_id)
    members = questionnaire.survey.cluster.memberships.current(localdate(at))
    if chosen := list(kinds):
        members = members.filter(organisation__kind__in=chosen)
    here = Affiliation.objects.current(localdate(at)).filter(organisation__in=members.values("organisation"))
    if contacts_only:
        here = here.filter(is_contact=True)
    addresses = User.objects.filter(pk__in=here.values("user"), is_active=True).values_list("email", flat=True)
    return invite(questionnaire=questionnaire, addresses=list(addresses), by=by, at=at)


def _count(questionnaire: Questionnaire) -> None:
    """How many are invited is at least how many have a link; somebody who said more (an open link was sent around) knows better."""
    links = questionnaire.invitations.count()
    if links > (questionnaire.invited or 0):
        questionnaire.invited = links
        questionnaire.save(update_fields=["invited"])


@transaction.atomic
def send_links(*, survey: Survey, by: User, at: datetime) -> int:
    """The letter with the link to everybody who has not got it yet. Answers how many. Raises NotTakingAnswers, NotAllowed."""
    require(by, INVITE, cluster=survey.cluster_id)
    _taking(survey, at)
    waiting = _missing(survey).filter(sent_at=None)
    return _send(waiting, "surveys/mail/invitation", at=at, noted="sent_at")


@transaction.atomic
def remind(*, survey: Survey, by: User, at: datetime) -> int:
    """A reminder only to those who got a letter, have not answered, and were not written to in the last three days. Answers how many."""
    require(by, INVITE, cluster=survey.cluster_id)
    _taking(survey, at)
    return _send(to_remind(survey, at=at), "surveys/mail/reminder", at=at, noted="reminded_at")


def _taking(survey: Survey, at: datetime) -> None:
    if state_of(survey.opens_at, survey.closes_at, at) != "open":
        raise NotTakingAnswers


def _missing(survey: Survey) -> models.QuerySet[Invitation]:
    """Invitations with an address that were not answered. In an anonymous survey nobody knows who answered, so nobody is missing."""
    if survey.identity == Survey.Identity.ANONYMOUS:
        return Invitation.objects.filter(questionnaire__survey=survey, sent_at=None).exclude(email="")
    return Invitation.objects.filter(questionnaire__survey=survey, answered_on=None).exclude(email="").filter(_may_write())


def _may_write() -> models.Q:
    """Not to people whose account is switched off."""
    return models.Q(user=None) | models.Q(user__is_active=True)


def _send(invitations: models.QuerySet[Invitation], template: str, *, at: datetime, noted: str) -> int:
    count = 0
    for invitation in invitations.select_related("questionnaire__survey__cluster", "user"):
        survey = invitation.questionnaire.survey
        mail.send(
            template,
            to=invitation.email,
            context={"survey": survey, "questionnaire": invitation.questionnaire, "link": link(invitation), "cluster": survey.cluster},
            language=(invitation.user.language if invitation.user else "") or survey.language,
            at=at,
        )
        setattr(invitation, noted, at)
        invitation.save(update_fields=[noted])
        count += 1
    return count
