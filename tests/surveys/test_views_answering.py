from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from talka.surveys import queries
from talka.surveys.models import Invitation, Response
from tests.factories import surveys as make
from tests.factories.clusters import cluster, employee, organisation
from tests.factories.people import person

pytestmark = pytest.mark.django_db
PAIRS = {
    "shown": "funding leading digital",
    "funding.importance": "5",
    "funding.ability": "1",
    "leading.importance": "4",
    "leading.ability": "",
}


@pytest.fixture
def anonymous():
    return make.survey(cluster(), identity="anonymous", opens_at=now() - timedelta(hours=1))


@pytest.fixture
def invited():
    survey = make.survey(cluster(), opens_at=now() - timedelta(hours=1))
    return Invitation.objects.create(questionnaire=survey.questionnaires.first(), token="a-token", made_at=now())


def url(survey, name="start", **kwargs):
    return reverse(f"surveys:{name}", kwargs={"survey": survey.uuid, "audience": "managers", **kwargs})


def test_answering_without_a_script_from_the_open_link_to_the_thanks(client, anonymous):
    door = client.get(reverse("surveys:door", kwargs={"survey": anonymous.uuid}))
    assert url(anonymous) in door.content.decode()
    assert "Nobody can tell who answered" in client.get(url(anonymous)).content.decode()
    first = client.post(url(anonymous))
    assert first.url == url(anonymous, "page", page=1)
    assert "Funding" in client.get(first.url).content.decode()
    assert client.post(first.url, PAIRS).url == url(anonymous, "end")
    assert "2 of 3 questions are answered" in client.get(url(anonymous, "end")).content.decode()
    done = client.post(url(anonymous, "end"), follow=True)
    assert "Your answers are in" in done.content.decode()
    assert [r.answers for r in queries.answer_rows(anonymous)] == [{"funding": (5, 1), "leading": (4, None)}]
    # The address of the end, opened once more, leads to the beginning.
    assert client.get(url(anonymous, "end")).url == url(anonymous)


def test_one_goes_on_where_one_stopped(client, anonymous):
    client.post(url(anonymous))
    page = url(anonymous, "page", page=1)
    assert client.post(page, {**PAIRS, "autosave": "1"}).status_code == 204
    text = client.get(url(anonymous)).content.decode()
    assert "Go on where you stopped" in text
    assert client.post(url(anonymous)).url == page
    shown = client.get(page).context["fields"][0].lines[0]
    assert [o.value for o in shown.options if o.chosen] == ["5"]
    assert Response.objects.count() == 1


def test_a_wrong_answer_is_named_and_the_others_are_kept(client, anonymous):
    client.post(url(anonymous))
    response = client.post(url(anonymous, "page", page=1), {**PAIRS, "funding.importance": "9"})
    assert response.status_code == 422
    assert "“9” is outside the scale from 1 to 5." in response.content.decode()
    assert Response.objects.get().answers.get().item.code == "leading"


def test_a_personal_link_answers_once_on_any_device(client, client_class, invited):
    survey = invited.questionnaire.survey
    entry = client.get("/s/a-token/")
    assert entry.url == url(survey)
    client.post(entry.url)
    client.post(url(survey, "page", page=1), PAIRS)
    other = client_class()
    assert "Go on where you stopped" in other.get("/s/a-token/", follow=True).content.decode()
    client.post(url(survey, "end"))
    assert "You have already answered" in other.get("/s/a-token/", follow=True).content.decode()
    assert other.post(url(survey)).status_code == 409
    assert Response.objects.handed_in().count() == 1


def test_the_letter_of_an_anonymous_survey_goes_on_where_one_stopped_but_not_for_the_next_person(client, anonymous):
    for token in ("one-letter", "another"):
        Invitation.objects.create(questionnaire=anonymous.questionnaires.first(), token=token, made_at=now())
    client.post(client.get("/s/one-letter/").url)
    client.post(url(anonymous, "page", page=1), {**PAIRS, "autosave": "1"})
    assert "Go on where you stopped" in client.get("/s/one-letter/", follow=True).content.decode()
    assert "Go on where you stopped" not in client.get("/s/another/", follow=True).content.decode()


def test_a_full_quota_is_said_before_one_begins(client, anonymous):
    anonymous.questionnaires.filter(audience="managers").update(quota=1)
    make.answers(anonymous, managers=1)
    page = client.get(url(anonymous))
    assert page.status_code == 200
    assert "Begin" not in page.content.decode()


@pytest.fixture
def client_class():
    from django.test import Client

    return Client


def test_a_pseudonymous_survey_asks_for_a_link_or_a_sign_in(client, invited):
    survey = invited.questionnaire.survey
    assert client.get(url(survey)).url.startswith("/accounts/login/")
    client.force_login(person())
    assert client.get(url(survey)).status_code == 403
    client.force_login(employee(organisation(of=survey.cluster)))
    assert "Begin" in client.get(url(survey)).content.decode()
    assert client.get("/s/no-such-token/").status_code == 404


def test_after_closing_nothing_is_taken_and_it_says_so(client, anonymous):
    client.post(url(anonymous))
    anonymous.closes_at = now() - timedelta(minutes=1)
    anonymous.save()
    assert "This survey is closed" in client.get(url(anonymous)).content.decode()
    assert client.post(url(anonymous, "page", page=1), PAIRS).status_code == 409
    assert client.post(url(anonymous, "end")).status_code == 409
    assert not Response.objects.handed_in().exists()


def test_a_question_that_an_answer_opens_is_asked_before_one_goes_on(client):
    items = [
        {"code": "rate", "kind": "nps", "text": "Would you recommend it?"},
        {"code": "why", "kind": "text", "text": "Why {rate}?", "condition": {"item": "rate", "is": "lt", "value": 7}},
    ]
    survey = make.survey(cluster(), identity="anonymous", opens_at=now() - timedelta(hours=1), sections=[{"title": "S", "items": items}])
    client.post(url(survey))
    page = url(survey, "page", page=1)
    assert client.post(page, {"shown": "rate", "rate": "3"}).url == f"{page}#why"
    assert "Why 3?" in client.get(page).content.decode()
    assert client.post(page, {"shown": "rate why", "rate": "9", "why": "x"}).url == url(survey, "end")
    client.post(url(survey, "end"))
    assert [r.answers for r in queries.answer_rows(survey)] == [{"rate": 9}]


def test_two_on_one_place_of_a_ranking_are_told_apart(client):
    choices = [{"code": c, "text": c.upper()} for c in "abc"]
    items = [{"code": "order", "kind": "ranking", "text": "Order", "choices": choices}]
    survey = make.survey(cluster(), identity="anonymous", opens_at=now() - timedelta(hours=1), sections=[{"title": "S", "items": items}])
    client.post(url(survey))
    page = url(survey, "page", page=1)
    assert "Two have the same place" in client.post(page, {"shown": "order", "order.a": "1", "order.b": "1"}).content.decode()
    client.post(page, {"shown": "order", "order.a": "2", "order.b": "1"})
    assert Response.objects.get().answers.get().value == ["b", "a"]


def test_a_page_costs_few_queries(client, anonymous, django_assert_max_num_queries):
    client.post(url(anonymous))
    with django_assert_max_num_queries(14):
        client.get(url(anonymous, "page", page=1))
