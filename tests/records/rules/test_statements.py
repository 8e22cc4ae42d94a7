import copy
import uuid

import orjson
import pytest

from talka.records.rules import statements as rules
from tests.factories.records import agent, statement

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
DEFINITION = {"type": "http://adlnet.gov/expapi/activities/cmi.interaction", "interactionType": "choice"}


def read(value, version=rules.V1):
    return rules.read(rules.minify(orjson.dumps(value)), version=version, make_id=lambda: uuid.UUID(ID).bytes)


def changed(path: str, value, base=None):
    """A valid statement with one place set to something else."""
    made = copy.deepcopy(base or statement())
    place = made
    *way, last = path.split(".")
    for name in way:
        place = place.setdefault(name, {})
    place[last] = value
    return made


ACTIVITY = {"objectType": "Activity", "id": "http://a.example/x"}
SUB = {"objectType": "SubStatement", "actor": agent(), "verb": {"id": "http://v.example/a"}, "object": ACTIVITY}
ATTACHMENT = {
    "usageType": "http://u.example/a", "display": {"en": "x"}, "contentType": "text/plain", "length": 3, "sha2": "a" * 64,
    "fileUrl": "http://f.example/x",
}  # fmt: skip

VALID = [
    ("id", ID),
    ("timestamp", "2026-03-02T12:00:00Z"),
    ("timestamp", "2026-03-02T12:00:00.123456789+01:00"),
    ("timestamp", "2026-03-02T12:00:00"),
    ("version", "1.0.9"),
    ("actor", {"mbox": "mailto:a@b.example"}),
    ("actor", {"mbox_sha1sum": "0" * 40}),
    ("actor", {"openid": "http://me.example/"}),
    ("actor", {"objectType": "Group", "member": [agent()]}),
    ("actor", {"objectType": "Group", "mbox": "mailto:g@b.example"}),
    ("object", agent(2)),
    ("object", {"objectType": "StatementRef", "id": ID}),
    ("object", SUB),
    ("object.definition", {**DEFINITION, "choices": [{"id": "a", "description": {"en": "A"}}], "correctResponsesPattern": ["a"]}),
    ("object.definition.extensions", {"http://e.example/x": None}),
    ("result", {"score": {"scaled": -1, "raw": 5, "min": 0, "max": 10}, "success": True, "duration": "P1DT2H3.5S", "response": "x"}),
    ("result.duration", "PT0S"),
    ("result.duration", "P3W"),
    ("result.extensions", {"http://e.example/x": {"deep": [None, 1e300]}}),
    ("context", {"registration": ID, "language": "de-DE", "platform": "LMS", "instructor": agent(3), "statement": {"objectType": "StatementRef", "id": ID}}),
    ("context.team", {"objectType": "Group", "member": [agent()]}),
    ("context.contextActivities", {"parent": ACTIVITY, "grouping": [ACTIVITY], "category": [], "other": [ACTIVITY, ACTIVITY]}),
    ("attachments", [ATTACHMENT]),
    ("authority", agent(9)),
    ("stored", "2020-01-01T00:00:00Z"),
]  # fmt: skip

