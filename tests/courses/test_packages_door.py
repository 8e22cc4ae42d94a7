"""The content's own door: what it gives to whom, and that it is no part of the site."""

import json

import pytest
from django.urls import reverse

from talka.courses.models import Package, PackageRun
from talka.courses.packages import actions, addresses, door
from tests.factories import courses as make
from tests.factories import packages as boxes
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path
    door.forget_known()


@pytest.fixture
def course():
    return make.plain_course(topics=1, visibility="public")


def opened(course, user, content) -> tuple[Package, str]:
    """The package shown in the topic, and the token of the user's frame."""
    package = boxes.take(course, content)
    topic = boxes.show(package, make.topic(course, "t0"))
    unit = package.units.exclude(kind="block").first()
    enrolment = make.enrolment(user, course)
    run = actions.begin_run(unit=unit, enrolment=enrolment, at=make.WHEN)
    return package, addresses.Ticket(user.pk, package.pk, unit.pk, run.pk, topic.pk, "sitting").signed()


def test_content_comes_without_cookies_behind_its_own_policy(client, course):
    _package, token = opened(course, person(), boxes.h5p())
    answer = client.get(f"/content/{token}/H5P.Tiny-1.0/tiny.js")
    assert answer.status_code == 200
    assert answer.content == boxes.TINY.encode()
    assert not answer.cookies
    policy = answer["Content-Security-Policy"]
    assert f"connect-src http://testserver/content/{token}/;" in policy
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "allow-popups" not in policy
    assert (answer["X-Content-Type-Options"], answer["Referrer-Policy"], answer["Access-Control-Allow-Origin"]) == (
        "nosniff",
        "no-referrer",
        "*",
    )


@pytest.mark.parametrize(
    "path", ["../../../secret.key", "%2e%2e/%2e%2e/secret.key", "no.js", "", "/etc/passwd", "~talka/../../x", "~talka/no.js"]
)
def test_nothing_but_the_packages_files_is_there(client, course, tmp_path, path):
    (tmp_path / "secret.key").write_text("secret")
    _package, token = opened(course, person(), boxes.h5p())
    assert client.get(f"/content/{token}/{path}").status_code == 404


@pytest.mark.parametrize("token", ["", "x", "1-1-1-1-1-x~y~z"])
def test_an_address_that_nobody_signed_leads_nowhere(client, token):
    assert client.get(f"/content/{token}/h5p.json").status_code == 404


def test_an_address_of_one_package_opens_no_other(client, course):
    first, token = opened(course, person(), boxes.h5p())
    forged = token.replace(f"-{first.pk}-", f"-{first.pk + 1}-", 1)
    assert client.get(f"/content/{forged}/h5p.json").status_code == 404


def test_addresses_end_with_time_leaving_removal_and_the_person(client, course, monkeypatch):
    user = person()
    package, token = opened(course, user, boxes.h5p())
    address = f"/content/{token}/h5p.json"
    assert client.get(address).status_code == 200
    Package.objects.filter(pk=package.pk).update(state="removed", removed_at=make.WHEN)
    door.forget_known()
    assert client.get(address).status_code == 404
    Package.objects.filter(pk=package.pk).update(state="ready", removed_at=None)
    user.enrolments.update(left_at=make.WHEN)
    door.forget_known()
    assert client.get(address).status_code == 404
    user.enrolments.update(left_at=None)
    user.is_active = False
    user.save()
    door.forget_known()
    assert client.get(address).status_code == 404
    door.forget_known()
    monkeypatch.setattr(addresses, "LIVES", -addresses.LIVES)
    assert client.get(address).status_code == 403


def test_scorm_pages_carry_their_run_time_in_a_sandbox_only(client, course, settings):
    _package, token = opened(course, person("Lea </script>"), boxes.scorm12())
    html = client.get(f"/content/{token}/sco/one.html").content.decode()
    assert html.index("window.talkaGiven=") < html.index("scorm-again/scorm12.min.js") < html.index("function find(")
    assert "Lea \\u003c/script\\u003e" in html
    settings.CONTENT_URL = "http://content.example"
    settings.ALLOWED_HOSTS = ["*"]
    plain = client.get(f"/content/{token}/sco/one.html", headers={"host": "content.example"})
    assert b"talkaGiven" not in plain.content
    assert "allow-same-origin" in plain["Content-Security-Policy"]
    assert "frame-ancestors" in plain["Content-Security-Policy"]


