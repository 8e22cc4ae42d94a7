"""Bringing people into a course: invitations, rules of assignment, due dates, more time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localdate

from talka.clusters.models import Cluster, Organisation
from talka.courses.actions.enrolling import enrol
from talka.courses.models import Assignment, Course, Enrolment, Invitation, QuizRun, TimeExtension
from talka.courses.queries.courses import courses_for
from talka.courses.queries.entry import still_to_enrol
from talka.courses.rules import entry, exercises
from talka.courses.rules import materials as m
from talka.courses.rules.access import ASSIGN, EXTEND, INVITE
from talka.kit import mail
from talka.people.actions import require
from talka.people.models import User
from talka.skills.models import Profile

_signer = Signer(salt="talka.courses.invitation")
# A second click on "send again" is the same wish.
AGAIN = timedelta(minutes=1)


class InvitationOver(Exception):
    """The link leads nowhere any more. `why`: unknown, withdrawn, expired."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class NotYours(Exception):
    """The invitation was sent to another address than the one somebody is signed in with."""


class NotVisible(Exception):
    """The course is closed to a cluster to which the person does not belong."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of each address."""

    sent: tuple[str, ...]
    known: tuple[str, ...]
    learning: tuple[str, ...]


# Invitations


def link_of(invitation: Invitation) -> str:
    """The address that an invitation leads to; it can't be guessed."""
    return settings.SITE_URL + reverse("courses:invited", args=[_signer.sign(str(invitation.pk))])


@transaction.atomic
def invite(*, course: Course, cluster: Cluster, addresses: Sequence[str], due_on: date | None = None, by: User, at: datetime) -> Invited:
    """Each address gets a letter with a link of its own. Who is invited already or learns already gets none."""
    require(by, INVITE, cluster=cluster.pk)
    sent, known, learning = [], [], []
    for address in addresses:
        if Enrolment.objects.filter(course=course, user__email__iexact=address, left_at=None).exists():
            learning.append(address)
            continue
        try:
            with transaction.atomic():
                made = Invitation.objects.create(course=course, cluster=cluster, email=address, due_on=due_on, invited_at=at, invited_by=by)
        except IntegrityError:  # the constraint decides, so that two managers at once send one letter
            known.append(address)
            continue
        _send(made, at=at)
        sent.append(address)
    return Invited(tuple(sent), tuple(known), tuple(learning))


@transaction.atomic
def open_link(
    *, course: Course, cluster: Cluster, expires_on: date | None = None, due_on: date | None = None, by: User, at: datetime
) -> Invitation:
    """A link with which whoever has it may enrol; the standing one if there is one."""
    require(by, INVITE, cluster=cluster.pk)
    made, _new = Invitation.objects.get_or_create(
        course=course,
        email="",
        withdrawn_at=None,
        defaults={"cluster": cluster, "expires_on": expires_on, "due_on": due_on, "invited_at": at, "invited_by": by},
    )
    return made


def _send(invitation: Invitation, *, at: datetime) -> None:
    person = User.objects.filter(email__iexact=invitation.email, is_active=True).first()
    mail.send(
        "courses/mail/invitation",
        to=invitation.email,
        language=person.language if person and person.language else invitation.course.language,
        context={
            "course": invitation.course,
            "cluster": invitation.cluster,
            "by": invitation.invited_by,
            "due_on": invitation.due_on,
            "link": link_of(invitation),
        },
        at=at,
    )
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=at)


@transaction.atomic
def resend_invitation(*, invitation: Invitation, cluster: Cluster, by: User, at: datetime) -> bool:
    """The letter goes out once more. Says whether it did: not within a minute of the last one, nor for one that is over."""
    require(by, INVITE, cluster=cluster.pk)
    kept = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not kept.email or kept.withdrawn_at or kept.accepted_at or (kept.sent_at and at - kept.sent_at < AGAIN):
        return False
    _send(kept, at=at)
    return True


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, cluster: Cluster, by: User, at: datetime) -> None:
    """The link stops working. Who has come in by it stays."""
    require(by, INVITE, cluster=cluster.pk)
    Invitation.objects.filter(pk=invitation.pk, withdrawn_at=None).update(withdrawn_at=at, withdrawn_by=by)


