"""cmi5 as a learning platform does it, from upload to the store: a unit that the tests speak for, through the real door."""

import html
import json
import re
import zipfile
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils.timezone import now

from talka.courses.cmi5 import actions, queries, rules
from talka.courses.models import Cmi5Registration, Cmi5Session, Cmi5Standing, Package, PackageRun, TopicProgress
from talka.courses.packages.actions import PackageRefused, take_package
from talka.courses.queries import own_data_of
from talka.people.actions import NotAllowed
from talka.records import packing, terms, writing
from talka.records.models import Statement as Row
from talka.records.queries import Filter, Reader, render, search
from talka.records.xapi import gate
from tests.factories import clusters, cmi5, courses, packages, people
from tests.records.conftest import Caller

GROUPING = "https://publisher.example/"


@pytest.fixture(autouse=True)
def own_thread(settings, tmp_path):
    settings.DATA = tmp_path
    settings.MEDIA_ROOT = tmp_path
    writing.write_inline(inline=True)
    for store in (terms, packing, gate):
        store.forget()
    yield
    writing.write_inline(inline=False)
    for store in (terms, packing, gate):
        store.forget()


@pytest.fixture
def north(db):
    return clusters.cluster("North")


@pytest.fixture
def manager(north):
    return clusters.staff(north, "manager")


@pytest.fixture
def course(north):
    return courses.course(cluster=north, visibility="network")


@pytest.fixture
def learner(course):
    return cmi5.enrolment(course, people.person())


def tell(registration=None):
    """What the store holds of a registration, oldest first."""
    asked = Filter(registration=str(registration), ascending=True, limit=100)
    return [json.loads(render(row)) for row in search(asked, reader=Reader(source=0, border=0)).rows]


def verbs(registration):
    return [s["verb"]["display"]["en"] for s in tell(registration)]


