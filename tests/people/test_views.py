"""The pages about oneself, as a visitor sees them."""

import re

import pytest
from django.urls import reverse

from talka.kit.models import Letter
from talka.people.models import Consent, User
from tests.factories.people import operator, person

pytestmark = pytest.mark.django_db


def test_a_link_by_mail_signs_in(client):
    person("Ada", email="ada@example.org")
    page = client.post(reverse("people:ask-link"), {"email": "Ada@example.org"})
    assert "If Ada@example.org belongs to somebody here" in page.content.decode()
    letter = Letter.objects.get()
    assert (letter.to, letter.subject) == ("ada@example.org", "Your link to sign in")
    link = re.search(r"http://\S+/enter/\S+/", letter.text)[0]
    path = link.removeprefix("http://testserver")
    assert "Welcome back, Ada" in client.get(path).content.decode()
    assert client.post(path).url == "/today/"
    assert client.get(reverse("people:me")).status_code == 200
    client.logout()
    assert client.post(path).status_code == 410, "it works once"


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client):
    page = client.post(reverse("people:ask-link"), {"email": "nobody@example.org"})
    assert "If nobody@example.org belongs to somebody here" in page.content.decode()
    assert not Letter.objects.exists()


def test_a_wrong_time_zone_is_explained_and_nothing_typed_is_lost(client):
    ada = person("Ada")
    client.force_login(ada)
    page = client.post(reverse("people:me"), {"name": "Ada L", "language": "en", "time_zone": "Vilnius"})
    assert page.status_code == 422
    text = page.content.decode()
    assert "There is no time zone of this name" in text
    assert 'value="Ada L"' in text
    assert User.objects.get(pk=ada.pk).name == "Ada"


def test_a_profile_is_saved_and_the_page_speaks_the_language(client):
    ada = person("Ada")
    client.force_login(ada)
    client.post(reverse("people:me"), {"name": "Ada L", "language": "de", "time_zone": "Europe/Vilnius"})
    assert User.objects.values_list("name", "language", "time_zone").get(pk=ada.pk) == ("Ada L", "de", "Europe/Vilnius")
    assert '<html lang="de"' in client.get(reverse("people:me")).content.decode()


def test_consent_by_button(client):
    client.force_login(person("Ada"))
    client.post(reverse("people:consent", args=["employer"]), {"give": "1"})
    assert Consent.objects.filter(withdrawn_at=None).count() == 1
    client.post(reverse("people:consent", args=["employer"]), {"give": "0"})
    assert Consent.objects.filter(withdrawn_at=None).count() == 0
    assert client.post(reverse("people:consent", args=["everything"]), {"give": "1"}).status_code == 404


def test_an_operator_hands_over_a_link(client):
    ada = person("Ada")
    client.force_login(operator())
    page = client.post(reverse("people:link-for", args=[ada.uuid])).content.decode()
    link = re.search(r"http://testserver(/enter/[^<\s]+)", page)[1]
    client.logout()
    client.post(link)
    assert int(client.session["_auth_user_id"]) == ada.pk


def test_erasing_oneself_needs_a_yes(client):
    ada = person("Ada")
    client.force_login(ada)
    assert client.post(reverse("people:erase-me"), {}).status_code == 422
    assert User.objects.get(pk=ada.pk).is_active
    client.post(reverse("people:erase-me"), {"sure": "on"})
    assert not User.objects.get(pk=ada.pk).is_active
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("others", [1, 3])
def test_the_list_of_people_costs_the_same_however_long(client, others, django_assert_max_num_queries):
    for _n in range(others):
        person()
    client.force_login(operator())
    with django_assert_max_num_queries(8):
        assert client.get(reverse("people:list")).status_code == 200
