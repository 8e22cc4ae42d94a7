"""The learner's pages without a script: forms that come back with what was typed, and few queries."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

import talka
from talka.courses import films
from talka.courses.models import Attempt, QuizRun, SheetEntry, TopicProgress
from tests.factories import courses as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(visibility="public")


@pytest.fixture
def learner(client, course):
    user = person("Lea")
    make.enrolment(user, course)
    client.force_login(user)
    return user


def at(course, *parts):
    return reverse(f"courses:{parts[0]}", args=[course.slug, *parts[1:]])


def queries_for(client, address) -> int:
    """How many queries the page itself took; what is noted after it went out is not waited for."""
    answer = client.get(address)
    assert answer.status_code == 200
    return int(answer["Server-Timing"].split('desc="')[1].rstrip('"'))


@pytest.mark.parametrize("topics", [1, 3])
def test_a_topic_costs_the_same_however_long_the_course(client, topics):
    course = make.plain_course(topics=topics, visibility="public")
    user = person()
    make.enrolment(user, course)
    client.force_login(user)
    assert queries_for(client, at(course, "topic", "t0")) <= 10


@pytest.mark.parametrize("slug", ["start", "exercises"])
def test_a_topic_with_every_kind_costs_at_most_twelve_queries(client, course, learner, slug):
    assert queries_for(client, at(course, "topic", slug)) <= 12
    assert TopicProgress.objects.get().topic.slug == slug


def test_an_answer_comes_back_to_its_place_with_an_explanation(client, course, learner):
    page = client.post(at(course, "answer", "exercises", "single"), {"choice": "poet"}, follow=True)
    assert page.redirect_chain == [("/learn/small/exercises/#m-single", 302)]
    html = page.content.decode()
    assert "Not yet." in html
    assert "Not in this field." in html
    assert "Field and place decide." not in html
    html = client.post(at(course, "answer", "exercises", "single"), {"choice": "mill"}, follow=True).content.decode()
    assert "Field and place decide." in html


def test_what_cannot_be_read_stays_in_its_field(client, course, learner):
    page = client.post(at(course, "answer", "exercises", "number"), {"number": "about forty"})
    assert page.status_code == 422
    assert 'value="about forty"' in page.content.decode()
    assert "is not a number" in page.content.decode()
    assert not Attempt.objects.exists()


def test_what_is_too_long_is_said_and_never_cut(client, course, learner):
    long = "x" * 20_001
    page = client.post(at(course, "answer", "exercises", "open"), {"text": long})
    assert page.status_code == 422
    assert "Too long: 20000 characters at most, this has 20001." in page.content.decode()
    assert long in page.content.decode()
    assert not Attempt.objects.exists()
    client.post(at(course, "note", "start"), {"text": "y" * 60_000, "version": "0"})
    assert "y" * 60_000 in client.get(at(course, "topic", "start")).content.decode()


@pytest.mark.parametrize(
    ("template", "script"),
    [("courses/templates/courses/head.html", "courses/static/courses/learn.js"), ("kit/templates/kit/base.html", "kit/static/kit/kit.js")],
)
def test_a_script_finds_its_words_in_the_page(template, script):
    house = Path(talka.__file__).parent
    words = set(re.findall(r"\bwords\.(\w+)", (house / script).read_text()))
    assert words
    assert words <= set(re.findall(r"data-(\w+)=\"{% translate", (house / template).read_text()))


def test_typed_markup_is_shown_as_text(client, course, learner):
    html = client.post(at(course, "answer", "exercises", "short"), {"text": "<script>alert(1)</script>"}, follow=True).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_two_windows_with_one_sheet(client, course, learner):
    address = at(course, "sheet", "start", "tool")
    client.post(address, {"version": "0", "f-field": "oak"})
    page = client.post(address, {"version": "0", "f-field": "pine", "f-who-0-0": "Mill"})
    assert page.status_code == 409
    assert "oak" in page.content.decode()
    assert 'value="pine"' in page.content.decode()
    assert SheetEntry.objects.get().values["field"] == "oak"
    client.post(address, {"version": "1", "f-field": "pine", "f-who-0-0": "Mill"})
    assert SheetEntry.objects.get().values["who"] == [["Mill", ""]]


def test_a_script_is_told_that_it_is_behind(client, course, learner):
    address = at(course, "sheet", "start", "tool")
    assert client.post(address, {"version": "0", "f-field": "oak"}, headers={"accept": "application/json"}).json() == {"version": 1}
    assert client.post(address, {"version": "0", "f-field": "pine"}, headers={"accept": "application/json"}).status_code == 409


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("map.exe", b"MZ", "These kinds of file"), ("map.pdf", b"no pdf", "is something else"), ("map.pdf", b"", "empty")],
)
def test_a_hand_in_that_is_none(client, course, learner, name, content, says):
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = client.post(at(course, "answer", "exercises", "upload"), {"file": SimpleUploadedFile(name, content)})
    assert page.status_code == 422
    assert says in page.content.decode()


def test_what_is_wrong_with_an_answer_is_in_sight(client, course, learner):
    # A page that comes back with a fault opens at the exercise, since the browser keeps the end of the form's address.
    html = client.get(at(course, "topic", "exercises")).content.decode()
    assert 'action="/learn/small/exercises/upload/answer/#m-upload"' in html


def test_a_film_plays_from_the_middle(client, course, learner):
    row = make.material(course, "film")
    films.path_of(row).unlink(missing_ok=True)  # another test may have drawn the same film
    assert client.get(at(course, "film", "start", "film")).status_code == 404
    path = films.make(row)
    answer = client.get(at(course, "film", "start", "film"), headers={"range": "bytes=10-19"})
    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes 10-19/{path.stat().st_size}")
    assert b"".join(answer.streaming_content) == path.read_bytes()[10:20]
    assert client.get(at(course, "film", "start", "film"), headers={"range": "bytes=999999999-"}).status_code == 416
    captions = client.get(at(course, "captions", "start", "film")).content.decode()
    assert (
        captions
        == "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nPicture a valley.\n\n00:00:02.000 --> 00:00:05.000\nThe mills form the core.\n"
    )


def test_a_document_is_a_pdf(client, course, learner):
    assert client.get(at(course, "document", "start", "document")).content.startswith(b"%PDF-")


def test_a_quiz_with_empty_questions_does_not_end_by_a_slip(client, course, learner):
    quiz, send = at(course, "quiz", "exercises", "quiz"), at(course, "quiz-answers", "exercises", "quiz")
    client.post(at(course, "quiz-start", "exercises", "quiz"))
    told = client.post(send, {"n": "1", "finish": "1"}, follow=True)
    assert told.redirect_chain == [(f"{quiz}?empty=1", 302)]
    assert "2 questions have no answer yet" in told.content.decode()
    assert QuizRun.objects.get().finished_at is None
    assert 'name="finish" value="sure"' in told.content.decode()
    client.post(send, {"n": "1", "finish": "sure"})
    assert QuizRun.objects.get().finished_at is not None
    # What was asked and what was right stays readable with a screen reader, but takes no more answers.
    result = client.get(quiz).content.decode()
    assert result.count('<fieldset disabled class="review">') == 2
    assert "inert" not in result


def test_terms_explain_themselves_once_in_a_text(client, course, learner):
    html = make.material(course, "text").html
    assert html.count('class="term"') == 2
    assert 'popovertarget="t-text-core"' in html