# (place, wrong value, JSON path in the error)
INVALID = [
    ("id", "no-uuid", "$.id"),
    ("id", 5, "$.id"),
    ("id", None, "$.id"),
    ("extra", 1, "$"),
    ("timestamp", "2026-03-02T12:00:00-00:00", "$.timestamp"),
    ("timestamp", "2026-03-02T12:00:00-0000", "$.timestamp"),
    ("timestamp", "2026-02-30T12:00:00Z", "$.timestamp"),
    ("timestamp", "yesterday", "$.timestamp"),
    ("version", "0.9", "$.version"),
    ("version", "1.1.0", "$.version"),
    ("version", "2.0.0", "$.version"),
    ("actor", None, "$.actor"),
    ("actor", {}, "$.actor"),
    ("actor", {"name": "nobody"}, "$.actor"),
    ("actor", {"mbox": "a@b.example"}, "$.actor.mbox"),
    ("actor", {"mbox": "mailto:nobody"}, "$.actor.mbox"),
    ("actor", {"mbox_sha1sum": "xyz"}, "$.actor.mbox_sha1sum"),
    ("actor", {"openid": "me"}, "$.actor.openid"),
    ("actor", {"mbox": "mailto:a@b.example", "openid": "http://me.example/"}, "$.actor"),
    ("actor", {"account": {"homePage": "http://a.example"}}, "$.actor.account"),
    ("actor", {"account": {"homePage": "a", "name": "x"}}, "$.actor.account.homePage"),
    ("actor", {"account": {"homePage": "http://a.example", "name": 1}}, "$.actor.account.name"),
    ("actor", {"account": {"homePage": "http://a.example", "name": "\x00"}}, "$.actor.account.name"),
    ("actor", {"objectType": "Group"}, "$.actor"),
    ("actor", {"objectType": "Group", "member": []}, "$.actor.member"),
    ("actor", {"objectType": "Group", "member": [{"objectType": "Group", "mbox": "mailto:g@b.example"}]}, "$.actor.member[0].objectType"),
    ("actor", {"objectType": "agent", "mbox": "mailto:a@b.example"}, "$.actor.objectType"),
    ("actor", {"objectType": ["Agent"], "mbox": "mailto:a@b.example"}, "$.actor.objectType"),
    ("actor", {"mbox": "mailto:a@b.example", "member": []}, "$.actor.member"),
    ("verb", {}, "$.verb.id"),
    ("verb", {"id": "did"}, "$.verb.id"),
    ("verb.display", {"not a tag!": "x"}, "$.verb.display.not a tag!"),
    ("verb.display", {"en": 1}, "$.verb.display.en"),
    ("verb.display", "x", "$.verb.display"),
    ("object", {"objectType": "Thing", "id": "http://a.example/x"}, "$.object.objectType"),
    ("object", {}, "$.object.id"),
    ("object", {"id": "x"}, "$.object.id"),
    ("object", {"objectType": "StatementRef", "id": "x"}, "$.object.id"),
    ("object", {**SUB, "object": SUB}, "$.object.object.objectType"),
    ("object", {**SUB, "id": ID}, "$.object.id"),
    ("object", {**SUB, "stored": "2020-01-01T00:00:00Z"}, "$.object.stored"),
    ("object", {**SUB, "context": {"language": {}}}, "$.object.context.language"),
    ("object.definition.type", "lesson", "$.object.definition.type"),
    ("object.definition.moreInfo", "x", "$.object.definition.moreInfo"),
    ("object.definition.name", {"en": None}, "$.object.definition.name.en"),
    ("object.definition.extensions", {"x": 1}, "$.object.definition.extensions.x"),
    ("object.definition", {**DEFINITION, "interactionType": "guess"}, "$.object.definition.interactionType"),
    ("object.definition", {**DEFINITION, "scale": []}, "$.object.definition.scale"),
    ("object.definition", {**DEFINITION, "choices": [{"id": "a"}, {"id": "a"}]}, "$.object.definition.choices[1].id"),
    ("object.definition", {"choices": []}, "$.object.definition.choices"),
    ("object.definition", {**DEFINITION, "correctResponsesPattern": "a"}, "$.object.definition.correctResponsesPattern"),
    ("result.score.scaled", 1.1, "$.result.score.scaled"),
    ("result.score", {"raw": 11, "max": 10}, "$.result.score.raw"),
    ("result.score", {"min": 10, "max": 10}, "$.result.score.min"),
    ("result.score.raw", "5", "$.result.score.raw"),
    ("result.score.raw", True, "$.result.score.raw"),
    ("result.success", "true", "$.result.success"),
    ("result.completion", 1, "$.result.completion"),
    ("result.response", 1, "$.result.response"),
    ("result.duration", "1 hour", "$.result.duration"),
    ("result.duration", "P", "$.result.duration"),
    ("result.duration", "PT", "$.result.duration"),
    ("result.extra", 1, "$.result.extra"),
    ("context.registration", "x", "$.context.registration"),
    ("context.language", "not a tag!", "$.context.language"),
    ("context.language", 5, "$.context.language"),
    ("context.extra", 1, "$.context"),
    ("context.team", agent(), "$.context.team.objectType"),
    ("context.statement", {"id": ID}, "$.context.statement.objectType"),
    ("context.contextActivities", {"mother": ACTIVITY}, "$.context.contextActivities.mother"),
    ("context.contextActivities", {"parent": [agent()]}, "$.context.contextActivities.parent[0].objectType"),
    ("context.contextAgents", [{"objectType": "contextAgent", "agent": agent()}], "$.context.contextAgents"),
    ("context.extensions", {"relative": 1}, "$.context.extensions.relative"),
    ("attachments", {}, "$.attachments"),
    ("attachments", [{**ATTACHMENT, "sha2": "x"}], "$.attachments[0].sha2"),
    ("attachments", [{**ATTACHMENT, "length": -1}], "$.attachments[0].length"),
    ("attachments", [{**ATTACHMENT, "length": True}], "$.attachments[0].length"),
    ("attachments", [{**ATTACHMENT, "usageType": "x"}], "$.attachments[0].usageType"),
    ("attachments", [{**ATTACHMENT, "contentType": "text"}], "$.attachments[0].contentType"),
    ("authority", {"objectType": "Group", "member": [agent()]}, "$.authority"),
    ("stored", "x", "$.stored"),
    ("verb", {"id": rules.VOIDED}, "$.object"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value"), VALID)
def test_valid(place, value):
    made = changed(place, value)
    kept = orjson.loads(read(made).json)
    for set_by_store in ("authority", "stored"):
        made.pop(set_by_store, None)
    if isinstance(made.get("context", {}).get("contextActivities"), dict):
        places = made["context"]["contextActivities"]
        made["context"]["contextActivities"] = {k: v if isinstance(v, list) else [v] for k, v in places.items()}
    assert kept == {"id": ID, "version": "1.0.0", **made}


@pytest.mark.parametrize(("place", "value", "path"), INVALID)
def test_invalid(place, value, path):
    with pytest.raises(rules.Invalid) as error:
        read(changed(place, value))
    assert error.value.path == path
    assert "xAPI 1.0.3 Data" in str(error.value)
    with pytest.raises(rules.Invalid):  # what was refused once is refused again: nothing wrong is remembered as right
        read(changed(place, value))


@pytest.mark.parametrize("missing", ["actor", "verb", "object"])
def test_what_a_statement_needs(missing):
    made = statement()
    del made[missing]
    with pytest.raises(rules.Invalid, match=f"{missing}: is missing"):
        read(made)


def test_context_agents_belong_to_version_2():
    made = changed("context.contextAgents", [{"objectType": "contextAgent", "agent": agent(5), "relevantTypes": ["http://t.example/x"]}])
    assert read(made, rules.V2).parts[3].agents == (("https://lms.example.org user-5", None, False),)
    for wrong in (
        {"objectType": "contextAgent"},
        {"agent": agent()},
        {"objectType": "contextAgent", "agent": agent(), "relevantTypes": []},
    ):
        with pytest.raises(rules.Invalid):
            read(changed("context.contextAgents", [wrong]), rules.V2)


def test_version_2_needs_a_zone():
    with pytest.raises(rules.Invalid, match="timestamp"):
        read(changed("timestamp", "2026-03-02T12:00:00"), rules.V2)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"actor":NaN}',
        b"[" * 100_000,
        b'{"actor":{"mbox":"mailto:a@b.example","mbox":"mailto:c@d.example"},"verb":{"id":"http://v.example/a"},"object":{"id":"http://a.example/x"}}',
        b'{"actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"http://v.example/a"},"verb":{"id":"http://v.example/a"},"object":{"id":"http://a.example/x"}}',
        b'{"actor":{"mbox":"mailto:\xff@b.example"},"verb":{"id":"http://v.example/a"},"object":{"id":"http://a.example/x"}}',
        b'{"actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"http://v.example/a"},"object":{"id":"http://a.example/x"},"result":{"extensions":{"http://e.example/x":1e999}}}',
        b'{"actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"http://v.example/a"},"object":{"id":"http://a.example/x"},"result":{"extensions":{"http://e.example/x":'
        + b"[" * 200 + b"]" * 200 + b"}}}",
    ],
    ids=["empty", "broken", "no utf-8", "NaN", "deep list", "doubled in a part", "doubled on top", "bad utf-8", "infinite", "deep extension"],
)  # fmt: skip
def test_what_is_no_proper_json(raw):
    with pytest.raises(rules.Invalid):
        rules.read_body(raw, version=rules.V1, make_id=lambda: b"x" * 16)


