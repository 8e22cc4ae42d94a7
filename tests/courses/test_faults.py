"""Exercises and cases with wrong settings: the editor says what to mend at the field, and keeps all that was typed."""

import json
from typing import get_origin
from uuid import uuid4

import pytest
from lxml import html
from wagtail.blocks import CharBlock

from talka.courses.body import bare, fields_of, from_blocks, structure_of
from talka.courses.faults import faults_in
from talka.courses.models import Topic
from talka.courses.rules import materials as m
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff


def item(**value):
    return {"type": "item", "id": str(uuid4()), "value": value}


def two(*, right=(), **same):
    return [item(text=text, right=n in right, feedback="", key="", **same) for n, text in enumerate(("A", "B"))]


def steps(to="last", end=""):
    choice = item(text="Go", to=to, say="")
    return [
        item(key="begin", text="It begins.", choices=[choice], end="", debrief=""),
        item(key="last", text="It ends.", choices=[], end=end, debrief=""),
    ]


def spots(**changes):
    one = {"key": "", "x": "0", "y": "0", "w": "50", "h": "100", "label": "Left", "right": True, "feedback": ""}
    return [item(**one), item(**one | {"x": "50", "label": "Right", "right": False} | changes)]


GROUPS = [item(key="", label="Red"), item(key="", label="Blue")]
PAIRS = [item(key="", left="Saw", right="cuts"), item(key="", left="Plane", right="")]
SPOTS = {"image": "map.svg", "alt": "A map."}
WRONG = {
    "no right answer in single choice": ("exercise_single", {"choices": two()}, ("choices",), "No choice is right."),
    "two right in single choice": ("exercise_single", {"choices": two(right=(0, 1))}, ("choices",), "2 choices are right, but a single choice has one."),
    "one choice only": ("exercise_single", {"choices": two(right=(0,))[:1]}, ("choices",), "At least 2 are needed here."),
    "no right answer in multiple choice": ("exercise_multiple", {"choices": two()}, ("choices",), "No choice is right."),
    "no task": ("exercise_truefalse", {"prompt": "", "right": True}, ("prompt",), "Write the task."),
    "a number that is two": ("exercise_number", {"right": "1,234"}, ("right",), "“1,234” is not a number that can be read in only one way."),
    "no number": ("exercise_number", {"right": "about 7"}, ("right",), "“about 7” is not a number"),
    "a number left out": ("exercise_number", {"right": None}, ("right",), "Write the right number."),
    "a tolerance below zero": ("exercise_number", {"right": "1.234,5", "tolerance": "-1"}, ("tolerance",), "It has to be at least 0."),
    "no accepted answer": ("exercise_short", {"accepted": []}, ("accepted",), "This is needed."),
    "no gap": ("exercise_cloze", {"text": "All there."}, ("text",), "There is no gap. Write the missing word in braces, such as {core}."),
    "a bank without the word": ("exercise_cloze", {"text": "A {core}.", "bank": ["shell"]}, ("bank",), "a right one is missing for: core"),
    "half a pair": ("exercise_match", {"pairs": PAIRS}, ("pairs", 1, "right"), "This is needed."),
    "one thing in order": ("exercise_order", {"items": [item(key="", text="Fell")]}, ("items",), "At least 2 are needed here."),
    "a group that is none": ("exercise_categorise", {"categories": GROUPS, "items": [item(key="", text=t, category="Light green", feedback="") for t in "AB"]}, ("items", 0, "category"), "There is no group “Light green”."),
    "a place beyond the picture": ("exercise_hotspot", SPOTS | {"spots": spots(w="150")}, ("spots", 1, "w"), "It has to be at most 100."),
    "no right place": ("exercise_hotspot", SPOTS | {"spots": spots()[1:] * 2}, ("spots",), "No place is right."),
    "a picture without words": ("exercise_hotspot", SPOTS | {"alt": "", "spots": spots()}, ("alt",), "Describe in words what the picture shows"),
    "a model off the scale": ("exercise_scale", {"model": "70"}, ("model",), "outside 0 to 10"),
    "too long": ("exercise_open", {"prompt": "x" * 120_001}, ("prompt",), "Too long: 120000 characters at most, this has 120001."),
    "no kind of file": ("exercise_upload", {"accept": []}, ("accept",), "At least 1 is needed here."),
    "an ending that is none": ("exercise_upload", {"accept": ["a pdf"]}, ("accept", 0), "Lower case letters"),
    "a branch that leads nowhere": ("case", {"start": "begin", "nodes": steps(to="gone", end="good")}, ("nodes", 0, "choices", 0, "to"), "There is no step named “gone”."),
    "a step without a way on": ("case", {"start": "begin", "nodes": steps()}, ("nodes", 1), "This step leads nowhere."),
    "a case without a beginning": ("case", {"start": "", "nodes": steps(end="good")}, ("start",), "Say with which step the case begins."),
    "a quiz that draws too many": ("quiz", {"pass": "0.8", "draw": "5", "pool": []}, ("pool",), "needed"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(WRONG))
def test_what_is_wrong_is_said_at_its_field(name):
    kind, value, place, says = WRONG[name]
    block = {"type": kind, "id": str(uuid4()), "value": {"prompt": "Do it.", "key": "one", **value}}
    (piece,) = from_blocks([block], topic=uuid4())
    found = faults_in(piece)
    assert [(at, text) for at, text in found if at == place and says in text], found


BEHIND = {
    "a task left out, and no right answer": (
        "exercise_single",
        {"prompt": "", "choices": two()},
        [(("prompt",), "Write the task."), (("choices",), "No choice is right. Mark one as right.")],
    ),
    "a number that is two, and a gap that is none": (
        "exercise_cloze",
        {"points": "1,234", "text": "All there."},
        [(("points",), "“1,234” is not a number"), (("text",), "There is no gap.")],
    ),
    "a case without a beginning, whose branch leads nowhere": (
        "case",
        {"start": "", "nodes": steps(to="gone", end="good")},
        [(("start",), "Say with which step"), (("nodes", 0, "choices", 0, "to"), "There is no step named “gone”.")],
    ),
    "nothing filled in": (
        "exercise_hotspot",
        {"prompt": ""},
        [(("prompt",), "Write the task."), (("image",), "Choose a picture"), (("alt",), "Describe in words"), (("spots",), "This is needed.")],
    ),
    "a picture that is not there, without words": (
        "image",
        {"src": "gone.png", "alt": ""},
        [(("alt",), "Describe in words"), (("src",), "There is no file “gone.png” in this topic.")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BEHIND))
def test_no_fault_hides_another(name):
    kind, value, expected = BEHIND[name]
    (piece,) = from_blocks([{"type": kind, "id": str(uuid4()), "value": {"prompt": "Do it.", "key": "one", **value}}], topic=uuid4())
    found = faults_in(piece, files=frozenset())
    assert [place for place, _says in found] == [place for place, _says in expected], found
    assert all(says.startswith(start) for (_place, says), (_same, start) in zip(found, expected, strict=True)), found


def test_every_kind_left_empty_says_what_it_needs():
    for kind in [*m.STRUCTURES, *(f"exercise_{name}" for name in m.EXERCISES)]:
        (piece,) = from_blocks([{"type": kind, "id": str(uuid4()), "value": {"key": "one"}}], topic=uuid4())
        found = faults_in(piece, files=frozenset())
        # And with one empty entry in each of its lists, as the editor begins them.
        lists = {
            name: [item(key="")]
            for name, annotation in fields_of(structure_of(kind))
            if name != "pool" and get_origin(bare(annotation)) in {list, dict}
        }
        (begun,) = from_blocks([{"type": kind, "id": str(uuid4()), "value": {"key": "one"} | lists}], topic=uuid4())
        assert faults_in(begun, files=frozenset()), kind
        assert len({place for place, _says in found}) == len(found), (kind, found)
        assert found, kind


def test_what_an_author_begins_has_what_it_needs():
    begun = Topic._meta.get_field("body").stream_block.child_blocks  # Django's documented name
    assert list(begun["exercise_upload"].get_default()["accept"]) == ["pdf"]
    assert [
        len(begun[kind].get_default()[name])
        for kind, name in (("exercise_single", "choices"), ("case", "nodes"), ("exercise_open", "rubric"))
    ] == [2, 1, 0]


def test_the_captions_file_is_not_folded_away():
    caption = Topic._meta.get_field("body").stream_block.child_blocks["video"].child_blocks["captions"].child_block
    assert caption.child_blocks["file"].label == "File"
    assert "file" not in getattr(caption.meta.form_layout, "settings", ())
    # A code is one line.
    assert isinstance(caption.child_blocks["language"], CharBlock)


@pytest.mark.django_db
def test_the_editor_says_all_at_once_and_keeps_what_was_typed(client):
    north = make_cluster("North")
    course = make.course(cluster=north)
    client.force_login(staff(north, "manager"))
    topic = make.topic(course, "end")
    url = f"/staff/snippets/courses/topic/edit/{topic.pk}/"
    typed = {
        "0-type": "exercise_number", "0-value-prompt": "How many?", "0-value-right": "1,234", "0-value-tolerance": "x", "0-value-points": "1", "0-value-attempts": "0",
        "1-type": "exercise_cloze", "1-value-prompt": "Fill in.", "1-value-text": "No gap <b>here</b>.", "1-value-points": "1", "1-value-attempts": "0",
    }  # fmt: skip
    for n, lists in ((0, ("hints", "assesses")), (1, ("hints", "assesses", "bank"))):
        typed |= {f"{n}-value-{name}-count": "0" for name in lists} | {f"{n}-order": str(n), f"{n}-deleted": "", f"{n}-id": str(uuid4())}
    post = {f"body-{name}": value for name, value in typed.items()} | {
        "body-count": "2", "title": "Renamed", "lesson": topic.lesson_id, "slug": "end", "order": "0", "minutes": "1", "sources": "", "summary": "",
        "action-publish": "1",
    }  # fmt: skip
    answer = client.post(url, post)
    assert answer.status_code == 200
    # The editor's blocks stand in the page as JSON, with their errors.
    (stream,) = html.fromstring(answer.content).xpath("//*[@data-block and contains(@data-w-block-arguments-value, 'How many')]")
    told = json.dumps(json.loads(stream.get("data-w-block-arguments-value")), ensure_ascii=False)
    for said in ("“1,234” is not a number that can be read in only one way.", "There is no gap.", "“x” is not a number"):
        assert said in told
    for kept in ("1,234", "No gap <b>here</b>.", "Fill in."):
        assert kept in told
    # Above, each with a way to its field.
    (above,) = html.fromstring(answer.content).xpath("//ul[@class='to-mend']")
    assert [(a.get("href"), a.text_content()) for a in above.iter("a")] == [
        ("#body-0-value-right", "1. Number, Right"),
        ("#body-0-value-tolerance", "1. Number, Tolerance"),
        ("#body-1-value-text", "2. Cloze, Text"),
    ]
    topic.refresh_from_db()
    assert topic.title == "The end"
