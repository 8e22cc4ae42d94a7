"""Sources, and statements as other systems send them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from talka.records import actions
from talka.records.models import Source

_number = count(1)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LMS = "https://lms.example.org"


def source(name: str = "", *, cluster=None, **fields) -> Source:
    return actions.make_source(name=name or f"Source {next(_number)}", cluster=cluster, by=None, at=NOON, **fields)


def key(of: Source, *scopes: str) -> actions.Key:
    return actions.add_key(source=of, scopes=scopes or ("all",), by=None, at=NOON)


def agent(n: int = 1) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": LMS, "name": f"user-{n}"}}


def statement(n: int = 1, **fields: Any) -> dict[str, Any]:
    """A small valid statement; `n` chooses its actor and activity."""
    made: dict[str, Any] = {
        "actor": agent(n),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced", "display": {"en": "experienced"}},
        "object": {"objectType": "Activity", "id": f"{LMS}/units/{n}", "definition": {"name": {"en": f"Unit {n}"}}},
    }
    return made | fields


def stored(*statements: dict[str, Any], source: Source | None = None) -> list[UUID]:
    return actions.store(list(statements) or [statement()], source=source, at=NOON)