def test_numbers_and_spellings_are_kept_to_the_letter():
    raw = (
        b'{ "actor":{"mbox":"mailto:a@b.example","name":"\\u00e9\\/"}, "verb":{"id":"http://v.example/a"}, "object":{"id":"http://a.example/x"},'
        b'"result":{"extensions":{"http://e.example/x":[1.0,1e2,12345678901234567890123,0.10]}}}'
    )
    kept = rules.read_body(raw, version=rules.V1, make_id=lambda: b"x" * 16)[0][0].json
    assert b"[1.0,1e2,12345678901234567890123,0.10]" in kept
    assert b'"\\u00e9\\/"' in kept


def test_two_of_one_id_in_a_batch():
    with pytest.raises(rules.Invalid, match="same id"):
        rules.read_body(orjson.dumps([statement(id=ID), statement(2, id=ID)]), version=rules.V1, make_id=lambda: b"")


def test_the_place_in_a_batch_is_told():
    with pytest.raises(rules.Invalid) as error:
        rules.read_body(orjson.dumps([statement(), changed("verb.id", "x")]), version=rules.V1, make_id=lambda: b"x" * 16)
    assert error.value.path == "$[1].verb.id"


def test_same_and_other():
    one = statement(id=ID, result={"duration": "PT60S"})
    assert rules.is_same(one, {**one, "stored": "x", "authority": agent(8), "verb": {"id": one["verb"]["id"], "display": {"de": "x"}}})
    assert rules.is_same(one, {**one, "result": {"duration": "PT1M"}})
    assert rules.is_same(one, changed("object.definition.name", {"en": "New name"}, one))
    assert not rules.is_same(one, {**one, "actor": agent(2)})
    assert not rules.is_same(one, {**one, "result": {"duration": "PT61S"}})
    group = [{"objectType": "Group", "member": [agent(a), agent(b)]} for a, b in ((1, 2), (2, 1))]
    assert rules.is_same({**one, "actor": group[0]}, {**one, "actor": group[1]})


def test_definitions_grow():
    merged = rules.merge_definition(
        {"name": {"en": "A"}, "type": "http://t.example/1"}, {"name": {"de": "B"}, "type": "http://t.example/2"}
    )
    assert merged == {"name": {"en": "A", "de": "B"}, "type": "http://t.example/2"}
