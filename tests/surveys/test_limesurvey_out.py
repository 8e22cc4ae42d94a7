"""A survey of ours goes to LimeSurvey and comes back with every answer."""

import pytest
from defusedxml.ElementTree import fromstring
from django.urls import reverse

from talka.people.rules import Part
from talka.surveys import actions, queries
from tests.factories import clusters as make
from tests.factories.surveys import SPRING, answers, survey

pytestmark = pytest.mark.django_db

ITEMS = [
    {"code": "funding", "kind": "need", "text": "Funding & <finance>"},
    {"code": "clear", "kind": "likert", "text": "It is clear"},
    {"code": "often", "kind": "likert", "text": "How often", "low": 0, "high": 3},
    {"code": "one", "kind": "choice", "text": "Which", "choices": [{"code": "red", "text": "Red"}, {"code": "blue", "text": "Blue"}]},
    {"code": "many", "kind": "choices", "text": "Which of these", "choices": [{"code": "tea", "text": "Tea"}, {"code": "milk", "text": "Milk"}]},
    {"code": "order", "kind": "ranking", "text": "In which order", "choices": [{"code": "a", "text": "A"}, {"code": "b", "text": "B"}]},
    {"code": "hours", "kind": "number", "text": "Hours", "condition": {"item": "one", "is": "eq", "value": "red"}},
    {"code": "why", "kind": "text", "text": "Why 🪵 لماذا", "translations": {"de": {"text": "Warum"}}},
    {"code": "recommend", "kind": "nps", "text": "Recommend"},
    {"code": "usable", "kind": "sus", "text": "the platform"},
    {"code": "change", "kind": "impact", "text": "What changed"},
]  # fmt: skip
ROWS = (
    "respondent,funding.importance,funding.ability,clear,often,one,many,order,hours,why,recommend,"
    + ",".join(f"usable.{n}" for n in range(1, 11))
    + ",change.before,change.contribution,change.after\n"
    'r1,5,2,4,0,red,tea|milk,b|a,2.5,"says ""why"" 🪵\nتقريبا",9,4,2,4,1,4,2,5,2,4,2,nothing,a template,monthly\n'
    "r2,3,,1,3,blue,milk,a,,,0,,,,,,,,,,,,,\n"
).encode()


@pytest.fixture
def ours():
    one = [{"audience": "all", "title": "All"}]
    made = survey(make.cluster(), questionnaires=one, sections=[{"title": "Page", "items": ITEMS}])
    report = actions.import_answers(made, ROWS, by=None, at=SPRING)
    assert report.done, report.as_text()
    return made


def values(of):
    """Answers of each respondent, in the order of the questions."""
    codes = [item.code for item in queries.items_of(of)]
    return [[row.answers.get(code) for code in codes] for row in queries.answer_rows(of)]


def test_what_goes_out_comes_back(ours):
    again, left_out = actions.load_limesurvey(queries.lime_structure(ours), cluster=ours.cluster, by=None, at=SPRING, title="Again")
    assert left_out == ()
    report = actions.import_answers(again, "".join(queries.lime_responses(ours)).encode(), by=None, at=SPRING)
    assert report.done, report.as_text()
    first, second = values(again)
    assert first[:9] == [(5, 2), 4, 0, "a1", ["sq001", "sq002"], ["a2", "a1"], 2.5, 'says "why" 🪵\nتقريبا', 9]
    assert first[9:19] == [4, 2, 4, 1, 4, 2, 5, 2, 4, 2]
    assert first[19:] == ["nothing", "a template", "monthly"]
    assert second[:6] == [(3, None), 1, 3, "a2", ["sq002"], ["a1"]]
    assert [n.score for n in again.needs.all()] == [n.score for n in ours.needs.all()]


def test_two_audiences_become_a_question():
    made = survey(make.cluster())
    answers(made, 3, 2)
    root = fromstring(queries.lime_structure(made))
    assert next(q.findtext("title") for q in root.iterfind("questions/rows/row")) == "audience"
    head, *rows = "".join(queries.lime_responses(made)).splitlines()
    assert '"audience"' in head
    assert [row.split(",")[6] for row in rows] == ['"A1"', '"A1"', '"A1"', '"A2"', '"A2"']
    again, _left = actions.load_limesurvey(queries.lime_structure(made), cluster=made.cluster, by=None, at=SPRING)
    assert actions.import_answers(again, "\n".join([head, *rows]).encode(), by=None, at=SPRING).new == 5


def test_conditions_and_languages_go_along(ours):
    root = fromstring(queries.lime_structure(ours))
    relevance = {q.findtext("title"): q.findtext("relevance") for q in root.iterfind("questions/rows/row")}
    assert relevance["hours"] == '(one.NAOK == "A1")'
    assert relevance["why"] == "1"
    assert [e.text for e in root.iterfind("languages/language")] == ["en", "de"]
    assert "Warum" in {r.findtext("question") for r in root.iterfind("question_l10ns/rows/row")}


def test_codes_that_would_be_the_same_are_told_apart():
    items = [{"code": f"{'very-long-code-' * 3}{n}", "kind": "text", "text": "T"} for n in range(3)]
    made = survey(make.cluster(), questionnaires=[{"audience": "all", "title": "All"}], sections=[{"title": "P", "items": items}])
    titles = [q.findtext("title") for q in fromstring(queries.lime_structure(made)).iterfind("questions/rows/row")]
    assert len(set(titles)) == 3
    assert all(len(t) <= 20 and t.isalnum() for t in titles)


def test_a_question_is_not_called_as_a_column_of_the_file():
    made = survey(make.cluster())
    editor = make.staff(made.cluster, Part.EDITOR)
    with pytest.raises(actions.CodeTaken):
        actions.put_item(survey=made, section=None, kind="text", code="audience", text="Who", by=editor, at=SPRING)


def test_pages_give_the_files_to_staff(client, ours):
    client.force_login(make.staff(ours.cluster, Part.EVALUATOR))
    where = {"cluster": ours.cluster.slug, "survey": ours.slug}
    assert client.get(reverse("surveys:lime-structure", kwargs=where)).content.startswith(b"<?xml")
    assert b'"submitdate"' in b"".join(client.get(reverse("surveys:lime-responses", kwargs=where)).streaming_content)
    syntax = b"".join(client.get(reverse("surveys:spss", kwargs=where)).streaming_content).decode()
    assert "  funding_importance 'Funding & <finance> [importance]'" in syntax
