"""Deleting at the desk: what learners did is never gone, what authors wrote comes back."""

import pytest

from talka.courses import actions, queries
from talka.courses.models import BulkChange, Lesson, Topic
from talka.people.actions import NotAllowed
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return make_cluster("North")


@pytest.fixture
def course(north):
    return make.course(cluster=north)


def outline(course):
    return [
        (module.title, [(lesson.title, [topic.title for topic in topics]) for lesson, topics in lessons])
        for module, lessons in queries.modules_for_authors(course)
    ]


@pytest.mark.parametrize("what", ["topic", "lesson", "module"])
def test_what_is_deleted_comes_back_with_its_identity(course, north, noon, what):
    manager, topic = staff(north, "manager"), make.topic(course, "end")
    before, body, uuid = outline(course), list(topic.body.raw_data), topic.uuid
    thing = {"topic": topic, "lesson": topic.lesson, "module": topic.lesson.module}[what]
    change = actions.remove(thing, by=manager, at=noon)
    assert outline(course) != before
    assert list(queries.removed_lately(course, at=noon)) == [change]
    actions.bring_back(change=change, by=staff(north, "editor"), at=noon)
    assert outline(course) == before
    back = Topic.objects.get(uuid=uuid)
    assert (back.live, back.slug, list(back.get_latest_revision_as_object().body.raw_data)) == (False, "end", body)
    # Twice is once.
    assert actions.bring_back(change=change, by=manager, at=noon) == []
    assert not queries.removed_lately(course, at=noon)


def test_where_people_have_learned_nothing_is_deleted(client, course, north, noon):
    topic, manager = make.topic(course, "end"), staff(north, "manager")
    actions.open_topic(enrolment=make.enrolment(staff(north, "editor"), course), topic=topic, at=noon)
    for thing in (topic, topic.lesson, topic.lesson.module):
        with pytest.raises(actions.LearnedIn):
            actions.remove(thing, by=manager, at=noon)
    client.force_login(manager)
    for address in (f"/staff/snippets/courses/topic/delete/{topic.pk}/", f"/staff/bulk/courses/lesson/delete/?id={topic.lesson.pk}"):
        answer = client.post(address, follow=True)
        assert "People have worked in" in answer.content.decode()
    assert Topic.objects.filter(pk=topic.pk).exists()
    assert Lesson.objects.filter(pk=topic.lesson.pk).exists()


def test_the_desk_deletes_and_brings_back(client, course, north):
    topic = make.topic(course, "end")
    client.force_login(staff(north, "manager"))
    answer = client.post(f"/staff/snippets/courses/topic/delete/{topic.pk}/", follow=True)
    change = BulkChange.objects.get(course=course)
    assert f"/deleted/{change.pk}/" in answer.content.decode()
    assert not Topic.objects.filter(pk=topic.pk).exists()
    answer = client.post(f"/clusters/{north.slug}/courses/{course.slug}/deleted/{change.pk}/", follow=True)
    assert "is back" in answer.content.decode()
    assert Topic.objects.get(uuid=topic.uuid).title == topic.title


def test_nobody_else_deletes_or_hears_of_it(client, course, noon):
    topic = make.topic(course, "end")
    foreign = staff(make_cluster(), "manager")
    with pytest.raises(NotAllowed):
        actions.remove(topic, by=foreign, at=noon)
    client.force_login(foreign)
    assert client.get(f"/staff/bulk/courses/topic/delete/?id={topic.pk}").status_code == 404
    assert client.get("/staff/bulk/courses/topic/delete/?id=all").status_code == 404
