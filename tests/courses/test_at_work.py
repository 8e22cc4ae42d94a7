"""A training contact assigns courses to the people of their own organisation, and to nobody else."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from talka.courses import actions, queries
from talka.courses.models import Assignment, Course, Enrolment
from talka.people.actions import NotAllowed
from tests.factories import clusters
from tests.factories import courses as make

pytestmark = pytest.mark.django_db
AT = make.WHEN
AT_ONCE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default", "slow"]}}


@pytest.fixture
def mill(db):
    return clusters.organisation("The mill", of=clusters.cluster("North"))


@pytest.fixture
def contact(mill):
    return clusters.employee(mill, contact=True, name="Cora")


@pytest.fixture
def course(db):
    return make.plain_course(visibility="network")


def page(name, mill, *more):
    return reverse(f"courses:{name}", args=[mill.slug, *more])


def learners(course):
    return list(Enrolment.objects.filter(course=course, left_at=None).order_by("user__name").values_list("user__name", "due_on"))


def test_everybody_and_those_who_come_later(client, settings, mill, contact, course, django_capture_on_commit_callbacks):
    settings.TASKS = AT_ONCE
    clusters.employee(mill, name="Ada")
    clusters.employee(clusters.organisation("The bank", of=clusters.cluster("South")), name="Zoe")
    client.force_login(contact)
    looked = client.post(page("at-work-new", mill), {"course": course.pk, "due_days": "30", "look": "1"}).content.decode()
    assert "It applies to 2 people" in looked
    assert "Ada" in looked
    assert "Zoe" not in looked
    assert not Assignment.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        told = client.post(page("at-work-new", mill), {"course": course.pk, "due_days": "30", "make": "1"}, follow=True).content.decode()
    assert "The course is assigned." in told
    assert [name for name, _due in learners(course)] == ["Ada", "Cora"]
    assert "The mill has enrolled you" in mail.outbox[0].body
    late = clusters.employee(mill, name="Bo")
    assert actions.came(late.pk, at=AT) == 1
    rule = Assignment.objects.get()
    client.post(page("at-work-rule", mill, rule.pk), {"end": "1", "out": "1"})
    assert learners(course) == []
    client.post(page("at-work-rule", mill, rule.pk), {"resume": "1"})
    assert len(learners(course)) == 3
    assert "Plain plain" in client.get(page("at-work", mill)).content.decode()


def test_chosen_people_only(client, mill, contact, course):
    ada = clusters.employee(mill, name="Ada")
    stranger = clusters.employee(clusters.organisation("The bank"), name="Zoe")
    client.force_login(contact)
    bad = client.post(page("at-work-new", mill), {"course": course.pk, "people": [stranger.pk], "make": "1"})
    assert bad.status_code == 422
    looked = client.post(page("at-work-new", mill), {"course": course.pk, "people": [ada.pk], "look": "1"}).content.decode()
    assert "It applies to 1 person" in looked
    client.post(page("at-work-new", mill), {"course": course.pk, "people": [ada.pk], "due_on": "2099-05-01", "make": "1"})
    assert [(name, due.year) for name, due in learners(course)] == [("Ada", 2099)]
    rule = Assignment.objects.get()
    # It was over at once: nobody comes in later, and nothing brings it back.
    assert actions.came(clusters.employee(mill, name="Bo").pk, at=AT) == 0
    client.post(page("at-work-rule", mill, rule.pk), {"resume": "1"})
    rule.refresh_from_db()
    assert rule.ended_at == rule.made_at
    assert "chosen people" in client.get(page("at-work", mill)).content.decode()
    client.post(page("at-work-rule", mill, rule.pk), {"end": "1", "out": "1"})
    assert learners(course) == []


def test_only_the_contact_only_for_the_own_people_only_what_they_see(client, mill, contact, course):
    south = clusters.cluster("South")
    other = clusters.employee(clusters.organisation("The bank", of=south), contact=True)
    closed = make.plain_course("closed", cluster=south, visibility="cluster")
    by_invitation = make.plain_course("invited-only", visibility="network")
    Course.objects.filter(pk=by_invitation.pk).update(entry="invitation")
    employee = clusters.employee(mill)
    for one in (other, employee):
        with pytest.raises(NotAllowed):
            actions.assign_at_work(course=course, organisation=mill, by=one, at=AT)
        client.force_login(one)
        assert client.get(page("at-work", mill)).status_code == 404
        assert list(queries.rules_at_work(mill, viewer=one)) == []
        assert list(queries.colleagues_of(mill, viewer=one, on=AT.date())) == []
    for hidden in (closed, by_invitation):
        with pytest.raises(actions.NotVisible):
            actions.assign_at_work(course=hidden, organisation=mill, by=contact, at=AT)
    # A course that closes its door later lets nobody in by a firm's rule.
    rule = actions.assign_at_work(course=course, organisation=mill, by=contact, at=AT)
    Course.objects.filter(pk=course.pk).update(entry="invitation")
    assert actions.apply_rules(at=AT + timedelta(days=1)) == 0
    with pytest.raises(NotAllowed):
        actions.end_rule(rule=rule, cluster=None, take_out=False, by=other, at=AT)
    manager = clusters.staff(clusters.cluster("East"), "manager")
    theirs = Assignment.objects.create(course=course, organisation=mill, made_in=manager.cluster_roles.get().cluster, made_at=AT)
    with pytest.raises(NotAllowed):
        actions.end_rule(rule=theirs, cluster=None, take_out=False, by=contact, at=AT)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(client, mill, contact, course, rows, django_assert_max_num_queries):
    for _n in range(rows):
        Assignment.objects.create(course=course, organisation=mill, made_at=AT, made_by=contact)
    client.force_login(contact)
    with django_assert_max_num_queries(14):
        assert client.get(page("at-work", mill)).status_code == 200


def test_who_learns_by_their_own_choice_is_not_told(client, mill, contact, course):
    ada = clusters.employee(mill, name="Ada")
    client.force_login(contact)
    ask = {"course": course.pk, "people": [ada.pk], "look": "1"}
    before = client.post(page("at-work-new", mill), ask).content.decode()
    make.enrolment(ada, course)
    after = client.post(page("at-work-new", mill), ask).content.decode()
    assert before.split('id="preview"')[1] == after.split('id="preview"')[1]
