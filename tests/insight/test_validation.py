"""Testers' answers beside use, topic by topic."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from talka.courses.actions import enrol, open_topic
from talka.courses.models import Course, Lesson, Module, Topic
from talka.curriculum.actions import begin_validation
from talka.insight.rules import topic_findings
from talka.people.rules import Part
from talka.surveys.actions import import_answers
from tests.factories import clusters as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lake_of_its_own(settings, tmp_path):
    settings.DATA = tmp_path


@pytest.fixture
def north():
    return make.cluster("North")


@pytest.fixture
def validation(north):
    """Two topics; six people opened the first 40 days ago and came no further; five testers ask for changes there."""
    course = Course.objects.create(key="c", slug="c", title="Sawing", cluster=north, visibility="network", published_at=now())
    module = Module.objects.create(course=course, slug="m", title="M")
    lesson = Lesson.objects.create(course=course, module=module, slug="l", title="L")
    for n in range(2):
        Topic.objects.create(course=course, lesson=lesson, slug=f"t{n}", title=f"Topic {n}", live=True, order=n)
    firm = make.organisation("Firm", of=north)
    for _n in range(6):
        at = now() - timedelta(days=40)
        enrolment = enrol(course=course, by=make.employee(firm), at=at)
        open_topic(enrolment=enrolment, topic=course.topics.get(slug="t0"), at=at)
    made = begin_validation(course=course, cluster=north, by=None, at=now())
    rows = "\n".join(f"r{n},all,t1,t0" for n in range(5))
    assert import_answers(made.survey, f"respondent,share,helped-1,mend-1\n{rows}".encode(), by=None, at=now()).done
    return made


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ((10, 2, 10, 2), ("mend", "stops")),
        ((10, 1, 10, 1), ()),
        ((None, None, None, None), ()),
        ((0, 0, 0, 0), ()),
        ((10, 2, 10, None), ("mend",)),
    ],
)
def test_a_fifth_makes_a_finding(numbers, found):
    assert topic_findings(*numbers) == found


def test_answers_stand_beside_use(client, north, validation):
    client.force_login(make.staff(north, Part.EDITOR))
    address = reverse("insight:validation", args=[north.slug, validation.survey.slug])
    page = client.get(address).content.decode()
    assert "1 topic needs work" in page
    assert "Of 5 testers 5 ask for changes, 0 say it helped." in page
    assert "6 people reached it." in page
    assert "6 stopped here." in page
    assert "Make it a task" in page
    rows = b"".join(client.get(f"{address}?csv=topics").streaming_content).decode("utf-8-sig").splitlines()
    assert rows[1:] == ["Topic 0,5,0,5,6,6,0,testers ask for changes; many stop here", "Topic 1,5,5,0,0,0,0,"]


def test_evaluators_see_it_and_make_no_task(client, north, validation):
    client.force_login(make.staff(north, Part.EVALUATOR))
    address = reverse("insight:validation", args=[north.slug, validation.survey.slug])
    assert "Make it a task" not in client.get(address).content.decode()


def test_another_cluster_sees_nothing_of_it(client, north, validation):
    client.force_login(make.staff(make.cluster("South"), Part.MANAGER))
    assert client.get(reverse("insight:validation", args=[north.slug, validation.survey.slug])).status_code == 404
