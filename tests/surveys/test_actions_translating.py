"""Everything a respondent reads in another language; drafts that nobody finished."""

from datetime import timedelta

import pytest
from django.urls import reverse

from talka.people.rules import Part
from talka.surveys import actions, queries
from talka.surveys.models import Answer, Response
from tests.factories import clusters as make
from tests.factories.surveys import SPRING, survey

pytestmark = pytest.mark.django_db

SECTIONS = [
    {
        "title": "Page",
        "items": [
            {"code": "funding", "kind": "need", "text": "Funding"},
            {"code": "tea", "kind": "choice", "text": "Drink", "choices": [{"code": "t", "text": "Tea"}, {"code": "m", "text": "Milk"}]},
            {"code": "often", "kind": "likert", "text": "Often", "low": 1, "high": 3, "labels": ["no", "some", "yes"]},
        ],
    }
]
SAID = {
    "Needs": "Bedarf",
    "All": "Alle",
    "Page": "Seite",
    "Funding": "Geld finden",
    "Drink": "Getränk",
    "Tea": "Tee",
    "Milk": "Milch",
    "Often": "Oft",
    "no\nsome\nyes": "nie\nmanchmal\nimmer",
}


@pytest.fixture
def open_one(noon):
    one = [{"audience": "all", "title": "All"}]
    return survey(make.cluster(), questionnaires=one, sections=SECTIONS, identity="anonymous", opens_at=SPRING)


@pytest.fixture
def editor(open_one):
    return make.staff(open_one.cluster, Part.EDITOR)


def texts(of):
    return {w.name: SAID[w.own] for w in queries.wording_of(of, "de") if w.own in SAID}


def test_every_text_can_be_said_and_is_read_by_respondents(client, open_one, editor):
    client.force_login(editor)
    address = reverse("surveys:language", args=[open_one.cluster.slug, open_one.slug, "de"])
    assert client.post(address, texts(open_one)).status_code == 302
    client.logout()
    client.cookies["django_language"] = "de"
    begun = client.post(reverse("surveys:start", args=[open_one.uuid, "all"]), headers={"accept-language": "de"})
    page = client.get(begun.url, headers={"accept-language": "de"}).content.decode()
    for word in ("Alle", "Seite", "Geld finden", "Getränk", "Tee", "Milch", "nie", "immer"):
        assert word in page, word
    assert "Drink" not in page


def test_names_of_steps_must_fit_and_nothing_typed_is_lost(client, open_one, editor):
    client.force_login(editor)
    address = reverse("surveys:language", args=[open_one.cluster.slug, open_one.slug, "de"])
    given = texts(open_one) | {next(n for n, t in texts(open_one).items() if "\n" in t): "nie\nimmer"}
    answer = client.post(address, given)
    assert answer.status_code == 422
    assert "Geld finden" in answer.content.decode()
    open_one.items.get(code="funding").refresh_from_db()
    assert open_one.items.get(code="funding").translations == {}


def test_an_emptied_text_is_taken_away(open_one, editor, noon):
    actions.translate(survey=open_one, language="de", texts=texts(open_one), by=editor, at=noon)
    actions.translate(survey=open_one, language="de", texts=dict.fromkeys(texts(open_one), ""), by=editor, at=noon)
    assert [w.said for w in queries.wording_of(open_one, "de") if w.said] == []
    assert open_one.items.get(code="tea").translations == {}


def test_names_of_the_scale_in_another_language_survive_a_change_of_words(open_one, editor, noon):
    own = {half: queries.scale_of(open_one).labels[half] for half in ("importance", "ability")}
    actions.translate(survey=open_one, language="de", texts={"scale.importance": "\n".join("abcde")}, by=editor, at=noon)
    actions.change_scale(survey=open_one, low=1, high=5, labels=own, by=editor, at=noon)
    assert queries.scale_of(open_one).labels["importance:de"] == list("abcde")


def test_abandoned_drafts_go_after_thirty_days_and_answers_stay(open_one, noon):
    questionnaire = open_one.questionnaires.get()
    old, fresh, done = (actions.begin(questionnaire=questionnaire, invitation=None, at=noon) for _n in range(3))
    for response in (old, fresh, done):
        actions.save_answers(response=response, values={"funding": (5, 1)}, at=noon)
    actions.hand_in(response=done, invitation=None, at=noon)
    actions.save_answers(response=fresh, values={"tea": "t"}, at=noon + timedelta(days=20))
    assert actions.drop_drafts(at=noon + timedelta(days=30)) == 0
    assert actions.drop_drafts(at=noon + timedelta(days=31)) == 1
    assert set(Response.objects.values_list("pk", flat=True)) == {fresh.pk, done.pk}
    assert Answer.objects.filter(response=done).count() == 1
    done.refresh_from_db()
    assert done.kept_on is None
    Response.objects.filter(pk=fresh.pk).update(kept_on=None)
    assert actions.drop_drafts(at=noon + timedelta(days=99)) == 0
    assert actions.drop_drafts(at=noon + timedelta(days=130)) == 1
