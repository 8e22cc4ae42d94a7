"""Needs closed of an organisation and of the network: who sees them, and what small groups keep to themselves."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils.timezone import now

from talka.people.models import User
from talka.people.rules import Part
from talka.skills.models import Evidence
from tests.factories import clusters as make
from tests.factories import skills
from tests.factories.people import operator, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lake_of_its_own(settings, tmp_path):
    settings.DATA = tmp_path
    cache.clear()
    yield
    cache.clear()


def rated(organisation, people: int, *, closed: int = 0, framework=None, **fields):
    """So many people with one gap each, `closed` of them by evidence."""
    framework = framework or skills.framework(1)
    competence = framework.competences.get()
    outcome = skills.outcome(competence)
    said = now() - timedelta(days=60)
    for n in range(people):
        user = make.employee(organisation, **fields)
        skills.assessment(user, framework.profiles.get(), at=said, c1=1)
        if n < closed:
            Evidence.objects.create(user=user, outcome=outcome, at=said + timedelta(days=5), kind="exercise", score=1.0, mastered=True)


@pytest.fixture
def north():
    return make.cluster("North")


@pytest.fixture
def firm(north):
    made = make.organisation("Firm", of=north)
    rated(made, 8, closed=2)
    return made


def page(client, viewer, name, *args):
    client.force_login(User.objects.get(pk=viewer.pk))
    return client.get(reverse(name, args=args))


def test_contact_and_staff_see_the_firms_needs(client, north, firm):
    for viewer in (make.employee(firm, contact=True), make.staff(north, Part.EVALUATOR), operator()):
        text = page(client, viewer, "insight:organisation-needs", firm.slug).content.decode()
        assert "of the measured needs are closed: 2 of 8" in text


def test_nobody_else_sees_them(client, north, firm):
    other = make.organisation("Other", of=north)
    south = make.cluster("South")
    for viewer in (person(), make.employee(firm), make.employee(other, contact=True), make.staff(south, Part.MANAGER)):
        assert page(client, viewer, "insight:organisation-needs", firm.slug).status_code == 404


def test_few_people_say_nothing(client, north):
    small = make.organisation("Small", of=north)
    rated(small, 4, closed=4)
    text = page(client, make.employee(small, contact=True), "insight:organisation-needs", small.slug).content.decode()
    assert "No figure can be shown here." in text
    assert "4" not in text.split("<main")[1].split("</main>")[0].replace("40", "")


def test_staff_do_not_see_a_firm_that_would_give_a_small_one_away(client, north, firm):
    rated(make.organisation("Small", of=north), 3)
    manager = make.staff(north, Part.MANAGER)
    assert "No figure can be shown here." in page(client, manager, "insight:organisation-needs", firm.slug).content.decode()
    # Its own contact sees nothing beside it, so nothing can be worked out.
    contact = make.employee(firm, contact=True)
    assert "2 of 8" in page(client, contact, "insight:organisation-needs", firm.slug).content.decode()


def test_a_members_page_shows_it_to_staff(client, north, firm):
    text = page(client, make.staff(north, Part.MANAGER), "clusters:member", north.slug, firm.slug).content.decode()
    assert "2 of 8 measured needs, 8 people" in text


def test_the_network_is_for_operators_and_by_cluster_from_ten_people(client, north, firm):
    rated(firm, 4, closed=1)
    other = make.organisation("East firm", of=make.cluster("East"))
    rated(other, 11, closed=11)
    text = page(client, operator(), "insight:network-needs").content.decode()
    assert "of the measured needs are closed: 14 of 23" in text
    assert "2 clusters have enough people to be shown" in text
    assert page(client, make.staff(north, Part.MANAGER), "insight:network-needs").status_code == 404


def test_sample_people_do_not_count_among_real_ones(client, north, firm):
    User.objects.update(is_sample=True)
    text = page(client, operator(), "insight:network-needs").content.decode()
    assert "Fewer than 10 people" in text
    rated(make.organisation("Real", of=north), 10, closed=5)
    assert "of the measured needs are closed: 5 of 10" in page(client, operator(), "insight:network-needs").content.decode()
