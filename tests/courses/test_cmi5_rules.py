"""What a unit may say, and when units, blocks and courses are satisfied."""

import copy
from uuid import uuid4

import pytest

from talka.courses.cmi5 import rules
from talka.courses.cmi5.rules import COURSE, Event, Node, NotConforming, Standing, check_document, is_met, newly_satisfied, take

ACTOR = {"objectType": "Agent", "account": {"homePage": "https://talka.example", "name": "p"}}
REGISTRATION = "760e3480-ba55-4991-94b0-01820dbd23a2"
UNIT = "https://talka.example/id/unit/1"
TEMPLATE = {
    "contextActivities": {"grouping": [{"id": "https://e.example/u1"}]},
    "extensions": {rules.SESSION_ID: "s-1"},
}
NEW = Standing("s-1", ACTOR, REGISTRATION, UNIT, TEMPLATE, mastery=0.9, own="https://talka.example/", prefs_read=True)
BEGUN = rules.after(NEW, Event("initialized", 1_000))
JUDGED = {"completed", "passed", "failed"}


def said(name, *, defined=True, second=10, **result):
    """A statement as a unit says it rightly."""
    context = {"registration": REGISTRATION, **copy.deepcopy(TEMPLATE)}
    if defined:
        context["contextActivities"]["category"] = [{"id": rules.CMI5}] + [{"id": rules.MOVEON}] * (name in JUDGED)
    right = {"completed": {"completion": True}, "passed": {"success": True}, "failed": {"success": False}}.get(name, {})
    made = {
        "id": str(uuid4()), "timestamp": f"2026-03-02T12:00:{second:02}Z", "actor": ACTOR, "verb": {"id": rules.VERBS.get(name, name)},
        "object": {"id": UNIT}, "context": context,
    }  # fmt: skip
    if defined and name != "initialized":
        made["result"] = {**right, "duration": "PT5S", **result}
    if "score" in result:
        context["extensions"][rules.MASTERY_SCORE] = 0.9
    return made


def change(statement, *path, to=None):
    *way, last = path
    place = statement
    for step in way:
        place = place[step]
    if to is None:
        del place[last]
    else:
        place[last] = to
    return statement


def names(statements, standing):
    return [event.verb for event in take(statements, standing)]


def test_a_session_from_first_to_last():
    score = {"scaled": 0.9, "raw": 90, "min": 0, "max": 100}
    way = [said("initialized", second=1), said("https://e.example/looked", defined=False, second=2), said("completed", second=3)]
    way += [said("passed", score=score, second=4), said("terminated", second=5)]
    assert names(way, NEW) == ["initialized", "completed", "passed", "terminated"]
    # The order is that of the times, whatever the order in the batch.
    assert names(list(reversed(way)), NEW) == ["initialized", "completed", "passed", "terminated"]
    assert take([said("passed", score=score)], BEGUN)[0].score == 0.9
    assert take([said("completed")], BEGUN)[0].seconds == 5


def test_another_home_of_the_category_and_utc_written_otherwise():
    statement = said("initialized")
    statement["context"]["contextActivities"]["category"] = {"id": rules.CMI5}
    statement["timestamp"] = "2026-03-02T12:00:00+00:00"
    assert names([statement], NEW) == ["initialized"]


def passed(*path, to=None):
    return change(said("passed", score={"scaled": 0.95, "raw": 9, "min": 0, "max": 10}), *path, to=to)


EXTENSIONS = ("context", "extensions")
CATEGORY = ("context", "contextActivities", "category")


@pytest.mark.parametrize(
    ("section", "statement"),
    [
        ("9.1", change(said("completed"), "id")),
        ("9.7", change(said("completed"), "timestamp")),
        ("9.7", change(said("completed"), "timestamp", to="2026-03-02T06:00:00-06:00")),
        ("9.7", change(said("completed"), "timestamp", to="Z")),
        ("6.3", change(said("x", defined=False), "verb", "id", to=rules.VOIDED)),
        ("9.2", passed("actor", to={**ACTOR, "objectType": "Group"})),
        ("9.2", passed("actor", to={"mbox": "mailto:a@b.example"})),
        ("9.2", passed("actor", to={"account": {"homePage": "https://talka.example", "name": "q"}})),
        ("9.6", passed("context")),
        ("9.6.1", passed("context", "registration")),
        ("9.6.1", passed("context", "registration", to="ccaf384c-f8d4-4e7a-8304-49af58f0b176")),
        ("9.6.3.1", passed(*EXTENSIONS, rules.SESSION_ID)),
        ("10.2.1", passed("context", "contextActivities", "grouping", to=[{"id": "https://e.example/other"}])),
        ("9.4", passed("object", "id", to="https://e.example/other")),
        ("9.4", passed("object", "objectType", to="StatementRef")),
        ("9.3", passed("verb", "id", to=rules.VERBS["satisfied"])),
        ("9.3", said("initialized")),
        ("9.5.2", passed("result", "success")),
        ("9.5.2", passed("result", "success", to=False)),
        ("9.5.2", change(said("failed"), "result", "success", to=True)),
        ("9.5.2", change(said("completed"), "result", "success", to=True)),
        ("9.5.3", passed("result", "completion", to=True)),
        ("9.5.3", change(said("completed"), "result", "completion")),
        ("9.5.3", change(said("completed"), "result", "completion", to=False)),
        ("9.5.4", change(said("terminated"), "result")),
        ("9.5.4", change(said("terminated"), "result", "duration")),
        ("9.5.4", change(said("failed"), "result", "duration")),
        ("9.6.2.2", passed(*CATEGORY, to=[{"id": rules.CMI5}])),
        ("9.6.2.2", change(said("terminated"), *CATEGORY, to=[{"id": rules.CMI5}, {"id": rules.MOVEON}])),
        ("9.6.2.2", change(said("x", defined=False), *CATEGORY, to=[{"id": rules.MOVEON}])),
        ("9.5.1", change(said("completed"), "result", "score", to={"scaled": 1})),
        ("9.5.1", passed("result", "score", to={"raw": 90, "max": 100})),
        ("9.5.1", passed("result", "score", to={"raw": 90, "min": 0})),
        ("9.5.1", passed("result", "score", to={"raw": 9.5, "min": 0, "max": 10})),
        ("9.5.1", passed("result", "score", to={"raw": 11, "min": 0, "max": 10})),
        ("9.5.1", passed("result", "score", to={"scaled": -0.5})),
        ("9.3.4", passed("result", "score", to={"scaled": 0.89})),
        ("9.3.5", said("failed", score={"scaled": 0.9})),
        ("9.6.3.2", passed(*EXTENSIONS, rules.MASTERY_SCORE)),
        ("9.6.3.2", passed(*EXTENSIONS, rules.MASTERY_SCORE, to=0.8)),
        ("9.3", change(said("completed"), "timestamp", to="1969-01-01T00:00:00Z")),
        ("9.4", change(said("completed", defined=False), "object", "id", to="https://talka.example/id/course/9")),
    ],
)
def test_what_does_not_conform_is_refused_with_its_section(section, statement):
    with pytest.raises(NotConforming, match=rf"\[cmi5 {section}\]"):
        take([statement], BEGUN)


