"""What was done without a line arrives once, in order, with its own time; what cannot be taken says why and holds up nothing."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import now

from talka.courses.models import Attempt, Course, Delivery, Enrolment, TopicProgress
from talka.courses.offline import actions
from talka.courses.offline.rules import BadDelivery, Item, read
from talka.records.queries import rows_after
from tests.factories import clusters, people
from tests.factories import courses as make

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
VERB, TIMESTAMP = 5, 3


def sent(*items: dict, at: datetime = NOON) -> dict:
    return {"sent_at": at.isoformat(), "items": list(items)}


def thing(path: str = "/learn/c/t/done/", *, at: datetime = NOON, uuid: str = "", **fields: str) -> dict:
    return {"id": uuid or str(uuid4()), "path": path, "fields": [[k, v] for k, v in fields.items()], "at": at.isoformat()}


# Reading


def test_a_wrong_clock_is_set_right_and_nothing_happens_in_the_future():
    slow = NOON - timedelta(hours=5)
    items = read(sent(thing(at=slow - timedelta(minutes=30)), thing(at=slow + timedelta(minutes=9)), at=slow), at=NOON)
    assert [item.happened_at for item in items] == [NOON - timedelta(minutes=30), NOON]


def test_a_time_before_all_memory_is_the_time_of_arrival():
    assert read(sent(thing(at=NOON - timedelta(days=4000))), at=NOON)[0].happened_at == NOON


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ([], "$"),
        ({"items": "all"}, "$"),
        ({"items": []}, "$.sent_at"),
        (sent(*[thing()] * 51), "$.items"),
        (sent("done"), "$.items[0]"),
        (sent({**thing(), "id": "1"}), "$.items[0].id"),
        (sent({**thing(), "path": "https://elsewhere.example/"}), "$.items[0].path"),
        (sent({**thing(), "fields": {"a": "b"}}), "$.items[0].fields"),
        (sent({**thing(), "fields": [["a", 1]]}), "$.items[0].fields"),
        (sent({**thing(), "fields": [["a", "x" * 70_000]]}), "$.items[0].fields"),
        (sent(thing(), {**thing(), "at": "noon"}), "$.items[1].at"),
        (sent({**thing(), "at": "2026-11-20T12:00:00"}), "$.items[0].at"),
    ],
)
def test_what_is_no_delivery_is_refused_with_its_place(body, place):
    with pytest.raises(BadDelivery) as bad:
        read(body, at=NOON)
    assert str(bad.value).startswith(f"{place}:")


# Taking in

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(visibility="network")


@pytest.fixture
def ada():
    return people.person("Ada")


def answer_to(course: Course, choice: str = "mill", **more) -> dict:
    token = str(uuid4())
    return thing(f"/learn/{course.slug}/exercises/single/answer/", uuid=token, token=token, choice=choice, **more)


def post(client, body: dict):
    return client.post(reverse("offline:sync"), json.dumps(body), content_type="application/json")


def test_three_things_arrive_once_in_order_with_their_own_times(client, ada, course):
    client.force_login(ada)
    times = [now() - timedelta(minutes=n) for n in (50, 40, 30)]
    items = [
        answer_to(course, "bank", at=times[0]),
        answer_to(course, at=times[1]),
        thing(f"/learn/{course.slug}/start/done/", at=times[2]),
    ]
    for _n in range(3):
        made = post(client, sent(*items, at=now())).json()["items"]
    assert [one["outcome"] for one in made] == ["known"] * 3
    attempts = list(Attempt.objects.order_by("n"))
    assert [(a.n, a.success) for a in attempts] == [(1, False), (2, True)]
    assert all(abs(a.at - t) < timedelta(seconds=5) for a, t in zip(attempts, times, strict=False))
    assert TopicProgress.objects.get(topic__slug="start").done_at is not None
    verbs = [row[VERB].rsplit("/", 1)[-1] for row in rows_after(0, limit=50)]
    assert verbs.count("answered") == 2
    assert Delivery.objects.count() == 3


def test_the_same_answer_by_form_and_by_delivery_is_one_attempt(client, ada, course):
    client.force_login(ada)
    item = answer_to(course)
    fields = dict(item["fields"])
    client.post(item["path"], fields)
    assert post(client, sent(item, at=now())).json()["items"][0]["outcome"] == "taken"
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/learn/{c}/exercises/quiz/quiz/answers/",
        "/accounts/logout/",
        "/nowhere/",
        "/learn/{c}/gone/done/",
        "/learn/{c}/exercises/gone/answer/",
    ],
)
def test_what_cannot_be_taken_is_told_and_holds_up_nothing(client, ada, course, path):
    client.force_login(ada)
    body = sent(thing(path.format(c=course.slug)), answer_to(course), at=now())
    first, second = post(client, body).json()["items"]
    assert (first["outcome"], second["outcome"]) == ("refused", "taken")
    assert first["why"]
    assert post(client, body).json()["items"][0]["why"] == first["why"]


def test_an_empty_answer_is_told(ada, course):
    Enrolment.objects.create(user=ada, course=course, started_at=NOON)
    item = Item(uuid4(), f"/learn/{course.slug}/exercises/single/answer/", (), NOON)
    (taken,) = actions.deliver([item], by=ada, at=NOON)
    assert (taken.outcome, Attempt.objects.count()) == ("refused", 0)


def test_nobody_delivers_into_a_course_that_is_closed_to_them(ada):
    course = make.course(cluster=clusters.cluster("North"), visibility="cluster")
    item = Item(uuid4(), f"/learn/{course.slug}/start/done/", (), NOON)
    assert [t.outcome for t in actions.deliver([item], by=ada, at=NOON)] == ["refused"]
    assert not Enrolment.objects.exists()


def test_reading_without_a_line_is_told_with_its_time(ada, course):
    Enrolment.objects.create(user=ada, course=course, started_at=NOON - timedelta(days=1))
    item = Item(uuid4(), f"/learn/{course.slug}/start/seen/", (("seconds", "75"), ("read", "1")), NOON)
    actions.deliver([item], by=ada, at=NOON + timedelta(hours=3))
    row = TopicProgress.objects.get(topic__slug="start")
    assert (row.seconds, row.opened_at) == (75, NOON)
    told = rows_after(0, limit=10)
    assert next((r[VERB].rsplit("/", 1)[-1], r[TIMESTAMP]) for r in told) == ("experienced", int(NOON.timestamp() * 1e6))


def test_a_page_fetched_to_be_saved_counts_as_unread(client, ada, course):
    client.force_login(ada)
    client.post(reverse("courses:enrol", args=[course.slug]))
    address = reverse("courses:topic", args=[course.slug, "start"])
    page = client.get(address, headers={"X-Talka-Save": "1"})
    assert b"data-offline" in page.content
    assert not TopicProgress.objects.exists()
    client.get(address)
    assert TopicProgress.objects.count() == 1


def test_a_lesson_lists_its_topics_and_the_shell_is_nobodys(client, ada, course):
    client.force_login(ada)
    made = client.get(reverse("offline:lesson", args=[course.slug, "begin"])).json()
    assert made["pages"][0]["url"] == f"/learn/{course.slug}/start/"
    client.logout()
    assert b"Ada" not in client.get(reverse("offline:saved")).content
    worker = client.get(reverse("offline:worker"))
    assert worker["Service-Worker-Allowed"] == "/"
    assert "text/javascript" in worker["Content-Type"]
