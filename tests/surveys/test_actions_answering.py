from datetime import UTC, datetime, timedelta

import pytest

from talka.surveys import actions
from talka.surveys.models import Invitation, Response
from tests.factories import surveys as make
from tests.factories.clusters import cluster, employee, organisation
from tests.factories.people import person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def opened(noon, **changes):
    return make.survey(cluster(), opens_at=noon - HOUR, **changes)


def managers(survey):
    return survey.questionnaires.get(audience="managers")


def invite(questionnaire, noon, token="token-1", **fields):
    return Invitation.objects.create(questionnaire=questionnaire, token=token, made_at=noon, **fields)


def test_a_link_gives_one_answer_and_forgets_what_it_was(noon):
    q = managers(opened(noon))
    invitation = invite(q, noon)
    response = actions.begin(questionnaire=q, invitation=invitation, at=noon)
    assert actions.begin(questionnaire=q, invitation=invitation, at=noon) == response
    actions.save_answers(response=response, values={"funding": (5, 1), "leading": (4, None)}, at=noon)
    actions.save_answers(response=response, values={"leading": None}, at=noon)
    done = actions.hand_in(response=response, invitation=invitation, at=noon)
    invitation.refresh_from_db()
    assert (done.draft_key, done.user, done.submitted_at) == (None, None, datetime(2026, 3, 2, tzinfo=UTC))
    assert invitation.answered_on == noon.date()
    assert [(a.item.code, a.importance, a.ability) for a in done.answers.all()] == [("funding", 5, 1)]
    with pytest.raises(actions.AlreadyAnswered):
        actions.begin(questionnaire=q, invitation=invitation, at=noon)
    with pytest.raises(actions.AlreadyAnswered):
        actions.hand_in(response=response, invitation=invitation, at=noon)
    with pytest.raises(actions.AlreadyAnswered):
        actions.save_answers(response=done, values={"funding": (1, 1)}, at=noon)


def test_two_tabs_with_one_link_hand_in_once(noon):
    q = managers(opened(noon))
    invitation = invite(q, noon)
    response = actions.begin(questionnaire=q, invitation=invitation, at=noon)
    Invitation.objects.update(answered_on=noon.date())
    with pytest.raises(actions.AlreadyAnswered):
        actions.hand_in(response=response, invitation=invitation, at=noon)
    assert not Response.objects.handed_in().exists()


def test_a_named_survey_keeps_who_and_when(noon):
    q = managers(opened(noon, identity="named"))
    user = person()
    invitation = invite(q, noon, user=user)
    response = actions.begin(questionnaire=q, invitation=invitation, at=noon)
    done = actions.hand_in(response=response, invitation=invitation, at=noon)
    assert (done.user, done.submitted_at) == (user, noon)


def test_nothing_is_taken_before_opening_after_closing_or_above_the_quota(noon):
    survey = opened(noon, identity="anonymous", closes_at=noon + HOUR)
    q = managers(survey)
    with pytest.raises(actions.NotOpen):
        actions.begin(questionnaire=q, invitation=None, at=noon - 2 * HOUR)
    response = actions.begin(questionnaire=q, invitation=None, at=noon)
    with pytest.raises(actions.NotOpen):
        actions.save_answers(response=response, values={"funding": (5, 1)}, at=noon + 2 * HOUR)
    with pytest.raises(actions.NotOpen):
        actions.hand_in(response=response, invitation=None, at=noon + 2 * HOUR)
    second = actions.begin(questionnaire=q, invitation=None, at=noon)
    q.quota = 1
    q.save()
    actions.hand_in(response=response, invitation=None, at=noon)
    for call in (
        lambda: actions.begin(questionnaire=q, invitation=None, at=noon),
        lambda: actions.hand_in(response=second, invitation=None, at=noon),
    ):
        with pytest.raises(actions.QuotaReached):
            call()


def test_what_must_be_answered_is_asked_for_and_hidden_answers_are_taken_out(noon):
    items = [
        {
            "code": "used",
            "kind": "choice",
            "text": "Used?",
            "required": True,
            "choices": [{"code": "y", "text": "Yes"}, {"code": "n", "text": "No"}],
        },
        {"code": "why", "kind": "text", "text": "Why not?", "required": True, "condition": {"item": "used", "is": "eq", "value": "n"}},
    ]
    q = managers(opened(noon, identity="anonymous", sections=[{"title": "S", "items": items}]))
    response = actions.begin(questionnaire=q, invitation=None, at=noon)
    with pytest.raises(actions.AnswersMissing) as e:
        actions.hand_in(response=response, invitation=None, at=noon)
    assert e.value.codes == ["used"]
    actions.save_answers(response=response, values={"used": "n", "why": "No time"}, at=noon)
    actions.save_answers(response=response, values={"used": "y"}, at=noon)
    done = actions.hand_in(response=response, invitation=None, at=noon)
    assert [a.item.code for a in done.answers.all()] == ["used"]


def test_a_person_of_the_cluster_has_one_link_and_a_stranger_none(noon):
    survey = opened(noon)
    member = employee(organisation(of=survey.cluster))
    first = actions.own_invitation(questionnaire=managers(survey), user=member, at=noon)
    assert actions.own_invitation(questionnaire=survey.questionnaires.get(audience="partners"), user=member, at=noon) == first
    with pytest.raises(actions.LinkNeeded):
        actions.own_invitation(questionnaire=managers(survey), user=person(), at=noon)
    with pytest.raises(actions.LinkNeeded):
        actions.begin(questionnaire=managers(survey), invitation=None, at=noon)
