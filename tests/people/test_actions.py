"""Consent, ways in, own data, erasure."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from talka.people import actions, signals
from talka.people.models import Consent, User
from talka.people.queries import people_seen, standing_of
from tests.factories.people import operator, person

pytestmark = pytest.mark.django_db


def test_consent_is_given_once_and_taken_back(noon):
    ada = person("Ada")
    first = actions.give_consent(by=ada, purpose="employer", words="my employer sees my progress", at=noon)
    assert actions.give_consent(by=ada, purpose="employer", words="again", at=noon) == first
    assert actions.withdraw_consent(by=ada, purpose="employer", at=noon + timedelta(days=1)) == 1
    again = actions.give_consent(by=ada, purpose="employer", words="again", at=noon + timedelta(days=2))
    rows = Consent.objects.order_by("given_at").values_list("pk", "words", "withdrawn_at")
    assert list(rows) == [(first.pk, "my employer sees my progress", noon + timedelta(days=1)), (again.pk, "again", None)]


def test_a_link_lets_in_once(noon):
    ada = person("Ada")
    token = actions.entry_token(ada)
    assert actions.person_of_entry(token) == ada
    User.objects.filter(pk=ada.pk).update(last_login=noon)
    assert actions.person_of_entry(token) is None


def test_a_link_of_a_barred_person_or_an_altered_one_lets_nobody_in():
    ada = person("Ada")
    token = actions.entry_token(ada)
    assert actions.person_of_entry(token[:-2] + "xx") is None
    actions.set_active(user=ada, active=False, by=operator())
    assert actions.person_of_entry(token) is None


def test_own_data_holds_what_every_room_answers(noon):
    ada = person("Ada", email="ada@example.org")
    actions.give_consent(by=ada, purpose="research", words="words", at=noon)

    def answer(sender, *, user, **_):
        return {"room.json": [str(user.uuid)]}

    signals.own_data_asked.connect(answer)
    try:
        archive = zipfile.ZipFile(io.BytesIO(actions.own_data(by=ada)))
    finally:
        signals.own_data_asked.disconnect(answer)
    assert json.loads(archive.read("person.json"))["email"] == "ada@example.org"
    assert json.loads(archive.read("consents.json")) == [
        {"purpose": "research", "words": "words", "given_at": noon.isoformat(), "withdrawn_at": None}
    ]
    assert json.loads(archive.read("room.json")) == [str(ada.uuid)]


def test_erased_means_no_name_no_address_no_way_in(noon):
    ada = person("Ada", email="ada@example.org")
    heard = []

    def hear(sender, *, user, by, at, **_):
        heard.append((user.pk, by.pk, at))

    signals.erased.connect(hear)
    try:
        actions.erase(user=ada, by=ada, at=noon)
    finally:
        signals.erased.disconnect(hear)
    ada = User.objects.get(pk=ada.pk)
    assert (ada.name, ada.email, ada.is_active) == ("", f"erased-{ada.uuid}@erased.invalid", False)
    assert heard == [(ada.pk, ada.pk, noon)]


def test_nobody_erases_another(noon):
    ada, eve = person("Ada"), person("Eve")
    with pytest.raises(actions.NotAllowed):
        actions.erase(user=ada, by=eve, at=noon)
    assert User.objects.get(pk=ada.pk).name == "Ada"


def test_the_last_operator_stays(noon):
    only = operator()
    with pytest.raises(actions.LastOperator):
        actions.erase(user=only, by=only, at=noon)
    assert standing_of(User.objects.get(pk=only.pk)).operator


def test_a_list_of_people_is_for_operators():
    ada = person("Ada")
    assert list(people_seen(viewer=ada)) == []
    runs = operator()
    assert set(people_seen(viewer=runs)) == {ada, runs}


def test_only_an_operator_bars(noon):
    ada, eve = person("Ada"), person("Eve")
    with pytest.raises(actions.NotAllowed):
        actions.set_active(user=ada, active=False, by=eve)
    runs = operator()
    with pytest.raises(actions.NotAllowed):
        actions.set_active(user=runs, active=False, by=runs)
    assert User.objects.filter(is_active=True).count() == 3
