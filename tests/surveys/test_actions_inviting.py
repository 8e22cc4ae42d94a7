from datetime import timedelta

import pytest

from talka.kit.models import Letter
from talka.people.actions import NotAllowed
from talka.people.rules import Part
from talka.surveys import actions, queries
from talka.surveys.models import Invitation
from tests.factories import surveys as make
from tests.factories.clusters import cluster, employee, organisation, staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def survey(noon):
    return make.survey(cluster(), opens_at=noon - DAY)


@pytest.fixture
def editor(survey):
    return staff(survey.cluster, Part.EDITOR)


def test_each_address_gets_one_link(survey, editor, noon):
    q = survey.questionnaires.first()
    came = actions.invite(questionnaire=q, addresses=["A@x.org", "a@x.org ", "", "nonsense", "b@x.org"], by=editor, at=noon)
    assert (came.made, came.known, came.wrong) == (2, 0, ("nonsense",))
    again = actions.invite(questionnaire=survey.questionnaires.last(), addresses=["b@x.org", "c@x.org"], by=editor, at=noon)
    assert (again.made, again.known) == (1, 1)
    q.refresh_from_db()
    assert q.invited == 2
    assert len({i.token for i in Invitation.objects.all()}) == 3


def test_members_are_invited_by_type(survey, editor, noon):
    firm, school = organisation(of=survey.cluster), organisation(of=survey.cluster, kind="school")
    employee(firm, contact=True, email="contact@firm.org")
    employee(firm, email="worker@firm.org")
    employee(school, email="teacher@school.org")
    employee(organisation(of=cluster()), email="stranger@else.org")
    q = survey.questionnaires.first()
    actions.invite_members(questionnaire=q, kinds=["sme"], contacts_only=True, by=editor, at=noon)
    assert list(Invitation.objects.values_list("email", flat=True)) == ["contact@firm.org"]
    actions.invite_members(questionnaire=q, kinds=[], contacts_only=False, by=editor, at=noon)
    assert set(Invitation.objects.values_list("email", flat=True)) == {"contact@firm.org", "worker@firm.org", "teacher@school.org"}


def test_reminders_go_only_to_those_who_are_missing(survey, editor, noon):
    q = survey.questionnaires.first()
    actions.invite(questionnaire=q, addresses=["a@x.org", "b@x.org", "c@x.org"], by=editor, at=noon)
    assert actions.send_links(survey=survey, by=editor, at=noon) == 3
    assert actions.send_links(survey=survey, by=editor, at=noon) == 0
    assert actions.remind(survey=survey, by=editor, at=noon + DAY) == 0
    Invitation.objects.filter(email="a@x.org").update(answered_on=noon.date())
    # The page offers as many as would get one.
    assert [queries.to_remind(survey, at=noon + n * DAY).count() for n in (1, 4)] == [0, 2]
    assert actions.remind(survey=survey, by=editor, at=noon + 4 * DAY) == 2
    assert queries.to_remind(survey, at=noon + 5 * DAY).count() == 0
    assert actions.remind(survey=survey, by=editor, at=noon + 5 * DAY) == 0
    assert sorted(Letter.objects.filter(template__endswith="reminder").values_list("to", flat=True)) == ["b@x.org", "c@x.org"]
    letter = Letter.objects.filter(to="b@x.org").first()
    assert f"/s/{Invitation.objects.get(email='b@x.org').token}/" in letter.text


def test_nobody_is_reminded_of_what_is_closed_or_anonymous(survey, editor, noon):
    q = survey.questionnaires.first()
    actions.invite(questionnaire=q, addresses=["a@x.org"], by=editor, at=noon)
    actions.send_links(survey=survey, by=editor, at=noon)
    actions.close_survey(survey=survey, by=editor, at=noon + DAY)
    with pytest.raises(actions.NotTakingAnswers):
        actions.remind(survey=survey, by=editor, at=noon + 4 * DAY)
    anonymous = make.survey(survey.cluster, identity="anonymous", opens_at=noon - DAY)
    actions.invite(questionnaire=anonymous.questionnaires.first(), addresses=["a@x.org"], by=editor, at=noon)
    actions.send_links(survey=anonymous, by=editor, at=noon)
    assert actions.remind(survey=anonymous, by=editor, at=noon + 4 * DAY) == 0


def test_the_response_is_counted_by_audience(survey, editor, noon, django_assert_num_queries):
    make.answers(survey, managers=3, partners=1)
    survey.questionnaires.filter(audience="managers").update(invited=4, target=4)
    with django_assert_num_queries(3):
        groups = queries.response_of(survey)
    assert [(g.questionnaire.audience, g.answered, g.goal, g.rate and round(g.rate.value, 2)) for g in groups] == [
        ("managers", 3, 4, 0.75),
        ("partners", 1, None, None),
    ]


def test_others_do_not_invite(survey, noon):
    with pytest.raises(NotAllowed):
        actions.invite(
            questionnaire=survey.questionnaires.first(), addresses=["a@x.org"], by=staff(survey.cluster, Part.EVALUATOR), at=noon
        )
