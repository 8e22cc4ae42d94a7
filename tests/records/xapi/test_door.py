import base64
import time
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import orjson
import pytest
from django.conf import settings
from django.utils.timezone import now

from talka.records import actions, rules
from talka.records.actions import tokens
from talka.records.models import Credential
from talka.records.rules import agent_key
from talka.records.xapi import gate
from tests.factories import clusters, people, records
from tests.factories.records import LMS, agent, statement
from tests.records.conftest import Caller

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"


@pytest.mark.parametrize(
    ("asked", "status", "answered"),
    [("1.0", 200, "1.0.3"), ("1.0.0", 200, "1.0.3"), ("1.0.99", 200, "1.0.3"), ("2.0", 200, "2.0.0"), ("2.0.1", 200, "2.0.0"),
     ("", 400, "0.95"), ("0.9", 400, "1.0.3"), ("1", 400, "1.0.3"), ("1.1", 400, "1.0.3"), ("3.0.0", 400, "1.0.3"), ("x.y", 400, "1.0.3")],
)  # fmt: skip
def test_the_version_decides_the_rules(caller, asked, status, answered):
    caller.version = asked
    answer = caller("GET", "/statements")
    assert (answer.status, answer.headers["x-experience-api-version"]) == (status, answered)


def test_about_is_open_to_all(db):
    assert Caller(version="")("GET", "/about").json["version"][-2:] == ["1.0.3", "2.0.0"]


def test_slashes_are_read_as_one(caller):
    assert caller("GET", "//statements").status == 200
    assert caller("GET", "/nothing").status == 404
    assert caller("DELETE", "/statements").status == 405
    assert caller("POST", "/about").status == 405


def test_other_origins_may_ask(db):
    answer = Caller(version="")("OPTIONS", "/statements")
    assert answer.status == 204
    assert "X-Experience-API-Version" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!", "Digest x", "Basic " + base64.b64encode(b"nokey").decode(), "Basic " + base64.b64encode(b"a:b").decode()],
)
def test_who_has_no_key(db, header):
    stranger = Caller()
    stranger.authorization = header
    answer = stranger("GET", "/statements")
    assert (answer.status, "www-authenticate" in answer.headers) == (401, True)


# ---- alternate request syntax --------------------------------------------------------------------------------------------------


def form(caller, method: str, path: str = "/statements", **fields: str):
    fields = {"Authorization": caller.authorization, "X-Experience-API-Version": caller.version, **fields}
    stranger = Caller(version="")
    return stranger("POST", f"{path}?method={method}", urlencode(fields).encode(), content_type="application/x-www-form-urlencoded")


def test_a_form_may_stand_for_any_request(caller, caller2):
    sent = statement(id=ID)
    assert form(caller, "PUT", statementId=ID, content=orjson.dumps(sent).decode(), **{"Content-Type": "application/json"}).status == 204
    assert form(caller, "GET", statementId=ID).json["id"] == ID
    assert form(caller, "PATCH").status == 400
    assert form(caller2, "GET", statementId=ID).status == 400  # not part of 2.0
    assert caller("POST", "/statements?method=GET&limit=1", b"", content_type="application/x-www-form-urlencoded").status == 400
    assert caller("POST", "/statements?method=GET", b"{}").status == 400


# ---- keys ----------------------------------------------------------------------------------------------------------------------


def test_what_each_scope_opens(source):
    state = "/activities/state?" + urlencode({"activityId": f"{LMS}/u", "agent": orjson.dumps(agent()).decode()})
    profile = "/activities/profile?" + urlencode({"activityId": f"{LMS}/u"})
    opened = {}
    for scope in ("statements/write", "statements/read/mine", "statements/read", "state", "profile", "all"):
        key = records.key(source, scope)
        who = Caller(key.key, key.secret)
        opened[scope] = (
            who.post(statement()).status,
            who("GET", "/statements").status,
            who("GET", state).status,
            who("GET", profile).status,
        )
    assert opened == {
        "statements/write": (200, 403, 403, 403),
        "statements/read/mine": (403, 200, 403, 403),
        "statements/read": (403, 200, 403, 403),
        "state": (403, 403, 200, 403),
        "profile": (403, 403, 403, 200),
        "all": (200, 200, 200, 200),
    }


