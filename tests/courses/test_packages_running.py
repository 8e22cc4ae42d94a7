"""What people do in packages: state, statements, scores; and what a content may not say."""

import uuid
from datetime import timedelta

import pytest

from talka.courses.actions import open_topic, see_topic
from talka.courses.models import PackageRun, TopicProgress
from talka.courses.packages import actions, addresses, cmi, queries, receiving
from talka.records.queries import rows_after
from tests.factories import courses as make
from tests.factories import packages as boxes
from tests.factories.people import person

pytestmark = pytest.mark.django_db
AT = make.WHEN


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path


@pytest.fixture
def course():
    return make.plain_course(topics=1, visibility="public")


@pytest.fixture
def enrolment(course):
    return make.enrolment(person("Lea"), course)


def sat(enrolment, content, *, key="", unit=0):
    """A sitting in the unit of a package that the topic shows."""
    package = enrolment.course.packages.first() or boxes.take(enrolment.course, content)
    topic = boxes.show(package, make.topic(enrolment.course, "t0"))
    return boxes.sitting(package.units.exclude(kind="block")[unit], enrolment, topic, key=key)


def told() -> list[tuple]:
    """(verb, last part of the activity, success, score, response) of all statements but those that the topic itself brings."""
    rows = rows_after(0, limit=100)
    found = [(r[5].rsplit("/", 1)[-1], r[6], r[13], r[15], r[17]) for r in rows]
    return [(verb, activity.split("/unit/")[-1][36:], *rest) for verb, activity, *rest in found if "/unit/" in activity]


ANSWER = {
    "cmi.interactions.0.id": "q 1",
    "cmi.interactions.0.type": "choice",
    "cmi.interactions.0.student_response": "a,c",
    "cmi.interactions.0.result": "wrong",
    "cmi.suspend_data": "half",
    "cmi.core.lesson_location": "3",
}
END = {"cmi.core.score.raw": "85", "cmi.core.lesson_status": "completed", "cmi.core.session_time": "00:01:30"}


def test_a_scorm_sitting_from_first_answer_to_the_end(enrolment):
    sitting = sat(enrolment, boxes.scorm12())
    actions.keep_scorm(sitting=sitting, changes=ANSWER, tells=False, ends=False, at=AT)
    assert told() == [("initialized", "", None, None, None)]
    for _twice in range(2):
        actions.keep_scorm(sitting=sitting, changes=ANSWER, tells=True, ends=False, at=AT)
        run = actions.keep_scorm(sitting=sitting, changes=END, tells=True, ends=True, at=AT)
    assert told() == [
        ("initialized", "", None, None, None),
        ("answered", "/interaction/q%201", False, None, "a[,]c"),
        ("completed", "", None, 0.85, None),
        ("passed", "", True, 0.85, None),
        ("terminated", "", None, None, None),
    ]
    assert (run.completed_at, run.success, run.score, run.seconds) == (AT, True, 0.85, 90.0)


def test_a_unit_that_only_begins_and_ends_is_completed(enrolment):
    run = actions.keep_scorm(sitting=sat(enrolment, boxes.scorm12()), changes={}, tells=True, ends=True, at=AT)
    assert run.completed_at == AT
    assert [row[0] for row in told()] == ["initialized", "completed", "terminated"]


def test_time_adds_up_over_sittings_and_the_best_score_counts(enrolment):
    first, second = sat(enrolment, boxes.scorm12(), key="one"), sat(enrolment, b"", key="two")
    actions.keep_scorm(sitting=first, changes=ANSWER | END, tells=True, ends=True, at=AT)
    worse = {"cmi.core.score.raw": "20", "cmi.core.lesson_status": "failed", "cmi.core.session_time": "00:00:30"}
    run = actions.keep_scorm(sitting=second, changes=worse, tells=True, ends=True, at=AT)
    assert (run.seconds, run.score, run.success) == (120.0, 0.85, True)
    assert run.state["values"]["cmi.suspend_data"] == "half"
    assert [row[0] for row in told()].count("failed") == 1


@pytest.mark.parametrize(
    "sent",
    [{"evil": "1"}, {"cmi.x": None}, {"cmi.suspend_data": "x" * 80_000}, {"__proto__": "x"}, {"cmi.suspend_data": "a\0b"}, [], "x",
     {f"cmi.interactions.{n}.id": "x" for n in range(7000)}],
)  # fmt: skip
def test_what_is_no_data_of_scorm_is_not_taken(sent):
    with pytest.raises(cmi.BadState):
        cmi.changes_of(sent)


def statement(**changes):
    made = {
        "actor": {"mbox": "mailto:somebody@else.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {
            "id": "https://evil.example/course/1",
            "definition": {"name": {"en": "Q"}, "interactionType": "choice", "extensions": {"x:y": 1}},
        },
        "context": {
            "registration": str(uuid.uuid4()),
            "contextActivities": {"category": [{"id": "http://h5p.org/libraries/H5P.Tiny-1.0"}]},
        },
        "result": {"score": {"raw": 1, "min": 0, "max": 2, "scaled": 0.5}, "completion": True, "success": True, "response": "a"},
    }
    return made | changes


