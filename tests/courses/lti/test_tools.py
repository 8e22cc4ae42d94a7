"""Outside tools in our topics: opened for one person, choosing content, scores and members; what is not taken; and our own courses as a tool."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import now
from joserfc import jwt

from talka.courses import actions as courses
from talka.courses.lti import claims as c
from talka.courses.lti import keys
from talka.courses.lti.platforms import actions as platforms
from talka.courses.lti.tools import actions, queries
from talka.courses.models import Enrolment, LtiAlias, LtiGrade, LtiLineItem, LtiPerson, LtiScore, Material, Topic, TopicProgress
from talka.people.actions import NotAllowed
from talka.records.queries.lake import rows_after
from tests.factories import clusters, lti, people
from tests.factories import courses as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def tool(side, north, manager):
    return lti.tool(side, cluster=north, by=manager, at=now())


def shown(tool, topic, by, **kwargs):
    """The tool in a published topic; answers its material."""
    actions.show_tool(tool=tool, topic=topic, by=by, **kwargs)
    topic.refresh_from_db()
    topic.get_latest_revision().publish(user=by)
    return Material.objects.current().get(topic=topic, kind="outside")


@pytest.fixture
def material(tool, course, manager):
    return shown(tool, make.topic(course, "t1"), manager)


@pytest.fixture
def ada(client):
    person = people.person("Ada Moss", email="ada@firm.example")
    client.force_login(person)
    return person


def opening(material):
    return f"/learn/oak/t1/outside/{material.uuid}/"


def asked_by(tool, location, **changes):
    """What the tool asks after a login that began at `location`."""
    begun = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    said = {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none", "client_id": tool.client_id,
        "redirect_uri": tool.redirects[0], "login_hint": begun["login_hint"], "nonce": "n-1", "state": "s-1",
    }  # fmt: skip
    return said | changes


def claims_in(page):
    token = re.search(r'name="id_token" value="([^"]+)"', page.content.decode())[1]
    return jwt.decode(token, keys.private_key(keys.key_of(None, at=now())), algorithms=["RS256"]).claims


def said(answer):
    return re.search(r'role="alert">.*?<p>(.*?)</p>', answer.content.decode(), re.DOTALL)[1]


def access(client, tool, side, *, scopes=c.SCOPES, **changes):
    at = int(time.time())
    claims = {
        "iss": tool.client_id,
        "sub": tool.client_id,
        "aud": f"{settings.SITE_URL}/lti/token/",
        "iat": at,
        "exp": at + 60,
        "jti": str(uuid4()),
    }
    posted = {
        "grant_type": "client_credentials", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": lti.signed(claims | changes), "scope": " ".join(scopes),
    }  # fmt: skip
    return client.post("/lti/token/", posted)


def bearer(tool, side, **kwargs):
    return {"Authorization": f"Bearer {access(Client(), tool, side, **kwargs).json()['access_token']}"}


def path(url):
    return urlsplit(url).path


def score(person, given, *, most=100, at=None, **changes):
    alias = LtiAlias.objects.get(user=person)
    said = {
        "userId": str(alias.alias), "scoreGiven": given, "scoreMaximum": most, "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        "timestamp": (at or now()).isoformat(),
    }  # fmt: skip
    return said | changes


def post(url, value, headers):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Client().post(path(url), body, content_type="application/json", headers=headers)


def told(material):
    """(verb, completion, score) of the statements about the material."""
    rows = [r for r in rows_after(0, limit=100) if r[6].endswith(f"/id/material/{material.uuid}")]
    return [(r[5].rsplit("/", 1)[-1], r[14], r[15]) for r in rows]


@pytest.fixture
def launched(client, ada, tool, material):
    """Ada has opened the tool; the claims that it got."""
    begun = client.post(opening(material))
    return claims_in(client.get("/lti/authorise/", asked_by(tool, begun["Location"])))


# Opening


def test_before_the_first_time_a_learner_is_told_what_the_tool_learns(client, ada, tool, material):
    page = client.get(opening(material))
    assert "What it learns about you" in page.content.decode()
    assert "Ada Moss</li>" not in page.content.decode()
    assert not queries.members_of(tool, material.topic.course).exists()
    begun = client.post(opening(material))
    assert begun["Location"].startswith(tool.login_url)
    # From now on it opens at once, until it learns more.
    assert client.get(opening(material)).status_code == 302
    actions.change(
        tool=tool,
        by=tool.made_by,
        **{f: getattr(tool, f) for f in ("login_url", "launch_url", "deep_link_url", "keys_url", "public_key", "redirects")},
        sends_name=True,
    )
    assert "your name: Ada Moss" in client.get(opening(material)).content.decode()


def test_the_tool_gets_a_signed_message_about_this_person_here(client, ada, tool, material, launched):
    course, alias, item = material.topic.course, LtiAlias.objects.get(), LtiLineItem.objects.get()
    services = f"{settings.SITE_URL}/lti/tools/{tool.uuid}/{course.uuid}"
    assert {k: v for k, v in launched.items() if k not in {"iat", "exp"}} == {
        "iss": settings.SITE_URL, "aud": tool.client_id, "azp": tool.client_id, "nonce": "n-1", "sub": str(alias.alias),
        c.LTI + "message_type": c.RESOURCE, c.LTI + "version": "1.3.0", c.LTI + "deployment_id": "1", c.LTI + "target_link_uri": tool.launch_url,
        c.LTI + "roles": [c.LEARNER], c.LTI + "resource_link": {"id": str(material.uuid), "title": "Breakout"},
        c.LTI + "context": {"id": str(course.uuid), "title": "Plain oak", "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"]},
        c.LTI + "tool_platform": {"guid": settings.SITE_URL, "name": "Talka", "url": settings.SITE_URL, "product_family_code": "talka"},
        c.LTI + "launch_presentation": {"document_target": "window", "return_url": f"{settings.SITE_URL}/learn/oak/t1/", "locale": "en"},
        c.AGS: {
            "scope": [c.LINE_ITEMS, c.LINE_ITEMS_READ, c.RESULTS, c.SCORES], "lineitems": f"{services}/items/",
            "lineitem": f"{services}/items/{item.uuid}/",
        },
        c.NRPS: {"context_memberships_url": f"{services}/members/", "service_versions": ["2.0"]},
    }  # fmt: skip
    assert launched["exp"] - launched["iat"] == 300
    assert Enrolment.objects.get().user == ada


def test_name_and_address_go_only_where_staff_switched_it_on_and_the_person_was_told(client, ada, side, north, manager, course):
    tool = lti.tool(side, cluster=north, by=manager, at=now(), sends_name=True, sends_email=True, custom={"level": "3"})
    material = shown(tool, make.topic(course, "t1"), manager, title="Hard", address=f"{side.base}/hard", parameters={"difficulty": "hard"})
    begun = client.post(opening(material))
    got = claims_in(client.get("/lti/authorise/", asked_by(tool, begun["Location"])))
    assert (got["name"], got["given_name"], got["family_name"], got["email"]) == ("Ada Moss", "Ada", "Moss", "ada@firm.example")
    assert got[c.LTI + "custom"] == {"level": "3", "difficulty": "hard"}
    assert got[c.LTI + "target_link_uri"] == f"{side.base}/hard"


def test_content_may_be_the_address_of_return_where_only_its_query_differs(client, ada, side, tool, course, manager):
    material = shown(tool, make.topic(course, "t1"), manager, address=f"{side.base}/launch?level=2")
    begun = client.post(opening(material))["Location"]
    assert "not registered for it" in said(client.get("/lti/authorise/", asked_by(tool, begun, redirect_uri=f"{side.base}/launch?level=3")))
    assert client.get("/lti/authorise/", asked_by(tool, begun, redirect_uri=f"{side.base}/launch?level=2")).status_code == 200


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"redirect_uri": "https://evil.example/"}, "not registered for it"),
        ({"client_id": "unknown"}, "not registered here"),
        ({"login_hint": "invented"}, "somebody else"),
        ({"response_mode": "query"}, "LTI 1.3"),
        ({"response_type": "code"}, "LTI 1.3"),
        ({"nonce": ""}, "LTI 1.3"),
        ({"state": "x" * 13_000}, "LTI 1.3"),
    ],
)
def test_a_wrong_question_gets_no_answer(client, ada, tool, material, changed, why):
    begun = client.post(opening(material))
    answer = client.get("/lti/authorise/", asked_by(tool, begun["Location"]) | changed)
    assert answer.status_code == 400
    assert why in said(answer)


def test_a_way_in_is_one_persons_and_counts_once(client, ada, tool, material):
    asked = asked_by(tool, client.post(opening(material))["Location"])
    other = Client()
    assert "not signed in" in said(other.get("/lti/authorise/", asked))
    other.force_login(people.person("Other"))
    assert "somebody else" in said(other.get("/lti/authorise/", asked))
    # Posted from the tool's site it comes without our cookie, and is asked again.
    posted = Client().post("/lti/authorise/", asked)
    assert posted.status_code == 303
    assert client.get(posted["Location"]).status_code == 200
    assert "already been used" in said(client.get("/lti/authorise/", asked))


def test_a_tool_of_another_cluster_or_a_revoked_one_is_not_opened(client, ada, side, tool, course, manager):
    south = clusters.cluster("South")
    theirs = lti.tool(side, cluster=south, by=clusters.staff(south, "manager"), at=now())
    material = shown(theirs, make.topic(course, "t1"), manager)
    assert client.get(opening(material)).status_code == 404
    assert "not here at the moment" in client.get("/learn/oak/t1/").content.decode()
    own = shown(tool, make.topic(course, "t2"), manager)
    actions.revoke(tool=tool, by=manager, at=now())
    assert client.get(f"/learn/oak/t2/outside/{own.uuid}/").status_code == 404


def test_who_does_not_manage_the_cluster_registers_no_tool(side, north):
    with pytest.raises(NotAllowed):
        lti.tool(side, cluster=north, by=clusters.staff(north, "editor"), at=now())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"keys_url": "ftp://x/"}, "keys_url"),
        ({"redirects": ["javascript:alert(1)"]}, "redirects"),
        ({"keys_url": ""}, "keys_url"),
        ({"login_url": "https://user:word@x.example/"}, "login_url"),
    ],
)
def test_a_tool_that_cannot_work_is_not_registered(side, north, manager, changed, field):
    with pytest.raises(actions.BadTool) as bad:
        lti.tool(side, cluster=north, by=manager, at=now(), **changed)
    assert bad.value.field == field


# Scores


def test_a_score_becomes_progress_and_a_statement(client, ada, tool, side, material, launched):
    enrolment = Enrolment.objects.get()
    courses.see_topic(enrolment=enrolment, topic=material.topic, at=now(), read=True)
    assert TopicProgress.objects.get().done_at is None
    headers = bearer(tool, side)
    answer = post(launched[c.AGS]["lineitem"] + "scores", score(ada, 85), headers)
    assert answer.status_code == 204, answer.content
    assert (LtiScore.objects.get().score, LtiScore.objects.get().done_at is not None) == (0.85, True)
    assert TopicProgress.objects.get().done_at is not None
    page = client.get("/learn/oak/t1/").content.decode()
    assert "85 percent" in page
    assert told(material) == [("completed", True, 0.85)]
    results = Client().get(path(launched[c.AGS]["lineitem"]) + "results", headers=headers).json()
    assert [(r["userId"], r["resultScore"], r["resultMaximum"]) for r in results] == [(launched["sub"], 85, 100)]


def test_the_same_score_twice_is_one_and_an_older_one_is_refused(ada, tool, side, material, launched):
    url, headers, at = launched[c.AGS]["lineitem"] + "scores", bearer(tool, side), now()
    assert [
        post(url, score(ada, given, at=when), headers).status_code for given, when in ((50, at), (50, at), (90, at - timedelta(hours=1)))
    ] == [204, 204, 409]
    assert LtiScore.objects.get().score == 0.5
    assert told(material) == [("completed", True, 0.5)]


def test_a_tool_makes_columns_of_its_own_that_count_for_the_material(ada, tool, side, material, launched):
    headers = bearer(tool, side)
    url = launched[c.AGS]["lineitems"]
    made = post(url, {"label": "Score", "scoreMaximum": 10, "tag": "score", "resourceId": str(material.uuid)}, headers)
    assert made.status_code == 201
    listed = Client().get(path(url), {"tag": "score"}, headers=headers).json()
    assert [(one["id"], one["resourceLinkId"], one["scoreMaximum"]) for one in listed] == [(made.json()["id"], str(material.uuid), 10)]
    assert post(made.json()["id"] + "scores", score(ada, 7, most=10), headers).status_code == 204
    assert queries.best_of([material], ada.pk)[material.pk].score == 0.7
    # Its own column counts before all others.
    post(launched[c.AGS]["lineitem"] + "scores", score(ada, 20), headers)
    assert queries.best_of([material], ada.pk)[material.pk].score == 0.2


@pytest.mark.parametrize("items", [1, 3])
def test_line_items_cost_the_same_however_many(ada, tool, side, material, launched, items, django_assert_max_num_queries):
    for n in range(items - 1):
        actions.make_item(tool=tool, course=material.topic.course, said={"label": f"c{n}", "scoreMaximum": 1}, at=now())
    headers, client = bearer(tool, side), Client()
    with django_assert_max_num_queries(3):
        assert len(client.get(path(launched[c.AGS]["lineitems"]), headers=headers).json()) == items
    first = client.get(path(launched[c.AGS]["lineitems"]), {"limit": 1}, headers=headers)
    assert ("Link" in first) == (items > 1)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"scoreGiven": 101}, 422),
        ({"scoreGiven": -1}, 422),
        ({"scoreGiven": "5"}, 422),
        ({"scoreGiven": True}, 422),
        ({"scoreMaximum": 0}, 422),
        ({"scoreMaximum": None}, 422),
        ({"scoreMaximum": 1e300}, 422),
        ({"userId": "somebody"}, 422),
        ({"userId": str(uuid4())}, 422),
        ({"activityProgress": "Sleeping"}, 422),
        ({"gradingProgress": None}, 422),
        ({"timestamp": "yesterday"}, 422),
        ({"timestamp": "2026-01-01T00:00:00"}, 422),
        ({"timestamp": "2999-01-01T00:00:00Z"}, 422),
    ],
)
def test_a_score_that_is_none_is_refused(ada, tool, side, material, launched, changed, status):
    answer = post(launched[c.AGS]["lineitem"] + "scores", score(ada, 5) | changed, bearer(tool, side))
    assert (answer.status_code, LtiScore.objects.count()) == (status, 0)
    assert len(answer.json()["error"]) > 5


@pytest.mark.parametrize("body", [b'{"scoreGiven": NaN}', b"{", b"[]", b"\xff", b"[" * 40_000, b"x" * 60_000])
def test_a_body_that_is_none_is_refused(ada, tool, side, material, launched, body):
    assert post(launched[c.AGS]["lineitem"] + "scores", body, bearer(tool, side)).status_code == 422


def test_a_token_opens_only_what_is_its_own(ada, tool, side, north, manager, material, launched):
    item = launched[c.AGS]["lineitem"]
    assert post(item + "scores", score(ada, 5), {}).status_code == 401
    assert post(item + "scores", score(ada, 5), {"Authorization": "Bearer invented"}).status_code == 401
    assert post(item + "scores", score(ada, 5), bearer(tool, side, scopes=[c.RESULTS])).status_code == 403
    other = lti.tool(side, cluster=north, by=manager, at=now(), name="Other")
    headers = bearer(other, side)
    assert post(item + "scores", score(ada, 5), headers).status_code == 403
    assert post(item.replace(str(tool.uuid), str(other.uuid)) + "scores", score(ada, 5), headers).status_code == 404
    elsewhere = make.plain_course("elm", cluster=north)
    assert (
        post(item.replace(str(material.topic.course.uuid), str(elsewhere.uuid)) + "scores", score(ada, 5), bearer(tool, side)).status_code
        == 404
    )
    assert (
        post(item.replace(str(LtiLineItem.objects.get().uuid), str(uuid4())) + "scores", score(ada, 5), bearer(tool, side)).status_code
        == 422
    )
    headers = bearer(tool, side)
    actions.revoke(tool=tool, by=manager, at=now())
    assert post(item + "scores", score(ada, 5), headers).status_code == 401
    assert LtiScore.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"aud": "https://evil.example"}, "invalid_client"),
        ({"sub": "other"}, "invalid_client"),
        ({"iss": "other"}, "invalid_client"),
        ({"exp": 1_000}, "invalid_client"),
        ({"jti": ""}, "invalid_client"),
        ({"scopes": ["everything"]}, "invalid_scope"),
    ],
)
def test_a_token_is_given_to_no_stranger(client, tool, side, changed, error):
    answer = access(client, tool, side, **changed)
    assert (answer.status_code in {400, 401}, answer.json()["error"]) == (True, error)


def test_an_assertion_counts_once(client, tool, side):
    jti = str(uuid4())
    assert [access(client, tool, side, jti=jti).status_code for _n in range(2)] == [200, 401]


def test_members_are_those_who_opened_the_tool_under_its_own_names(ada, tool, side, material, launched):
    silent = people.person("Silent")
    make.enrolment(silent, material.topic.course)
    answer = Client().get(path(launched[c.NRPS]["context_memberships_url"]), headers=bearer(tool, side)).json()
    assert answer["members"] == [{"status": "Active", "user_id": launched["sub"], "roles": [c.LEARNER]}]


# Choosing content


def chosen_token(tool, data, *items, **changes):
    at = int(time.time())
    said = {
        "iss": tool.client_id, "aud": [settings.SITE_URL], "iat": at, "exp": at + 300, "nonce": str(uuid4()),
        c.LTI + "message_type": c.DEEP_ANSWER, c.LTI + "version": "1.3.0", c.LTI + "deployment_id": "1", c.DL + "data": data,
        c.DL + "content_items": list(items),
    }  # fmt: skip
    return lti.signed(said | changes)


def choose(client, tool, course, topic="t1"):
    """An author begins to choose; answers the claims that the tool gets."""
    begun = client.post(f"/clusters/{course.cluster.slug}/courses/oak/outside/put/", {"tool": tool.uuid, "topic": topic, "inside": "1"})
    return claims_in(client.get("/lti/authorise/", asked_by(tool, begun["Location"])))


def test_an_author_chooses_content_in_the_tool(client, side, tool, course, manager):
    client.force_login(manager)
    got = choose(client, tool, course)
    asked = got[c.DL + "deep_linking_settings"]
    assert (got[c.LTI + "message_type"], got[c.LTI + "roles"], c.AGS in got) == (c.DEEP, [c.INSTRUCTOR], False)
    item = {"type": "ltiResourceLink", "title": "Hard", "url": f"{side.base}/hard", "custom": {"difficulty": "hard"}}
    token = chosen_token(tool, asked["data"], item, {"type": "html", "title": "No"}, item | {"url": "https://evil.example/"})
    back = Client().post(path(asked["deep_link_return_url"]), {"JWT": token})
    assert Client().get(back["Location"]).status_code == 404
    page = client.get(back["Location"]).content.decode()
    assert "Hard" in page
    assert "html: No" in page
    mark = parse_qs(urlsplit(back["Location"]).query)["choice"][0]
    client.post("/lti/chosen/put/", {"choice": mark, "item": "0"})
    topic = Topic.objects.get(course=course, slug="t1")
    block = topic.get_latest_revision_as_object().body.raw_data[-1]
    assert (block["type"], block["value"]["title"], block["value"]["address"]) == ("outside", "Hard", f"{side.base}/hard")
    assert client.post("/lti/chosen/put/", {"choice": mark, "item": "1"}).status_code == 404
    topic.get_latest_revision().publish(user=manager)
    made = Material.objects.get(topic=topic, kind="outside").definition
    assert made == {"title": "Hard", "tool": str(tool.uuid), "address": f"{side.base}/hard", "parameters": {"difficulty": "hard"}}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"aud": "https://evil.example"}, "somebody else"),
        ({"iss": "unknown"}, "not registered"),
        ({c.LTI + "deployment_id": "2"}, "does not answer"),
        ({c.LTI + "message_type": c.RESOURCE}, "does not answer"),
        ({c.DL + "data": "invented"}, "does not answer"),
        ({"exp": 1_000}, "expired"),
        ({"nonce": ""}, "already been received"),
        ({c.DL + "content_items": "x"}, "must be a list"),
    ],
)
def test_a_choice_that_is_none_is_not_taken(client, tool, course, manager, changed, why):
    client.force_login(manager)
    data = choose(client, tool, course)[c.DL + "deep_linking_settings"]["data"]
    assert why in said(Client().post("/lti/chosen/", {"JWT": chosen_token(tool, data, **changed)}))


def test_a_choice_counts_once(client, tool, course, manager):
    client.force_login(manager)
    token = chosen_token(tool, choose(client, tool, course)[c.DL + "deep_linking_settings"]["data"])
    assert Client().post("/lti/chosen/", {"JWT": token}).status_code == 303
    assert "already been received" in said(Client().post("/lti/chosen/", {"JWT": token}))


@pytest.mark.parametrize("given", [{}, {"JWT": "x"}, {"JWT": "a.b.c"}])
def test_no_token_is_no_choice(client, given):
    assert client.post("/lti/chosen/", given).status_code == 400


# Both sides ours


def test_our_course_as_a_tool_in_our_topic(client, ada, side, north, manager, course):
    """Launch and grade return with us on both sides: this site's topic opens this site's other course."""
    inner = make.plain_course("elm", cluster=north, visibility="network", topics=1)
    registered = platforms.register(name="Ourselves", cluster=north, organisation=None, by=manager, at=now())
    side.publish(*keys.public_keys(None, at=now())["keys"])
    base = settings.SITE_URL
    tool = lti.tool(
        side, cluster=north, by=manager, at=now(), name="Elm", login_url=f"{base}/lti/login/", launch_url=lti.address(inner), deep_link_url="",
        redirects=[f"{base}/lti/launch/"],
    )  # fmt: skip
    platforms.change(
        platform=registered, by=manager, issuer=base, client_id=tool.client_id, deployments=["1"], login_url=f"{base}/lti/authorise/",
        token_url=f"{side.base}/token", keys_url=f"{side.base}/keys",
    )  # fmt: skip
    material = shown(tool, make.topic(course, "t1"), manager)
    learner = Client()
    begun = learner.get(client.post(opening(material))["Location"].removeprefix(base))
    page = client.get(begun["Location"].removeprefix(base)).content.decode()
    values = dict(re.findall(r'name="(id_token|state)" value="([^"]+)"', page))
    answer = learner.post("/lti/launch/", values, headers={"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 303, answer.content.decode()
    learner.get(answer["Location"])
    assert learner.post("/lti/welcome/", {"as": "new"})["Location"] == "/learn/elm/"
    person = LtiPerson.objects.get()
    assert person.user != ada
    courses.finish_topic(enrolment=Enrolment.objects.get(user=person.user), topic=make.topic(inner, "t0"), at=now())
    assert platforms.reckon_grades(at=now()) == 1
    grade = LtiGrade.objects.select_related("link").get()
    # What would be posted is what our own service takes.
    own = LtiLineItem.objects.get()
    assert path(grade.link.line_item).split("/")[-2] == str(own.uuid)
    actions.take_score(item=own, said=score(ada, grade.score * 100), at=datetime.now(UTC))
    assert LtiScore.objects.get().user == ada