@pytest.mark.parametrize(
    ("section", "way", "standing"),
    [
        ("11.0", ["initialized"], Standing("s-1", ACTOR, REGISTRATION, UNIT, TEMPLATE)),
        ("9.3.2", ["https://e.example/looked"], NEW),
        ("9.3.2", ["completed"], NEW),
        ("9.3", ["completed", "completed"], BEGUN),
        ("9.3", ["passed", "failed"], BEGUN),
        ("9.3", ["failed", "passed"], BEGUN),
        ("9.3.8", ["terminated", "https://e.example/looked"], BEGUN),
        ("9.3", ["completed"], rules.replace(BEGUN, completed=True)),
        ("9.3", ["failed"], rules.replace(BEGUN, passed=True)),
        ("10.2.2", ["completed"], rules.replace(BEGUN, mode="Browse")),
        ("10.2.2", ["passed"], rules.replace(BEGUN, mode="Review")),
    ],
)
def test_the_order_of_what_is_said(section, way, standing):
    statements = [said(name, defined=not name.startswith("https://e"), second=n) for n, name in enumerate(way)]
    with pytest.raises(NotConforming, match=rf"\[cmi5 {section}\]"):
        take(statements, standing)


def test_content_may_speak_of_its_own_things():
    for about in (UNIT, UNIT + "/question/1", "https://e.example/anything"):
        assert take([change(said("looked", defined=False), "object", "id", to=about)], BEGUN) == []


@pytest.mark.parametrize(
    ("kind", "key", "method", "document", "right"),
    [
        ("state", "LMS.LaunchData", "GET", None, True),
        ("state", "LMS.LaunchData", "PUT", {}, False),
        ("state", "LMS.LaunchData", "DELETE", None, False),
        ("state", "", "DELETE", None, False),
        ("state", "bookmark", "PUT", None, True),
        ("agent", rules.PREFERENCES, "PUT", {"languagePreference": "en-US,fr-FR, fr-BE", "audioPreference": "on"}, True),
        ("agent", rules.PREFERENCES, "POST", {"languagePreference": "", "audioPreference": "on"}, False),
        ("agent", rules.PREFERENCES, "PUT", {"languagePreference": "not comma separated", "audioPreference": "on"}, False),
        ("agent", rules.PREFERENCES, "PUT", {"languagePreference": "en"}, False),
        ("agent", rules.PREFERENCES, "PUT", {"audioPreference": "on"}, False),
        ("agent", rules.PREFERENCES, "PUT", None, False),
        ("agent", "other", "PUT", None, True),
    ],
)
def test_documents(kind, key, method, document, right):
    if right:
        check_document(kind, key, method, document)
        return
    with pytest.raises(NotConforming):
        check_document(kind, key, method, document)


@pytest.mark.parametrize(
    ("move_on", "needs"),
    [
        ("Passed", {"01", "11"}),
        ("Completed", {"10", "11"}),
        ("CompletedAndPassed", {"11"}),
        ("CompletedOrPassed", {"10", "01", "11"}),
        ("NotApplicable", {"00", "10", "01", "11"}),
    ],
)
def test_move_on(move_on, needs):
    met = {f"{c:d}{p:d}" for c in (False, True) for p in (False, True) if is_met(move_on, completed=c, passed=p)}
    assert met == needs
    assert is_met(move_on, completed=False, passed=False, waived=True)


def test_blocks_are_satisfied_from_the_inside_out_and_once():
    tree = [Node(1, children=(Node(2), Node(3, children=(Node(4),)))), Node(5)]
    assert newly_satisfied(tree, met={4}, before=set()) == [3]
    assert newly_satisfied(tree, met={2, 4}, before={3}) == [1]
    assert newly_satisfied(tree, met={2, 4, 5}, before=set()) == [3, 1, COURSE]
    assert newly_satisfied(tree, met={2, 4, 5}, before={3, 1, COURSE}) == []
    # A unit that a newer version brings does not take back what was satisfied.
    assert newly_satisfied(tree, met={5}, before={3, 1}) == [COURSE]
    assert newly_satisfied([], met=set(), before=set()) == []
