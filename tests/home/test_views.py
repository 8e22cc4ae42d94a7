"""The front desk's pages as their readers meet them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from talka.clusters.models import Service
from talka.courses.models import Course, Enrolment, Lesson, Module, Topic, TopicProgress
from talka.home import queries
from talka.kit import memory
from talka.people.rules import Part
from talka.skills.models import Assessment, Competence, Evidence, Framework, Level, Outcome, OutcomeCompetence, Profile, ProfileTarget
from tests.factories import clusters as make
from tests.factories.people import operator, person
from tests.factories.surveys import survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return make.cluster("North")


@pytest.fixture
def course():
    found = Course.objects.create(key="c", slug="c", title="Managing", visibility="network", published_at=now())
    module = Module.objects.create(course=found, slug="m", title="M")
    lesson = Lesson.objects.create(course=found, module=module, slug="l", title="L")
    for n in range(3):
        Topic.objects.create(course=found, lesson=lesson, slug=f"t{n}", title=f"Topic {n}", live=True, order=n, minutes=10)
    return found


def gap(user, *, closed: bool = False, key: str = "pricing"):
    """`user` rated a competence 2 and needs 4; `closed` with evidence of mastery a day later."""
    framework, _ = Framework.objects.get_or_create(key="f", defaults={"title": "F", "loaded_at": now()})
    competence, _ = Competence.objects.get_or_create(framework=framework, key=key, defaults={"title": f"Skill {key}"})
    profile, _ = Profile.objects.get_or_create(framework=framework, key="p", defaults={"title": "P"})
    ProfileTarget.objects.get_or_create(profile=profile, competence=competence, defaults={"level": 4})
    at = now() - timedelta(days=60)
    said = Assessment.objects.create(user=user, profile=profile, at=at, finished_at=at)
    Level.objects.create(assessment=said, competence=competence, level=2)
    outcome, _ = Outcome.objects.get_or_create(framework=framework, key=f"o-{key}", defaults={"text": "prices"})
    OutcomeCompetence.objects.get_or_create(outcome=outcome, competence=competence)
    if closed:
        Evidence.objects.create(user=user, outcome=outcome, at=now() - timedelta(days=10), score=1, mastered=True)
    return competence


def test_a_visitor_sees_clusters_and_courses_without_signing_in(client, north, course):
    make.organisation(of=north)
    course.visibility = "public"
    course.save()
    page = client.get("/").content.decode()
    assert "North" in page
    assert "1 cluster with 1 member organisation" in page
    assert reverse("courses:course", args=["c"]) in page


def test_today_goes_on_where_the_learner_stopped(client, north, course):
    learner = make.employee(make.organisation(of=north))
    first, second, _third = course.topics.order_by("order")
    enrolment = Enrolment.objects.create(user=learner, course=course, started_at=now(), last_topic=second, last_at=now())
    TopicProgress.objects.create(enrolment=enrolment, topic=first, opened_at=now(), done_at=now(), done_how="said")
    TopicProgress.objects.create(enrolment=enrolment, topic=second, opened_at=now(), position={"material": "film"})
    client.force_login(learner)
    page = client.get("/today/").content.decode()
    assert "Continue: Topic 1" in page
    assert "/learn/c/t1/#film" in page
    assert "1 of 3 topics" in page


def test_today_of_someone_new_offers_a_first_step(client, course):
    client.force_login(person())
    page = client.get("/today/").content.decode()
    assert "Begin here" in page
    assert "Managing" in page


@pytest.mark.parametrize("courses", [1, 3])
def test_today_costs_the_same_number_of_queries_however_much_there_is(client, north, courses, django_assert_max_num_queries):
    learner = make.employee(make.organisation(of=north))
    for n in range(courses):
        c = Course.objects.create(key=f"c{n}", slug=f"c{n}", title="C", visibility="network", published_at=now())
        Enrolment.objects.create(user=learner, course=c, started_at=now(), last_at=now())
        gap(learner, key=f"k{n}")
    client.force_login(learner)
    client.get("/today/")
    with django_assert_max_num_queries(22):
        client.get("/today/")


def test_the_overview_shows_needs_closed_with_its_trend_and_what_needs_a_decision(client, north):
    firm = make.organisation(of=north)
    people = [make.employee(firm) for _ in range(6)]
    for n, user in enumerate(people):
        gap(user, closed=n < 3)
    Service.objects.create(cluster=north, name="Unpriced", visibility="cluster")
    client.force_login(make.staff(north, Part.MANAGER))
    page = client.get(reverse("home:overview", args=[north.slug])).content.decode()
    assert "50\u202f%" in page
    assert "3 of 6 measured gaps are closed by evidence, 3 more than four weeks ago" in page
    assert "service without a price" in page
    assert "Most people learned" not in page


def test_a_new_cluster_is_told_what_to_do_first(client, north):
    page = reverse("home:overview", args=[north.slug])
    client.force_login(make.staff(north, Part.MANAGER))
    first = client.get(page)
    assert reverse("clusters:admit", args=[north.slug]) in first.content.decode()
    assert reverse("surveys:new", args=[north.slug]) in first.content.decode()
    assert list(first.context["figures"]) == []
    client.force_login(make.staff(north, Part.EVALUATOR))
    assert "Begin here" not in client.get(page).content.decode()
    client.force_login(make.staff(north, Part.MANAGER))
    make.organisation(of=north)
    survey(north)
    assert "Begin here" not in client.get(page).content.decode()


def test_needs_of_fewer_than_five_people_stay_hidden(client, north):
    firm = make.organisation(of=north)
    for user in [make.employee(firm) for _ in range(4)]:
        gap(user, closed=True)
    client.force_login(make.staff(north, Part.MANAGER))
    page = client.get(reverse("home:overview", args=[north.slug])).content.decode()
    assert "Too few people have rated themselves" in page
    assert "100" not in page.split("Learning now")[0].split("Needs closed")[1]


def test_my_cluster_leads_staff_to_the_workspace_and_members_to_the_page(client, north):
    client.force_login(make.staff(north, Part.MANAGER))
    assert client.get("/my-cluster/").url == reverse("home:overview", args=[north.slug])
    client.force_login(make.employee(make.organisation(of=north)))
    assert client.get("/my-cluster/").url == reverse("clusters:page", args=[north.slug])
    client.force_login(person())
    assert client.get("/my-cluster/").url == reverse("clusters:list")


def test_search_tells_nobody_about_members_of_another_cluster(client, north):
    make.organisation("Timber Works", of=north)
    client.force_login(make.employee(make.organisation("Elsewhere", of=make.cluster("South"))))
    assert "Timber Works" not in client.get("/search/?q=timber").content.decode()
    client.force_login(make.employee(make.organisation("Next door", of=north)))
    assert "Timber Works" in client.get("/search/?q=timber").content.decode()


def test_statements_addresses_lead_to_pages(client, course):
    topic = course.topics.first()
    client.force_login(person())
    assert client.get(f"/id/topic/{topic.uuid}").url == "/learn/c/t0/"
    assert client.get(f"/id/course/{course.uuid}/").url == "/learn/c/"
    assert client.get(f"/id/lesson/{topic.lesson.uuid}/").url == "/learn/c/#outline"
    assert client.get(f"/id/planet/{course.uuid}/").status_code == 404


def test_the_sample_is_marked_on_every_page_and_its_removal_asks_first(client, north):
    assert "Sample network" not in client.get("/about/").content.decode()
    make.cluster("Generated", is_sample=True)
    memory.forget(queries.SAMPLE)
    assert "every person and figure here is generated" in client.get("/clusters/").content.decode()
    client.force_login(operator())
    memory.forget(queries.SAMPLE)
    assert "This site holds a sample network" in client.get("/clusters/").content.decode()
    page = client.get("/sample/remove/").content.decode()
    assert "Remove it now" in page
    assert client.post("/sample/remove/").status_code == 302
