import gzip
import hashlib
import uuid

import orjson
import pytest

from talka.records import multipart
from talka.records.models import Refusal
from talka.records.rules.statements import VOIDED
from tests.factories.records import LMS, agent, statement

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
OTHER = "7690e6c9-3ef0-4ed3-8b37-7f3964730bee"
ONE_AGENT = {"account": {"homePage": LMS, "name": "user-1"}}


def reference(to: str, verb: str = "http://v.example/commented", **fields):
    return statement(3, verb={"id": verb}, object={"objectType": "StatementRef", "id": to}, **fields)


def ids(answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [s["id"] for s in answer.json["statements"]]


# ---- storing -------------------------------------------------------------------------------------------------------------------


def test_what_is_stored_is_read_with_what_the_store_adds(caller, source):
    sent = statement(id=ID, timestamp="2026-03-02T12:00:00Z")
    assert caller.post(sent).json == [ID]
    read = caller.get("/statements", statementId=ID)
    assert read.json == {**sent, "version": "1.0.0", "stored": read.json["stored"], "authority": source.authority}
    assert read.headers["x-experience-api-version"] == "1.0.3"
    assert read.headers["x-experience-api-consistent-through"] >= read.json["stored"]
    assert read.headers["last-modified"].endswith("GMT")


def test_a_missing_timestamp_is_the_time_of_storing(caller):
    key = caller.post(statement()).json[0]
    read = caller.get("/statements", statementId=key).json
    assert read["timestamp"] == read["stored"]


def test_put_and_its_conflicts(caller):
    path = f"/statements?statementId={ID}"
    assert caller("PUT", path, statement()).status == 204
    assert caller("PUT", path, statement()).status == 204  # says the same: nothing to do
    assert caller("PUT", path, statement(2)).status == 409
    assert caller("PUT", path, statement(id=OTHER)).status == 400
    assert caller("PUT", "/statements", statement()).status == 400
    assert caller("PUT", path, [statement()]).status == 400
    assert ids(caller.get("/statements")) == [ID]


def test_a_batch_is_stored_whole_or_not_at_all(caller):
    caller.post(statement(id=ID))
    assert caller.post(statement(2), statement(9, id=ID)).status == 409
    refused = caller.post(statement(2), {**statement(3), "verb": {"id": "x"}})
    assert refused.status == 400
    assert refused.text.startswith("$[1].verb.id: must be an absolute IRI")
    assert ids(caller.get("/statements")) == [ID]
    assert caller.post(statement(id=ID), statement(4, id=OTHER)).json == [ID, OTHER]  # the known one is left as it is
    assert ids(caller.get("/statements", ascending=True)) == [ID, OTHER]


def test_what_was_refused_is_kept_with_its_reason(caller, source):
    caller.post({**statement(), "verb": {}})
    kept = Refusal.objects.get()
    assert (kept.source, kept.status, kept.method, kept.reason.partition(":")[0]) == (source, 400, "POST", "$.verb.id")


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"3", b'"x"', b"\xff", b"[" * 5000, b"[null]", b"[[]]"])
def test_bodies_that_are_none(caller, body):
    assert caller("POST", "/statements", body).status == 400


def test_an_empty_batch_stores_nothing(caller):
    assert caller.post(*[[]]).status == 200
    assert ids(caller.get("/statements")) == []


def test_only_json_or_multipart(caller):
    assert caller("POST", "/statements", statement(), content_type="text/plain").status == 400
    assert caller("POST", "/statements?statementId=x", statement()).status == 400


def test_a_packed_body(caller):
    raw = gzip.compress(orjson.dumps(statement(id=ID)))
    assert caller("POST", "/statements", raw, content_encoding="gzip").json == [ID]
    assert caller("POST", "/statements", b"no gzip", content_encoding="gzip").status == 400
    assert caller("POST", "/statements", raw, content_encoding="br").status == 415


