"""Two authors in one topic: nobody's text is lost."""

import json

import pytest

from talka.courses import actions
from talka.courses.rules.merging import Clash, merge
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff


def block(mark, text, **more):
    return {"type": "text", "id": mark, "value": {"title": "", "text": text, **more}}


BASE = {"title": "Oak", "summary": "", "body": [block("a", "One."), block("b", "Two.")]}


def texts(made):
    return [b["value"]["text"] for b in made.body]


def test_different_places_come_together():
    mine = {"title": "Oak", "summary": "Mine.", "body": [block("a", "One, mine."), block("b", "Two.")]}
    theirs = {"title": "Oak and ash", "summary": "", "body": [block("a", "One."), block("b", "Two, theirs."), block("c", "Three.")]}
    made = merge(BASE, mine, theirs)
    assert (made.fields["title"], made.fields["summary"]) == ("Oak and ash", "Mine.")
    assert (texts(made), made.clashes) == (["One, mine.", "Two, theirs.", "Three."], [])


def test_the_same_place_is_asked_for():
    mine, theirs = ({**BASE, "body": [block("a", word), block("b", "Two.")]} for word in ("Mine.", "Theirs."))
    made = merge(BASE, mine, theirs)
    assert texts(made) == ["Theirs.", "Two."]
    assert made.clashes == [Clash(("body", "a", "text"), "Mine.", "Theirs.")]
    for side, text in {"mine": "Mine.", "both": "Theirs.\n\nMine."}.items():
        assert texts(merge(BASE, mine, theirs, taken={"body/a/text": side}))[0] == text


def test_what_one_took_away_and_the_other_changed_stays():
    gone, changed = {**BASE, "body": [block("a", "One.")]}, {**BASE, "body": [block("a", "One."), block("b", "Two, better.")]}
    made = merge(BASE, gone, changed)
    assert texts(made) == ["One.", "Two, better."]
    assert len(made.clashes) == 1
    assert texts(merge(BASE, gone, BASE)) == ["One."]


def test_entries_of_a_list_come_together_too():
    def with_choices(*words):
        return {
            "body": [
                {
                    "type": "exercise_single",
                    "id": "x",
                    "value": {"choices": [{"type": "item", "id": str(n), "value": {"text": w}} for n, w in enumerate(words)]},
                }
            ]
        }

    made = merge(with_choices("a", "b"), with_choices("A", "b"), with_choices("a", "B", "c"))
    assert [c["value"]["text"] for c in made.body[0]["value"]["choices"]] == ["A", "B", "c"]
    assert made.clashes == []


@pytest.mark.django_db
def test_a_window_that_is_behind_overwrites_nothing(client):
    north = make_cluster("North")
    course = make.course(cluster=north)
    jane, paul = staff(north, "editor"), staff(north, "editor")
    topic = make.topic(course, "end")
    base = topic.save_revision(user=jane, clean=False)
    body = [b | {"value": b["value"] | {"text": "Paul's words."}} for b in topic.body.raw_data]
    topic.body, topic.summary = json.dumps(body), ""
    theirs = topic.save_revision(user=paul, clean=False)
    topic.body = json.dumps([b | {"value": b["value"] | {"text": "Jane's words."}} for b in body])
    topic.summary = "Jane's summary."
    mine = topic.save_revision(user=jane, clean=False)
    made, newest = actions.bring_together(topic=topic, base=base, mine=mine, theirs=theirs, by=jane, at=make.WHEN)
    assert len(made.clashes) == 1
    assert newest.as_object().summary == "Jane's summary."
    assert newest.as_object().body.raw_data[0]["value"]["text"] == "Paul's words."
    client.force_login(jane)
    url = f"/courses/topics/{topic.pk}/merge/?base={base.pk}&mine={mine.pk}&theirs={theirs.pk}"
    html = client.get(url).content.decode()
    assert "Paul&#x27;s words." in html
    assert "Jane&#x27;s words." in html
    client.post(url, {f"at-{made.clashes[0].key}": "both"})
    topic.refresh_from_db()
    assert topic.latest_revision.as_object().body.raw_data[0]["value"]["text"] == "Paul's words.\n\nJane's words."
    client.force_login(staff(make_cluster(), "manager"))
    assert client.get(url).status_code == 404
