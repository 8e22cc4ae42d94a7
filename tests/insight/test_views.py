"""Pages of figures, seen by those who may and by those who must not."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils.timezone import now

from talka.courses.actions import enrol, finish_topic, open_topic
from talka.courses.models import Course, Lesson, Module, Topic
from talka.home import tasks
from talka.insight import actions, pages, queries
from talka.people.models import User
from talka.people.rules import Part
from talka.records.actions import delete
from talka.records.rules import actor_of
from tests.factories import clusters as make
from tests.factories.people import operator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lake_of_its_own(settings, tmp_path):
    settings.DATA = tmp_path


@pytest.fixture
def course():
    found = Course.objects.create(key="c", slug="c", title="Managing", visibility="network", published_at=now())
    module = Module.objects.create(course=found, slug="m", title="M")
    lesson = Lesson.objects.create(course=found, module=module, slug="l", title="L")
    for n in range(2):
        Topic.objects.create(course=found, lesson=lesson, slug=f"t{n}", title=f"Topic {n}", live=True, order=n)
    return found


def learns(user: User, course: Course, *, topics: int = 1) -> None:
    at = now() - timedelta(hours=5)
    enrolment = enrol(course=course, by=user, at=at)
    for topic in course.topics.order_by("order")[:topics]:
        open_topic(enrolment=enrolment, topic=topic, at=at + timedelta(minutes=1))
        finish_topic(enrolment=enrolment, topic=topic, at=at + timedelta(minutes=3))


@pytest.fixture
def north(course):
    """Seven of one firm learn, two of them to the end."""
    cluster = make.cluster("North")
    firm = make.organisation("Firm", of=cluster)
    for n in range(7):
        learns(make.employee(firm), course, topics=2 if n < 2 else 1)
    return cluster


@pytest.fixture
def south(course):
    """Three learn: too few to be shown."""
    cluster = make.cluster("South")
    firm = make.organisation("Small", of=cluster)
    for _ in range(3):
        learns(make.employee(firm), course)
    return cluster


def page(client, viewer, address):
    client.force_login(User.objects.get(pk=viewer.pk))
    return client.get(address)


def test_a_managers_page_shows_use_at_once_and_only_of_the_own_cluster(client, course, north, south):
    answer = page(client, make.staff(north, Part.MANAGER), "/insight/courses/c/")
    text = answer.content.decode()
    assert "7 people learned in the last 28 days" in text
    assert "Use of a course · North" in text
    assert "South" not in text
    assert "Fewer than 5 of 7 have completed the course so far" in text


def test_a_group_of_three_is_not_shown_anywhere(client, course, north, south):
    manager = make.staff(south, Part.MANAGER)
    text = page(client, manager, "/insight/courses/c/").content.decode()
    assert text.count("Fewer than 5 people: not shown") == len(re.findall("<figure", text)) > 0
    assert "Topic 0" not in text
    body = b"".join(page(client, manager, "/insight/courses/c/?csv=funnel").streaming_content).decode()
    assert "Fewer than 5 people" in body
    assert "3" not in body.replace("5", "")


def test_the_file_says_what_the_screen_says(client, course, north):
    manager = make.staff(north, Part.MANAGER)
    body = b"".join(page(client, manager, "/insight/courses/c/?csv=topics").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [(r["Topic"], r["Opened by"], r["Done by"]) for r in rows] == [
        ("Topic 0", "7", "7"),
        ("Topic 1", "fewer than 5", "fewer than 5"),
    ]
    assert rows[1]["Hours"] == ""


def test_an_operator_chooses_whose_use_and_everybody_needs_ten(client, course, north, south):
    steward = operator()
    text = page(client, steward, "/insight/courses/c/").content.decode()
    assert "10 people learned in the last 28 days" in text
    assert "?of=" in text
    inside = page(client, steward, f"/insight/courses/c/?of={north.slug}").content.decode()
    assert "7 people learned in the last 28 days" in inside


def test_sample_people_do_not_count_among_real_ones(client, course, north):
    User.objects.update(is_sample=True)
    firm = make.organisation("Real", of=make.cluster("Real"))
    for _ in range(10):
        learns(make.employee(firm), course)
    text = page(client, operator(), "/insight/courses/c/").content.decode()
    assert "10 people learned in the last 28 days" in text


def test_learners_and_contacts_see_no_figures(client, course, north):
    firm = make.organisation("Other", of=north)
    for viewer in (make.employee(firm), make.employee(firm, contact=True)):
        assert page(client, viewer, "/insight/courses/c/").status_code == 404
        assert page(client, viewer, reverse("insight:cluster", args=[north.slug])).status_code == 404


def test_a_clusters_page_hides_small_firms_and_what_would_give_them_away(client, course, north):
    small = make.organisation("Tiny", of=north)
    for _ in range(2):
        learns(make.employee(small), course)
    manager = make.staff(north, Part.MANAGER)
    address = reverse("insight:cluster", args=[north.slug])
    text = page(client, manager, address).content.decode()
    assert "9 people learned in the last 28 days" in text
    body = b"".join(page(client, manager, f"{address}?csv=organisations").streaming_content).decode("utf-8-sig")
    shown = {r["Organisation"]: r["People who learned"] for r in csv.DictReader(io.StringIO(body))}
    # Nine in all are told above: seven of them would tell of the two others.
    assert shown == {"Firm": "not shown", "Tiny": "not shown"}


def test_an_erased_person_vanishes_from_the_figures(client, course, north, django_capture_on_commit_callbacks):
    manager = make.staff(north, Part.MANAGER)
    assert "7 people learned" in page(client, manager, "/insight/courses/c/").content.decode()
    gone = User.objects.filter(enrolments__isnull=False).first()
    with django_capture_on_commit_callbacks(execute=True):
        delete(agent=actor_of(gone.uuid, "http://localhost:8000"), by=None, at=now())
    assert "6 people learned" in page(client, manager, "/insight/courses/c/").content.decode()


def test_a_page_opened_again_asks_few_questions(client, course, north, django_assert_max_num_queries):
    manager = make.staff(north, Part.MANAGER)
    page(client, manager, "/insight/courses/c/")
    with django_assert_max_num_queries(14):
        client.get("/insight/courses/c/")


def test_days_can_be_chosen_and_nonsense_is_everything(client, course, north):
    manager = make.staff(north, Part.MANAGER)
    assert (
        "Nobody used this course in these days"
        in page(client, manager, "/insight/courses/c/?since=2020-01-01&until=2020-02-01").content.decode()
    )
    assert page(client, manager, "/insight/courses/c/?since=yesterday&days=x").status_code == 200


def test_the_worker_keeps_the_lake_fresh_and_a_second_run_takes_nothing(course, north):
    assert actions.refresh_lake(at=now()) == actions.the_lake().manifest().rows > 0
    assert actions.refresh_lake(at=now()) == 0
    before = actions.the_lake().manifest().rows
    assert actions.rebuild_lake(at=now()) == before
    assert queries.learning_now(north, on=now().date()).people == 7


def test_what_was_answered_ahead_needs_the_lake_no_more(client, course, north, settings):
    """The first visitor of each page finds its answers and its pictures made, whatever process made them."""
    manager = make.staff(north, Part.MANAGER)
    actions.refresh_lake(at=now())
    pages.make_ahead()
    tasks.make_ahead()
    cache.clear()
    for file in settings.DATA.glob("lake/statements/*/*.parquet"):
        file.unlink()
    pictures = set(settings.DATA.glob("cache/charts/*.svg"))
    for address in (f"/clusters/{north.slug}/overview/", f"/clusters/{north.slug}/insight/", "/insight/courses/c/"):
        assert "<figure" in page(client, manager, address).content.decode()
    assert set(settings.DATA.glob("cache/charts/*.svg")) == pictures


def test_what_changed_is_answered_anew(client, course, north):
    manager = make.staff(north, Part.MANAGER)
    pages.make_ahead()
    learns(make.employee(north.memberships.get().organisation), course)
    actions.refresh_lake(at=now())
    assert "8 people learned in the last 28 days" in page(client, manager, f"/clusters/{north.slug}/insight/").content.decode()
