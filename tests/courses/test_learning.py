"""What learners do, from the side of the table: marked once, told once, never lost."""

from datetime import timedelta
from uuid import uuid4

import pytest

from talka.courses import actions, queries
from talka.courses.models import Attempt, Enrolment, QuizRun, SheetEntry, TimeExtension, TopicProgress, Watch
from talka.courses.rules.marking import NoAnswer
from talka.records.models import Statement
from talka.skills.models import Competence, Evidence, Framework
from tests.factories import courses as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(visibility="public")


@pytest.fixture
def learner(course, noon):
    return actions.enrol(course=course, by=person("Lea"), at=noon)


def told() -> int:
    return Statement.objects.count()


def answer(learner, key, response, at, **kwargs):
    return actions.answer(
        enrolment=learner,
        material=make.material(learner.course, key),
        response=response,
        token=kwargs.pop("token", uuid4()),
        at=at,
        **kwargs,
    )


def test_enrolling_twice_is_enrolling_once(course, learner, noon):
    assert actions.enrol(course=course, by=learner.user, at=noon) == learner
    assert told() == 1


def test_leaving_and_coming_back_keeps_everything(learner, noon):
    actions.leave(enrolment=learner, by=learner.user, at=noon)
    assert queries.enrolment_of(learner.user, learner.course) is None
    assert actions.enrol(course=learner.course, by=learner.user, at=noon) == learner
    assert Enrolment.objects.get().left_at is None


def test_by_invitation_only(course, noon):
    course.entry = course.Entry.INVITATION
    course.save()
    stranger, guest = person(), person(email="Guest@example.org")
    with pytest.raises(actions.NotOpen):
        actions.enrol(course=course, by=stranger, at=noon)
    course.invitations.create(email="guest@EXAMPLE.org", invited_at=noon)
    assert actions.enrol(course=course, by=guest, at=noon).user == guest


def test_an_opening_is_told_once_in_ten_minutes(learner, noon):
    topic = make.topic(learner.course, "start")
    for minutes in (0, 3, 9, 11):
        actions.open_topic(enrolment=learner, topic=topic, at=noon + timedelta(minutes=minutes))
    assert told() == 1 + 2


def test_a_form_sent_twice_is_one_attempt(learner, noon):
    token = uuid4()
    first = answer(learner, "single", {"choice": "poet"}, noon, token=token)
    assert answer(learner, "single", {"choice": "poet"}, noon, token=token) == first
    assert (Attempt.objects.count(), told()) == (1, 2)


def test_nothing_answered_is_nothing_counted(learner, noon):
    with pytest.raises(NoAnswer):
        answer(learner, "single", {"choice": ""}, noon)
    assert not Attempt.objects.exists()


def test_attempts_run_out(learner, noon):
    answer(learner, "multiple", {"choices": ["song"]}, noon)
    answer(learner, "multiple", {"choices": ["saw"]}, noon)
    with pytest.raises(actions.Closed):
        answer(learner, "multiple", {"choices": ["saw", "plane"]}, noon)
    assert list(Attempt.objects.values_list("n", "score", "success")) == [(1, 0, False), (2, 0.5, False)]


def test_after_the_solution_no_answer_counts(learner, noon):
    actions.give_up(user=learner.user, material=make.material(learner.course, "single"), at=noon)
    with pytest.raises(actions.Closed):
        answer(learner, "single", {"choice": "mill"}, noon)


def test_hints_come_one_by_one_and_end(learner):
    row = make.material(learner.course, "single")
    assert [actions.take_hint(user=learner.user, material=row) for _ in range(4)] == [1, 2, 2, 2]


def test_evidence_of_an_outcome(noon):
    framework = Framework.objects.create(key="f", title="F", loaded_at=noon)
    Competence.objects.create(framework=framework, key="cluster-concepts", title="Concepts")
    learner = actions.enrol(course=make.course(visibility="public"), by=person(), at=noon)
    answer(learner, "single", {"choice": "poet"}, noon)
    answer(learner, "single", {"choice": "mill"}, noon)
    assert list(Evidence.objects.values_list("outcome__key", "score", "mastered")) == [("tell-apart", 0, False), ("tell-apart", 1, True)]