def test_a_source_may_be_kept_to_its_own(source, caller):
    caller.post(statement(1, id=ID))
    other = records.source()
    key = records.key(other, "statements/read/mine", "statements/write")
    mine = Caller(key.key, key.secret)
    stored = mine.post(statement(1)).json
    assert [s["id"] for s in mine("GET", "/statements").json["statements"]] == stored
    assert mine.get("/statements", statementId=ID).status == 404
    assert len(caller("GET", "/statements").json["statements"]) == 2


def test_keys_change_over_without_a_gap(source, django_capture_on_commit_callbacks):
    old = records.key(source, "all")
    new = actions.rotate(source=source, by=None, at=records.NOON)
    before, after = Caller(old.key, old.secret), Caller(new.key, new.secret)
    assert (before("GET", "/statements").status, after("GET", "/statements").status) == (200, 200)
    with django_capture_on_commit_callbacks(execute=True):
        actions.revoke(credential=old.credential, by=None, at=records.NOON)
    assert (before("GET", "/statements").status, after("GET", "/statements").status) == (401, 200)
    assert new.secret.encode() not in bytes(Credential.objects.get(pk=new.credential.pk).secret_hash)


def test_the_last_use_is_noted_but_not_per_request(caller, monkeypatch, django_assert_max_num_queries):
    gate._used.clear()
    caller("GET", "/statements")
    assert Credential.objects.get().used_at is not None
    with django_assert_max_num_queries(2):
        caller("GET", "/statements")


def test_a_source_over_its_rate_waits_and_is_then_sent_away(caller, source):
    source.per_minute = 6
    source.save()
    assert caller("GET", "/statements").status == 200
    late = caller("GET", "/statements")
    assert (late.status, int(late.headers["retry-after"]) > 0) == (429, True)


# ---- tokens --------------------------------------------------------------------------------------------------------------------


def token(source, **changes):
    bound = tokens.Bound(agent_key(agent(1)), f"{LMS}/units/1", ID)
    who = Caller("x", "y")
    who.authorization = "Basic " + tokens.make_token(source=source, bound=bound, until=changes.get("until", time.time() + 60))
    return who


def test_a_token_is_bound_to_person_activity_and_registration(source, caller):
    who = token(source)
    context = {"registration": ID}
    assert who.post(statement(1, context=context)).status == 200
    assert who.post(statement(2, context=context)).status == 403
    assert who.post(statement(1)).status == 403
    assert who.post({**statement(2, context=context), "actor": agent(1)}).status == 403
    caller.post(statement(1), statement(2, context=context))
    assert len(who("GET", "/statements").json["statements"]) == 1
    state = {"activityId": f"{LMS}/units/1", "agent": orjson.dumps(agent(1)).decode(), "stateId": "s", "registration": ID}
    assert who("PUT", "/activities/state?" + urlencode(state), {"a": 1}).status == 204
    for change in (
        {"agent": orjson.dumps(agent(2)).decode()},
        {"activityId": f"{LMS}/units/2"},
        {"registration": "7" + ID[1:]},
        {"registration": ""},
    ):
        given = {name: value for name, value in {**state, **change}.items() if value}
        assert who("GET", "/activities/state?" + urlencode(given)).status == 403
    assert who.get("/agents", agent=agent(2)).status == 403


def test_a_token_ends(source):
    assert token(source, until=time.time() - 1)("GET", "/statements").status == 401
    who = token(source)
    who.authorization = who.authorization[:-4] + "AAAA"
    assert who("GET", "/statements").status == 401


@pytest.fixture
def learner(db):
    return people.person()


def content(user, **changes):
    """A caller with a browser's token for this person, and the person's actor."""
    given = {"user_uuid": user.uuid, "activity": f"{LMS}/units/1", "registration": UUID(ID), "at": now()} | changes
    who = Caller("x", "y")
    who.authorization = "Basic " + actions.browser_token(**given)
    return who, rules.actor_of(user.uuid, settings.SITE_URL)