@transaction.atomic
def renew_invitation(*, invitation: Invitation, cluster: Cluster, by: User, at: datetime) -> bool:
    """Takes a withdrawal back: the same link works again. False if the address has another standing invitation."""
    require(by, INVITE, cluster=cluster.pk)
    try:
        with transaction.atomic():
            Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=None, withdrawn_by=None)
    except IntegrityError:
        return False
    return True


def invitation_at(token: str, *, on: date) -> Invitation:
    """The invitation that a link means. Raises InvitationOver."""
    try:
        found = Invitation.objects.select_related("course__cluster", "cluster").filter(pk=_signer.unsign(token)).first()
    except (BadSignature, ValueError):
        found = None
    if found is None:
        raise InvitationOver("unknown")
    if found.withdrawn_at is not None:
        raise InvitationOver("withdrawn")
    if found.expires_on is not None and found.expires_on < on and found.accepted_at is None:
        raise InvitationOver("expired")
    return found


@transaction.atomic
def accept_invitation(*, invitation: Invitation, by: User, at: datetime) -> Enrolment:
    """`by` takes the invitation up and learns in the course. Taking it up twice changes nothing. Raises NotYours, NotVisible."""
    if invitation.email and invitation.email.lower() != by.email.lower():
        raise NotYours
    if not courses_for(by).filter(pk=invitation.course_id).exists():
        raise NotVisible
    made = enrol(course=invitation.course, by=by, at=at, due_on=invitation.due_on, let_in=True)
    if invitation.email:
        Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=at, accepted_by=by)
    return made


# Rules of assignment


class ClosedToThem(Exception):
    """A course that is closed to one cluster can't be assigned to people of another."""


@transaction.atomic
def make_rule(
    *,
    course: Course,
    made_in: Cluster,
    organisation: Organisation | None = None,
    part: str = "",
    profile: Profile | None = None,
    newcomers_since: date | None = None,
    due_on: date | None = None,
    due_days: int | None = None,
    by: User,
    at: datetime,
) -> Assignment:
    """Everyone of the cluster, or of one organisation, takes the course, those who come later too. Nobody is enrolled yet: see `apply_rule`."""
    require(by, ASSIGN, cluster=made_in.pk, organisation=organisation.pk if organisation else None)
    rule = draft_rule(course, made_in, organisation, part, profile, newcomers_since, due_on, due_days)
    rule.made_at, rule.made_by = at, by
    rule.save()
    return rule


def draft_rule(
    course: Course,
    made_in: Cluster | None,
    organisation: Organisation | None,
    part: str,
    profile: Profile | None,
    newcomers_since: date | None,
    due_on: date | None,
    due_days: int | None,
) -> Assignment:
    """The rule before it is made, to look at whom it would reach; an organisation's own is made in no cluster. Raises ClosedToThem."""
    if made_in is not None and course.visibility == "cluster" and course.cluster_id != made_in.pk:
        raise ClosedToThem
    return Assignment(
        course=course,
        made_in=made_in,
        cluster=None if organisation else made_in,
        organisation=organisation,
        part=part,
        profile=profile,
        newcomers_since=newcomers_since,
        due_on=due_on,
        due_days=due_days,
    )


def apply_rule(rule: Assignment, *, at: datetime, people: Sequence[User] | None = None) -> int:
    """Enrols those whom the rule reaches and who are not in yet (of `people`, if given). Answers how many. Repeating it is safe.

    The due date of who learns already stays theirs.
    """
    if rule.ended_at is not None or rule.course.published_at is None or rule.course.retired_at is not None:
        return 0
    if rule.cluster_id is None and rule.made_in_id is None and rule.course.entry != Course.Entry.OPEN:
        # Who a closed door opens to is for its cluster to say, not for a firm.
        return 0
    return reach(rule, at=at, people=people)


def reach(rule: Assignment, *, at: datetime, people: Sequence[User] | None = None) -> int:
    """Those whom the rule means (of `people`, if given) are enrolled and told. Answers how many.

    One transaction a person, so that long lists neither hold the database nor are lost half-way.
    """
    today = localdate(at)
    found = still_to_enrol(rule, on=today)
    if people is not None:
        found = found.filter(pk__in=[p.pk for p in people])
    n = 0
    for user in found:
        due = entry.due_for_one(due_on=rule.due_on, due_days=rule.due_days, reached=today)
        with transaction.atomic():
            made = enrol(course=rule.course, by=user, at=at, assignment=rule, due_on=due)
            if made.assignment_id != rule.pk:  # somebody who had left before comes back by the rule
                Enrolment.objects.filter(pk=made.pk).update(assignment=rule, due_on=due)
            mail.send(
                "courses/mail/assigned",
                to=user.email,
                language=user.language,
                context={
                    "course": rule.course,
                    "of": rule.organisation or rule.cluster,
                    "due_on": due,
                    "link": settings.SITE_URL + reverse("courses:course", args=[rule.course.slug]),
                },
                at=at,
            )
        n += 1
    Assignment.objects.filter(pk=rule.pk).update(applied_at=at)
    return n


