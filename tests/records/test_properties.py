"""Generated and mutated statements: never a 500, never something wrong stored, and what is stored is read as it was sent."""

import copy
import uuid
from datetime import UTC

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.records import LMS

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
iri = st.sampled_from(["http://a.example/x", "urn:a:b", "https://ü.example/ö?x=1#y"])
tags = st.sampled_from(["en", "de-DE", "zh-Hant", "x-own"])
language_map = st.dictionaries(tags, text, max_size=2)
instants = st.datetimes(timezones=st.just(UTC)).map(lambda d: d.isoformat())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
extensions = st.dictionaries(iri, json_values, max_size=2)
agents = st.one_of(
    st.fixed_dictionaries({"mbox": st.sampled_from(["mailto:a@b.example", "mailto:ü@b.example"])}, optional={"name": text}),
    st.fixed_dictionaries({"account": st.fixed_dictionaries({"homePage": iri, "name": text})}, optional={"objectType": st.just("Agent")}),
    st.fixed_dictionaries({"mbox_sha1sum": st.just("ab" * 20)}),
    st.fixed_dictionaries({"openid": iri}),
)
groups = st.fixed_dictionaries(
    {"objectType": st.just("Group"), "member": st.lists(agents, min_size=1, max_size=3)}, optional={"name": text}
)
definitions = st.fixed_dictionaries(
    {}, optional={"name": language_map, "description": language_map, "type": iri, "moreInfo": iri, "extensions": extensions}
)
activities = st.fixed_dictionaries({"id": iri}, optional={"objectType": st.just("Activity"), "definition": definitions})
verbs = st.fixed_dictionaries({"id": iri}, optional={"display": language_map})
results = st.fixed_dictionaries(
    {},
    optional={
        "score": st.fixed_dictionaries({}, optional={"scaled": st.floats(-1, 1)}),
        "success": st.booleans(), "completion": st.booleans(), "response": text,
        "duration": st.sampled_from(["PT1S", "P1Y2M3DT4H5M6.78S", "P3W"]), "extensions": extensions,
    },
)  # fmt: skip
contexts = st.fixed_dictionaries(
    {},
    optional={
        "registration": st.uuids().map(str), "instructor": agents | groups, "team": groups, "language": tags, "extensions": extensions,
        "contextActivities": st.fixed_dictionaries({}, optional={"parent": st.lists(activities, max_size=2), "other": st.lists(activities, max_size=2)}),
        "statement": st.fixed_dictionaries({"objectType": st.just("StatementRef"), "id": st.uuids().map(str)}),
    },
)  # fmt: skip
objects = st.one_of(
    activities,
    st.fixed_dictionaries({"objectType": st.just("StatementRef"), "id": st.uuids().map(str)}),
    st.fixed_dictionaries({"objectType": st.just("Agent"), "mbox": st.just("mailto:o@b.example")}),
    st.fixed_dictionaries({"objectType": st.just("SubStatement"), "actor": agents, "verb": verbs, "object": activities}, optional={"context": contexts}),
)  # fmt: skip
statements = st.fixed_dictionaries(
    {"actor": agents | groups, "verb": verbs, "object": objects}, optional={"result": results, "context": contexts, "timestamp": instants}
)


@SETTINGS
@given(made=statements)
def test_what_is_stored_is_read_as_it_was_sent(caller, made):
    key = str(uuid.uuid4())
    answer = caller("POST", "/statements", {**made, "id": key})
    assert answer.status == 200, answer.text
    read = caller.get("/statements", statementId=key).json
    for added in ("stored", "authority", "version", *(() if "timestamp" in made else ("timestamp",))):
        read.pop(added)
    assert read == {**made, "id": key}
    for form in ("ids", "canonical"):
        assert caller.get("/statements", statementId=key, format=form).status == 200


@SETTINGS
@given(made=statements, data=st.data())
def test_a_mutated_statement_is_stored_as_sent_or_refused(caller, made, data):
    made = copy.deepcopy(made)
    place = made
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        inner = place[name]
        if isinstance(inner, dict) and inner and data.draw(st.booleans()):
            place = inner
            continue
        act = data.draw(st.sampled_from(["drop", "replace", "add"]))
        if act == "drop":
            del place[name]
        elif act == "replace":
            place[name] = data.draw(json_values)
        else:
            place[data.draw(text)] = data.draw(json_values)
        break
    key = str(uuid.uuid4())
    made.setdefault("id", key)
    answer = caller("POST", "/statements", made)
    assert answer.status in {200, 400, 409}, answer.text
    if answer.status == 200 and isinstance(made.get("id"), str):
        read = caller.get("/statements", statementId=made["id"])
        if read.status == 200:
            again = {k: v for k, v in read.json.items() if k in made and k not in {"stored", "authority"}}
            assert caller("POST", "/statements", {**again, "id": str(uuid.uuid4())}).status == 200  # only what is valid is stored


@SETTINGS
@given(raw=st.binary(max_size=200), start=st.sampled_from([b"", b"{", b"[", b'{"actor":', b'[{"id":"']))
def test_bytes_that_are_anything(caller, raw, start):
    assert caller("POST", "/statements", start + raw).status == 400


@SETTINGS
@given(
    path=st.sampled_from(["/statements", "/statements/more", "/activities/state", "/activities/profile", "/agents/profile", "/agents", "/activities"]),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"]),
    query=st.dictionaries(
        st.sampled_from(["statementId", "agent", "activityId", "stateId", "profileId", "since", "limit", "verb", "cursor", "method", "registration"]) | text,
        text | st.sampled_from(['{"mbox":"mailto:a@b.example"}', f"{LMS}/u", "2026-01-01T00:00:00Z", "1", "null", "[]"]),
        max_size=4,
    ),
    body=st.binary(max_size=60) | json_values.map(orjson.dumps),
    content_type=st.sampled_from(["application/json", "multipart/mixed; boundary=x", "multipart/mixed", "application/x-www-form-urlencoded", "text/plain", ""]),
    version=st.sampled_from(["1.0.3", "2.0.0"]),
)  # fmt: skip
def test_the_door_never_breaks(caller, path, method, query, body, content_type, version):
    from urllib.parse import urlencode

    caller.version = version
    answer = caller(method, f"{path}?{urlencode(query)}", body, content_type=content_type)
    assert answer.status < 500, answer.text