def test_the_contents_host_gives_content_only(client, course, settings):
    _package, token = opened(course, person(), boxes.h5p())
    settings.CONTENT_URL = "http://content.example"
    settings.ALLOWED_HOSTS = ["*"]
    client.force_login(person())
    for path in ("/", "/today/", "/accounts/login/", "/static/kit/icon.svg", "/xapi/about", "/staff/", "/me/"):
        answer = client.get(path, headers={"host": "content.example"})
        assert (answer.status_code, answer.content, dict(answer.cookies)) == (404, b"Only content of courses is here.", {})
    assert client.get(f"/content/{token}/h5p.json", headers={"host": "content.example"}).status_code == 200
    # And the site's host gives none of it.
    assert client.get(f"/content/{token}/h5p.json").status_code == 404


def test_a_film_is_given_in_parts(client, course):
    film = bytes(range(256)) * 10
    _package, token = opened(course, person(), boxes.h5p(**{"content/a.webm": film}))
    answer = client.get(f"/content/{token}/content/a.webm", headers={"range": "bytes=256-259"})
    assert (answer.status_code, b"".join(answer.streaming_content), answer["Content-Range"]) == (206, bytes(range(4)), "bytes 256-259/2560")
    assert client.get(f"/content/{token}/content/a.webm", headers={"range": "bytes=9000-"}).status_code == 416


def test_last_words_reach_the_run_without_a_page(client, course):
    _package, token = opened(course, person(), boxes.scorm12())
    message = {"what": "scorm", "values": {"cmi.suspend_data": "last"}, "tells": True}
    assert client.post(f"/content/{token}/~talka/keep", json.dumps([message]), content_type="text/plain").status_code == 204
    assert PackageRun.objects.get().state["values"] == {"cmi.suspend_data": "last"}
    assert client.post(f"/content/{token}/~talka/keep", "{", content_type="text/plain").status_code == 422
    assert client.post(f"/content/{token}/h5p.json").status_code == 405


def test_nobody_speaks_for_another(client, course):
    lea, max_ = person("Lea"), person("Max")
    package, token = opened(course, lea, boxes.h5p())
    make.enrolment(max_, course)
    client.force_login(max_)
    address = reverse("packages:keep", args=[course.slug, "t0", package.units.get().uuid])
    sent = {"ticket": token, "messages": [{"what": "state", "part": "0/state", "text": "mine"}]}
    answer = client.post(address, json.dumps(sent), content_type="application/json")
    assert (answer.status_code, answer.json()) == (403, {"refused": ["not yours"]})
    client.force_login(lea)
    assert client.post(address, json.dumps(sent), content_type="application/json").json() == {"refused": [], "done": False}
    assert PackageRun.objects.get().state == {"parts": {"0/state": "mine"}}


def test_the_page_lets_its_frame_go_nowhere_else(client, course):
    user = person()
    package, _token = opened(course, user, boxes.h5p())
    client.force_login(user)
    page = client.get(reverse("packages:play", args=[course.slug, "t0", package.units.get().uuid]))
    assert "; frame-src http://testserver/content/" in page["Content-Security-Policy"]
    assert 'sandbox="allow-scripts allow-forms allow-modals allow-downloads allow-pointer-lock"' in page.content.decode()
    assert "runs only with JavaScript" in page.content.decode()


def test_a_unit_that_waits_for_another_is_not_open(client, course):
    user = person()
    package, _token = opened(course, user, boxes.scorm2004())
    client.force_login(user)
    answer = client.get(reverse("packages:play", args=[course.slug, "t0", package.units.get(key="two").uuid]))
    assert (answer.status_code, answer["Location"]) == (302, f"/learn/{course.slug}/t0/")
