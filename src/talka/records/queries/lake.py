"""Statements as rows of plain values, in the order in which they were stored: what the lake takes, exactly once."""

from typing import Any

from django.db import connection

from talka.records import driver, terms
from talka.records.models import Definition
from talka.records.rules import statements as rules
from talka.records.writing.batches import REGISTRATION

COLUMNS = (
    "sequence", "id", "stored_us", "timestamp_us", "actor", "verb", "activity", "activity_type", "object_kind", "parent", "grouping",
    "registration", "source", "success", "completion", "score", "duration_s", "response", "position_from", "position_to", "language",
    "platform", "voided",
)  # fmt: skip

# The mark of our advisory locks: 1963 in the upper bits, the sequence before the writer's first in the lower 44.
_MARK = 1963
_values: dict[int, str] = {}
_MOST = 1_000_000
terms.on_forget(_values.clear)


def open_since(cursor: Any) -> int | None:
    """PostgreSQL: the sequence before the first one of the oldest transaction that still writes; None if none does."""
    cursor.execute(
        "SELECT min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 44) - 1)) FROM pg_locks "
        "WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 12 = %s AND pid <> pg_backend_pid() "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [_MARK],
    )
    found: int | None = cursor.fetchone()[0]
    return found


def safe_sequence() -> int:
    """Every statement up to this sequence is committed, and none will appear below it any more."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # one writer at a time: what is seen is whole
            cursor.execute("SELECT sequence FROM records_statement ORDER BY sequence DESC LIMIT 1")
            row = cursor.fetchone()
            return row[0] if row else 0
        # In this order: who took numbers before the first question holds a lock when the second is asked, or is done.
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM records_sequence")
        last: int = cursor.fetchone()[0]
        first = open_since(cursor)
    return last if first is None else min(last, first)


def stored_after(sequence: int) -> int:
    """How many statements are stored above `sequence`: counted, since numbers are skipped where a transaction was taken back. One index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM records_statement WHERE sequence > %s", [sequence])
        count: int = cursor.fetchone()[0]
    return count


def _texts(numbers: set[int]) -> dict[int, str]:
    missing = [n for n in numbers if n not in _values]
    if len(_values) + len(missing) > _MOST:
        _values.clear()
        missing = list(numbers)
    with driver.errors():
        for pk, kind, value in driver.ask_each("SELECT id, kind, value FROM records_term WHERE id IN (*)", missing):
            _values[pk] = f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}" if kind == REGISTRATION else value
    return _values


def _types(activities: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    keys = list(activities)
    for start in range(0, len(keys), 500):
        rows = Definition.objects.filter(activity__in=keys[start : start + 500]).order_by("border")
        for activity, definition in rows.values_list("activity", "definition"):
            found.setdefault(activity, definition.get("type") or "")
    return found


def rows_after(sequence: int, *, limit: int) -> list[tuple[Any, ...]]:
    """At most `limit` statements stored after `sequence`, oldest first, as tuples in the order of COLUMNS. Times are microseconds.

    `activity` is the object's IRI, agent key or referred statement; `source` is the source's key; `score` lies between -1 and 1.
    Ask only up to `safe_sequence()` to get each exactly once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, id, stored, COALESCE(timestamp, stored), actor, verb, object, object_kind, parent, grouping, registration, "
            "source_id, success, completion, score, duration, response, position_from, position_to, language, platform, voided, refers "
            "FROM records_statement WHERE sequence > %s ORDER BY sequence LIMIT %s",
            [sequence, limit],
        )
        rows = cursor.fetchall()
    wanted = {n for row in rows for n in (*row[4:7], *row[8:11], row[19], row[20]) if n is not None}
    text = _texts(wanted).get
    kind_of = _types({row[6] for row in rows if row[7] == rules.ACTIVITY}).get
    flag = {None: None, 0: False, 1: True}  # SQLite answers 0 and 1, which equal False and True
    kinds = rules.KINDS
    return [
        (
            r[0], bytes(r[1]).hex(), r[2], r[3], text(r[4]), text(r[5]),
            text(r[6]) if r[22] is None else rules.values.write_uuid(r[22]),
            kind_of(r[6]) or None, kinds[r[7]], text(r[8]), text(r[9]), text(r[10]), r[11], flag[r[12]], flag[r[13]],
            r[14], r[15], r[16], r[17], r[18], text(r[19]), text(r[20]), bool(r[21]),
        )
        for r in rows
    ]  # fmt: skip
