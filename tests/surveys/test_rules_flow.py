import pytest

from talka.surveys.rules.flow import Asked, holds, loops, pages_of, pipe


@pytest.mark.parametrize(
    ("condition", "answers", "shown"),
    [
        ({}, {}, True),
        ({"item": "a", "is": "eq", "value": "yes"}, {"a": "yes"}, True),
        ({"item": "a", "is": "eq", "value": "yes"}, {}, False),
        ({"item": "a", "is": "eq", "value": "3"}, {"a": 3.0}, True),
        ({"item": "a", "is": "ne", "value": "yes"}, {}, True),
        ({"item": "a", "is": "ne", "value": "yes"}, {"a": "yes"}, False),
        ({"item": "a", "is": "lt", "value": 7}, {"a": 6}, True),
        ({"item": "a", "is": "gt", "value": 7}, {"a": 7}, False),
        ({"item": "a", "is": "gt", "value": "many"}, {"a": 7}, False),
        ({"item": "a", "is": "gt", "value": 1}, {"a": ["x"]}, False),
        ({"item": "a", "is": "has", "value": "x"}, {"a": ["x", "y"]}, True),
        ({"item": "a", "is": "answered"}, {"a": 0}, True),
        ({"item": "a", "is": "answered"}, {}, False),
    ],
)
def test_conditions(condition, answers, shown):
    assert holds(condition, answers) is shown


def pair(code, group):
    return Asked(code, "need", 1, group, {}, {})


def test_many_pairs_are_parted_by_group():
    items = [pair(f"{g}{n}", g) for g in "ab" for n in range(4)] + [Asked("t", "text", 2, "", {}, {})]
    assert [(p.section, p.group, len(p.codes)) for p in pages_of(items, {})] == [(1, "a", 4), (1, "b", 4), (2, "", 1)]


def test_a_group_too_large_for_a_page_is_parted_evenly():
    assert [len(p.codes) for p in pages_of([pair(f"q{n}", "g") for n in range(20)], {})] == [10, 10]


def test_a_section_whose_condition_fails_has_no_page():
    hidden = Asked("b", "text", 2, "", {}, {"item": "a", "is": "eq", "value": "yes"})
    items = [Asked("a", "choice", 1, "", {}, {}), hidden]
    assert [p.codes for p in pages_of(items, {"a": "no"})] == [("a",)]
    assert [p.codes for p in pages_of(items, {"a": "yes"})] == [("a",), ("b",)]


def test_earlier_answers_are_piped_in():
    assert pipe("You said {why-not} about {x}.", {"why-not": "{x}"}) == "You said {x} about …."


def test_questions_that_wait_for_themselves_are_found():
    assert loops({"a": "b", "b": "a", "c": "a"}) == ["a", "b"]
    assert loops({"a": "b"}) == []
