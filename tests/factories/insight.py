"""Rows as the record store hands them to the lake, and a lake in a folder of the test."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from talka.insight.lake import ROW

ADL = "http://adlnet.gov/expapi/verbs/"
VIDEO = "https://w3id.org/xapi/video/verbs/"
COURSE = "http://localhost:8000/id/course/c"
_number = count(1)


def us(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1_000_000)


def row(
    sequence: int,
    at: str,
    actor: str = "ada",
    verb: str = "experienced",
    activity: str = "http://localhost:8000/id/topic/t1",
    **fields: Any,
) -> tuple[Any, ...]:
    """One statement's row; `verb` is short for ADL's."""
    moment = us(at)
    values = dict.fromkeys(ROW.names) | {
        "sequence": sequence,
        "id": f"{sequence:032x}",
        "stored_us": moment,
        "timestamp_us": moment,
        "actor": actor,
        "verb": verb if ":" in verb else ADL + verb,
        "activity": activity,
        "object_kind": "Activity",
        "grouping": COURSE,
        "voided": False,
    }
    return tuple((values | fields).values())


def store(rows: Sequence[tuple[Any, ...]]) -> Callable[..., list[tuple[Any, ...]]]:
    """A reader of these rows by sequence."""

    def rows_after(sequence: int, *, limit: int) -> list[tuple[Any, ...]]:
        return [r for r in rows if r[0] > sequence][:limit]

    return rows_after