def test_a_topic_is_noticed_as_done_when_read_and_tried(learner, noon):
    start, exercises = make.topic(learner.course, "start"), make.topic(learner.course, "exercises")
    assert actions.see_topic(enrolment=learner, topic=start, at=noon, read=True).done_at is None
    start_row = TopicProgress.objects.get(topic=start)
    assert (start_row.done_at, start_row.done_how) == (noon, "noticed")
    actions.see_topic(enrolment=learner, topic=exercises, at=noon, seconds=40, material="quiz", read=True)
    row = TopicProgress.objects.get(topic=exercises)
    assert (row.done_at, row.seconds, row.position) == (None, 40, {"material": "quiz"})


def test_the_course_is_done_with_its_last_topic_and_told_once(learner, noon):
    for slug in ("start", "exercises", "end"):
        actions.finish_topic(enrolment=learner, topic=make.topic(learner.course, slug), at=noon)
        actions.finish_topic(enrolment=learner, topic=make.topic(learner.course, slug), at=noon + timedelta(hours=1))
    learner.refresh_from_db()
    assert learner.completed_at == noon
    assert told() == 1 + 3 + 1


def test_progress_counts_only_what_the_course_has_now(noon):
    course = make.plain_course(topics=2, visibility="public")
    learner = actions.enrol(course=course, by=person(), at=noon)
    for slug in ("t0", "t1"):
        actions.finish_topic(enrolment=learner, topic=make.topic(course, slug), at=noon)

    def percent():
        (mine,) = queries.my_courses(learner.user)
        return mine.progress.percent

    assert percent() == 100
    make.plain_course(topics=3)
    assert percent() == 66
    make.plain_course(topics=1)
    assert percent() == 100


def test_a_sheet_never_overwrites_newer_typing(learner, noon):
    row = make.material(learner.course, "tool")

    def save(values, version):
        return actions.save_sheet(enrolment=learner, material=row, values=values, version=version, at=noon)

    assert save({"field": ""}, 0).version == 0
    assert save({"field": "oak"}, 0).version == 1
    assert save({"field": "oak and pine"}, 1).version == 2
    with pytest.raises(actions.Outdated) as newer:
        save({"field": "birch"}, 1)
    assert newer.value.theirs.values == {"field": "oak and pine"}
    assert save({"field": "oak and pine"}, 1).version == 2
    assert SheetEntry.objects.get().values == {"field": "oak and pine"}


def test_notes_have_versions_too(learner, noon):
    topic = make.topic(learner.course, "start")
    actions.save_note(user=learner.user, topic=topic, text="one", version=0, at=noon)
    actions.save_note(user=learner.user, topic=topic, text="two", version=1, at=noon)
    with pytest.raises(actions.Outdated):
        actions.save_note(user=learner.user, topic=topic, text="three", version=1, at=noon)
    assert actions.save_note(user=learner.user, topic=topic, text="", version=2, at=noon) is None


def test_a_film_is_resumed_and_completed_once(learner, noon):
    row, session = make.material(learner.course, "film"), uuid4()

    def watch(verb, position, segment=None):
        return actions.watch(enrolment=learner, material=row, position=position, segment=segment, verb=verb, session=session, at=noon)

    watch("played", 0)
    watch("paused", 2.5, (0, 2.5))
    assert Watch.objects.get().position == 2.5
    watch("played", 2.5)
    done = watch("paused", 5, (2.5, 5))
    assert (done.played, done.completed_at) == ([[0, 5]], noon)
    assert told() == 1 + 2 + 1 + 1 + 2  # enrolled; initialized and played; paused; played; paused and completed


def test_a_case_keeps_its_path_and_its_ends(learner, noon):
    row = make.material(learner.course, "case")
    for place, choice in ((0, 0), (1, 0)):
        path = actions.take_step(enrolment=learner, material=row, place=place, choice=choice, at=noon)
    assert (path.path, path.ended_at, path.ends) == ([0, 0], noon, ["good"])
    actions.restart_case(user=learner.user, material=row, at=noon)
    path = actions.take_step(enrolment=learner, material=row, place=0, choice=1, at=noon)
    assert path.ends == ["good", "nobody"]