class Unit:
    """A unit in the browser: reads its address, fetches the token, speaks to the store."""

    def __init__(self, url):
        self.url = url
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.actor, self.registration, self.activity = json.loads(given["actor"]), given["registration"], given["activityId"]
        self.endpoint, self.fetch = given["endpoint"], given["fetch"]
        self.caller = Caller()
        self.data = {}
        self.second = 0

    def post_fetch(self):
        return Client().post(urlsplit(self.fetch).path).json()

    def state(self, key="LMS.LaunchData"):
        return "/activities/state?" + urlencode(
            {"activityId": self.activity, "agent": json.dumps(self.actor), "registration": self.registration, "stateId": key}
        )

    def preferences(self):
        return "/agents/profile?" + urlencode({"agent": json.dumps(self.actor), "profileId": "cmi5LearnerPreferences"})

    def begin(self):
        self.caller.authorization = "Basic " + self.post_fetch()["auth-token"]
        self.data = self.caller("GET", self.state()).json
        assert self.caller("GET", self.preferences()).status == 200
        return self

    def statement(self, name, *, defined=True, **result):
        self.second += 1
        context = {"registration": self.registration, **json.loads(json.dumps(self.data["contextTemplate"]))}
        judged = name in rules.JUDGED
        if defined:
            context["contextActivities"]["category"] = [{"id": rules.CMI5}] + [{"id": rules.MOVEON}] * judged
        if "score" in result and "masteryScore" in self.data:
            context["extensions"][rules.MASTERY_SCORE] = self.data["masteryScore"]
        right = {"completed": {"completion": True}, "passed": {"success": True}, "failed": {"success": False}}.get(name, {})
        made = {
            "id": str(uuid4()), "timestamp": (now() + timedelta(milliseconds=self.second)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "actor": self.actor,
            "verb": {"id": rules.VERBS.get(name, f"https://v.example/{name}"), "display": {"en": name}}, "object": {"id": self.activity},
            "context": context,
        }  # fmt: skip
        if name != "initialized" and defined:
            made["result"] = {**right, "duration": "PT3S", **result}
        return made

    def say(self, *names, **result):
        """The status of the last one."""
        for name in names:
            answer = self.caller.post(self.statement(name, **result))
        return answer.status


def launch(enrolment, unit, **more):
    given = {"url": "https://content.example/index.html", "return_url": "https://talka.example/back", "at": now()} | more
    return actions.launch(enrolment=enrolment, unit=unit, **given)


def start(enrolment, unit, **more):
    return Unit(launch(enrolment, unit, **more).url).begin()


def test_a_session_from_launch_to_the_end(course, manager, learner):
    made = cmi5.package(
        course,
        cmi5.block("b", cmi5.unit("u", "CompletedAndPassed", masteryScore="0.9", launchMethod="OwnWindow", url="index.html?a=1",
                                  extra="<launchParameters>p</launchParameters><entitlementKey>k</entitlementKey>")),
        by=manager,
    )  # fmt: skip
    one = cmi5.units(made)["u"]
    launched = launch(learner, one, url="https://content.example/index.html?a=1#top")
    unit = Unit(launched.url)
    split = urlsplit(launched.url)
    assert (split.path, split.fragment, parse_qs(split.query)["a"]) == ("/index.html", "top", ["1"])
    assert unit.activity == f"{site.SITE_URL}/id/unit/{one.uuid}"
    unit.begin()
    session = str(launched.session.uuid)
    grouping = [{"id": f"{site.SITE_URL}/id/course/{course.uuid}"}, {"id": GROUPING + "u"}, {"id": unit.activity}]
    assert unit.data == {
        "contextTemplate": {"contextActivities": {"grouping": grouping}, "extensions": {rules.SESSION_ID: session}},
        "launchMode": "Normal", "launchMethod": "OwnWindow", "moveOn": "CompletedAndPassed", "launchParameters": "p", "masteryScore": 0.9,
        "returnURL": "https://talka.example/back", "entitlementKey": {"courseStructure": "k"},
    }  # fmt: skip
    assert unit.say("initialized", "completed") == 200
    assert unit.caller.post(unit.statement("looked", defined=False)).status == 200
    assert unit.say("passed", score={"scaled": 0.95}) == 200
    assert unit.say("terminated") == 200
    assert verbs(unit.registration) == ["launched", "initialized", "completed", "looked", "passed", "satisfied", "satisfied", "terminated"]
    first, *_others, inner, outer, _last = tell(unit.registration)
    assert first["context"]["extensions"] == {
        rules.SESSION_ID: session, rules.MASTERY_SCORE: 0.9, rules.LAUNCH_MODE: "Normal", rules.MOVE_ON: "CompletedAndPassed",
        rules.LAUNCH_URL: "https://content.example/index.html?a=1#top", rules.LAUNCH_PARAMETERS: "p",
    }  # fmt: skip
    for said, kind, publisher in ((inner, rules.BLOCK_TYPE, "b"), (outer, rules.COURSE_TYPE, "course")):
        assert said["object"]["definition"]["type"] == kind
        assert {"id": GROUPING + publisher} in said["context"]["contextActivities"]["grouping"]
        assert not said["object"]["id"].startswith(GROUPING)
        assert said["context"]["extensions"] == {rules.SESSION_ID: session}
    run = PackageRun.objects.get(unit=one)
    assert (run.success, run.score, run.seconds, run.completed_at is not None) == (True, 0.95, 3.0, True)
    assert Cmi5Registration.objects.get().satisfied_at is not None
    kept = json.loads(json.dumps(own_data_of(learner.user), default=str))
    assert [row["package__title"] for row in kept["cmi5"]] == [made.title]
    assert [(row["score"], row["reason"]) for row in kept["cmi5_units"] if row["passed_at"]] == [(0.95, "")]
    assert [row["uuid"] for row in kept["cmi5_sessions"]] == [session]
    # The session is over: its token opens nothing any more.
    assert unit.say("initialized") == 403
    assert unit.caller("GET", unit.state()).status == 403


@pytest.mark.django_db
def test_the_page_in_the_frame_has_no_head_of_its_own(client):
    page = client.get("/cmi5/returned/").content.decode()
    assert "This part is over" in page
    assert "<header" not in page
    assert "<footer" not in page


def test_the_token_is_given_once(course, manager, learner):
    one = cmi5.units(cmi5.package(course, cmi5.unit("u"), by=manager))["u"]
    unit = Unit(launch(learner, one).url)
    answer = Client().post(urlsplit(unit.fetch).path)
    assert (answer.status_code, answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == (200, "application/json", "*")
    assert list(answer.json()) == ["auth-token"]
    assert unit.post_fetch() == {"error-code": "1", "error-text": "The authorization token has already been returned."}
    assert Client().post("/cmi5/fetch/unknown/").json()["error-code"] == "2"
    assert Client().get(urlsplit(unit.fetch).path).status_code == 405
    late = Unit(launch(learner, one, at=now() - timedelta(days=1)).url)
    assert late.post_fetch() == {"error-code": "1", "error-text": "The session is over."}


def test_the_next_launch_abandons_what_was_left_open(course, manager, learner):
    found = cmi5.units(cmi5.package(course, cmi5.unit("u"), cmi5.unit("v"), by=manager))
    left = start(learner, found["u"])
    left.say("initialized")
    other = start(learner, found["v"])
    assert other.registration == left.registration
    assert left.say("completed") == 403
    assert verbs(left.registration) == ["launched", "initialized", "abandoned", "launched"]
    abandoned = tell(left.registration)[2]
    assert abandoned["result"]["duration"].startswith("PT")
    assert abandoned["context"]["extensions"][rules.SESSION_ID] == left.data["contextTemplate"]["extensions"][rules.SESSION_ID]
    assert (Cmi5Session.objects.open().count(), Cmi5Session.objects.exclude(abandoned_at=None).count()) == (1, 1)


def test_completed_and_passed_are_said_once_in_a_registration(course, manager, learner):
    one = cmi5.units(cmi5.package(course, cmi5.unit("u", "CompletedAndPassed"), by=manager))["u"]
    first = start(learner, one)
    assert first.say("initialized", "completed", "terminated") == 200
    again = start(learner, one)
    assert again.activity == first.activity
    assert again.say("initialized") == 200
    assert again.say("completed") == 403
    assert again.say("passed") == 200
    assert again.say("failed") == 403
    assert verbs(first.registration).count("satisfied") == 1


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_nothing_is_judged_while_looking_around(course, manager, learner, mode):
    one = cmi5.units(cmi5.package(course, cmi5.unit("u"), by=manager))["u"]
    unit = start(learner, one, mode=mode)
    assert unit.data["launchMode"] == mode
    assert unit.say("initialized") == 200
    assert unit.say("completed") == unit.say("passed") == unit.say("failed") == 403
    assert unit.say("terminated") == 200


def test_what_is_not_applicable_is_satisfied_at_registration(course, manager, learner):
    made = cmi5.package(course, cmi5.block("b", cmi5.unit("u", "NotApplicable")), cmi5.block("c", cmi5.unit("v")), by=manager)
    registration = actions.register(enrolment=learner, package=made, at=now())
    assert [s["object"]["id"] for s in tell(registration.uuid)] == [f"{site.SITE_URL}/id/unit/{cmi5.units(made)['b'].uuid}"]
    actions.register(enrolment=learner, package=made, at=now())
    assert verbs(registration.uuid) == ["satisfied"]


def test_a_unit_is_waived_with_a_reason(course, manager, learner):
    made = cmi5.package(course, cmi5.block("b", cmi5.unit("u")), by=manager)
    one = cmi5.units(made)["u"]
    registration = actions.register(enrolment=learner, package=made, at=now())
    with pytest.raises(NotAllowed):
        actions.waive(registration=registration, unit=one, reason="Tested Out", by=learner.user, at=now())
    actions.waive(registration=registration, unit=one, reason="Tested Out", by=manager, at=now())
    with pytest.raises(actions.NotWaivable):
        actions.waive(registration=registration, unit=one, reason="Administrative", by=manager, at=now())
    waived, *satisfied = tell(registration.uuid)
    assert verbs(registration.uuid) == ["waived", "satisfied", "satisfied"]
    assert waived["result"] == {"success": True, "completion": True, "extensions": {rules.REASON: "Tested Out"}}
    assert waived["context"]["contextActivities"]["category"] == [{"id": rules.CMI5}, {"id": rules.MOVEON}]
    assert {s["context"]["extensions"][rules.SESSION_ID] for s in [waived, *satisfied]} == {
        waived["context"]["extensions"][rules.SESSION_ID]
    }
    row = Cmi5Standing.objects.get(unit=one)
    assert (row.reason, row.waived_by, PackageRun.objects.get(unit=one).success) == ("Tested Out", manager, True)


def test_staff_abandons_a_session_once(course, manager, learner):
    one = cmi5.units(cmi5.package(course, cmi5.unit("u"), by=manager))["u"]
    unit = start(learner, one)
    session = Cmi5Session.objects.get()
    with pytest.raises(NotAllowed):
        actions.abandon(session=session, by=learner.user, at=now())
    actions.abandon(session=session, by=manager, at=now())
    actions.abandon(session=session, by=manager, at=now())
    assert verbs(unit.registration) == ["launched", "abandoned"]
    assert unit.caller("GET", unit.state("mine")).status == 403


def test_a_unit_touches_nothing_but_its_own(course, manager, learner):
    found = cmi5.units(cmi5.package(course, cmi5.unit("u"), cmi5.unit("v"), by=manager))
    someone = start(cmi5.enrolment(course, people.person()), found["u"])
    unit = start(learner, found["u"])
    unit.say("initialized")
    before = Row.objects.count()
    foreign = unit.statement("looked", defined=False) | {"actor": someone.actor}
    elsewhere = unit.statement("looked", defined=False) | {"object": {"id": f"{site.SITE_URL}/id/course/{course.uuid}"}}
    void = unit.statement("looked", defined=False) | {
        "verb": {"id": rules.VOIDED},
        "object": {"objectType": "StatementRef", "id": str(uuid4())},
    }
    assert [unit.caller.post(s).status for s in (foreign, elsewhere, void)] == [403, 403, 403]
    assert unit.caller("GET", someone.preferences()).status == 403
    assert unit.caller("GET", someone.state()).status == 403
    for method in ("PUT", "POST", "DELETE"):
        assert unit.caller(method, unit.state(), {"a": 1}).status == 403
    assert unit.caller("DELETE", unit.state().replace("&stateId=LMS.LaunchData", "")).status == 403
    assert Row.objects.count() == before
    # Its own documents are its own.
    assert unit.caller("PUT", unit.state("bookmark"), {"page": 2}).status == 204
    read = unit.caller("GET", unit.preferences())
    good = {"languagePreference": "de-DE,fr", "audioPreference": "off"}
    assert unit.caller("PUT", unit.preferences(), {**good, "languagePreference": "no tags"}, if_match=read.headers["etag"]).status == 403
    assert unit.caller("PUT", unit.preferences(), good, if_match=read.headers["etag"]).status == 204
    unit.say("terminated")
    assert start(learner, found["v"]).caller("GET", unit.preferences()).json == good


def test_a_batch_is_taken_whole_or_not_at_all_and_once(course, manager, learner):
    one = cmi5.units(cmi5.package(course, cmi5.unit("u"), by=manager))["u"]
    unit = start(learner, one)
    good, bad = [unit.statement("initialized"), unit.statement("completed")], unit.statement("completed")
    assert unit.caller.post(*good, bad).status == 403
    assert verbs(unit.registration) == ["launched"]
    assert unit.caller.post(*good).status == 200
    assert unit.caller.post(*good).status == 200
    assert verbs(unit.registration) == ["launched", "initialized", "completed", "satisfied"]


@pytest.mark.parametrize("units", [1, 3])
def test_a_statement_costs_the_same_however_many_units(course, manager, learner, units, django_assert_max_num_queries):
    made = cmi5.package(course, *[cmi5.unit(f"u{n}") for n in range(units)], by=manager)
    unit = start(learner, cmi5.units(made)["u0"])
    unit.say("initialized")
    statement = unit.statement("looked", defined=False)
    with django_assert_max_num_queries(35):
        assert unit.caller.post(statement).status == 200


# ---- pages ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(course, manager):
    """A package in a topic: a block with a unit in a frame, and one that wants a window of its own."""
    plain = courses.plain_course("soil", cluster=course.cluster, visibility="network")
    made = cmi5.package(plain, cmi5.block("b", cmi5.unit("u"), cmi5.unit("w", launchMethod="OwnWindow")), by=manager)
    topic = courses.topic(plain, "t0")
    packages.show(made, topic)
    return made, topic


def learner_client():
    client, person = Client(), people.person()
    client.force_login(person)
    return client, person


def play(client, topic, unit, query=""):
    return client.get(f"/learn/soil/{topic.slug}/package/{unit.uuid}/{query}")


def test_a_unit_is_played_in_a_frame_and_the_topic_follows(shown):
    made, topic = shown
    client, person = learner_client()
    found = cmi5.units(made)
    page = play(client, topic, found["u"])
    src = html.unescape(re.search(r'<iframe[^>]* src="([^"]+)"', page.content.decode())[1])
    assert src.startswith("http://testserver/content/")
    assert "allow-same-origin" not in page.content.decode()
    unit = Unit(src).begin()
    assert unit.data["returnURL"] == "http://testserver/cmi5/returned/"
    # The content may speak to the store and its token's address, and to nobody else.
    policy = client.get(urlsplit(src).path).headers["Content-Security-Policy"]
    connect = next(part for part in policy.split("; ") if part.startswith("connect-src"))
    assert connect.split()[2:] == [f"{site.SITE_URL}/xapi/", f"{site.SITE_URL}/cmi5/fetch/"]
    session = unit.data["contextTemplate"]["extensions"][rules.SESSION_ID]
    assert client.get(f"/cmi5/sessions/{session}/").json() == {"over": False, "satisfied": False}
    assert unit.say("initialized", "completed", "terminated") == 200
    assert client.get(f"/cmi5/sessions/{session}/").json() == {"over": True, "satisfied": False}
    card = client.get(f"/learn/soil/{topic.slug}/").content.decode()
    assert "1 of 2 parts done" in card
    # The topic waits for the second unit, then it is done as soon as its end was read.
    own = play(client, topic, found["w"])
    assert own.status_code == 302
    second = Unit(own["Location"]).begin()
    assert second.data["returnURL"] == f"http://testserver/learn/soil/{topic.slug}/"
    client.post(f"/learn/soil/{topic.slug}/seen/", {"read": "1"})
    assert TopicProgress.objects.get(topic=topic, enrolment__user=person).done_at is None
    assert second.say("initialized", "completed", "terminated") == 200
    assert TopicProgress.objects.get(topic=topic, enrolment__user=person).done_at is not None
    assert Unit(play(client, topic, found["w"], "?mode=review")["Location"]).begin().data["launchMode"] == "Review"


def test_staff_sees_registrations_and_waives(shown, manager):
    made, topic = shown
    client, person = learner_client()
    found = cmi5.units(made)
    Unit(play(client, topic, found["w"])["Location"]).begin().say("initialized")
    desk = Client()
    desk.force_login(manager)
    people_page = f"/clusters/{made.course.cluster.slug}/courses/soil/packages/{made.uuid}/people/"
    listed = desk.get(people_page)
    assert person.name in listed.content.decode()
    registration = Cmi5Registration.objects.get()
    one = f"{people_page}{registration.uuid}/"
    assert "open" in desk.get(one).content.decode()
    desk.post(f"{one}waive/", {"unit": found["u"].uuid, "reason": "Tested Out"})
    desk.post(f"{one}abandon/")
    page = desk.get(one).content.decode()
    assert "Tested Out" in page
    assert "abandoned" in page
    assert verbs(registration.uuid) == ["launched", "initialized", "waived", "abandoned"]
    again = desk.post(f"{one}waive/", {"unit": found["u"].uuid, "reason": "Tested Out"}, follow=True)
    assert "already satisfied" in again.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_registrations_costs_the_same(shown, manager, number, django_assert_num_queries):
    made, _topic = shown
    for _n in range(number):
        actions.register(enrolment=cmi5.enrolment(made.course, people.person()), package=made, at=now())
    with django_assert_num_queries(1):
        rows = list(queries.registrations_of(made))
    assert [str(row.enrolment.user) for row in rows]
    assert len(rows) == number


@pytest.mark.parametrize("units", [1, 3])
def test_a_menu_costs_three_queries(course, manager, learner, units, django_assert_num_queries):
    made = cmi5.package(course, cmi5.block("b", *[cmi5.unit(f"u{n}", "NotApplicable") for n in range(units)]), by=manager)
    with django_assert_num_queries(3):
        lines = queries.lines_of(made, learner)
    assert [(line.unit.title, line.depth, line.done) for line in lines[:2]] == [("Block b", 0, False), ("Unit u0", 1, True)]


BROKEN = {
    "two.html": cmi5.structure(cmi5.unit("u", url="two.html")),
    "entities": '<!DOCTYPE x [<!ENTITY a "a">]>' + cmi5.structure(cmi5.unit("u")),
    "out": cmi5.structure(cmi5.unit("u", url="../../etc/passwd")),
    "cut off": cmi5.structure(cmi5.unit("u"))[:-40],
    "huge": cmi5.structure(cmi5.unit("u")) + " " * 50_000_000,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_structure_is_one_report_and_leaves_nothing(course, manager, tmp_path, what):
    file = tmp_path / "soil.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cmi5.xml", BROKEN[what])
    with pytest.raises(PackageRefused) as refused:
        take_package(course=course, file=file, name="soil.zip", by=manager, at=courses.WHEN)
    assert len(refused.value.findings) == 1
    assert not Package.objects.exists()
    assert [f.name for f in (tmp_path / "packages").iterdir()] == []


def test_a_structure_alone_is_a_package_whose_units_lie_elsewhere(course, manager, learner, tmp_path):
    file = tmp_path / "soil.xml"
    file.write_text(cmi5.structure(cmi5.unit("u", url="https://far.example/unit?a=1")))
    made = take_package(course=course, file=file, name="soil.xml", by=manager, at=courses.WHEN)
    assert (made.kind, made.title, made.units.get().href) == ("cmi5", "Soil", "https://far.example/unit?a=1")
