"""Gentle reminders: who gets one, when, of what, and how it stops."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outbox
from django.urls import reverse

from talka.courses import actions
from talka.courses.models import Course, Digest, Enrolment, Topic
from talka.courses.rules import reminders as rules
from talka.people.actions import give_consent
from tests.courses.test_languages import GERMAN
from tests.factories import courses as make
from tests.factories import skills
from tests.factories.people import person

AT_ONCE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default", "slow"]}}
# A Tuesday; in Berlin it is nine in the morning.
MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
DAY = date(2026, 3, 10)


def begun(key, *, due=None, idle=None):
    return rules.Begun(key, due, MORNING - timedelta(days=idle) if idle is not None else None, MORNING - timedelta(days=90))


def chosen(*courses, fresh=(), said=(), on=DAY, **wanted):
    return rules.choose(courses, fresh, wanted=rules.Wanted(**wanted), said=set(said), on=on, at=MORNING)


def test_what_a_digest_speaks_of():
    soon, late, over = DAY + timedelta(days=7), DAY + timedelta(days=8), DAY - timedelta(days=15)
    assert chosen(begun(1, due=soon), begun(2, due=late), begun(3, due=over), begun(4, due=DAY - timedelta(days=14))) == ([4, 1], [], [])
    assert chosen(begun(1, idle=6), begun(2, idle=7), begun(3, idle=61), begun(4)) == ([], [2], [])
    assert chosen(begun(1, due=soon, idle=8)) == ([1], [], [])
    assert chosen(begun(1, due=soon), fresh=[9], said=["due:1", "fresh:9"]) == ([], [], [])
    assert chosen(begun(1, due=DAY), said=["due:1"]) == ([1], [], [])
    assert chosen(begun(1, due=DAY), said=["due:1", "due-day:1"]) == ([], [], [])


@pytest.mark.parametrize(
    ("zone", "at", "weekly", "day"),
    [
        ("Europe/Berlin", MORNING, False, DAY),
        ("America/New_York", MORNING, False, None),
        ("America/New_York", MORNING + timedelta(hours=5), False, DAY),
        ("Asia/Tokyo", datetime(2026, 3, 9, 23, 30, tzinfo=UTC), False, DAY),
        ("Europe/Berlin", MORNING, True, None),
        ("Europe/Berlin", MORNING - timedelta(days=1), True, DAY - timedelta(days=1)),
    ],
)
def test_the_letter_comes_in_the_readers_own_morning(zone, at, weekly, day):
    assert rules.day_for(at, ZoneInfo(zone), weekly=weekly) == day


def test_an_unknown_zone_is_the_networks():
    assert rules.zone_of("Mars/Olympus", "Europe/Berlin") == ZoneInfo("Europe/Berlin")


@pytest.fixture
def learner(db, settings):
    settings.TASKS = AT_ONCE
    user = person("Lea", time_zone="Europe/Berlin", language="de")
    course = make.plain_course(visibility="public")
    mine = make.enrolment(user, course)
    Enrolment.objects.filter(pk=mine.pk).update(due_on=DAY + timedelta(days=3), last_at=MORNING - timedelta(days=10))
    give_consent(by=user, purpose="reminders", words="yes", at=MORNING)
    return user


def send(capture, at=MORNING):
    with capture(execute=True):
        return actions.send_digests(at=at)


def test_one_letter_a_day_in_the_readers_language_and_one_click_to_stop(client, learner, django_capture_on_commit_callbacks):
    assert [send(django_capture_on_commit_callbacks, MORNING + timedelta(minutes=15 * n)) for n in range(4)] == [1, 0, 0, 0]
    (letter,) = outbox.outbox
    assert letter.to == [learner.email]
    assert "13.03.2026" in letter.subject
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in letter.body
    assert learner.email not in link
    # The mail program's click: no page before it, no cookie, no token of ours.
    client.handler.enforce_csrf_checks = True
    way = link.removeprefix("http://localhost:8000")
    assert "<form" in client.get(way).content.decode()
    assert learner.consents.filter(withdrawn_at=None).exists()
    assert client.post(way, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded").status_code == 200
    assert not learner.consents.filter(withdrawn_at=None).exists()
    assert send(django_capture_on_commit_callbacks, MORNING + timedelta(days=3)) == 0
    assert client.post(way[:-2] + "x/").status_code == 404


def test_the_letter_names_courses_and_topics_as_they_are_read(settings, db, django_capture_on_commit_callbacks):
    settings.TASKS = AT_ONCE
    user = person("Lea", time_zone="Europe/Berlin", language="de")
    mine = make.enrolment(user, make.course(files=make.pack_files(**GERMAN), visibility="public"))
    Enrolment.objects.filter(pk=mine.pk).update(last_at=MORNING - timedelta(days=10))
    give_consent(by=user, purpose="reminders", words="yes", at=MORNING)
    assert send(django_capture_on_commit_callbacks) == 1
    (letter,) = outbox.outbox
    assert "Was ein Cluster ist" in letter.subject
    assert "Ein kleiner Kurs: Was ein Cluster ist" in letter.body


def test_nothing_is_said_twice_within_a_week(learner, django_capture_on_commit_callbacks):
    sent = [day for day in range(12) if send(django_capture_on_commit_callbacks, MORNING + timedelta(days=day))]
    # Due soon; then the due day itself; then, a week after the first, that it is overdue.
    assert sent == [0, 3, 10]
    assert [d.about for d in Digest.objects.filter(user=learner).order_by("on")][1] == [
        f"due:{Course.objects.get().pk}",
        f"due-day:{Course.objects.get().pk}",
    ]


def test_no_letter_without_consent_to_the_suspended_or_for_an_ended_or_finished_course(learner, django_capture_on_commit_callbacks):
    person("Silent")
    Course.objects.update(retired_at=MORNING)
    assert send(django_capture_on_commit_callbacks) == 0
    Course.objects.update(retired_at=None)
    type(learner).objects.filter(pk=learner.pk).update(is_active=False)
    assert send(django_capture_on_commit_callbacks) == 0
    type(learner).objects.filter(pk=learner.pk).update(is_active=True)
    mine = Enrolment.objects.get()
    for topic in Topic.objects.all():
        actions.finish_topic(enrolment=mine, topic=topic, at=MORNING)
    assert send(django_capture_on_commit_callbacks) == 0
    assert outbox.outbox == []


def test_what_is_new_for_a_need(settings, db, django_capture_on_commit_callbacks):
    settings.TASKS = AT_ONCE
    user = person("Nel", time_zone="Europe/Berlin")
    give_consent(by=user, purpose="reminders", words="yes", at=MORNING)
    course = make.plain_course(visibility="public", at=MORNING - timedelta(days=2))
    Topic.objects.update(first_published_at=MORNING - timedelta(days=2))
    framework = skills.framework()
    need = framework.competences.get(key="c1")
    made = course.outcomes.create(key="o", text="Do it", bloom="apply", outcome=skills.outcome(need))
    make.topic(course, "t1").topic_outcomes.create(outcome=made)
    skills.assessment(user, framework.profiles.get(), c1=1)
    assert send(django_capture_on_commit_callbacks) == 1
    (letter,) = outbox.outbox
    assert letter.subject == "New for what you need: Topic t1"
    assert "/learn/plain/t1/" in letter.body


def test_choosing_on_the_page(client, learner, django_capture_on_commit_callbacks):
    client.force_login(learner)
    way = reverse("courses:reminders")
    assert client.post(way, {"on": "1", "stopped": "on", "weekly": "on"}).status_code == 302
    learner.refresh_from_db()
    assert (learner.reminder_choice.due, learner.reminder_choice.stopped, learner.reminder_choice.weekly) == (False, True, True)
    assert send(django_capture_on_commit_callbacks) == 0
    assert client.post(way, {}).status_code == 302
    assert not learner.consents.filter(withdrawn_at=None).exists()
