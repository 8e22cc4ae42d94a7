"""First pages, as each person sees them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from tests.factories import clusters, courses, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def ada(north):
    return clusters.employee(clusters.organisation(of=north), name="Ada Learner")


@pytest.fixture
def course():
    return courses.plain_course("plain", topics=3, visibility="public")


def text(response):
    return response.content.decode()


def test_a_visitor_sees_clusters_and_public_courses(client, north, course):
    page = text(client.get("/"))
    assert "North" in page
    assert course.title in page
    assert reverse("account_login") in page


def test_a_visitor_sees_no_course_of_a_cluster(client, north):
    hidden = courses.plain_course("hidden", topics=1, cluster=north, visibility="cluster")
    assert hidden.title not in text(client.get("/"))


def test_today_starts_empty_with_a_first_step(client, ada):
    client.force_login(ada)
    page = text(client.get("/today/"))
    assert "Start with a course" in page
    assert "Find my gaps" in page
    assert ", Ada" in page


def test_today_goes_on_where_somebody_stopped(client, ada, course):
    courses.enrolment(ada, course, at=now() - timedelta(days=1))
    client.force_login(ada)
    page = text(client.get("/today/"))
    assert "Continue:" in page
    assert "0 of 3 topics" in page


def test_my_cluster_leads_staff_to_work_and_others_to_the_page(client, north, ada):
    client.force_login(clusters.staff(north, "manager"))
    assert client.get("/my-cluster/").url == f"/clusters/{north.slug}/overview/"
    client.force_login(ada)
    assert client.get("/my-cluster/").url == f"/clusters/{north.slug}/"
    client.force_login(people.person())
    assert client.get("/my-cluster/").url == "/clusters/"


def test_search_finds_what_is_open_and_nothing_else(client, north, course, ada):
    outsider = clusters.employee(clusters.organisation("Outside Timber"))
    inside = clusters.organisation("Inside Timber", of=north)
    found = {}
    for name, viewer in (("member", ada), ("outsider", outsider), ("signed out", None)):
        if viewer:
            client.force_login(viewer)
        else:
            client.logout()
        found[name] = inside.name in text(client.get("/search/?q=timber"))
    assert found == {"member": True, "outsider": False, "signed out": False}


def test_search_says_when_nothing_is_found_and_shows_what_was_typed(client):
    page = text(client.get("/search/", {"q": "<b>zzz</b>"}))
    assert "Nothing holds these words." in page
    assert "&lt;b&gt;zzz&lt;/b&gt;" in page


def test_the_door_leads_from_an_identifier_to_its_page(client, course):
    topic = courses.topic(course, course.topics.order_by("order").first().slug)
    assert client.get(f"/id/topic/{topic.uuid}/").url == reverse("courses:topic", args=[course.slug, topic.slug])
    assert client.get(f"/id/course/{course.uuid}/").url == reverse("courses:course", args=[course.slug])


def test_the_door_stays_shut_for_who_may_not_see(client, north):
    hidden = courses.plain_course("hidden", topics=1, cluster=north, visibility="cluster")
    assert client.get(f"/id/course/{hidden.uuid}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_today_costs_the_same_however_much_there_is(client, ada, rows, django_assert_max_num_queries):
    for n in range(rows):
        courses.enrolment(ada, courses.plain_course(f"plain-{n}", topics=2, visibility="public"))
    client.force_login(ada)
    with django_assert_max_num_queries(24):
        client.get("/today/")
