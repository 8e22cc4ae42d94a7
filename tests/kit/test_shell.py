"""The page shell: what every page carries, and what it costs."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.template import Context, Template
from django.test import RequestFactory

from talka.kit import nav, views
from talka.kit.templatetags.kit import weave
from talka.people.queries import standing_of
from tests.factories.people import person


@pytest.fixture
def page(rf: RequestFactory):
    def render(path="/", user=None, **cookies):
        from django.contrib.auth.models import AnonymousUser
        from django.template.loader import render_to_string

        request = rf.get(path)
        request.COOKIES.update(cookies)
        request.user = user or AnonymousUser()
        return render_to_string("kit/base.html", {}, request=request)

    return render


def test_a_signed_out_shell_asks_the_database_nothing(page, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        html = page()
    assert "Sign in" in html
    assert "Sign out" not in html


def test_a_signed_in_shell_asks_nothing_beyond_who_the_viewer_is(page, db, django_assert_num_queries):
    user = person()
    standing_of(user)
    with django_assert_num_queries(0):
        page(user=user)


def test_a_signed_in_shell_signs_out_by_post(page, db):
    html = page(user=person("Ada Example"))
    assert "Ada" in html
    assert '<form method="post" action="/accounts/logout/" data-sign-out>' in html


def test_the_shell_has_no_inline_style_or_script(page, db):
    html = page(user=person())
    assert " style=" not in html
    assert "<script>" not in html


def test_the_chosen_scheme_is_in_the_page_before_any_script(page, db):
    assert 'data-theme="dark"' in page(theme="dark")
    assert "data-theme" not in page(theme="purple")


def test_choosing_language_and_scheme_returns_to_the_page(client, db):
    response = client.post("/theme/", {"theme": "dark", "next": "/style/?a=1"})
    assert (response.status_code, response["Location"], response.cookies["theme"].value) == (302, "/style/?a=1", "dark")
    response = client.post("/language/", {"language": "de", "next": "https://elsewhere.example/"})
    assert (response["Location"], response.cookies["django_language"].value) == ("/", "de")


def test_a_signed_in_person_keeps_the_language(client, db):
    user = person()
    client.force_login(user)
    client.post("/language/", {"language": "de", "next": "/"})
    user.refresh_from_db()
    assert user.language == "de"


def test_the_longest_address_is_the_current_one(rf):
    nav._top["test-a"] = nav.Item("test-a", "A", "account_login", 1)
    try:
        links = {link.name: link.current for link in nav.top_links(rf.get("/accounts/login/more/"))}
        assert links["test-a"]
    finally:
        del nav._top["test-a"]


def test_every_registered_way_exists():
    assert nav.unreachable() == []


@pytest.mark.parametrize(
    ("view", "exception", "status"),
    [
        (views.bad_request, ValueError(), 400),
        (views.bad_request, RequestDataTooBig(), 413),
        (views.not_found, ValueError(), 404),
    ],
)
def test_errors_say_what_happened_and_what_to_do(rf, db, view, exception, status):
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/nowhere/")
    request.user = AnonymousUser()
    response = view(request, exception)
    assert response.status_code == status
    assert "To the front page" in response.content.decode()


def test_refusal_leads_the_signed_out_to_the_sign_in_and_tells_others_why(rf, db):
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/clusters/x/members/?q=1")
    request.user = AnonymousUser()
    assert views.refused(request, PermissionDenied())["Location"] == "/accounts/login/?next=%2Fclusters%2Fx%2Fmembers%2F%3Fq%3D1"
    request.user = person()
    response = views.refused(request, PermissionDenied("admit members to this cluster"))
    assert response.status_code == 403
    assert "You may not admit members to this cluster." in response.content.decode()


def test_a_broken_page_stands_alone(rf, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert views.failed(rf.get("/")).status_code == 500


@pytest.mark.parametrize(
    ("done", "total", "label", "lines"),
    [
        (0, 0, "nothing to do yet", 1),
        (0, 50, "0 of 50 done", 2),
        (17, 50, "17 of 50 done", 3),
        (50, 50, "50 of 50 done", 2),
        (70, 50, "50 of 50 done", 2),
        (299, 300, "299 of 300 done", 3),
    ],
)
def test_weave_says_its_numbers_and_never_more_than_all(done, total, label, lines):
    html = weave(done, total)
    assert f'aria-label="{label}"' in html
    assert html.count("<line") == lines


def test_icons_are_decoration_unless_named():
    html = Template('{% icon "search" %}{% icon "search" "Find" %}').render(Context())
    assert 'aria-hidden="true"' in html
    assert 'role="img" aria-label="Find"' in html