def test_an_h5p_speaks_for_its_learner_alone(enrolment):
    sitting = sat(enrolment, boxes.h5p())
    message = str(uuid.uuid4())
    for _twice in range(2):
        run = actions.tell_h5p(sitting=sitting, message=message, statement=statement(), at=AT)
    assert told() == [("answered", "", True, 0.5, "a")]
    row = next(r for r in rows_after(0, limit=100) if "/unit/" in r[6])
    assert str(enrolment.user.uuid) in row[4]
    assert (run.completed_at, run.score, run.success) == (AT, 0.5, True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}, "is not a content's to say"),
        ({"verb": {"id": "http://adlnet.gov/expapi/verbs/registered"}}, "is not a content's to say"),
        ({"verb": None}, "is not a content's to say"),
        ({"object": "x"}, "object is missing"),
        ({"result": {"response": 7}}, "response"),
    ],
)
def test_what_a_content_may_not_say_is_refused_whole(enrolment, changes, why):
    sitting = sat(enrolment, boxes.h5p())
    with pytest.raises(actions.NotTaken, match=why):
        actions.tell_h5p(sitting=sitting, message=str(uuid.uuid4()), statement=statement(**changes), at=AT)
    assert told() == []
    assert PackageRun.objects.get().state == {}


def test_a_part_of_an_h5p_is_no_end_of_it(enrolment):
    sitting = sat(enrolment, boxes.h5p())
    part = {"id": f"http://x/?subContentId={uuid.UUID(int=5)}"}
    run = actions.tell_h5p(sitting=sitting, message=str(uuid.uuid4()), statement=statement(object=part), at=AT)
    assert run.completed_at is None
    assert told()[0][1] == f"?subContentId={uuid.UUID(int=5)}"


def test_state_of_an_h5p_is_found_again_and_bounded(enrolment):
    sitting = sat(enrolment, boxes.h5p())
    assert actions.keep_user_state(sitting=sitting, part="0/state", text="{}", at=AT).state == {"parts": {"0/state": "{}"}}
    assert actions.keep_user_state(sitting=sitting, part="0/state", text="", at=AT).state == {"parts": {}}
    with pytest.raises(actions.NotTaken):
        actions.keep_user_state(sitting=sitting, part="0/state", text="x" * 600_000, at=AT)


def test_a_topic_is_done_when_it_was_read_and_every_unit_played(enrolment):
    first = sat(enrolment, boxes.scorm12())
    open_topic(enrolment=enrolment, topic=first.topic, at=AT)
    see_topic(enrolment=enrolment, topic=first.topic, at=AT, read=True)
    actions.keep_scorm(sitting=first, changes=END, tells=True, ends=True, at=AT)
    assert TopicProgress.objects.get().done_at is None
    later = AT + timedelta(minutes=1)
    actions.see_page(sitting=sat(enrolment, b"", unit=1), at=later)
    assert TopicProgress.objects.get().done_at == later
    assert [line.done for line in queries.menu_of(first.package, enrolment)] == [True, False, True]


def test_messages_of_the_wrong_kind_or_shape_are_named(enrolment):
    sitting = sat(enrolment, boxes.h5p())
    ticket = addresses.Ticket(enrolment.user_id, sitting.package.pk, sitting.unit.pk, sitting.run.pk, sitting.topic.pk, "s")
    _run, refused = receiving.receive(
        ticket, [{"what": "scorm", "values": {}}, {"what": "xapi", "message": "1", "statement": {}}, 5, {"what": "state", "part": 1}], at=AT
    )
    assert refused == [
        "scorm is nothing that this content may ask for", "a statement comes with an identifier of its message", "a message is an object",
        "a state has a part and a text",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:01:30.5", 90.5), ("PT1M30S", 90.0), ("P1DT1H", 86400.0), ("", 0.0), ("x", 0.0), ("9999:00:00", 86400.0)]
)
def test_times_are_read(text, seconds):
    assert cmi.seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("kind", "values", "given", "expected"),
    [
        ("scorm12", {"cmi.core.lesson_status": "completed", "cmi.core.score.raw": "50"}, {"mastery": "80"}, (True, False, 0.5)),
        ("scorm12", {"cmi.core.lesson_status": "incomplete", "cmi.core.score.raw": "90"}, {"mastery": "80"}, (False, None, 0.9)),
        ("scorm12", {"cmi.core.lesson_status": "passed"}, {}, (True, True, None)),
        ("scorm2004", {"cmi.score.scaled": "0.7", "cmi.success_status": "failed"}, {"passing": "0.6"}, (False, True, 0.7)),
        ("scorm2004", {"cmi.progress_measure": "0.9"}, {"completion_threshold": "0.8"}, (True, None, None)),
        ("scorm2004", {"cmi.score.raw": "3", "cmi.score.min": "1", "cmi.score.max": "5", "cmi.completion_status": "completed"}, {}, (True, None, 0.5)),
        ("scorm2004", {"cmi.score.scaled": "nan"}, {}, (False, None, None)),
    ],
)  # fmt: skip
def test_how_a_unit_stands(kind, values, given, expected):
    stands = cmi.outcome(values, kind=kind, settings=given)
    assert (stands.completed, stands.success, stands.score) == expected
