"""The one mechanism of access, as a pure rule and as a filter in the database."""

import itertools

import pytest

from talka.people.rules import SIGNED_OUT, Ability, Part, Standing, Visibility, may, may_see

VIEWERS = {
    "signed out": SIGNED_OUT,
    "stranger": Standing(user=1),
    "other cluster": Standing(user=2, clusters={8: frozenset({Part.MEMBER})}, organisations=frozenset({80})),
    "member": Standing(user=3, clusters={7: frozenset({Part.MEMBER})}, organisations=frozenset({71})),
    "colleague": Standing(user=4, clusters={7: frozenset({Part.MEMBER})}, organisations=frozenset({70})),
    "manager": Standing(user=5, clusters={7: frozenset({Part.MANAGER})}),
    "operator": Standing(user=6, operator=True),
}
SEES = {
    Visibility.PUBLIC: set(VIEWERS),
    Visibility.NETWORK: set(VIEWERS) - {"signed out"},
    Visibility.CLUSTER: {"member", "colleague", "manager", "operator"},
    Visibility.ORGANISATION: {"colleague"},
}


@pytest.mark.parametrize(("visibility", "viewer"), list(itertools.product(SEES, VIEWERS)))
def test_who_sees_what(visibility, viewer):
    assert may_see(VIEWERS[viewer], visibility, cluster=7, organisation=70) == (viewer in SEES[visibility])


def test_an_ability_belongs_to_parts_of_one_cluster():
    admit = Ability("admit members", frozenset({Part.MANAGER}))
    assert may(VIEWERS["manager"], admit, cluster=7)
    assert not may(VIEWERS["manager"], admit, cluster=8)
    assert not may(VIEWERS["member"], admit, cluster=7)
    assert may(VIEWERS["operator"], admit, cluster=8)


def test_a_training_contact_acts_for_the_own_organisation_only():
    assign = Ability("assign courses", contact=True)
    contact = Standing(user=9, organisations=frozenset({70}), contacts=frozenset({70}))
    assert may(contact, assign, organisation=70)
    assert not may(contact, assign, organisation=71)
