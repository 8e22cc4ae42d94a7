"""Whole results, the other side of the border, the race."""

from datetime import date, timedelta

import pytest

from talka.clusters import actions, queries
from talka.clusters.models import Membership, Role, ServiceUse
from talka.clusters.rules import Commitment, is_committed
from talka.people.actions import NotAllowed
from talka.people.models import User
from talka.people.queries import standing_of
from tests.factories import clusters, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def manager(north):
    return clusters.staff(north, "manager")


def test_joining_is_recorded(north, manager, noon):
    timber = clusters.organisation("Timber Ltd")
    membership = actions.join(cluster=north, organisation=timber, by=manager, at=noon)
    assert list(queries.members_of(north, viewer=manager, on=noon.date())) == [membership]
    assert (membership.joined_on, membership.admitted_by) == (noon.date(), manager)


def test_nobody_joins_twice(north, manager, noon):
    timber = clusters.organisation("Timber Ltd")
    actions.join(cluster=north, organisation=timber, by=manager, at=noon)
    with pytest.raises(actions.AlreadyMember):
        actions.join(cluster=north, organisation=timber, by=manager, at=noon)
    assert Membership.objects.count() == 1


def test_a_manager_of_another_cluster_admits_nobody(north, noon):
    outsider = clusters.staff(clusters.cluster("South"), "manager")
    with pytest.raises(NotAllowed):
        actions.join(cluster=north, organisation=clusters.organisation(), by=outsider, at=noon)
    assert not Membership.objects.exists()


def test_leaving_is_a_date_and_ends_the_view(north, manager, noon):
    timber = clusters.organisation("Timber Ltd", of=north)
    ada = clusters.employee(timber)
    assert north.pk in standing_of(ada).clusters
    actions.leave(cluster=north, organisation=timber, by=manager, at=noon)
    assert Membership.objects.get().left_on == noon.date()
    assert north.pk not in standing_of(User.objects.get(pk=ada.pk)).clusters
    with pytest.raises(actions.NotAMember):
        actions.leave(cluster=north, organisation=timber, by=manager, at=noon)
    back = actions.join(cluster=north, organisation=timber, by=manager, at=noon + timedelta(days=9))
    assert Membership.objects.filter(left_on=None).get() == back


def test_two_organisations_of_one_name_get_two_addresses(north, manager, noon):
    made = [
        actions.found_and_join(cluster=north, by=manager, at=noon, name="Söderlund & Co", kind="sme").organisation.slug for _n in range(2)
    ]
    assert made == ["soderlund-co", "soderlund-co-2"]


def test_a_cluster_keeps_a_manager(north, manager, noon):
    role = Role.objects.get()
    with pytest.raises(actions.LastManager):
        actions.dismiss(role=role, by=manager, at=noon)
    other = people.person()
    actions.appoint(cluster=north, user=other, part="manager", by=manager, at=noon)
    actions.dismiss(role=role, by=manager, at=noon)
    assert not standing_of(User.objects.get(pk=manager.pk)).clusters
    assert standing_of(User.objects.get(pk=other.pk)).clusters.keys() == {north.pk}


def test_an_evaluator_appoints_nobody(north, noon):
    with pytest.raises(NotAllowed):
        actions.appoint(cluster=north, user=people.person(), part="manager", by=clusters.staff(north, "evaluator"), at=noon)


def test_use_of_a_service_is_noted_for_members_of_that_day(north, manager):
    service = actions.offer(cluster=north, by=manager, name="Course on site", price=120, visibility="cluster")
    timber = clusters.organisation(of=north)
    actions.note_use(service=service, organisation=timber, on=date(2026, 2, 1), people=3, by=manager)
    with pytest.raises(actions.NotAMember):
        actions.note_use(service=service, organisation=clusters.organisation(), on=date(2026, 2, 1), people=3, by=manager)
    assert list(ServiceUse.objects.values_list("organisation", "people")) == [(timber.pk, 3)]
    with pytest.raises(actions.NameTaken):
        actions.offer(cluster=north, by=manager, name="Course on site", visibility="cluster")


@pytest.mark.parametrize("members", [1, 3])
def test_the_list_costs_one_query_however_long(north, manager, members, noon, django_assert_num_queries):
    for _n in range(members):
        clusters.employee(clusters.organisation(of=north))
    standing_of(manager)
    with django_assert_num_queries(1):
        assert [m.people for m in queries.members_of(north, viewer=manager, on=noon.date())] == [1] * members


def test_names_of_people_stay_inside_their_organisation(north, manager, noon):
    timber, stone = clusters.organisation(of=north), clusters.organisation(of=north)
    ada, eve = clusters.employee(timber), clusters.employee(stone)
    seen = {
        who: queries.people_of(timber, cluster=north, viewer=viewer, on=noon.date()).count()
        for who, viewer in (("own", ada), ("neighbour", eve), ("manager", manager))
    }
    assert seen == {"own": 1, "neighbour": 0, "manager": 1}


@pytest.mark.parametrize(
    ("commitment", "counts"),
    [
        (Commitment(signed=False, pays=False, gives_in_kind=False, activities_last_year=3), False),
        (Commitment(signed=False, pays=False, gives_in_kind=False, activities_last_year=4), True),
        (Commitment(signed=True, pays=False, gives_in_kind=False, activities_last_year=0), True),
        (Commitment(signed=False, pays=True, gives_in_kind=False, activities_last_year=0), True),
        (Commitment(signed=False, pays=False, gives_in_kind=True, activities_last_year=0), True),
    ],
)
def test_who_counts_as_committed(commitment, counts):
    assert is_committed(commitment) is counts