RIGHT = {"single": {"choice": "mill"}, "truefalse": {"choice": "true"}, "number": {"number": "42.5"}}


def right_answers(run):
    questions = {str(q.uuid): q for q in run.quiz.questions.all()}
    return {uuid: RIGHT[questions[uuid].definition["type"]] for uuid in run.drawn}


def test_a_quiz_is_sat_marked_and_told_once(learner, noon):
    row = make.material(learner.course, "quiz")
    run = actions.start_quiz(enrolment=learner, material=row, at=noon)
    assert actions.start_quiz(enrolment=learner, material=row, at=noon) == run
    assert len(run.drawn) == 2
    before = told()
    for _ in range(2):
        done = actions.finish_quiz(enrolment=learner, run=run, answers=right_answers(run), at=noon + timedelta(minutes=5))
    assert (done.score, done.passed, told() - before) == (1, True, 3)
    with pytest.raises(actions.NoSittingLeft):
        actions.start_quiz(enrolment=learner, material=row, at=noon)


def test_an_answer_after_the_deadline_is_kept_but_not_counted(learner, noon):
    run = actions.start_quiz(enrolment=learner, material=make.material(learner.course, "quiz"), at=noon)
    answers = right_answers(run)
    first = dict([next(iter(answers.items()))])
    assert actions.save_answers(run=run, answers=first, at=noon + timedelta(minutes=9))
    assert not actions.save_answers(run=run, answers=answers, at=noon + timedelta(minutes=11))
    done = actions.finish_quiz(enrolment=learner, run=run, answers=answers, at=noon + timedelta(minutes=12))
    assert (done.score, done.finished_at, done.late) == (0.5, noon + timedelta(minutes=10), answers)


def test_extra_time_for_one_person(learner, noon):
    TimeExtension.objects.create(user=learner.user, course=learner.course, percent=50, granted_at=noon)
    run = actions.start_quiz(enrolment=learner, material=make.material(learner.course, "quiz"), at=noon)
    assert run.ends_at == noon + timedelta(minutes=15)


def test_attempts_at_a_quiz_run_out(learner, noon):
    row = make.material(learner.course, "quiz")
    for _ in range(2):
        run = actions.start_quiz(enrolment=learner, material=row, at=noon)
        actions.finish_quiz(enrolment=learner, run=run, answers={}, at=noon)
    with pytest.raises(actions.NoSittingLeft):
        actions.start_quiz(enrolment=learner, material=row, at=noon)
    assert list(QuizRun.objects.values_list("score", "passed")) == [(0, False), (0, False)]


def test_where_to_continue(learner, noon):
    actions.open_topic(enrolment=learner, topic=make.topic(learner.course, "start"), at=noon)
    actions.watch(
        enrolment=learner,
        material=make.material(learner.course, "film"),
        position=3,
        segment=(0, 3),
        verb="paused",
        session=uuid4(),
        at=noon,
    )
    mine = queries.continue_for(learner.user)
    assert (mine.next_topic.slug, mine.stopped_at, mine.progress.total, mine.minutes_left) == ("start", 3, 3, 31)


def test_search_finds_a_word_of_a_transcript_but_not_for_strangers(course, learner):
    (hit,) = queries.search("dries", viewer=learner.user)
    # Whether the last full stop belongs to the snippet is the engine's choice.
    assert (hit.topic_slug, hit.material_key, hit.snippet.rstrip(".")) == (
        "start",
        "video",
        "The mill saws oak. Nobody <mark>dries</mark> it",
    )
    assert [h.kind for h in queries.search("picture a vall", viewer=learner.user)] == ["film"]
    assert queries.search('"; DROP <script>', viewer=learner.user) == []
    course.visibility = "network"
    course.save()
    from django.contrib.auth.models import AnonymousUser

    assert queries.search("dries", viewer=AnonymousUser()) == []
