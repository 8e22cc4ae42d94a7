"""The pages of sign-in and account security, in the house's look and under its content policy."""

import re

import pytest
from django.urls import reverse

from tests.factories.people import person

OUTSIDE = ["account_login", "account_signup", "account_request_login_code", "account_reset_password", "account_reset_password_done"]
INSIDE = ["account_email", "account_change_password", "mfa_index", "mfa_list_webauthn", "account_logout"]
# Only for who has just given the password once more.
GUARDED = ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "account_reauthenticate"]


@pytest.fixture
def ada(client, db):
    user = person("Ada Example", email="ada@example.org")
    user.set_password("correct-horse-battery")
    user.save()
    client.post(reverse("account_login"), {"login": user.email, "password": "correct-horse-battery", "next": "/accounts/email/"})
    return user


def check(client, name):
    response = client.get(reverse(name))
    assert response.status_code == 200, name
    html = response.content.decode()
    assert '<div class="band">' in html
    assert " style=" not in html
    assert html.count("<h1") == 1
    for script in re.findall(r"<script[^>]*>", html):
        assert "src=" in script or "application/json" in script
    return html


@pytest.mark.parametrize("name", OUTSIDE)
def test_pages_before_sign_in(client, db, name):
    check(client, name)


@pytest.mark.parametrize("name", INSIDE)
def test_pages_of_ones_own_account(client, ada, name):
    check(client, name)


@pytest.mark.parametrize("name", GUARDED)
def test_pages_that_ask_for_the_password_once_more(client, ada, name):
    again = reverse("account_reauthenticate")
    if name != "account_reauthenticate":
        assert client.get(reverse(name))["Location"].startswith(again)
        client.post(again, {"password": "correct-horse-battery", "next": reverse(name)})
    check(client, name)


def test_the_sign_in_page_offers_every_way(client, db):
    html = check(client, "account_login")
    for way in ('name="password"', 'id="passkey_login"', reverse("account_request_login_code"), reverse("account_reset_password")):
        assert way in html


def test_a_wrong_password_says_so_and_keeps_the_address(client, ada):
    client.logout()
    html = client.post(reverse("account_login"), {"login": "ada@example.org", "password": "wrong"}).content.decode()
    assert 'class="summary-of-errors"' in html
    assert 'value="ada@example.org"' in html
