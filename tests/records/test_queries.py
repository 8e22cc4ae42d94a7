"""Every question is answered by an index, on whichever database the suite runs."""

import itertools
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from talka.records import open_writes, queries
from talka.records.models import Statement
from talka.records.queries import Filter, Reader, statements
from tests.factories.records import LMS, source, statement, stored

pytestmark = pytest.mark.django_db
REGISTRATION = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
PARTS = {
    "agent": f"{LMS} user-1",
    "verb": "http://adlnet.gov/expapi/verbs/experienced",
    "activity": f"{LMS}/units/1",
    "registration": REGISTRATION,
}


def plan_of(sql: str, parameters: list) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + sql, parameters)
            return "\n".join(row[3] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows that reading them all would be cheaper
        cursor.execute("EXPLAIN " + sql, parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


COMBINATIONS = [c for n in range(len(PARTS) + 1) for c in itertools.combinations(PARTS, n)]


@pytest.mark.parametrize("names", COMBINATIONS, ids=["+".join(c) or "none" for c in COMBINATIONS])
@pytest.mark.parametrize("related", [False, True])
@pytest.mark.parametrize("ascending", [False, True])
def test_no_table_is_read_through(names, related, ascending):
    stored(*[statement(1, context={"registration": REGISTRATION}) for _n in range(3)])
    asked = Filter(**{n: PARTS[n] for n in names}, related_agents=related, related_activities=related, ascending=ascending)
    for reader in (Reader(0, 0), Reader(1, 0, only_mine=True), Reader(1, 5)):
        conditions = statements._alternatives(asked, reader)
        plan = plan_of(*statements.plan(asked, conditions or [[1]], 0, 2**60))
        for line in plan.splitlines():
            if connection.vendor == "sqlite":
                assert not line.startswith("SCAN") or " m" in line or " a" in line or " f" in line, plan
                assert "records_statement" not in line or "SCAN" not in line, plan
            else:
                assert "Seq Scan" not in line, plan
        if not related and connection.vendor == "sqlite":
            assert "TEMP B-TREE FOR ORDER BY" not in plan, plan


@pytest.mark.parametrize(
    "where", ["stored > %s ORDER BY stored, sequence LIMIT 1", "stored <= %s ORDER BY stored DESC, sequence DESC LIMIT 1"]
)
def test_instants_are_found_by_index(where):
    stored()
    plan = plan_of(f"SELECT sequence FROM records_statement WHERE {where}", [5])
    assert "INDEX" in plan.upper()
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_number_of_queries_however_long(count, django_assert_max_num_queries):
    origin = source()
    stored(*[statement(1) for _n in range(count)], source=origin)
    reader = Reader(origin.pk, 0)
    with django_assert_max_num_queries(4):
        page = queries.search(Filter(agent=PARTS["agent"], verb=PARTS["verb"]), reader=reader)
        assert len([queries.render(row) for row in page.rows]) == count


def test_throughput_is_one_query(django_assert_max_num_queries):
    from django.utils.timezone import now

    from tests.factories.people import operator

    origin = source()
    stored(statement(1), statement(2), source=origin)
    viewer = operator()
    told = queries.throughput(origin, viewer=viewer, at=now())
    assert [n for _start, n in told] == [0, 0, 0, 0, 0, 0, 2]
    with django_assert_max_num_queries(3):
        queries.throughput(origin, viewer=viewer, at=now())


def test_consistent_through_waits_for_whoever_still_writes():
    """What another took its time for may yet appear: until that is over, only what was stored before is promised."""
    stored(statement(1))
    newest = Statement.objects.latest("sequence").stored
    with open_writes.held() if connection.vendor == "sqlite" else another_writer():
        assert queries.consistent_through() == newest


@contextmanager
def another_writer():
    other = connections.create_connection("default")
    try:
        other.ensure_connection()
        with other.connection.transaction():
            other.connection.execute("SELECT first FROM records_allocate(1)")
            yield
    finally:
        other.close()
