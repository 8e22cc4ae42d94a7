"""Our courses in other platforms: login, launch, who comes in, choice of content, grades back, roster; and what is not taken."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import now
from joserfc import jwt

from talka.clusters.models import Affiliation
from talka.courses import actions as courses
from talka.courses.lti import claims as c
from talka.courses.lti import keys
from talka.courses.lti.platforms import actions, queries
from talka.courses.models import Enrolment, LtiGrade, LtiKey, LtiLink, LtiPerson, LtiPlatform
from talka.people.actions import NotAllowed
from talka.people.models import User
from tests.factories import clusters, lti, people
from tests.factories import courses as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def registered(side, north, manager):
    return lti.platform(side, cluster=north, by=manager, at=now())


def said(answer):
    """The words of a refusal."""
    found = re.search(r'role="alert">.*?<p>(.*?)</p>', answer.content.decode(), re.DOTALL)
    return found[1] if found else answer.content.decode()


# Registrations


def test_each_registration_has_a_key_of_its_own_and_a_change_keeps_the_old_one_public_for_a_day(client, registered, manager):
    first = client.get(f"/lti/platforms/{registered.uuid}/keys/").json()["keys"]
    actions.change_key(platform=registered, by=manager, at=now())
    both = client.get(f"/lti/platforms/{registered.uuid}/keys/").json()["keys"]
    assert [set(row) for row in first] == [{"kty", "kid", "use", "alg", "n", "e"}]
    assert [row["kid"] for row in both][1:] == [row["kid"] for row in first]
    LtiKey.objects.exclude(retired_at=None).update(retired_at=now() - timedelta(days=2))
    assert len(client.get(f"/lti/platforms/{registered.uuid}/keys/").json()["keys"]) == 1


def test_a_private_key_is_not_in_the_database_as_it_is(registered):
    row = LtiKey.objects.get(platform=registered)
    assert row.hidden.count(".") == 4
    assert "BEGIN" not in row.hidden
    assert keys.private_key(row).as_dict(private=False)["n"] == row.public["n"]


def test_who_does_not_manage_the_cluster_registers_nothing(north, course):
    with pytest.raises(NotAllowed):
        actions.register(name="x", cluster=north, organisation=None, by=clusters.staff(north, "editor"), at=now())
    with pytest.raises(NotAllowed):
        actions.register(name="x", cluster=None, organisation=None, by=clusters.staff(north, "manager"), at=now())
    assert not LtiPlatform.objects.exists()


def test_an_address_in_the_sites_own_network_is_not_called(settings, client, registered, course):
    settings.INNER_HOSTS = frozenset()
    assert "is inside this site" in said(lti.launch(client, registered, target=lti.address(course)))


# Launch


def test_a_launch_leads_a_new_person_to_the_topic_and_makes_no_use_of_the_address(client, registered, course):
    known = people.person("Known", email="ada@school.example")
    topic = make.topic(course, "t1")
    welcome = lti.arrive(client, registered, target=lti.address(topic))
    assert welcome["Location"] == "/lti/welcome/"
    page = client.get("/lti/welcome/").content.decode()
    assert "I am new here" in page
    assert "ada@school.example" not in page
    came = client.post("/lti/welcome/", {"as": "new"})
    person = LtiPerson.objects.get()
    assert came["Location"] == "/learn/oak/t1/"
    assert (person.subject, person.user.name, person.is_made, person.user == known) == ("ada", "Ada Moss", True, False)
    assert person.user.email.endswith("@lti.invalid")
    assert not person.user.has_usable_password()
    assert Enrolment.objects.get(user=person.user).course == course
    assert client.get(came["Location"]).status_code == 200


def test_the_same_person_comes_again_at_once(client, registered, course):
    lti.arrive(client, registered, target=lti.address(course))
    client.post("/lti/welcome/", {"as": "new"})
    other = Client()
    again = lti.arrive(other, registered, target=lti.address(course))
    assert again["Location"] == "/learn/oak/"
    assert LtiPerson.objects.count() == 1
    assert int(other.session["_auth_user_id"]) == LtiPerson.objects.get().user_id


def test_an_own_account_is_connected_by_its_owner_alone(client, registered, course):
    owner = people.person("Owner", email="ada@school.example")
    client.force_login(owner)
    lti.arrive(client, registered, target=lti.address(course))
    assert not LtiPerson.objects.exists()
    client.post("/lti/welcome/", {"as": "me"})
    assert LtiPerson.objects.get().user == owner


def test_rights_over_others_are_not_opened_by_a_platforms_word(client, registered, course, manager):
    client.force_login(manager)
    lti.arrive(client, registered, target=lti.address(course))
    client.post("/lti/welcome/", {"as": "me"})
    stranger = Client()
    assert lti.arrive(stranger, registered, target=lti.address(course))["Location"] == "/lti/welcome/"
    assert stranger.get("/lti/welcome/")["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in stranger.session
    # Who signs in by themselves is led on.
    assert lti.arrive(client, registered, target=lti.address(course))["Location"] == "/learn/oak/"


def test_an_instructor_there_is_a_learner_here(client, registered, course):
    lti.arrive(client, registered, target=lti.address(course), **{c.LTI + "roles": [c.INSTRUCTOR]})
    client.post("/lti/welcome/", {"as": "new"})
    assert client.get(f"/clusters/{course.cluster.slug}/courses/").status_code == 404


def test_with_an_organisation_people_see_what_its_people_see(side, client, north, manager):
    closed = make.plain_course("closed", cluster=north, visibility="cluster")
    school = clusters.organisation("School", of=north)
    without = lti.platform(side, cluster=north, by=manager, at=now(), client_id="without")
    assert "open to people from" in said(lti.launch(client, without, target=lti.address(closed)))
    with_it = lti.platform(side, cluster=north, by=manager, at=now(), client_id="with", organisation=school)
    lti.arrive(client, with_it, target=lti.address(closed))
    assert client.post("/lti/welcome/", {"as": "new"})["Location"] == "/learn/closed/"
    assert client.get("/learn/closed/").status_code == 200
    assert Affiliation.objects.get(organisation=school).user == LtiPerson.objects.get().user


def test_a_course_of_another_cluster_is_not_opened(client, registered):
    south = make.plain_course("south", cluster=clusters.cluster("South"), visibility="network")
    assert "open to people from" in said(lti.launch(client, registered, target=lti.address(south)))


def test_in_a_frame_the_way_leads_through_a_door_to_a_new_window(client, registered, course):
    answer = lti.launch(client, registered, target=lti.address(course), framed=True)
    page, policy = answer.content.decode(), answer["Content-Security-Policy"]
    assert 'target="_blank"' in page
    assert f"frame-ancestors 'self' {registered.issuer};" in policy
    assert "X-Frame-Options" not in answer
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
    other = Client()  # a new window without any cookie of the frame
    assert other.post("/lti/arrive/", {"ticket": ticket}, headers={"Origin": "https://evil.example"}).status_code == 400
    came = other.post("/lti/arrive/", {"ticket": ticket}, headers={"Origin": settings.SITE_URL})
    assert came["Location"] == "/lti/welcome/"
    assert "already been used" in said(other.post("/lti/arrive/", {"ticket": ticket}, headers={"Origin": settings.SITE_URL}))


def test_a_ticket_in_another_browser_asks_first(client, registered, course):
    answer = lti.launch(client, registered, target=lti.address(course))
    page = Client().get(answer["Location"])
    assert page.status_code == 200
    assert "Go on only if this is you" in page.content.decode()
    assert "frame-ancestors 'self';" not in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"key": lti.OTHER_PAIR}, "Can&#x27;t decode id_token"),
        ({"kid": "nobody"}, "Unable to find public key"),
        ({"algorithm": "HS256"}, "signed with HS256"),
        ({"token": "eyJhbGciOiJub25lIn0.e30."}, "signed with none"),
        ({"token": "nonsense"}, "The token is missing"),
        ({"exp": 1_000}, "expired"),
        ({"exp": None}, "does not say"),
        ({"iat": 9_000_000_000}, "expired"),
        ({"aud": "somebody-else"}, "Registration not found"),
        ({"aud": ["talka-there", "x"], "azp": "x"}, "Registration not found"),
        ({"iss": "https://evil.example"}, "Registration not found"),
        ({"nonce": "another"}, "Invalid Nonce"),
        ({"state": "invented"}, "unknown or too old"),
        ({c.LTI + "deployment_id": "2"}, "Unable to find deployment"),
        ({c.LTI + "deployment_id": None}, "deployment_id is not set"),
        ({c.LTI + "version": "1.1"}, "Incorrect version"),
        ({c.LTI + "message_type": "LtiStrange"}, "Unrecognized message type"),
        ({c.LTI + "resource_link": {}}, "Missing Resource Link Id"),
        ({c.LTI + "resource_link": "x"}, "not accepted"),
        ({c.LTI + "target_link_uri": "https://evil.example/"}, "open to people from"),
        ({"sub": None}, "Must have a user"),
    ],
)
def test_what_is_not_right_is_not_taken(client, registered, course, changed, why):
    answer = lti.launch(client, registered, target=lti.address(course), **changed)
    assert answer.status_code == 400
    assert why in said(answer)
    assert not LtiLink.objects.exists()


def test_a_login_counts_once(client, registered, course):
    asked = lti.begin(client, registered, target=lti.address(course))
    token = lti.signed(lti.launch_claims(registered, asked["nonce"], target=lti.address(course)))
    posted = {"state": asked["state"], "id_token": token}
    assert client.post("/lti/launch/", posted, headers={"Sec-Fetch-Dest": "document"}).status_code == 303
    assert "already been used" in said(client.post("/lti/launch/", posted))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"iss": "https://evil.example"}, "not registered"),
        ({"client_id": "other"}, "not registered"),
        ({"login_hint": ""}, "lacks"),
        ({"target_link_uri": "https://evil.example/"}, "another site"),
        ({"target_link_uri": "//evil.example/"}, "another site"),
    ],
)
def test_a_login_that_is_none_leads_nowhere(client, registered, given, why):
    said_there = {
        "iss": registered.issuer,
        "login_hint": "h",
        "target_link_uri": f"{settings.SITE_URL}/",
        "client_id": registered.client_id,
    }
    answer = client.get("/lti/login/", said_there | given)
    assert answer.status_code == 400
    assert why in said(answer)


def test_a_revoked_platform_opens_nothing(client, registered, course, manager):
    asked = lti.begin(client, registered, target=lti.address(course))
    actions.revoke(platform=registered, by=manager, at=now())
    token = lti.signed(lti.launch_claims(registered, asked["nonce"], target=lti.address(course)))
    assert "not registered here any more" in said(client.post("/lti/launch/", {"state": asked["state"], "id_token": token}))
    assert client.get(f"/lti/platforms/{registered.uuid}/keys/").status_code == 404


@pytest.mark.parametrize("body", [b"x" * 2_000_000, b'{"keys": 7}', b"[]", b"not json"])
def test_keys_that_are_none_are_said_so(side, client, registered, course, body):
    side.answers["/keys"] = (200, {}, body)
    assert lti.launch(client, registered, target=lti.address(course)).status_code == 400


# Choice of content


def deep(client, registered, course, **more):
    asked = {
        "deep_link_return_url": f"{registered.issuer}/chosen", "accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["iframe"],
        "data": "kept by them",
    }  # fmt: skip
    changes = {
        c.LTI + "message_type": c.DEEP, c.LTI + "resource_link": None, c.LTI + "roles": [c.INSTRUCTOR],
        c.DL + "deep_linking_settings": asked,
    } | more  # fmt: skip
    return lti.launch(client, registered, target=f"{settings.SITE_URL}/lti/launch/", framed=True, **changes)


def test_an_instructor_chooses_from_what_the_registration_covers(client, registered, course, north):
    make.plain_course("hidden", cluster=north, visibility="cluster")
    page = deep(client, registered, course)
    text = page.content.decode()
    assert "Topic t1" in text
    assert "Plain hidden" not in text
    ticket = re.search(r'name="ticket" value="([^"]+)"', text)[1]
    found = Client().post("/lti/choose/", {"ticket": ticket, "q": "T2"}).content.decode()
    assert "Topic t2" in found
    assert "Topic t1" not in found
    topic = make.topic(course, "t2")
    answer = Client().post("/lti/choose/", {"ticket": ticket, "pick": lti.address(topic)})
    assert f"form-action 'self' {registered.issuer}" in answer["Content-Security-Policy"]
    assert f'action="{registered.issuer}/chosen"' in answer.content.decode()
    token = re.search(r'name="JWT" value="([^"]+)"', answer.content.decode())[1]
    row = LtiKey.objects.get(platform=registered)
    claims = jwt.decode(token, keys.private_key(row), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims[c.DL + "data"]) == ("talka-there", [registered.issuer], "kept by them")
    assert claims[c.DL + "content_items"] == [
        {
            "type": "ltiResourceLink", "title": "Topic t2", "url": lti.address(topic), "custom": {"talka": f"topic/{topic.uuid}"},
            "lineItem": {"scoreMaximum": 100, "label": "Topic t2", "resourceId": str(topic.uuid)},
        }
    ]  # fmt: skip


def test_a_learner_there_chooses_nothing(client, registered, course):
    assert "Only those who teach" in said(deep(client, registered, course, **{c.LTI + "roles": [c.LEARNER]}))


def test_a_choice_needs_its_ticket(client, registered, course):
    assert "too old" in said(client.post("/lti/choose/", {"ticket": "invented", "pick": lti.address(course)}))


# Grades back


@pytest.fixture
def learner(client, registered, course):
    lti.arrive(client, registered, target=lti.address(course))
    client.post("/lti/welcome/", {"as": "new"})
    return Enrolment.objects.select_related("user", "course").get()


def finish(learner, slug):
    courses.finish_topic(enrolment=learner, topic=make.topic(learner.course, slug), at=now())


def test_what_is_done_goes_out_once(side, learner):
    side.answers["/items/1/scores"] = (200, {}, "{}")
    assert (actions.reckon_grades(at=now()), actions.send_grades(at=now())) == (0, 0)
    finish(learner, "t0")
    assert (actions.reckon_grades(at=now()), actions.send_grades(at=now())) == (1, 1)
    # Nothing new, so nothing goes out.
    assert (actions.reckon_grades(at=now()), actions.send_grades(at=now())) == (0, 0)
    for slug in ("t1", "t2"):
        finish(learner, slug)
    assert (actions.reckon_grades(at=now()), actions.send_grades(at=now())) == (1, 1)
    told = [json.loads(body) for body in side.posts("/items/1/scores")]
    assert [(one["scoreGiven"], one["scoreMaximum"], one["activityProgress"], one["gradingProgress"], one["userId"]) for one in told] == [
        (33.33, 100, "InProgress", "FullyGraded", "ada"),
        (100, 100, "Completed", "FullyGraded", "ada"),
    ]


def test_a_platform_that_fails_is_tried_again_with_growing_pauses(side, learner, manager, registered):
    side.answers["/items/1/scores"] = (503, {}, "tired")
    finish(learner, "t0")
    actions.reckon_grades(at=(at := now()))
    assert actions.send_grades(at=at) == 0
    row = LtiGrade.objects.get()
    assert (row.failures, row.next_at - at, "503" in row.last_error, row.stopped_at) == (1, timedelta(minutes=1), True, None)
    assert actions.send_grades(at=at + timedelta(seconds=30)) == 0
    assert LtiGrade.objects.get().failures == 1
    side.answers["/items/1/scores"] = (200, {}, "{}")
    assert actions.send_grades(at=at + timedelta(minutes=2)) == 1
    row.refresh_from_db()
    assert (row.failures, row.last_error, row.sent_score) == (0, "", 0.3333)


def test_a_place_that_is_gone_is_given_up_until_staff_send_again(side, learner, manager, registered):
    side.answers["/items/1/scores"] = (404, {}, "gone")
    finish(learner, "t0")
    actions.reckon_grades(at=now())
    actions.send_grades(at=now())
    assert LtiGrade.objects.get().stopped_at is not None
    assert actions.send_grades(at=now() + timedelta(days=9)) == 0
    assert actions.send_again(platform=registered, by=manager, at=now()) == 1
    side.answers["/items/1/scores"] = (200, {}, "{}")
    assert actions.send_grades(at=now()) == 1


def test_a_revoked_platform_is_told_nothing(side, learner, manager, registered):
    finish(learner, "t0")
    actions.revoke(platform=registered, by=manager, at=now())
    assert (actions.reckon_grades(at=now()), actions.send_grades(at=now())) == (0, 0)
    assert side.posts("/items/1/scores") == []


def test_a_topic_counts_by_its_exercises(side, client, north, registered):
    whole = make.course(cluster=north, visibility="network")
    topic = whole.topics.filter(materials__kind="exercise").distinct().first()
    lti.arrive(client, registered, target=lti.address(topic))
    client.post("/lti/welcome/", {"as": "new"})
    link, learner = LtiLink.objects.get(), Enrolment.objects.get()
    assert queries.reckoned(link, learner) == (None, False)
    courses.finish_topic(enrolment=learner, topic=topic, at=now())
    assert queries.reckoned(link, learner) == (0.0, True)


@pytest.mark.parametrize("people_n", [1, 3])
def test_the_number_of_queries_does_not_grow_with_people(client, registered, course, people_n, django_assert_max_num_queries):
    for n in range(people_n):
        lti.arrive(Client(), registered, target=lti.address(course), sub=f"s{n}")
    with django_assert_max_num_queries(1):
        assert list(queries.grades_to_reckon()) == []


# Roster


def members(side, *rows, **headers):
    side.json("/members", {"id": "x", "members": list(rows)}, **headers)


def test_a_roster_is_looked_at_page_by_page_and_taken_in_by_choice(side, client, registered, learner, manager, north, course):
    following = f"{side.base}/members?Page=Two"
    members(
        side,
        {"user_id": "ada", "name": "Ada Moss", "roles": [c.LEARNER]},
        {"user_id": "bo", "name": "Bo Reed", "email": "bo@school.example", "roles": ["Learner"]},
        {"user_id": "cy", "roles": [c.INSTRUCTOR]},
        {"user_id": "gone", "status": "Inactive"},
        Link=f'<{following}>; rel="next"',
    )
    link = LtiLink.objects.get()
    found, more = actions.roster_page(link, at=now())
    assert [(m.subject, m.state, m.teaches) for m in found] == [
        ("ada", "learning", False),
        ("bo", "invitable", False),
        ("cy", "unknown", True),
    ]
    assert more == following
    staff = Client()
    staff.force_login(manager)
    page = f"/clusters/{north.slug}/lti/platforms/{registered.uuid}/places/{link.pk}/roster/"
    assert "Bo Reed" in staff.get(page).content.decode()
    courses.leave(enrolment=learner, by=learner.user, at=now())
    report = staff.post(page, {"who": ["ada", "bo", "cy"]}).content.decode()
    assert "Enrolled: 1. Invited by e-mail: 1." in report
    assert course.invitations.get().email == "bo@school.example"
    assert Enrolment.objects.get().left_at is None


def test_a_roster_elsewhere_is_not_fetched(side, registered, learner):
    link = LtiLink.objects.get()
    with pytest.raises(c.NotTaken, match="no roster"):
        actions.roster_page(link, page="http://localhost:1/members", at=now())


# The person


def test_a_made_up_address_gets_no_letters(learner):
    from talka.kit import mail

    assert mail.send("courses/mail/invitation", to=learner.user.email, context={}) == []


def test_whoever_is_erased_is_bound_to_nothing(learner):
    from talka.people import actions as persons

    persons.erase(user=learner.user, by=User.objects.get(pk=learner.user.pk), at=now())
    assert not LtiPerson.objects.exists()
    assert not LtiGrade.objects.exists()
