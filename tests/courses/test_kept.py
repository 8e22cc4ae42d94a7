"""What is kept ready for many people never shows one of them what is another's."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from talka.courses import actions, films
from talka.courses.models import Course, Topic
from tests.factories import courses as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(client, course, topic):
    answer = client.get(reverse("courses:topic", args=[course.slug, topic]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("first", ["busy", "new"])
def test_two_learners_of_one_topic_see_their_own_work_only(first):
    course = make.course(visibility="public")
    films.make(make.material(course, "film"))
    busy, new = person("Busy Bee"), person("New Nel")
    mine = {user: make.enrolment(user, course) for user in (busy, new)}
    clients = {"busy": signed_in(busy), "new": signed_in(new)}
    order = ["busy", "new"] if first == "busy" else ["new", "busy"]
    at = make.WHEN
    actions.save_note(user=busy, topic=make.topic(course, "start"), text="my secret oak", version=0, at=at)
    actions.set_bookmark(user=busy, topic=make.topic(course, "start"), on=True, at=at)
    actions.save_sheet(enrolment=mine[busy], material=make.material(course, "tool"), values={"field": "secret field"}, version=0, at=at)
    actions.finish_topic(enrolment=mine[busy], topic=make.topic(course, "start"), at=at)
    seen = {who: page(clients[who], course, "start") for who in order}
    for text in ("my secret oak", "secret field", "Remove bookmark", "This topic is done", "Busy"):
        assert text in seen["busy"], text
        assert text not in seen["new"], text
    assert "New" in seen["new"]
    again = page(clients["busy"], course, "start")
    assert "my secret oak" in again
    assert "Remove bookmark" in again


def test_forms_carry_their_own_marks():
    course = make.course(visibility="public")
    html = {}
    for name in ("a", "b"):
        user = person(name)
        make.enrolment(user, course)
        html[name] = page(signed_in(user), course, "exercises")
        assert "@@" not in html[name]
        tokens = re.findall(r'name="token" value="([^"]+)"', html[name])
        assert len(tokens) == len(set(tokens)) == 13
        assert len(set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', html[name]))) >= 1
    one, other = (set(re.findall(r'(?:token|csrfmiddlewaretoken)" value="([^"]+)"', html[n])) for n in ("a", "b"))
    assert not one & other


def test_a_change_of_the_text_the_title_or_the_place_is_seen_at_once():
    course = make.plain_course(visibility="public")
    user = person()
    make.enrolment(user, course)
    client = signed_in(user)
    assert "Words about t1" in page(client, course, "t1")
    files = {path: bytes(content) for path, content in actions.export_files(course).items()}
    files["topics/t1/a.md"] = b"Other words.\n"
    actions.import_pack(make.zipped(files), by=None, at=make.WHEN.replace(hour=9))
    assert "Other words." in page(client, course, "t1")
    assert "Words about t1" not in page(client, course, "t1")
    Topic.objects.filter(course=course, slug="t2").update(title="A new name")
    assert "A new name" in page(client, course, "t1")
    Course.objects.filter(pk=course.pk).update(title="Renamed")
    assert "Renamed" in page(client, course, "t1")
    Topic.objects.filter(course=course, slug="t2").update(live=False)
    assert "A new name" not in page(client, course, "t1")


def test_the_page_is_in_the_language_of_its_reader():
    course = make.course(visibility="public")
    for language, says in (("en", "My note"), ("de", "Meine Notiz"), ("en", "My note")):
        user = person(language=language)
        make.enrolment(user, course)
        assert says in page(signed_in(user), course, "start")