def test_too_large(caller, source):
    source.most_bytes = 5_000
    source.save()
    assert caller("POST", "/statements", b" " * 5_001).status == 413
    assert caller("POST", "/statements", gzip.compress(b" " * 10_000_000), content_encoding="gzip").status == 413


def test_single_context_activities_come_back_as_lists(caller):
    caller.post(statement(id=ID, context={"contextActivities": {"parent": {"id": "http://a.example/p"}}}))
    assert caller.get("/statements", statementId=ID).json["context"]["contextActivities"] == {"parent": [{"id": "http://a.example/p"}]}


# ---- finding -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(caller):
    """Four statements, the oldest first: by their last digit."""
    named = [f"{ID[:-1]}{n}" for n in range(4)]
    registration = str(uuid.UUID(int=7, version=4))
    caller.post(statement(1, id=named[0]))
    caller.post(statement(2, id=named[1], verb={"id": "http://v.example/other"}, context={"registration": registration}))
    caller.post(statement(1, id=named[2], context={"instructor": agent(2), "contextActivities": {"parent": [{"id": f"{LMS}/units/9"}]}}))
    sub = {"objectType": "SubStatement", **statement(5)}
    caller.post(statement(4, id=named[3], object=sub))
    return named, registration


def test_every_filter(caller, several):
    named, registration = several

    def found(**query):
        return [named.index(key) for key in ids(caller.get("/statements", **query))]

    assert found() == [3, 2, 1, 0]
    assert found(ascending=True) == [0, 1, 2, 3]
    assert found(limit=2) == [3, 2]
    assert found(verb="http://v.example/other") == [1]
    assert found(verb="http://v.example/unknown") == []
    assert found(agent=agent(1)) == [2, 0]
    assert found(agent=agent(2)) == [1]
    assert found(agent=agent(2), related_agents=True) == [2, 1]
    assert found(agent=agent(5)) == []
    assert found(agent=agent(5), related_agents=True) == [3]
    assert found(activity=f"{LMS}/units/1") == [2, 0]
    assert found(activity=f"{LMS}/units/9") == []
    assert found(activity=f"{LMS}/units/9", related_activities=True) == [2]
    assert found(activity=f"{LMS}/units/5", related_activities=True) == [3]
    assert found(registration=registration) == [1]
    assert found(agent=agent(1), verb="http://adlnet.gov/expapi/verbs/experienced", limit=1) == [2]
    assert found(agent=agent(1), verb="http://v.example/other") == []


def test_the_authority_is_a_related_agent(caller, several, source):
    assert len(ids(caller.get("/statements", agent=source.authority, related_agents=True))) == 4
    assert ids(caller.get("/statements", agent=source.authority)) == []


def test_since_and_until_with_any_way_of_writing_the_zone(caller, several):
    named, _registration = several
    stored = caller.get("/statements", statementId=named[1]).json["stored"]
    bare, offset = stored.removesuffix("Z"), stored.removesuffix("Z") + "+00:00"
    for text in (stored, bare, offset):
        assert ids(caller.get("/statements", since=text)) == [named[3], named[2]]
        assert ids(caller.get("/statements", until=text)) == [named[1], named[0]]
    assert ids(caller("GET", f"/statements?since={offset}")) == [named[3], named[2]]  # a plus that was not escaped
    assert ids(caller.get("/statements", since="2999-01-01T00:00:00Z")) == []
    assert ids(caller.get("/statements", until="1999-01-01T00:00:00Z")) == []


@pytest.mark.parametrize("ascending", [True, False])
def test_pages_hold_each_statement_once(caller, several, ascending):
    named, _registration = several
    seen, answer = [], caller.get("/statements", limit=1, ascending=ascending)
    while True:
        seen += ids(answer)
        if not answer.json["more"]:
            break
        caller.post(statement(8))  # what comes in between does not shift the pages
        answer = caller("GET", answer.json["more"].removeprefix("/xapi"))
        if len(seen) > 4 and ascending:
            break
    assert seen[:4] == (named if ascending else named[::-1])


