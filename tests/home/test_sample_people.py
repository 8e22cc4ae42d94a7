"""The sample network's clusters, organisations and people: the same each time, marked, and gone without a trace but what real people did."""

from datetime import date

import pytest

from talka.clusters.models import Affiliation, Cluster, Membership, Organisation, Role
from talka.home import actions
from talka.home.sample import blueprint, people
from talka.people.models import User
from talka.people.queries import standing_of
from talka.people.rules import Part
from tests.factories import clusters as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    return blueprint.blueprint()


def test_the_network_has_its_size_and_every_row_bears_the_mark(plan, noon):
    people.settle(plan, at=noon)
    assert [(c.slug, c.is_pilot) for c in Cluster.objects.order_by("pk")] == [(c.key, c.pilot) for c in plan.clusters]
    assert (Organisation.objects.filter(is_sample=True).count(), User.objects.filter(is_sample=True).count()) == (120, 1000)
    assert Organisation.objects.values("kind").distinct().count() == len(Organisation.Kind)
    assert not Organisation.objects.exclude(affiliations__isnull=False).exists(), "nobody's organisation is empty"
    assert Affiliation.objects.filter(is_contact=True).count() == Organisation.objects.count()


def test_the_same_seed_gives_the_same_people_and_another_seed_others(plan, noon):
    def everyone(p):
        made = people.settle(p, at=noon)
        found = [(x.user.uuid, x.user.email, x.user.name) for x in made.people]
        actions.remove_sample(by=None, at=noon)
        return found

    first = everyone(plan)
    assert everyone(plan) == first
    assert everyone(blueprint.blueprint(seed=2)) != first


def test_each_sign_in_is_what_it_says(plan, noon):
    made = people.settle(plan, at=noon)
    north = made.clusters["pennine-health"].pk

    def standing(role):
        return standing_of(User.objects.get(pk=made.sign_in(role).user.pk))

    assert standing("operator").operator
    assert Part.MANAGER in standing("manager").clusters[north]
    assert Part.EDITOR in standing("editor").clusters[north]
    assert Part.EVALUATOR in standing("evaluator").clusters[north]
    assert standing("contact").contacts
    assert standing("contact").contacts == standing("learner").organisations
    assert not standing("visitor").clusters
    assert Role.objects.filter(part=Part.MANAGER).count() == 8
    assert all(User.objects.get(email=s.email).check_password(s.password) for s in actions.sample_signins()[:1])
    assert set(User.objects.values_list("email", flat=True)) >= {s.email for s in actions.sample_signins()}


def test_removal_leaves_nothing_of_the_sample_and_doing_it_twice_is_harmless(plan, noon):
    mine = make.organisation("Ours", of=make.cluster())
    worker = make.employee(mine)
    people.settle(plan, at=noon)
    report = actions.remove_sample(by=None, at=noon)
    assert report.gone == {
        "statements": 0,
        "curricula": 0,
        "surveys": 0,
        "stacks": 0,
        "courses": 0,
        "people": 1000,
        "clusters": 4,
        "organisations": 120,
    }
    assert report.kept == []
    assert (User.objects.get(), Organisation.objects.get(), Cluster.objects.count(), Membership.objects.count()) == (worker, mine, 1, 1)
    assert set(actions.remove_sample(by=None, at=noon).gone.values()) == {0}


def test_what_real_people_hang_on_stays_without_the_mark(plan, noon):
    made = people.settle(plan, at=noon)
    joined, hired = made.clusters["agder-sea"], made.organisations["samogitian-timber"][3]
    mine = make.organisation("Ours", of=joined)
    worker = person("Real")
    Affiliation.objects.create(user=worker, organisation=hired, since=date(2026, 1, 1))
    report = actions.remove_sample(by=None, at=noon)
    office = made.organisations["agder-sea"][0]
    assert set(report.kept) == {joined.name, hired.name, office.name}
    assert set(Organisation.objects.all()) == {mine, hired, office}
    assert list(Cluster.objects.filter(is_sample=False)) == [joined]
    assert not Organisation.objects.filter(is_sample=True).exists()
    assert list(User.objects.all()) == [worker]


def test_only_an_operator_removes_the_sample(plan, noon):
    made = people.settle(plan, at=noon)
    with pytest.raises(actions.NotAllowed):
        actions.remove_sample(by=made.sign_in("manager").user, at=noon)
    assert User.objects.filter(is_sample=True).exists()


def test_a_second_network_is_refused(plan, noon):
    people.settle(plan, at=noon)
    with pytest.raises(actions.SampleExists):
        actions.build_sample(at=noon)
