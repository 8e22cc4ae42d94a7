"""A course is put to its testers: the survey that is made, who is invited, what becomes a task."""

from datetime import timedelta

import pytest
from django.urls import reverse

from talka.courses.actions import enrol, finish_topic, open_topic
from talka.courses.models import Course, Enrolment, Lesson, Module, Production, Topic
from talka.curriculum import actions, queries
from talka.kit.models import Letter
from talka.people.actions import NotAllowed
from talka.people.rules import Part
from talka.surveys import actions as surveys
from tests.factories import clusters as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return make.cluster("North")


@pytest.fixture
def course(north):
    found = Course.objects.create(key="c", slug="c", title="Sawing", cluster=north, visibility="network")
    for n, module in enumerate(("First", "Second")):
        made = Module.objects.create(course=found, slug=module.lower(), title=module, order=n)
        lesson = Lesson.objects.create(course=found, module=made, slug=f"l{n}", title="Lesson", order=n)
        for t in range(2):
            Topic.objects.create(course=found, lesson=lesson, slug=f"topic-{n}{t}", title=f"Topic {n}{t}", live=True, order=t)
    return found


@pytest.fixture
def editor(north):
    return make.staff(north, Part.EDITOR)


def learner(north, course, *, topics, at, completes=False):
    user = make.employee(make.organisation(f"Firm {topics}{completes}", of=north))
    enrolment = enrol(course=course, by=user, at=at)
    for topic in course.topics.order_by("lesson__order", "order")[:topics]:
        open_topic(enrolment=enrolment, topic=topic, at=at)
        finish_topic(enrolment=enrolment, topic=topic, at=at)
    if completes:
        Enrolment.objects.filter(pk=enrolment.pk).update(completed_at=at)
    return user


def answered(validation, *rows):
    """Answers of testers: what helped, what must be mended, and words about it, as `code value` pairs."""
    survey = validation.survey
    lines = ["respondent,share,helped-1,mend-1,say-topic-00"]
    lines += [f"r{n},all,{helped},{mend},{say}" for n, (helped, mend, say) in enumerate(rows)]
    report = surveys.import_answers(survey, "\n".join(lines).encode(), by=None, at=survey.created_at)
    assert report.done, report.as_text()


def test_the_survey_asks_about_each_topic_by_module(course, north, editor, noon):
    made = actions.begin_validation(course=course, cluster=north, by=editor, at=noon)
    survey = made.survey
    assert [s.title for s in survey.sections.all()] == ["The course", "First", "Second", "The platform", "Would you recommend it"]
    mend = survey.items.get(code="mend-2")
    assert [c["code"] for c in mend.options["choices"]] == ["topic-10", "topic-11"]
    assert survey.items.get(code="say-topic-10").condition == {"item": "mend-2", "is": "has", "value": "topic-10"}
    assert made.topics.count() == 4


def test_a_course_without_topics_has_nothing_to_ask(course, north, editor, noon):
    course.topics.update(live=False)
    with pytest.raises(actions.NothingToValidate):
        actions.begin_validation(course=course, cluster=north, by=editor, at=noon)


def test_evaluators_ask_nobody(course, north, noon):
    with pytest.raises(NotAllowed):
        actions.begin_validation(course=course, cluster=north, by=make.staff(north, Part.EVALUATOR), at=noon)


def test_testers_get_the_link_and_later_those_who_complete(course, north, editor, noon):
    worked = learner(north, course, topics=1, at=noon)
    learner(north, course, topics=0, at=noon)
    learner(make.cluster("South"), course, topics=2, at=noon)
    made = actions.begin_validation(course=course, cluster=north, by=editor, at=noon)
    surveys.open_survey(survey=made.survey, by=editor, at=noon)
    made.survey.refresh_from_db()
    assert actions.invite_testers(validation=made, by=editor, at=noon).made == 1
    assert list(Letter.objects.values_list("to", flat=True)) == [worked.email]
    later = learner(north, course, topics=4, at=noon, completes=True)
    assert actions.ask_who_completed(at=noon + timedelta(days=1)) == 1
    assert actions.ask_who_completed(at=noon + timedelta(days=2)) == 0
    assert list(Letter.objects.exclude(to=worked.email).values_list("to", flat=True)) == [later.email]


def test_what_was_said_stands_by_topic_and_few_say_nothing(course, north, editor, noon):
    made = actions.begin_validation(course=course, cluster=north, by=editor, at=noon)
    answered(made, *[("topic-01", "topic-00", "shorter")] * 4)
    assert [s.people for s in queries.said_by_topic(made, viewer=editor)] == [None, None, 0, 0]
    answered(made, *[("topic-01", "topic-00", "shorter")] * 5)
    made.survey.responses.update(may_quote=True)
    first, second, *_rest = queries.said_by_topic(made, viewer=editor)
    assert (first.people, first.helped, first.mend, first.quotes) == (5, 0, 5, ("shorter",) * 5)
    assert (second.people, second.helped, second.mend, second.quotes) == (5, 5, 0, ())
    assert queries.said_by_topic(made, viewer=make.staff(make.cluster("South"), Part.MANAGER)) == []


def test_words_are_quoted_only_where_it_is_allowed(course, north, editor, noon):
    made = actions.begin_validation(course=course, cluster=north, by=editor, at=noon)
    answered(made, *[("", "topic-00", f"words {n}") for n in range(6)])
    made.survey.responses.filter(respondent="r2").update(may_quote=True)
    assert queries.said_by_topic(made, viewer=editor)[0].quotes == ("words 2",)


def test_a_finding_becomes_one_task_on_the_board(course, north, editor, noon, client):
    made = actions.begin_validation(course=course, cluster=north, by=editor, at=noon)
    topic = course.topics.get(slug="topic-00")
    client.force_login(editor)
    address = reverse("curriculum:validation-task", args=[north.slug, made.survey.slug])
    data = {"topic": topic.pk, "finding": "mend", "kind": "text", "title": "Shorten it", "back": "/learn/"}
    assert client.post(address, data).url == "/learn/"
    assert client.post(address, {**data, "back": "https://elsewhere.example/"}).url == f"/clusters/{north.slug}/courses/c/production/"
    row = Production.objects.get()
    assert (row.course, row.lesson, row.title, row.kind) == (course, topic.lesson, "Shorten it", "text")
    assert client.post(address, {**data, "kind": "poem"}).status_code == 404
    assert client.post(address, {**data, "topic": "none"}).status_code == 404
    assert Production.objects.count() == 1


def test_the_course_page_leads_to_it(course, north, editor, noon, client):
    client.force_login(editor)
    page = client.get(reverse("courses:manage", args=[north.slug, "c"]))
    assert "Ask the testers" in page.content.decode()
    made = client.post(reverse("curriculum:validate", args=[north.slug, "c"]), follow=True)
    assert "Look through its questions" in made.content.decode()
    page = client.get(reverse("courses:manage", args=[north.slug, "c"])).content.decode()
    assert "Validation: Sawing" in page
    assert "Invite everybody who has worked with it" in page
