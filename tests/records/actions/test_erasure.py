import uuid

import orjson
import pytest
from django.conf import settings

from talka.people import signals
from talka.records import actions, packing, queries, rules
from talka.records.models import AgentName, Erasure, Posting, Statement, Term
from talka.records.queries import Filter, Reader
from tests.factories import people
from tests.factories.records import LMS, NOON, agent, statement, stored

pytestmark = pytest.mark.django_db
ALL = Reader(source=0, border=0)
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
NAMED = {**agent(1), "name": "Ada Lovelace"}


def everything() -> bytes:
    return b"".join(packing.unpack(s.dictionary, s.json) for s in Statement.objects.all())


def found(**asked):
    return queries.search(Filter(**asked), reader=ALL).rows


def test_traces_go_and_completions_stay_without_a_name():
    stored(
        statement(1, actor=NAMED),
        statement(1, actor=NAMED, verb={"id": COMPLETED}),
        statement(2, context={"instructor": NAMED}),
        statement(3),
    )
    heard = []
    from talka.records.signals import rewritten

    listen = lambda sequences, **_kwargs: heard.extend(sequences)  # noqa: E731  # held here while it is connected
    rewritten.connect(listen)
    deleted, renamed = actions.erase(agent=agent(1), by=None, at=NOON)
    assert (deleted.statements, renamed.statements, len(heard)) == (1, 2, 3)
    assert len(found()) == 3
    assert b"user-1" not in everything()
    assert b"Ada" not in everything()
    assert found(agent=f"{LMS} user-1") == []
    assert len(found(agent=f"{settings.SITE_URL} {renamed.actor}")) == 1
    assert len(found(agent=f"{settings.SITE_URL} {renamed.actor}", related_agents=True)) == 2
    assert not AgentName.objects.exists()
    assert not Term.objects.filter(value__contains="user-1").exists()
    assert not Posting.objects.exclude(sequence__in=Statement.objects.values("sequence")).exists()
    assert "user-1" not in "".join(Erasure.objects.values_list("actor", flat=True))
    stored(statement(1))  # the same account may come again, and starts from nothing
    assert len(found(agent=f"{LMS} user-1")) == 1


def test_without_keeping_nothing_of_the_person_stays():
    stored(statement(1), statement(1, verb={"id": COMPLETED}), statement(2))
    actions.erase(agent=agent(1), keep_completions=False, by=None, at=NOON)
    assert [orjson.loads(queries.render(r))["actor"] for r in found()] == [agent(2)]


def test_a_person_erased_from_the_network_is_erased_here():
    user = people.person()
    actor = rules.actor_of(user.uuid, settings.SITE_URL)
    stored(statement(1, actor=actor), statement(1, actor=actor, verb={"id": COMPLETED}))
    signals.erased.send(type(user), user=user, by=user, at=NOON, keep={"statements"})
    assert str(user.uuid).encode() not in everything()
    assert len(found()) == 1


def test_a_voided_and_a_referring_statement_go_whole():
    key = uuid.uuid4()
    stored(statement(1, id=str(key)))
    stored(statement(2, object={"objectType": "StatementRef", "id": str(key)}))
    actions.delete(agent=agent(2), by=None, at=NOON)
    assert len(found(agent=f"{LMS} user-1")) == 1
    assert not Posting.objects.exclude(sequence__in=Statement.objects.values("sequence")).exists()
