import pytest

from talka.courses.exchange import gift
from talka.courses.exchange.reading import Fate, Unreadable


def one(text):
    read = gift.read(text.encode(), name="q.gift")
    (topic,) = read.topics()
    (material,) = topic.materials
    return {k: v for k, v in material.value.items() if k != "title"} | {"kind": material.kind}, read.lines[0]


def choice(text, feedback="", *, key="", right=False):
    return {"key": key or text, "text": text} | ({"right": True} if right else {}) | ({"feedback": feedback} if feedback else {})


CASES = {
    "choice": (
        "::Q:: Who?{\n=a # good\n~b # no\n~c\n}",
        {"prompt": "Who?", "type": "single", "choices": [choice("a", "good", right=True), choice("b", "no"), choice("c")]},
    ),
    "missing word": (
        "It is {~on =off} now.",
        {"prompt": "It is \\_\\_\\_\\_\\_ now.", "type": "single", "choices": [choice("on"), choice("off", right=True)]},
    ),
    "several": (
        "Which?{~%50%a ~%50%b ~%-50%c}",
        {"prompt": "Which?", "type": "multiple", "choices": [choice("a", right=True), choice("b", right=True), choice("c")]},
    ),
    "false": (
        "True?{FALSE#It is not.#Right.####Because.}",
        {
            "prompt": "True?",
            "explanation": "Because.",
            "type": "truefalse",
            "right": False,
            "feedback_true": "It is not.",
            "feedback_false": "Right.",
        },
    ),
    "number": ("How many?{#3:2}", {"prompt": "How many?", "type": "number", "right": 3.0, "tolerance": 2.0}),
    "span": ("Pi?{#3.141..3.142}", {"prompt": "Pi?", "type": "number", "right": 3.1415, "tolerance": 0.0005}),
    "short": ("Two?{=two =2}", {"prompt": "Two?", "type": "short", "accepted": ["two", "2"]}),
    "match": (
        "Match{=a -> 1 =b -> 2 = -> 3}",
        {
            "prompt": "Match",
            "type": "match",
            "pairs": [{"key": "a", "left": "a", "right": "1"}, {"key": "b", "left": "b", "right": "2"}],
            "distractors": ["3"],
        },
    ),
    "essay": ("Why?{}", {"prompt": "Why?", "type": "open"}),
    "escapes": (
        "Which\\: \\{x\\}?{~\\= 1 =\\~ 2}",
        {"prompt": "Which: {x}?", "type": "single", "choices": [choice("= 1", key="1"), choice("~ 2", key="2", right=True)]},
    ),
    "html": ("[html]A <b>bold</b> one?{T}", {"prompt": "A **bold** one?", "type": "truefalse", "right": True}),
}


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_question(name):
    text, expected = CASES[name]
    value, line = one(text)
    assert value == expected | {"kind": "exercise"}
    assert (line.fate, line.why) == (Fate.TAKEN, "")


def test_text_without_answers_is_a_text():
    assert one("Just a **thought**.")[0] == {"kind": "text", "text": "Just a **thought**."}


def test_categories_comments_and_a_brace_that_stays_open():
    read = gift.read(b"// note\n$CATEGORY: One/Two/Three\n\nopen {=a\n\n::Next::Fine?{T}\n\nTwo {=a} {=b}\n", name="q.gift")
    assert [(line.place, line.fate, line.why) for line in read.lines] == [
        ("q.gift, line 4", Fate.LEFT, "The answers begin with a brace that is never closed."),
        ("q.gift, line 6", Fate.TAKEN, ""),
        ("q.gift, line 8", Fate.LEFT, "There are several groups of answers in braces; a question has one."),
    ]
    assert [(x.title, x.lessons[0].title, x.lessons[0].topics[0].title) for x in read.modules] == [("One", "Two", "Three")]


def test_what_changes_is_said():
    _value, line = one("Best?{=Frog =%50%Cat}")
    assert (line.fate, line.why) == (Fate.CHANGED, "“Cat” earned 50 %; here it is not accepted")


def test_bytes_that_are_no_text_are_refused_with_the_line():
    with pytest.raises(Unreadable, match=r"q\.gift, line 2: is not UTF-8"):
        gift.read(b"Fine?{T}\nNot \xff{T}", name="q.gift")