def test_a_link_that_was_changed(caller, several):
    more = caller.get("/statements", limit=1).json["more"].removeprefix("/xapi")
    assert caller("GET", more[:-3] + "AAA").status == 400
    assert caller("GET", "/statements/more?cursor=").status == 400


@pytest.mark.parametrize(
    "query",
    [
        "statementId=x", "statementId=" + ID + "&voidedStatementId=" + ID, "statementId=" + ID + "&limit=1", "agent=x", "agent={}",
        'agent={"mbox":"mailto:a@b.example","openid":"http://x.example"}', "verb=x", "activity=x", "registration=x", "since=x", "until=x",
        "limit=-1", "limit=x", "limit=1.5", "format=x", "attachments=yes", "ascending=1", "related_agents=maybe", "unknown=1", "StatementId=" + ID,
        "limit=1&limit=2", "verb=%ff", "verb=%00",
    ],
)  # fmt: skip
def test_questions_that_are_none(caller, query):
    answer = caller("GET", "/statements?" + query)
    assert answer.status == 400
    assert "x-experience-api-consistent-through" in answer.headers


def test_head_is_get_without_the_body(caller):
    caller.post(statement())
    head = caller("HEAD", "/statements")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 100


def test_a_long_answer_is_packed_for_those_who_take_it(caller):
    caller.post(*[statement(n) for n in range(20)])
    packed = caller.get("/statements", headers={"accept_encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(orjson.loads(gzip.decompress(packed.body))["statements"]) == 20


# ---- formats -------------------------------------------------------------------------------------------------------------------


def test_ids_and_canonical(caller):
    caller.post(statement(id=ID, verb={"id": "http://v.example/a", "display": {"en": "did", "de": "tat"}}))
    caller.post(statement(object={"id": f"{LMS}/units/1", "definition": {"name": {"de": "Einheit 1"}, "type": "http://t.example/unit"}}))
    short = caller.get("/statements", statementId=ID, format="ids").json
    assert short["actor"] == agent(1)
    assert short["verb"] == {"id": "http://v.example/a"}
    assert short["object"] == {"id": f"{LMS}/units/1"}
    german = caller.get("/statements", statementId=ID, format="canonical", headers={"accept_language": "fr;q=0.9, de-AT"}).json
    assert german["verb"]["display"] == {"de": "tat"}
    assert german["object"]["definition"] == {"name": {"de": "Einheit 1"}, "type": "http://t.example/unit"}
    assert caller.get("/activities", activityId=f"{LMS}/units/1").json["definition"]["name"] == {"en": "Unit 1", "de": "Einheit 1"}


# ---- voiding and references ----------------------------------------------------------------------------------------------------


def test_a_voided_statement_is_only_found_as_such(caller):
    caller.post(statement(1, id=ID))
    void = caller.post(reference(ID, VOIDED)).json[0]
    assert caller.get("/statements", statementId=ID).status == 404
    assert caller.get("/statements", voidedStatementId=ID).json["id"] == ID
    # The voiding statement is found by what it voided (Communication 2.1.3).
    assert ids(caller.get("/statements", agent=agent(1))) == [void]
    # A voiding statement cannot be voided.
    caller.post(reference(void, VOIDED))
    assert caller.get("/statements", statementId=void).status == 200


def test_voiding_may_come_before_what_it_voids(caller):
    void = caller.post(reference(ID, VOIDED)).json[0]
    caller.post(statement(1, id=ID))
    assert caller.get("/statements", statementId=ID).status == 404
    assert ids(caller.get("/statements", agent=agent(1))) == [void]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_references_are_found_by_what_they_refer_to_in_any_order(caller, order):
    first, second, third = ID, OTHER, OTHER[:-1] + "f"
    made = [statement(1, id=first), reference(first, id=second), reference(second, id=third)]
    for n in order:
        assert caller.post(made[n]).status == 200
    assert set(ids(caller.get("/statements", agent=agent(1)))) == {first, second, third}
    assert set(ids(caller.get("/statements", activity=f"{LMS}/units/1"))) == {first, second, third}


# ---- attachments ---------------------------------------------------------------------------------------------------------------


def attachment(content: bytes, **fields):
    return {
        "usageType": "http://u.example/a", "display": {"en": "x"}, "contentType": "text/plain", "length": len(content),
        "sha2": hashlib.sha256(content).hexdigest(), **fields,
    }  # fmt: skip


def parts(made, *contents: bytes, **changed: str):
    head = {"Content-Type": "text/plain", "Content-Transfer-Encoding": "binary"}
    return multipart.write(
        [
            ({"Content-Type": "application/json"}, orjson.dumps(made)),
            *(({**head, "X-Experience-API-Hash": hashlib.sha256(c).hexdigest(), **changed}, c) for c in contents),
        ]
    )


def test_attachments_both_ways(caller):
    content = b"hello\r\n--world\x00\xff"
    content_type, body = parts(statement(id=ID, attachments=[attachment(content)]), content)
    assert caller("POST", "/statements", body, content_type=content_type).json == [ID]
    answer = caller.get("/statements", statementId=ID, attachments=True)
    pieces = multipart.read(answer.body, multipart.boundary_of(answer.headers["content-type"]))
    assert orjson.loads(pieces[0].content)["id"] == ID
    assert pieces[1].content == content
    assert pieces[1].headers["x-experience-api-hash"] == hashlib.sha256(content).hexdigest()
    assert caller.get("/statements", statementId=ID).headers["content-type"] == "application/json"


def test_attachments_that_do_not_fit(caller):
    content = b"hello"
    made = statement(attachments=[attachment(content)])
    assert caller.post(made).status == 400  # neither bytes nor a fileUrl
    assert caller.post(statement(attachments=[attachment(content, fileUrl="http://f.example/x")])).status == 200
    for content_type, body in (
        parts(made),
        parts(made, b"other"),
        parts(made, content, **{"X-Experience-API-Hash": "a" * 64}),
        parts(made, content, **{"Content-Transfer-Encoding": "base64"}),
        ("multipart/mixed", parts(made, content)[1]),
        ("multipart/mixed; boundary=wrong", parts(made, content)[1]),
        (parts(made, content)[0], parts(made, content)[1][:-20]),
        ("multipart/mixed; boundary=a", b"--a\r\n\r\n\r\n--a--\r\n"),
    ):
        assert caller("POST", "/statements", body, content_type=content_type).status == 400
    many = b"--a\r\n\r\n" * 3000 + b"--a--\r\n"
    assert caller("POST", "/statements", many, content_type="multipart/mixed; boundary=a").status == 400


def test_a_signed_statement(caller, caller2):
    from joserfc import jws
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(2048)
    made = statement(id=ID, result={"duration": "PT1.001S"}, timestamp="2026-03-02T12:00:00Z")

    def signed(payload, algorithm="RS256"):
        token = jws.serialize_compact({"alg": algorithm}, orjson.dumps(payload), key, algorithms=[algorithm]).encode()
        note = attachment(token, usageType="http://adlnet.gov/expapi/attachments/signature", contentType="application/octet-stream")
        return parts({**made, "attachments": [note]}, token)

    for who in (caller, caller2):
        content_type, body = signed({**made, "timestamp": "2026-03-02T13:00:00+01:00", "result": {"duration": "PT1.002S"}})
        assert who("POST", "/statements", body, content_type=content_type).status == 200
        content_type, body = signed({**made, "actor": agent(2)})
        assert who("POST", "/statements", body, content_type=content_type).status == 400
        content_type, body = signed(made, "PS256")
        assert who("POST", "/statements", body, content_type=content_type).status == 400
