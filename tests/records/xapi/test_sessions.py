"""Content whose token carries a session: the room that keeps it is heard before each request, before statements and after them."""

from urllib.parse import urlencode
from uuid import UUID

import orjson
import pytest
from django.conf import settings
from django.dispatch import Signal
from django.utils.timezone import now

from talka.records import actions, rules, signals
from talka.records.actions import documents
from talka.records.models import Document, Statement
from tests.factories import people
from tests.factories.records import LMS, statement
from tests.records.conftest import Caller

REGISTRATION = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
ACTIVITY = f"{LMS}/units/1"


@pytest.fixture(autouse=True)
def no_room_above(monkeypatch):
    """Rooms above keep sessions of their own; those of these tests are nobody's."""
    for name in ("session_asked", "session_writes", "session_wrote"):
        monkeypatch.setattr(signals, name, Signal())


@pytest.fixture
def learner(db):
    return people.person()


@pytest.fixture
def content(learner):
    who = Caller("x", "y")
    who.authorization = "Basic " + actions.browser_token(
        user_uuid=learner.uuid, activity=ACTIVITY, registration=UUID(REGISTRATION), at=now(), session="s-1"
    )
    return who


@pytest.fixture
def heard():
    """What a keeper of sessions hears; `refuse` names the moments at which it says no."""
    log, refuse = [], set()

    def listen(name):
        def receiver(sender, **said):
            log.append((name, {k: v for k, v in said.items() if k != "signal"}))
            if name in refuse:
                raise signals.NotAdmitted(f"not at {name}")

        return receiver

    receivers = {name: listen(name) for name in ("session_asked", "session_writes", "session_wrote")}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver, weak=False)
    yield log, refuse
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


def said(learner, n=1, **more):
    actor = rules.actor_of(learner.uuid, settings.SITE_URL)
    return statement(n, actor=actor, context={"registration": REGISTRATION}, **more)


ID = "0a4e6f6e-6cfd-4d1e-9f0c-2f4a4f2a3d11"


def test_the_keeper_of_a_session_hears_of_statements_before_and_after(learner, content, heard):
    log, _refuse = heard
    assert content.post(said(learner, id=ID)).status == 200
    assert [name for name, _said in log] == ["session_asked", "session_writes", "session_wrote"]
    assert log[0][1] == {
        "session": "s-1",
        "method": "POST",
        "kind": "statements",
        "key": "",
        "content_type": "application/json",
        "body": b"",
    }
    assert [s["id"] for s in log[1][1]["statements"]] == [ID]
    # Sent again after a lost answer: it is stored already, so nobody has to allow it.
    assert content.post(said(learner, id=ID)).status == 200
    assert [name for name, _said in log[3:]] == ["session_asked"]


@pytest.mark.parametrize("moment", ["session_asked", "session_writes", "session_wrote"])
def test_a_no_at_any_moment_is_403_and_leaves_nothing(learner, content, heard, moment):
    _log, refuse = heard
    refuse.add(moment)
    answer = content.post(said(learner, id=ID))
    assert (answer.status, answer.text) == (403, f"not at {moment}")
    assert not Statement.objects.exists()


def test_a_statement_of_a_session_brings_its_own_id(learner, content, heard):
    assert content.post(said(learner)).status == 403


def test_documents_are_asked_for_too(learner, content, heard):
    log, refuse = heard
    place = {"activityId": ACTIVITY, "agent": orjson.dumps(rules.actor_of(learner.uuid, settings.SITE_URL)).decode()}
    state = "/activities/state?" + urlencode(place | {"registration": REGISTRATION, "stateId": "bookmark"})
    assert content("PUT", state, {"page": 3}).status == 204
    assert log[0][1] == {
        "session": "s-1", "method": "PUT", "kind": "state", "key": "bookmark", "content_type": "application/json", "body": b'{"page":3}',
    }  # fmt: skip
    refuse.add("session_asked")
    assert content("GET", state).status == 403


def test_without_a_session_nobody_is_asked(source, caller, heard):
    log, _refuse = heard
    assert caller.post(statement(1)).status == 200
    assert log == []


def test_a_document_of_our_own_joins_the_callers_transaction(learner):
    key = rules.agent_key(rules.actor_of(learner.uuid, settings.SITE_URL))
    place = documents.Place("agent", 0, agent=key, key="cmi5LearnerPreferences")
    documents.lay(place=place, document={"audioPreference": "on"})
    documents.lay(place=place, document={"audioPreference": "off"}, replace=False)
    assert documents.read(place) == {"audioPreference": "on"}
    documents.lay(place=place, document={"audioPreference": "off"})
    assert (documents.read(place), Document.objects.count()) == ({"audioPreference": "off"}, 1)
