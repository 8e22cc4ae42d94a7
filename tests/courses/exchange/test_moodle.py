import base64
import xml.etree.ElementTree as ET

import pytest

from talka.courses.exchange import limits, moodle
from talka.courses.exchange.reading import Fate, Read, Unreadable, without_empty
from talka.courses.rules import materials as m
from tests.courses.exchange.ours import exercises


def back(question):
    made = moodle.question_of(ET.fromstring(ET.tostring(question)), question.get("type"), Read("x"))
    assert (made.refused, made.changes) == ("", [])
    return m.parse("exercise", without_empty(made.value))


def test_every_exercise_comes_back_equal_but_for_the_listed_losses():
    for name, exercise in exercises("moodle"):
        assert back(moodle.write_question(exercise, idnumber=name)) == limits.through_moodle(exercise), name


def quiz(*questions):
    return f"<?xml version='1.0' encoding='UTF-8'?><quiz>{''.join(questions)}</quiz>".encode()


def question(kind, inner, *, name="Q", text="<p>What?</p>"):
    return (
        f'<question type="{kind}"><name><text>{name}</text></name>'
        f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>{inner}</question>'
    )


def only(content):
    read = moodle.read(content, name="q.xml")
    (topic,) = read.topics()
    return read, topic


def test_a_choice_in_html_becomes_markdown_and_says_what_changed():
    inner = (
        '<answer fraction="100" format="html"><text>&lt;p&gt;&lt;b&gt;Oak&lt;/b&gt;&lt;/p&gt;</text><feedback><text>Yes.</text></feedback></answer>'
        '<answer fraction="50"><text>Ash</text></answer><answer fraction="0"><text>Iron</text></answer><single>true</single>'
        "<strange>thing</strange><penalty>0.3333333</penalty>"
    )
    read, topic = only(quiz(question("multichoice", inner, text="<p>Which is <strong>wood</strong>?<script>x()</script></p>")))
    assert topic.materials[0].value == {
        "title": "Q",
        "prompt": "Which is **wood**?",
        "points": 1.0,
        "type": "single",
        "choices": [
            {"key": "oak", "text": "Oak", "right": True, "feedback": "Yes."},
            {"key": "ash", "text": "Ash"},
            {"key": "iron", "text": "Iron"},
        ],
    }
    assert [(line.place, line.fate, line.why) for line in read.lines] == [
        (
            "q.xml, question 1",
            Fate.CHANGED,
            (
                "left out: <script>; no part of the points any more for “Ash” (50%); formatting inside a short text became plain words; "
                "left out: strange"
            ),
        )
    ]
    assert read.remarks == {moodle.PENALTY: 1}


def test_types_without_a_counterpart_are_listed_by_name():
    read = moodle.read(quiz(question("calculated", ""), question("ddmarker", "")), name="q.xml")
    assert [(line.fate, line.why) for line in read.lines] == [
        (Fate.LEFT, "“calculated” has no counterpart here"),
        (Fate.LEFT, "“ddmarker” has no counterpart here"),
    ]


def test_categories_become_modules_lessons_and_topics():
    category = "<question type='category'><category><text>$course$/top/One/Two/Three // Four</text></category></question>"
    read = moodle.read(quiz(category, question("essay", "")), name="q.xml")
    assert [(x.title, x.lessons[0].title, x.lessons[0].topics[0].title) for x in read.modules] == [("One", "Two", "Three / Four")]


def test_a_long_bank_is_cut_into_topics():
    read = moodle.read(quiz(*[question("essay", "", name=f"Q{n}") for n in range(65)]), name="q.xml")
    assert [(t.title, len(t.materials)) for t in read.topics()] == [("Questions", 30), ("Questions (2)", 30), ("Questions (3)", 5)]


def test_embedded_answers_become_gaps():
    text = "<p>Match.</p><p>A: {1:MULTICHOICE:=Riga#OK~Oslo#no}<br>B: {2:SHORTANSWER:%100%Paris~%50%Lyon~*#No}</p><p>C: {1:NM:=5:1}</p>"
    read, topic = only(quiz(question("cloze", "", text=text)))
    assert topic.materials[0].value == {
        "title": "Q",
        "prompt": "Match.",
        "points": 1.0,
        "type": "cloze",
        "text": "A: {Riga}\nB: {Paris}\nC: {5}",
    }
    assert "gaps to choose from became gaps to fill in" in read.lines[0].why
    assert "without tolerance" in read.lines[0].why


def test_a_picture_in_a_question_stands_before_it(png):
    file = f'<file name="a b.png" encoding="base64">{base64.b64encode(png).decode()}</file></questiontext>'
    inner = '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>'
    made = question("truefalse", inner, text='<p>See <img src="@@PLUGINFILE@@/a%20b.png" alt="A mill"></p>')
    read, topic = only(quiz(made.replace("</questiontext>", file)))
    shown = [(x.kind, x.value.get("src"), x.value.get("alt")) for x in topic.materials]
    assert shown == [("image", "a-b.png", "A mill"), ("exercise", None, None)]
    assert topic.files == {"a-b.png": png}
    assert [line.fate for line in read.lines] == [Fate.CHANGED]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<quiz><question>", "q.xml: Line 1, column 17: this is not valid XML."),
        (b"<!DOCTYPE q [<!ENTITY a 'b'>]><quiz>&a;</quiz>", "q.xml: declares entities of its own; such files are refused"),
        (b"<quiz>" + b"<a>" * 200 + b"</a>" * 200 + b"</quiz>", "q.xml: is nested too deeply or has too many elements"),
        (b"<other/>", "q.xml: begins with <other>, not with <quiz>"),
        ("<quiz>ä</quiz>".encode("latin-1"), "q.xml: Line 1, column 7: this is not valid XML."),
    ],
)
def test_hostile_and_broken_files_are_refused_with_the_place(content, says):
    with pytest.raises(Unreadable) as refused:
        moodle.read(content, name="q.xml")
    assert str(refused.value) == says
