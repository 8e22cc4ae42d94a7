"""Statements keep naming people and things as before when the site moves to another address."""

import pytest
from django.utils.timezone import now

from talka import environment
from talka.insight.dimensions import actor_key
from talka.kit.doctor import findings
from talka.records import actions, rules
from talka.records.actions.statements import own_source
from talka.records.models import Statement
from tests.factories.people import person

pytestmark = pytest.mark.django_db
OLD, NEW = "http://localhost:8000", "https://learn.example.org"


def statement(user, base):
    return {
        "actor": rules.actor_of(user.uuid, base),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"{base}/id/topic/1"},
    }


def names():
    return next(f for f in findings() if f.name == "names")


def test_the_setting_follows_the_site_until_it_is_given(monkeypatch):
    monkeypatch.setenv("TALKA_URL", NEW)
    assert environment.read().names_url == NEW
    monkeypatch.setenv("TALKA_NAMES_URL", f"{OLD}/")
    assert (environment.read().url, environment.read().names_url) == (NEW, OLD)
    monkeypatch.setenv("TALKA_NAMES_URL", "learn.example.org")
    with pytest.raises(environment.BadSetting, match="TALKA_NAMES_URL"):
        environment.read()


def test_doctor_says_when_a_move_would_lose_what_was_recorded(settings):
    settings.SITE_URL = settings.NAMES_URL = OLD
    user = person()
    own_source()
    actions.store([statement(user, OLD)], source=None, at=now())
    assert names().state == "good"
    settings.SITE_URL = settings.NAMES_URL = NEW
    found = names()
    assert (found.state, found.fix) == ("broken", f"Set TALKA_NAMES_URL={OLD}. TALKA_URL may be the new address.")
    settings.NAMES_URL = OLD
    assert names().state == "good"
    assert actor_key(user.uuid) == f"{OLD} {user.uuid}"
    assert actions.erase(agent=rules.actor_of(user.uuid, settings.NAMES_URL), keep_completions=False, by=None, at=now())
    assert not Statement.objects.exists()
