import pytest

from talka.people import signals
from talka.people.models import User
from talka.surveys import actions
from talka.surveys.models import Invitation
from tests.factories import skills
from tests.factories import surveys as make
from tests.factories.clusters import cluster
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(noon):
    """A person who answered a named survey, was invited by mail, and rated themselves."""
    user = person(email="me@example.org")
    survey = make.survey(
        cluster(),
        identity="named",
        opens_at=make.SPRING,
        sections=[{"title": "S", "items": [{"code": "mark", "kind": "nps", "text": "M"}, {"code": "why", "kind": "text", "text": "W"}]}],
    )
    invitation = Invitation.objects.create(
        questionnaire=survey.questionnaires.first(), token="t", email=user.email, user=user, made_at=noon
    )
    response = actions.begin(questionnaire=invitation.questionnaire, invitation=invitation, at=noon)
    actions.save_answers(response=response, values={"mark": 9, "why": "I am the only one here"}, at=noon)
    actions.hand_in(response=response, invitation=invitation, at=noon, may_quote=True)
    skills.assessment(user, skills.framework(1).profiles.get(), c1=2)
    return user


def test_a_person_takes_their_answers_and_levels_with_them(answered):
    files = {name: value for _r, found in signals.own_data_asked.send(User, user=answered) if found for name, value in found.items()}
    assert files["survey-answers.json"][0]["answers"] == {"mark": 9, "why": "I am the only one here"}
    assert files["survey-invitations.json"][0]["answered"] is True
    assert files["assessments.json"][0]["levels"] == {"c1": 2}


def test_of_an_erased_person_the_ticked_answers_stay_without_a_name(answered, noon):
    signals.erased.send(User, user=answered, by=answered, at=noon)
    response = make.Survey.objects.get().responses.get()
    assert (response.user, response.may_quote, [a.item.code for a in response.answers.all()]) == (None, False, ["mark"])
    assert list(Invitation.objects.values_list("user", "email")) == [(None, "")]
    assert not answered.assessments.exists()