def test_content_in_the_browser_writes_for_its_person_alone(learner):
    who, actor = content(learner)
    about = {"actor": actor, "context": {"registration": ID}}
    assert who.post(statement(1, **about)).status == 200
    assert who.post(statement(2, **about)).status == 403  # another activity
    named = {"registration": ID, "contextActivities": {"grouping": {"id": f"{LMS}/units/1"}}}
    assert who.post(statement(2, actor=actor, context=named)).status == 200  # which names its own in the context
    for below, status in (("/page/1", 200), ("?subContentId=7", 200), ("#2", 200), ("1", 403)):
        assert who.post(statement(1, **about, object={"id": f"{LMS}/units/1{below}"})).status == status
    assert len(who("GET", "/statements").json["statements"]) == 5
    profile = "/agents/profile?" + urlencode({"agent": orjson.dumps(actor).decode(), "profileId": "cmi5LearnerPreferences"})
    assert who("PUT", profile, {"languagePreference": "de"}, if_none_match="*").status == 204
    assert (
        who("PUT", "/activities/profile?" + urlencode({"activityId": f"{LMS}/units/1", "profileId": "p"}), {}, if_none_match="*").status
        == 403
    )
    someone, _actor = content(people.person())
    assert someone("GET", profile).status == 403
    assert someone("GET", "/statements").json["statements"] == []


def test_a_token_of_content_ends_with_its_time_and_with_its_person(learner):
    late, _actor = content(learner, at=now() - timedelta(hours=5))
    assert late("GET", "/statements").status == 401
    who, _actor = content(learner)
    learner.is_active = False
    learner.save()
    assert who("GET", "/statements").status == 401


# ---- borders -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(db):
    made = []
    for name in ("North", "South"):
        key = records.key(records.source(name, cluster=clusters.cluster(name)))
        made.append(Caller(key.key, key.secret))
    return made


def test_a_source_of_one_cluster_never_reads_anothers(two, caller):
    north, south = two
    made = statement(
        1, id=ID, verb={"id": "http://v.example/secret", "display": {"en": "x"}},
        context={"registration": ID, "instructor": {**agent(7), "name": "Secret Name"}},
        object={"id": f"{LMS}/units/1", "definition": {"name": {"en": "Secret unit"}}},
    )  # fmt: skip
    assert north.post(made, statement(1), statement(1)).status == 200
    more = north.get("/statements", limit=1).json["more"].removeprefix("/xapi")
    state = "/activities/state?" + urlencode({"activityId": f"{LMS}/units/1", "agent": orjson.dumps(agent(1)).decode(), "stateId": "s"})
    profile = "/activities/profile?" + urlencode({"activityId": f"{LMS}/units/1", "profileId": "p"})
    person = "/agents/profile?" + urlencode({"agent": orjson.dumps(agent(1)).decode(), "profileId": "p"})
    for address in (state, profile, person):
        assert north("PUT", address, {"secret": 1}, if_none_match="*").status == 204
    filters = [
        {}, {"agent": agent(1)}, {"agent": agent(7), "related_agents": True}, {"verb": "http://v.example/secret"},
        {"activity": f"{LMS}/units/1"}, {"activity": f"{LMS}/units/1", "related_activities": True}, {"registration": ID},
        {"since": "2000-01-01T00:00:00Z"}, {"ascending": True}, {"limit": 1}, {"format": "canonical"},
    ]  # fmt: skip
    for asked in filters:
        assert north.get("/statements", **asked).json["statements"], asked
        assert south.get("/statements", **asked).json == {"statements": [], "more": ""}, asked
    assert south.get("/statements", statementId=ID).status == 404
    assert south("GET", more).status == 403
    assert [south("GET", address).status for address in (state, profile, person)] == [404, 404, 404]
    assert south.get("/agents", agent=agent(7)).json == {"objectType": "Person", "account": [agent(7)["account"]]}
    assert "definition" not in south.get("/activities", activityId=f"{LMS}/units/1").json
    # Nor does it change anything: neither voiding nor a statement of the same id tells or takes.
    assert (
        south.post(
            {**statement(5), "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}, "object": {"objectType": "StatementRef", "id": ID}}
        ).status
        == 200
    )
    assert north.get("/statements", statementId=ID).status == 200
    assert south("PUT", f"/statements?statementId={ID}", made).status == 409
    assert south.get("/statements", agent=agent(1)).json["statements"] == []
    # The network's own sources see all.
    assert len(caller.get("/statements", agent=agent(1)).json["statements"]) == 3


def test_the_name_of_a_path_is_not_the_way_around(two):
    north, south = two
    north.post(statement(1))
    other = south("POST", "/statements?method=GET", urlencode({"Authorization": south.authorization, "X-Experience-API-Version": "1.0.3"}).encode(),
                  content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert other.json["statements"] == []
