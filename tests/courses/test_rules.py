"""Progress, films, quizzes and cases, as pure rules."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talka.courses.packs import load_yaml
from talka.courses.rules import cases, exercises
from talka.courses.rules import materials as m
from talka.courses.rules.progress import merge_played, played_share, progress_of, resume_at
from tests.factories.courses import OTHERS

topics = st.lists(st.integers(0, 60), unique=True, max_size=60)


@given(
    current=topics,
    done=st.sets(st.integers(0, 60)),
    changes=st.lists(st.tuples(st.sampled_from(["add", "remove", "shuffle", "finish"]), st.integers(0, 60)), max_size=40),
)
def test_progress_under_change(current, done, changes):
    """Authors add, remove and reorder topics while people finish them: never above 100 %, 100 % exactly when all current ones are done."""
    for change, topic in changes:
        match change:
            case "add" if topic not in current:
                current = [*current, topic]
            case "remove":
                current = [t for t in current if t != topic]
            case "shuffle":
                current = current[topic % (len(current) or 1) :] + current[: topic % (len(current) or 1)]
            case "finish":
                done = done | {topic}
        found = progress_of(done, current)
        assert 0 <= found.percent <= 100
        assert (found.percent == 100) == bool(current and set(current) <= done) == found.complete


@given(current=topics, done=st.sets(st.integers(0, 60)), last=st.none() | st.integers(0, 70))
def test_one_always_goes_on_with_something_undone(current, done, last):
    at = resume_at(current, done, last)
    assert (at is None) == (not current)
    if at is not None and not set(current) <= done:
        assert at in current
        assert at not in done


def test_where_to_go_on():
    assert resume_at([1, 2, 3], {1}, 2) == 2
    assert resume_at([1, 2, 3], {2}, 2) == 3
    assert resume_at([1, 2, 3], {3}, 3) == 1
    assert resume_at([1, 2, 3], {1, 2, 3}, 3) == 1
    assert resume_at([1, 2, 3], set(), 9) == 1


def test_played_parts_are_a_union():
    played = merge_played(merge_played(merge_played([], (0, 12), length=50), (8, 20), length=50), (30, 35), length=50)
    assert played == [[0, 20], [30, 35]]
    assert played_share(played, 50) == 0.5


@given(st.lists(st.tuples(st.floats(-10, 200, allow_nan=False), st.floats(-10, 200, allow_nan=False)), max_size=20))
def test_nobody_watches_more_than_the_film(segments):
    played: list[list[float]] = []
    for segment in segments:
        played = merge_played(played, segment, length=60)
    assert 0 <= played_share(played, 60) <= 1
    assert all(a < b for a, b in played)
    assert all(first[1] < second[0] for first, second in pairwise(played))


def test_the_same_person_draws_the_same_questions():
    pool = [f"q{n}" for n in range(20)]
    mine = exercises.drawn(pool, 5, "me", "quiz", 1)
    assert mine == exercises.drawn(pool, 5, "me", "quiz", 1)
    assert len(set(mine)) == 5
    assert exercises.drawn(pool, 5, "you", "quiz", 1) != mine
    assert sorted(exercises.drawn(pool, 0, "me")) == sorted(pool)


def test_shuffled_is_never_the_given_order():
    assert all(exercises.shuffled(["a", "b"], n) == ["b", "a"] for n in range(20))


@pytest.mark.parametrize(
    ("scores", "share", "passed"), [({"a": 1, "b": 1}, 1, True), ({"a": 1}, 2 / 3, False), ({"a": 1, "b": 0.4}, 0.8, True), ({}, 0, False)]
)
def test_a_quiz_weighs_by_points(scores, share, passed):
    found = exercises.quiz_result({"a": 2, "b": 1}, scores, 0.8)
    assert (round(found.score, 6), found.passed) == (round(share, 6), passed)


def test_more_time_for_one_person():
    start = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert exercises.deadline(start, 10) == start + timedelta(minutes=10)
    assert exercises.deadline(start, 10, extension=50) == start + timedelta(minutes=15)
    assert exercises.deadline(start, 0) is None
    ends = exercises.deadline(start, 10)
    assert exercises.in_time(start + timedelta(minutes=10, seconds=10), ends)
    assert not exercises.in_time(start + timedelta(minutes=11), ends)


def case():
    return m.parse("case", load_yaml(OTHERS["case"][1].encode(), file="case"))


def test_a_way_through_a_case():
    path = cases.step(case(), [], at=0, choice=0)
    path = cases.step(case(), path, at=1, choice=1)
    assert cases.walk(case(), path) == ["call", "older", "nobody"]
    assert cases.step(case(), path, at=0, choice=1) == [1]
    for at, choice in ((0, 7), (2, 0), (9, 0), (0, -1)):
        with pytest.raises(cases.NoSuchChoice):
            cases.step(case(), path, at=at, choice=choice)


def test_a_case_that_was_changed_goes_on_from_what_is_left():
    assert cases.longest_valid(case(), [0, 5, 1]) == [0]
