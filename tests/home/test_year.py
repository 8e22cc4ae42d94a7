"""The year that is played through: in order, within its time, and the same each time."""

from datetime import UTC, datetime

import pytest

from talka.home.sample import blueprint, year
from talka.home.sample.visit import Piece, Stop
from talka.home.sample.year import Learner

AT = datetime(2026, 11, 21, 20, tzinfo=UTC)
TEXT, FILM = Piece("text", 60), Piece("film", 90)
EXERCISE = Piece("exercise", 20, scores=(1.0, 0.5, 0.0))
QUIZ = Piece("quiz", 0, questions=(EXERCISE, EXERCISE, EXERCISE), pass_mark=0.8, most=2)
COURSE = [Stop(f"t{n}", n // 5, (TEXT, FILM, EXERCISE) if n % 5 else (TEXT, EXERCISE, QUIZ)) for n in range(20)]


@pytest.fixture(scope="module")
def plan():
    return blueprint.blueprint()


@pytest.fixture(scope="module")
def people(plan):
    made = [Learner(c) for c in plan.clusters for _ in range(30)]
    return [Learner(plan.clusters[0], "learner", 7), Learner(plan.clusters[1], "newcomer"), *made]


@pytest.fixture(scope="module")
def ways(plan, people):
    return year.play(plan, people, COURSE, at=AT)


def test_it_comes_out_the_same_every_time(plan, people, ways):
    again = year.play(plan, people, COURSE, at=AT)
    assert [(w.learner, w.moves) for w in again] == [(w.learner, w.moves) for w in ways]


def test_everybody_moves_forward_in_time_and_nobody_beyond_now(ways):
    for way in ways:
        moments = [m.at for m in way.moves]
        assert moments == sorted(moments)
        assert way.moves[0].what == "enrolled"
        assert moments[-1] < AT.timestamp()
        assert moments[0] > AT.timestamp() - 366 * 86400


def test_a_topic_is_done_once_after_it_was_opened_and_a_course_when_all_are_done(ways):
    for way in ways:
        done = [m.topic for m in way.moves if m.what == "done"]
        assert len(done) == len(set(done))
        opened = set()
        for move in way.moves:
            if move.what == "opened":
                opened.add(move.topic)
            if move.what == "done":
                assert move.topic in opened
        assert any(m.what == "completed" for m in way.moves) == (len(done) == len(COURSE))


def test_who_solved_an_exercise_does_not_answer_it_again(ways):
    for way in ways:
        solved = set()
        for move in way.moves:
            if move.what == "answered" and move.part < 0:
                assert (move.topic, move.piece) not in solved
                if move.score == 1:
                    solved.add((move.topic, move.piece))


def test_the_demo_learner_stands_in_the_middle_and_the_newcomer_nowhere(ways):
    learner = next(w for w in ways if w.learner == 0)
    assert len(learner.done) == 7
    assert (learner.moves[-1].topic, learner.moves[-1].what != "done") == (7, True)
    assert 0 < AT.timestamp() - learner.moves[-1].at < 2 * 86400
    assert not [w for w in ways if w.learner == 1]


def test_weekends_and_holidays_are_quieter(ways):
    days = [datetime.fromtimestamp(m.at, UTC) for w in ways for m in w.moves if m.what == "opened"]
    weekend = sum(d.weekday() >= 5 for d in days) / len(days)
    assert 0.03 < weekend < 0.2
