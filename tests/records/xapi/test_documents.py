import hashlib
from urllib.parse import urlencode

import orjson
import pytest

from tests.factories.records import LMS, agent

WHO = orjson.dumps(agent(1)).decode()
STATE = {"activityId": f"{LMS}/units/1", "agent": WHO}
PLACES = {
    "state": ("/activities/state", STATE, "stateId"),
    "activity": ("/activities/profile", {"activityId": f"{LMS}/units/1"}, "profileId"),
    "agent": ("/agents/profile", {"agent": WHO}, "profileId"),
}
NEW = {"if_none_match": "*"}


@pytest.fixture(params=PLACES)
def place(request):
    path, base, name = PLACES[request.param]

    def address(key: str | None = None, **more: str) -> str:
        return path + "?" + urlencode({**base, **({name: key} if key else {}), **more})

    return address


def test_a_document_from_birth_to_death(caller, place):
    assert caller("GET", place("a")).status == 404
    assert caller("PUT", place("a"), b"\x00bytes", content_type="application/octet-stream", **NEW).status == 204
    read = caller("GET", place("a"))
    assert (read.body, read.headers["content-type"]) == (b"\x00bytes", "application/octet-stream")
    etag = read.headers["etag"]
    assert etag == f'"{hashlib.sha1(read.body).hexdigest()}"'
    assert caller("GET", place("a"), if_none_match=etag).status == 304
    assert caller("HEAD", place("a")).body == b""
    assert caller("PUT", place("a"), b"x", content_type="text/plain", **NEW).status == 412
    assert caller("PUT", place("a"), b"x", content_type="text/plain", if_match='"other"').status == 412
    assert caller("PUT", place("a"), b"new", content_type="text/plain", if_match=etag).status == 204
    assert caller("GET", place("a")).body == b"new"
    assert caller("GET", place()).json == ["a"]
    assert caller("DELETE", place("a")).status == 204
    assert caller("GET", place("a")).status == 404
    assert caller("DELETE", place("a")).status == 204


def test_two_json_objects_are_merged(caller, place):
    assert caller("POST", place("a"), {"a": 1, "b": {"x": 1}}).status == 204
    assert caller("POST", place("a"), {"b": {"y": 2}, "c": 3}).status == 204
    assert caller("GET", place("a")).json == {"a": 1, "b": {"y": 2}, "c": 3}
    assert caller("POST", place("a"), [1]).status == 400
    assert caller("POST", place("a"), b"{", content_type="application/json").status == 400
    assert caller("POST", place("a"), b"text", content_type="text/plain").status == 400
    assert caller("GET", place("a")).json == {"a": 1, "b": {"y": 2}, "c": 3}


@pytest.mark.parametrize("path", ["/activities/profile", "/agents/profile"])
def test_a_profile_is_not_overwritten_blindly(caller, path):
    base = {"activityId": f"{LMS}/units/1"} if "activities" in path else {"agent": WHO}
    address = path + "?" + urlencode({**base, "profileId": "p"})
    assert caller("PUT", address, {"a": 1}).status == 400
    assert caller("PUT", address, {"a": 1}, **NEW).status == 204
    assert caller("PUT", address, {"a": 2}).status == 409


def test_states_by_registration_and_since(caller):
    one, two = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "7690e6c9-3ef0-4ed3-8b37-7f3964730bee"
    path = "/activities/state?"
    for key, more in (("a", {}), ("b", {"registration": one}), ("c", {"registration": two})):
        assert caller("PUT", path + urlencode({**STATE, "stateId": key, **more}), {"k": key}).status == 204
    assert caller("GET", path + urlencode({**STATE, "registration": one})).json == ["b"]
    assert sorted(caller("GET", path + urlencode(STATE)).json) == ["a", "b", "c"]
    assert caller("GET", path + urlencode({**STATE, "stateId": "b"})).status == 404
    assert caller("GET", path + urlencode({**STATE, "since": "2999-01-01T00:00:00Z"})).json == []
    assert caller("DELETE", path + urlencode({**STATE, "registration": one})).status == 204
    assert sorted(caller("GET", path + urlencode(STATE)).json) == ["a", "c"]
    assert caller("DELETE", path + urlencode(STATE)).status == 204
    assert caller("GET", path + urlencode(STATE)).json == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/activities/state", {}),
        ("/activities/state", {**STATE, "activityId": "x"}),
        ("/activities/state", {**STATE, "agent": "x"}),
        ("/activities/state", {**STATE, "registration": "x"}),
        ("/activities/state", {**STATE, "since": "x"}),
        ("/activities/state", {**STATE, "other": "x"}),
        ("/activities/profile", {}),
        ("/agents/profile", {}),
        ("/agents", {}),
        ("/agents", {"agent": '{"objectType":"Group","mbox":"mailto:g@b.example"}'}),
        ("/activities", {"activityId": "x"}),
    ],
)
def test_questions_that_are_none(caller, path, query):
    assert caller("GET", f"{path}?{urlencode(query)}").status == 400


def test_a_person_and_an_activity(caller):
    caller.post(
        {
            "actor": {**agent(1), "name": "Ada"},
            "verb": {"id": "http://v.example/a"},
            "object": {"id": f"{LMS}/units/1", "definition": {"name": {"en": "Unit"}}},
        }
    )
    assert caller.get("/agents", agent=agent(1)).json == {"objectType": "Person", "name": ["Ada"], "account": [agent(1)["account"]]}
    known = caller.get("/activities", activityId=f"{LMS}/units/1").json
    assert known == {"objectType": "Activity", "id": f"{LMS}/units/1", "definition": {"name": {"en": "Unit"}}}
    assert caller.get("/activities", activityId=f"{LMS}/never").json == {"objectType": "Activity", "id": f"{LMS}/never"}
