import uuid

import pytest
from django.db import connection, transaction

from talka.records import actions, queries, terms, writing
from talka.records.models import Definition, Posting, Statement, Term
from talka.records.queries import Filter, Reader
from talka.records.rules import Invalid
from tests.factories.records import LMS, NOON, agent, source, statement, stored

pytestmark = pytest.mark.django_db
ALL = Reader(source=0, border=0)


def found(**asked):
    return [row.sequence for row in queries.search(Filter(**asked), reader=ALL).rows]


def test_storing_in_process_joins_the_callers_transaction():
    with transaction.atomic():
        stored(statement(1))
        assert len(found()) == 1
        transaction.set_rollback(True)
    assert found() == []
    stored(statement(1))  # what was learnt in the undone transaction is forgotten: the names are written anew
    assert len(found(agent=f"{LMS} user-1")) == 1


def test_at_stands_for_a_missing_timestamp():
    stored(statement(1))
    assert Statement.objects.get().timestamp == 1772452800 * 1_000_000


def test_storing_twice_is_storing_once():
    made = statement(1, id=str(uuid.UUID(int=1)), timestamp="2026-03-02T12:00:00Z")
    assert stored(made) == stored(made) == [uuid.UUID(int=1)]
    assert len(found()) == 1
    with pytest.raises(actions.Conflict):
        stored({**made, "actor": agent(2)})


def test_what_is_wrong_is_not_stored():
    with pytest.raises(Invalid, match=r"\$\[1\]\.verb\.id"):
        stored(statement(1), statement(2, verb={"id": "x"}))
    with pytest.raises(Invalid, match="not made of JSON values"):
        stored(statement(1, result={"response": object()}))
    assert found() == []


def test_bulk_counts_what_is_new():
    told = []
    made = [statement(n % 7, id=str(uuid.UUID(int=n))) for n in range(1, 251)]
    assert actions.store_bulk(iter(made), at=NOON, progress=told.append, chunk=100) == 250
    assert told == [100, 200, 250]
    assert actions.store_bulk(iter(made), at=NOON) == 0
    assert len(found(limit=500)) == 250


def test_sequence_and_stored_only_grow():
    for n in range(5):
        stored(statement(n), statement(n))
    rows = list(Statement.objects.order_by("sequence").values_list("sequence", "stored"))
    assert sorted({s for s, _t in rows}) == [s for s, _t in rows]
    assert [t for _s, t in rows] == sorted(t for _s, t in rows)


def test_a_number_never_comes_twice_even_after_a_deletion():
    stored(statement(1))
    last = Statement.objects.get().sequence
    actions.delete(agent=agent(1), by=None, at=NOON)
    stored(statement(2))
    assert Statement.objects.get().sequence > last


def test_names_are_written_once():
    stored(statement(1), statement(1), statement(1))
    stored(statement(1))
    assert Term.objects.filter(kind=Term.Kind.AGENT).count() == 1
    assert Definition.objects.count() == 1


def test_definitions_follow_the_latest():
    for name in ("A", "B", "A"):
        stored(statement(1, object={"id": f"{LMS}/u", "definition": {"name": {"en": name}}}))
    assert Definition.objects.get().definition == {"name": {"en": "A"}}


def test_names_erased_by_another_process_are_forgotten():
    stored(statement(1))
    terms._keep({(writing.AGENT, f"{LMS} user-1"): 999_999})  # what this process believes is out of date
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_ledger SET epoch = epoch + 1" if connection.vendor == "sqlite" else "SELECT 1")
    if connection.vendor == "postgresql":
        actions.erasure._bump()
        terms.forget()
    stored(statement(1))
    assert len(found(agent=f"{LMS} user-1")) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_costs_the_same_number_of_queries_however_long(count, django_assert_max_num_queries):
    stored(*[statement(n) for n in range(5)])
    origin = source()
    stored(*[statement(n) for n in range(5)], source=origin)
    with django_assert_max_num_queries(14):
        stored(*[statement(n) for n in range(count)], source=origin)


def test_every_statement_is_found_by_its_source():
    origin = source()
    stored(statement(1), source=origin)
    term = terms.find([(writing.SOURCE, str(origin.pk))])[writing.SOURCE, str(origin.pk)]
    assert Posting.objects.filter(term=term << 1).count() == 1


def test_rows_for_the_lake():
    made = statement(
        1,
        id=str(uuid.UUID(int=5)),
        timestamp="2026-03-02T12:00:00Z",
        verb={"id": "https://w3id.org/xapi/video/verbs/paused"},
        object={"id": f"{LMS}/film", "definition": {"type": "https://w3id.org/xapi/video/activity-type/video"}},
        result={
            "score": {"raw": 3, "min": 1, "max": 5}, "success": True, "duration": "PT1M", "response": "a",
            "extensions": {"https://w3id.org/xapi/video/extensions/time-from": 2, "https://w3id.org/xapi/video/extensions/time-to": 7.5},
        },
        context={"registration": str(uuid.UUID(int=9)), "language": "en", "platform": "LMS",
                 "contextActivities": {"parent": [{"id": f"{LMS}/p"}], "grouping": [{"id": f"{LMS}/g"}]}},
    )  # fmt: skip
    origin = source()
    stored(made, source=origin)
    (row,) = queries.rows_after(0, limit=10)
    named = dict(zip(queries.COLUMNS, row, strict=True))
    assert named | {"sequence": 0, "stored_us": 0} == {
        "sequence": 0, "id": uuid.UUID(int=5).hex, "stored_us": 0, "timestamp_us": 1772452800 * 1_000_000, "actor": f"{LMS} user-1",
        "verb": "https://w3id.org/xapi/video/verbs/paused", "activity": f"{LMS}/film",
        "activity_type": "https://w3id.org/xapi/video/activity-type/video", "object_kind": "Activity", "parent": f"{LMS}/p",
        "grouping": f"{LMS}/g", "registration": str(uuid.UUID(int=9)), "source": origin.pk, "success": True, "completion": None,
        "score": 0.5, "duration_s": 60.0, "response": "a", "position_from": 2.0, "position_to": 7.5, "language": "en", "platform": "LMS",
        "voided": False,
    }  # fmt: skip
    assert queries.safe_sequence() >= row[0]
    assert queries.rows_after(row[0], limit=10) == []