def apply_rules(*, at: datetime, people: Sequence[User] | None = None, cluster: Cluster | int | None = None) -> int:
    """Applies every standing rule, or those that concern a cluster or some people. Answers how many were enrolled."""
    rules = Assignment.objects.filter(ended_at=None, course__retired_at=None).exclude(course__published_at=None)
    if cluster is not None:
        rules = rules.filter(cluster=cluster)
    return sum(apply_rule(rule, at=at, people=people) for rule in rules.select_related("course", "cluster", "organisation"))


def came(user_id: int, *, at: datetime) -> int:
    """Somebody has come into an organisation or got a part: the rules that reach them are applied."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not Assignment.objects.filter(ended_at=None).exists():
        return 0
    return apply_rules(at=at, people=[user])


def _require_rule(rule: Assignment, cluster: Cluster | None, by: User) -> None:
    """A cluster's rule is for its managers, an organisation's own for its training contact."""
    if cluster is not None:
        require(by, ASSIGN, cluster=cluster.pk)
    else:
        require(by, ASSIGN, organisation=rule.organisation_id if rule.made_in_id is None else None)


@transaction.atomic
def end_rule(*, rule: Assignment, cluster: Cluster | None, take_out: bool, by: User, at: datetime) -> int:
    """The rule reaches nobody any more. With `take_out`, those whom it brought in and who have not begun are taken out again; answers how many."""
    _require_rule(rule, cluster, by)
    Assignment.objects.filter(pk=rule.pk, ended_at=None).update(ended_at=at, ended_by=by)
    if not take_out:
        return 0
    waiting = Enrolment.objects.filter(assignment=rule, left_at=None, completed_at=None, last_at=None)
    return waiting.update(left_at=at)


@transaction.atomic
def resume_rule(*, rule: Assignment, cluster: Cluster | None, by: User, at: datetime) -> int:
    """Takes the ending back: the rule reaches people again, and who was taken out with it is in again; answers how many came back.

    What was made for chosen people only was over at once, and stays so.
    """
    _require_rule(rule, cluster, by)
    kept = Assignment.objects.select_for_update().get(pk=rule.pk)
    back = 0
    if kept.ended_at not in {None, kept.made_at}:
        back = Enrolment.objects.filter(assignment=kept, left_at=kept.ended_at).update(left_at=None)
        kept.ended_at = kept.ended_by = None
        kept.save(update_fields=["ended_at", "ended_by"])
    return back


# One learner


@transaction.atomic
def set_due(*, enrolment: Enrolment, cluster: Cluster, due_on: date | None, by: User) -> None:
    """Another due date for one learner, or none."""
    require(by, INVITE, cluster=cluster.pk)
    Enrolment.objects.filter(pk=enrolment.pk).update(due_on=due_on)


@transaction.atomic
def grant_time(*, user: User, course: Course, cluster: Cluster, percent: int, by: User, at: datetime) -> TimeExtension | None:
    """More time in the course's timed quizzes from now on, a quiz that is under way too; 0 takes it away."""
    require(by, EXTEND, cluster=cluster.pk)
    TimeExtension.objects.filter(user=user, course=course, ended_at=None).update(ended_at=at)
    made = None
    if percent:
        made = TimeExtension.objects.create(user=user, course=course, percent=percent, granted_at=at, granted_by=by)
    sitting = QuizRun.objects.select_related("quiz").filter(
        Q(ends_at__isnull=False), user=user, quiz__topic__course=course, finished_at=None
    )
    for run in sitting:
        quiz = m.parse("quiz", run.quiz.definition)
        ends = exercises.deadline(run.started_at, getattr(quiz, "minutes", 0), extension=percent)
        # Nobody loses time that they were told they have.
        if ends and run.ends_at and ends > run.ends_at:
            QuizRun.objects.filter(pk=run.pk, finished_at=None).update(ends_at=ends)
    return made
