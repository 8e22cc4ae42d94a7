"""A lesson on paper, a glossary, and one's own notes."""

import re
from pathlib import Path

import pytest
import yaml
from lxml import html as lxml_html

import talka
from talka.courses.models import Bookmark, Note, Topic
from talka.courses.pieces.paper import Paper, _paper
from talka.courses.rendering import Term, explain_terms
from talka.courses.rules import materials as m
from tests.factories import courses as make
from tests.factories.people import person


def paper(kind: str) -> Paper:
    return _paper(m.parse("exercise", yaml.safe_load(make.EXERCISES[kind])), "seed")


@pytest.mark.parametrize(
    ("kind", "lists"),
    [
        ("single", [{"The mill", "The bank in the capital", "The poet"}]),
        ("multiple", [{"A saw", "A plane", "A song"}]),
        ("truefalse", [{"True", "False"}]),
        ("match", [{"Saw", "Plane"}, {"cuts", "smooths", "sings"}]),
        ("order", [{"Fell", "Saw", "Join"}]),
        ("categorise", [{"Mill", "Trade school"}, {"Firm", "School"}]),
        ("hotspot", [{"Left half", "Right half"}]),
    ],
)
def test_everything_to_choose_from_is_on_paper(kind, lists):
    assert [set(texts) for texts in paper(kind).lists] == lists


def test_paper_does_not_give_the_answer_away():
    assert paper("order").lists[0] != ("Fell", "Saw", "Join")
    assert paper("cloze").text == "A cluster has a ____________ and many ____________."
    assert [len(paper(kind).lines) for kind in ("number", "short", "open", "upload")] == [1, 1, 4, 0]


@pytest.mark.django_db
def test_a_printed_lesson_asks_everything_and_answers_nothing(client):
    course = make.course(visibility="public")
    user = person()
    make.enrolment(user, course)
    client.force_login(user)
    said = lxml_html.fromstring(client.get("/learn/small/lessons/train/").content).find_class("whole-lesson")[0].text_content()
    for words in ("Fell", "Trade school", "smooths", "A cluster has a ____________", "False", "Right half"):
        assert words in said, words
    for words in ("core", "One good answer", "Rather sure", "Field and place decide"):
        assert words not in said, words


def test_paper_shows_terms_and_what_is_folded():
    style = (Path(talka.__file__).parent / "courses/static/courses/learn.css").read_text()
    print_rules = style[style.index("@layer print") :]
    # A term is a button; a rule that hides buttons tears words out of sentences.
    assert re.findall(r"[^{},;]*button[^{}]*\{ display: none", print_rules) == ["\n    .exercise button:not(.term) { display: none"]
    assert "::details-content" in print_rules


@pytest.mark.django_db
def test_notes_come_in_the_order_of_the_course_and_lead_nowhere_that_is_closed(client):
    course = make.course(visibility="public")
    user = person()
    make.enrolment(user, course)
    later, first = make.topic(course, "exercises"), make.topic(course, "start")
    for topic in (later, first):
        Note.objects.create(user=user, topic=topic, text=f"about {topic.slug}", saved_at=make.WHEN)
        Bookmark.objects.create(user=user, topic=topic, at=make.WHEN)
    Topic.objects.filter(pk=later.pk).update(live=False)
    client.force_login(user)
    page = lxml_html.fromstring(client.get("/learn/small/notes/").content)
    assert [p.text for p in page.xpath("//article/p[1]")] == ["about start", "about exercises"]
    assert page.xpath("//article//a/@href") == ["/learn/small/start/#note"]
    assert page.xpath("//ul[@class='rows']//a/@href") == ["/learn/small/start/"]


@pytest.mark.django_db
def test_the_glossary_wears_the_learners_style_and_leads_back(client):
    make.course(visibility="public")
    page = client.get("/learn/small/glossary/").content.decode()
    assert "courses/learn.css" in page
    assert '<a href="/learn/small/"' in page


def test_a_point_stays_with_its_term():
    terms = [Term(key="core", term="core", definition="The middle.")]
    made = explain_terms("<p><em>Who is the core?</em></p>", terms, prefix="t", url="")
    assert re.search(r'<span class="with-point"><dfn><button [^>]*>core</button></dfn>\?</span></em></p>', made)
    assert "with-point" not in explain_terms("<p>The core is here.</p>", terms, prefix="t", url="")
