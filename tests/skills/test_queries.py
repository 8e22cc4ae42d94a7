from datetime import timedelta

import pytest

from talka.people.models import Consent
from talka.skills import queries
from talka.skills.actions import note_evidence
from tests.factories import skills as make
from tests.factories.clusters import cluster, employee, organisation, staff
from tests.factories.people import person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def framework():
    return make.framework(3)


@pytest.fixture
def profile(framework):
    return framework.profiles.get()


def states(user, at):
    return {(g.competence_id, g.state, g.measured, g.closed_at) for g in queries.gaps_of([user], at=at)}


def test_a_gap_is_open_then_in_progress_then_closed(framework, profile, noon):
    user, c1 = person(), framework.competences.get(key="c1")
    make.assessment(user, profile, at=noon, c1=1, c2=3)
    outcome = make.outcome(c1)
    assert states(user, noon) == {(c1.pk, "open", 1, None)}
    note_evidence(user=user, outcome=outcome, at=noon + DAY, score=0.4, mastered=False)
    assert states(user, noon + DAY) == {(c1.pk, "in_progress", 1, None)}
    note_evidence(user=user, outcome=outcome, at=noon + 2 * DAY, score=0.9, mastered=True)
    assert states(user, noon + 2 * DAY) == {(c1.pk, "closed", 1, noon + 2 * DAY)}
    # Looking back, it is still what it was then.
    assert states(user, noon) == {(c1.pk, "open", 1, None)}


def test_mastery_before_the_measurement_does_not_close_it(framework, profile, noon):
    user, c1 = person(), framework.competences.get(key="c1")
    note_evidence(user=user, outcome=make.outcome(c1), at=noon - DAY, score=1, mastered=True)
    make.assessment(user, profile, at=noon, c1=1)
    assert states(user, noon) == {(c1.pk, "open", 1, None)}


def test_rating_oneself_again_does_not_take_away_what_was_closed(framework, profile, noon):
    user, c1 = person(), framework.competences.get(key="c1")
    make.assessment(user, profile, at=noon, c1=1)
    note_evidence(user=user, outcome=make.outcome(c1), at=noon + DAY, score=1, mastered=True)
    make.assessment(user, profile, at=noon + 2 * DAY, c1=4)
    assert states(user, noon + 3 * DAY) == {(c1.pk, "closed", 1, noon + DAY)}


def test_rating_oneself_up_without_evidence_is_no_closed_gap(framework, profile, noon):
    user = person()
    make.assessment(user, profile, at=noon, c1=1)
    make.assessment(user, profile, at=noon + DAY, c1=4)
    assert states(user, noon + DAY) == set()


def test_a_lower_level_afterwards_opens_it_again(framework, profile, noon):
    user, c1 = person(), framework.competences.get(key="c1")
    make.assessment(user, profile, at=noon, c1=1)
    note_evidence(user=user, outcome=make.outcome(c1), at=noon + DAY, score=1, mastered=True)
    make.assessment(user, profile, at=noon + 2 * DAY, c1=2)
    assert states(user, noon + 3 * DAY) == {(c1.pk, "open", 2, None)}


@pytest.mark.parametrize("people", [1, 3])
def test_gaps_cost_three_queries_however_many_people(profile, people, noon, django_assert_num_queries):
    users = [person() for _ in range(people)]
    for user in users:
        make.assessment(user, profile, at=noon, c1=1, c2=1)
    with django_assert_num_queries(3):
        assert len(queries.gaps_of(users, at=noon)) == 2 * people


def test_a_cluster_sees_numbers_from_five_people_on_and_never_who(profile, noon):
    north = cluster()
    ours = organisation(of=north)
    for n in range(6):
        make.assessment(employee(ours), profile, at=noon, c1=1, **({"c2": 1} if n < 4 else {}))
    make.assessment(person(), profile, at=noon, c1=1)
    rows = queries.gaps_in(north, viewer=staff(north, "manager"), at=noon)
    assert [(r.competence.key, r.people, r.open, r.closed) for r in rows] == [("c1", 6, 6, 0), ("c2", None, None, None)]
    assert queries.gaps_in(north, viewer=staff(cluster(), "manager"), at=noon) is None
    assert queries.gaps_in(north, viewer=employee(ours), at=noon) is None


def test_an_employer_sees_only_those_who_agreed(profile, noon):
    ours = organisation(of=cluster())
    agreed, silent, contact = employee(ours), employee(ours), employee(ours, contact=True)
    for user in (agreed, silent):
        make.assessment(user, profile, at=noon, c1=1)
    Consent.objects.create(user=agreed, purpose=Consent.Purpose.EMPLOYER, words="Yes.", given_at=noon)
    found = queries.gaps_at_work(ours, viewer=contact, at=noon)
    assert {user: [s.competence.key for s in gaps] for user, gaps in found.items()} == {agreed: ["c1"]}
    assert queries.gaps_at_work(ours, viewer=agreed, at=noon) is None
    Consent.objects.update(withdrawn_at=noon)
    assert queries.gaps_at_work(ours, viewer=contact, at=noon) == {}
