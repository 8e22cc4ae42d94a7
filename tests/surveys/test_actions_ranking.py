import json
from datetime import timedelta

import pytest

from talka.surveys import actions, queries
from talka.surveys.models import Analysis, Need, Response, Survey
from tests.factories import surveys as make
from tests.factories.clusters import cluster, staff
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def needs():
    return make.survey(cluster())


def test_a_need_keeps_what_it_rests_on(needs):
    make.answers(needs, managers=6, partners=4)
    need = needs.needs.get(rank=1)
    # Importance 5 for all; ability 1 and 2 in turn: 5 · (5 − 1.5).
    assert (need.score, need.n, need.rank_low) == (17.5, 10, 1)
    assert need.score_low < 17.5 < need.score_high
    assert need.evidence["counts"] == {
        "managers": {"importance": [0, 0, 0, 0, 6], "ability": [3, 3, 0, 0, 0]},
        "partners": {"importance": [0, 0, 0, 0, 4], "ability": [2, 2, 0, 0, 0]},
    }
    assert need.evidence["scale"] == {"version": 1, "low": 1, "high": 5}
    assert sorted(a.audience for a in needs.analyses.all()) == ["", "managers", "partners"]


@pytest.mark.parametrize("rows", [["r1,managers,5,1,4,2,3,3"], ["r1,managers,3,3,3,3,3,3", "r2,managers,3,3,3,3,3,3"]])
def test_one_respondent_or_equal_answers_give_values_without_intervals_and_never_nan(needs, rows, noon):
    actions.import_answers(needs, make.csv(*rows), by=None, at=noon)
    for text in [json.dumps(a.result) for a in Analysis.objects.all()] + [json.dumps(n.evidence) for n in Need.objects.all()]:
        assert "NaN" not in text
    assert [(n.score is not None, n.score_low) for n in Need.objects.all()] == [(True, None)] * 3


def test_no_answers_make_no_needs(needs, noon):
    assert actions.rank_needs(needs, by=None, at=noon) == 0
    assert not Analysis.objects.exists()


def test_answers_on_another_version_of_the_scale_stay_apart(needs, noon):
    make.answers(needs, managers=5)
    old = queries.scale_of(needs)
    needs.scales.create(version=2, low=1, high=3, set_at=noon)
    actions.import_answers(needs, make.csv("n1,managers,3,1,2,2,1,1", "n2,managers,3,2,2,2,1,1"), by=None, at=noon)
    assert {(a.scale.version, a.n) for a in needs.analyses.filter(audience="")} == {(1, 5), (2, 2)}
    assert {n.evidence["scale"]["high"] for n in needs.needs.all()} == {3}
    report = actions.preview_answers(needs, make.csv("r0,managers,3,1,2,2,1,1"), by=None, at=noon)
    assert [r.code for r in report.refused] == ["other_scale"]
    assert Response.objects.filter(scale=old).count() == 5


def test_only_staff_of_the_cluster_read_the_ranking(needs):
    make.answers(needs, managers=5)
    assert list(queries.ranked_needs(needs, viewer=person())) == []
    assert list(queries.ranked_needs(needs, viewer=staff(cluster(), "manager"))) == []
    ranked = queries.ranked_needs(needs, viewer=staff(needs.cluster, "evaluator"))
    assert [n.item.code for n in ranked] == ["funding", "leading", "digital"]


@pytest.mark.parametrize("people", [1, 3])
def test_ranking_costs_the_same_however_many_answered(needs, people, noon, django_assert_max_num_queries):
    make.answers(needs, managers=people)
    with django_assert_max_num_queries(40):
        actions.rank_needs(needs, by=None, at=noon)


def test_many_answers_are_ranked_by_the_worker_not_by_a_page(needs, noon):
    make.answers(needs, managers=6)
    Survey.objects.update(answers_changed_at=noon)
    needs.refresh_from_db()
    later = noon + timedelta(minutes=5)
    assert not actions.bring_up_to_date(needs, at=later, most=5)
    assert actions.rank_large(at=later) == 1
    assert {a.computed_at for a in needs.analyses.all()} == {later}
    assert actions.rank_large(at=later) == 0


def test_a_first_ranking_of_many_is_left_to_the_worker_too(needs, noon):
    make.answers(needs, managers=6)
    needs.analyses.all().delete()
    Survey.objects.update(answers_changed_at=noon)
    needs.refresh_from_db()
    told = []
    assert not actions.bring_up_to_date(needs, at=noon, most=5)
    assert actions.rank_large(at=noon) == 1
    assert actions.rank_needs(needs, by=None, at=noon, progress=lambda done, of: told.append((done, of))) == 3
    assert told == [(1, 2), (2, 2)]
