"""Gentle reminders: one digest a day at most, to those who asked for it, in their language and morning, with one click to stop."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from talka.courses import queries
from talka.courses.models import Digest, Enrolment, ReminderChoice, Topic
from talka.courses.rules import reminders
from talka.kit import mail
from talka.people.actions import give_consent, withdraw_consent
from talka.people.models import Consent, User
from talka.skills.queries import gaps_of

PURPOSE = "courses.reminders"
DIGESTS_LIVE = timedelta(days=90)


def opt_out_link(user: User) -> str:
    """The address that stops the reminders without a sign-in. It holds no address of a person."""
    return settings.SITE_URL + reverse("courses:reminders-off", args=[mail.unsubscribe_token(str(user.uuid), PURPOSE)])


def owner_of(token: str) -> User | None:
    """Whose reminders the link stops; None if it is not ours."""
    try:
        purpose, who = mail.unsubscribed(token)
    except BadSignature:
        return None
    return User.objects.filter(uuid=who).first() if purpose == PURPOSE else None


@transaction.atomic
def choose_reminders(*, by: User, on: bool, at: datetime, weekly: bool = False, due: bool = True, stopped: bool = True, fresh: bool = True) -> None:  # fmt: skip
    """What `by` wants to be reminded of, how often, or not at all. Wanting it is a consent like every other."""
    ReminderChoice.objects.update_or_create(user=by, defaults={"weekly": weekly, "due": due, "stopped": stopped, "fresh": fresh})
    if on:
        words = _("I want to be reminded by e-mail, at most once a day. I can stop it with one click in every e-mail.")
        give_consent(by=by, purpose=Consent.Purpose.REMINDERS, words=words, at=at)
    else:
        withdraw_consent(by=by, purpose=Consent.Purpose.REMINDERS, at=at)


def stop_reminders(*, user: User, at: datetime) -> bool:
    """One click: nothing is sent from now on. Says whether reminders were on."""
    return bool(withdraw_consent(by=user, purpose=Consent.Purpose.REMINDERS, at=at))


def send_digests(*, at: datetime) -> int:
    """Sends today's digest to everybody whose morning it is and who has something to be told. Answers how many letters. Repeating it is safe."""
    wanting = User.objects.filter(
        is_active=True,
        is_sample=False,
        consents__purpose=Consent.Purpose.REMINDERS,
        consents__withdrawn_at=None,
    ).select_related("reminder_choice")
    return sum(remind(user, at=at) for user in wanting.iterator(chunk_size=500))


def remind(user: User, *, at: datetime) -> bool:
    """Today's digest for one person, if it is their morning, none went out today, and there is something to say."""
    choice = getattr(user, "reminder_choice", None) or ReminderChoice(user=user)
    zone = reminders.zone_of(user.time_zone, settings.TIME_ZONE)
    day = reminders.day_for(at, zone, weekly=choice.weekly)
    if day is None or Digest.objects.filter(user=user, on=day).exists():
        return False
    recent = Digest.objects.filter(user=user, on__gt=day - reminders.QUIET).values_list("about", flat=True)
    language = user.language or settings.LANGUAGE_CODE
    # Titles come in the language in which they are read.
    with translation.override(language):
        mine = [c for c in queries.my_courses(user) if not c.progress.complete and c.next_topic and c.course.retired_at is None]
    begun = [reminders.Begun(c.course.pk, c.due_on, c.enrolment.last_at, c.enrolment.started_at) for c in mine]
    new = _fresh_topics(user, at=at)
    due, stopped, fresh = reminders.choose(
        begun,
        [t.pk for t in new],
        wanted=reminders.Wanted(due=choice.due, stopped=choice.stopped, fresh=choice.fresh),
        said={thing for about in recent for thing in about},
        on=day,
        at=at,
    )
    if not (due or stopped or fresh):
        return False
    by_key, topics = {c.course.pk: c for c in mine}, {t.pk: t for t in new}
    about = [*(f"due:{k}" for k in due), *(f"due-day:{k}" for k in due if by_key[k].due_on == day)]
    about += [*(f"stopped:{k}" for k in stopped), *(f"fresh:{k}" for k in fresh)]
    off = opt_out_link(user)
    context = {
        "user": user,
        "due": [by_key[k] for k in due],
        "stopped": [by_key[k] for k in stopped],
        "fresh": [topics[k] for k in fresh],
        "day": day,
        "choices_url": settings.SITE_URL + reverse("courses:reminders"),
    }
    try:
        with transaction.atomic(), timezone.override(zone), translation.override(language):
            # The row decides: of two workers at once one writes the letter.
            Digest.objects.create(user=user, on=day, at=at, about=about)
            mail.send(
                "courses/mail/digest",
                to=user.email,
                context=context,
                language=language,
                unsubscribe_url=off,
                at=at,
            )
    except IntegrityError:
        return False
    return True


def _fresh_topics(user: User, *, at: datetime) -> list[Topic]:
    """Topics published lately that build what the person lacks most, in courses they may see and have not done."""
    gaps = [g for g in gaps_of([user], at=at) if g.state != "closed"]
    if not gaps:
        return []
    wanted = _keys(g.competence_id for g in sorted(gaps, key=lambda g: g.measured - g.target))
    found = [topic for topic, _key in queries.topics_for_competences(wanted, viewer=user, without=user, limit=30)]
    new = [t for t in found if t.first_published_at and at - t.first_published_at <= reminders.FRESH]
    taken = set(Enrolment.objects.filter(user=user, left_at=None).values_list("course_id", flat=True))
    # What is new in a course that one takes anyway stands in its outline.
    return [t for t in new if t.course_id not in taken]


def _keys(competences: Iterable[int]) -> list[str]:
    from talka.skills.models import Competence

    order = list(competences)
    by_pk = dict(Competence.objects.filter(pk__in=order).values_list("pk", "key"))
    return [by_pk[pk] for pk in order if pk in by_pk]


def drop_old_digests(*, at: datetime) -> int:
    """What was said months ago is forgotten."""
    return Digest.objects.filter(at__lt=at - DIGESTS_LIVE).delete()[0]
