"""Marking of every type of exercise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talka.courses.packs import load_yaml
from talka.courses.rules import marking
from talka.courses.rules import materials as m
from talka.courses.rules.marking import NoAnswer, Unreadable, mark, readings
from tests.factories.courses import EXERCISES


def exercise(kind, **changes):
    return m.parse("exercise", load_yaml(EXERCISES[kind].encode(), file=kind) | changes)


@pytest.mark.parametrize(
    ("kind", "response", "score", "success"),
    [
        ("single", {"choice": "mill"}, 1, True),
        ("single", {"choice": "poet"}, 0, False),
        ("multiple", {"choices": ["saw", "plane"]}, 1, True),
        ("multiple", {"choices": ["saw"]}, 0.5, False),
        ("multiple", {"choices": ["saw", "song"]}, 0, False),
        ("multiple", {"choices": ["saw", "plane", "song"]}, 0.5, False),
        ("truefalse", {"choice": "true"}, 1, True),
        ("truefalse", {"choice": "false"}, 0, False),
        ("number", {"number": "42,5"}, 1, True),
        ("number", {"number": " 43 % "}, 1, True),
        ("number", {"number": "43.1"}, 0, False),
        ("short", {"text": "  The CORE. "}, 1, True),
        ("short", {"text": "edge"}, 0, False),
        ("cloze", {"gaps": ["Centre", "members"]}, 1, True),
        ("cloze", {"gaps": ["core"]}, 0.5, False),
        ("match", {"pairs": {"saw": "cuts", "plane": "sings"}}, 0.5, False),
        ("match", {"pairs": {"saw": "cuts", "plane": "smooths"}}, 1, True),
        ("order", {"order": ["fell", "saw", "join"]}, 1, True),
        ("order", {"order": ["join", "fell", "saw"]}, 0.5, False),
        ("order", {"order": ["join", "saw", "fell"]}, 0, False),
        ("categorise", {"items": {"mill": "firm", "trade": "firm"}}, 0.5, False),
        ("hotspot", {"spot": "mill"}, 1, True),
        ("hotspot", {"spot": "wood"}, 0, False),
        ("scale", {"value": "8"}, 1, True),
        ("scale", {"value": "0"}, 0, False),
        ("scale", {"value": "4"}, 2 / 3, False),
        ("open", {"text": "Us, here.", "met": ["who"]}, 0.5, None),
        ("upload", {"name": "map.pdf"}, 0, None),
    ],
)
def test_marks(kind, response, score, success):
    found = mark(exercise(kind), response)
    assert (round(found.score, 6), found.success) == (round(score, 6), success)


@pytest.mark.parametrize("kind", list(EXERCISES))
def test_no_answer_is_never_counted(kind):
    with pytest.raises(NoAnswer):
        mark(exercise(kind), {})


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        ("number", {"number": "about four"}),
        ("number", {"number": "1.2.3,4,5"}),
        ("order", {"order": ["fell", "saw"]}),
        ("scale", {"value": "11"}),
    ],
)
def test_what_cannot_be_read_is_not_marked_wrong(kind, response):
    with pytest.raises(Unreadable):
        mark(exercise(kind), response)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1.234,5", [1234.5]),
        ("1,234.5", [1234.5]),
        ("1 234,5", [1234.5]),
        ("1'234.5", [1234.5]),
        ("12,5", [12.5]),
        ("1.234", [1.234, 1234.0]),
        ("1,234,567", [1234567.0]),
        ("−3", [-3.0]),
        ("€ 40", [40.0]),
        ("12.5 %", [12.5]),
        (",5", [0.5]),
        ("1e3", [1000.0]),
        ("", []),
        ("NaN", []),
        ("inf", []),
        ("12 or 13", []),
        ("٣", [3.0]),
    ],
)
def test_numbers_as_people_write_them(text, numbers):
    assert readings(text) == numbers


@given(st.text(max_size=40))
def test_reading_a_number_never_breaks(text):
    assert all(isinstance(n, float) for n in readings(text))


@given(st.lists(st.sampled_from(["saw", "plane", "song", "nix"]), max_size=6))
def test_a_score_stays_between_0_and_1(choices):
    try:
        found = mark(exercise("multiple"), {"choices": choices})
    except NoAnswer:
        return
    assert 0 <= found.score <= 1
    assert found.success == (found.score == 1)


def test_words_for_a_partly_right_answer():
    both, one, none = ({"choices": c} for c in (["saw", "plane"], ["saw"], ["song"]))
    which = exercise("multiple")
    assert [marking.feedback_for(which, mark(which, r)) for r in (both, one, none)] == ["Both.", "Some of it.", "None of it."]
    assert marking.part_feedback(which, one) == {"saw": "Yes, it cuts."}


def test_two_pairs_may_share_one_answer():
    twice = exercise("match", pairs=[{"key": "a", "left": "A", "right": "x"}, {"key": "b", "left": "B", "right": "x"}])
    assert mark(twice, {"pairs": {"a": "x", "b": "x"}}).success
