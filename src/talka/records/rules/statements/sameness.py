"""Whether two statements say the same, and who is named in one."""

from collections.abc import Iterator
from typing import Any

import orjson

from talka.records.rules import values
from talka.records.rules.statements.clauses import Json

_SET_BY_STORE = frozenset({"id", "authority", "stored", "timestamp", "version", "attachments"})


def is_same(one: Json, other: Json) -> bool:
    """Whether two statements of one id say the same (immutability): what the store sets, how things are displayed, definitions,
    and the order of members and context activities do not count (Data 2.3.1).
    """
    return _essence(one) == _essence(other)


def _essence(statement: Json) -> Json:
    return {name: _core(name, value) for name, value in statement.items() if name not in _SET_BY_STORE}


def _core(name: str, value: Any) -> Any:
    if isinstance(value, list):
        inner = [_core(name, v) for v in value]
        return sorted(inner, key=lambda v: orjson.dumps(v, option=orjson.OPT_SORT_KEYS)) if name == "member" else inner
    if not isinstance(value, dict):
        if name == "duration":
            seconds = values.read_duration(value)
            return value if seconds is None else round(seconds, 2)
        return value
    if name == "extensions":
        return value
    if name == "contextActivities":
        return {place: sorted(a["id"] for a in (given if isinstance(given, list) else [given])) for place, given in value.items()}
    kept = {k: _core(k, v) for k, v in value.items() if k not in {"definition", "display", "stored"}}
    if name in {"actor", "object", "member", "instructor", "team"}:
        kept.pop("name", None)
        if kept.get("objectType") in {"Agent", "Activity"} and name != "member":
            kept.pop("objectType")
    return kept


def agents_in(statement: Json) -> Iterator[Json]:
    """Every agent and group object in a statement, at any depth, for those who rewrite them."""
    for name, value in statement.items():
        if name in {"actor", "instructor", "team", "agent", "group", "authority"} and isinstance(value, dict):
            yield value
            yield from (m for m in value.get("member", []) if isinstance(m, dict))
        elif name == "object" and isinstance(value, dict):
            if value.get("objectType") in {"Agent", "Group"}:
                yield value
                yield from (m for m in value.get("member", []) if isinstance(m, dict))
            elif value.get("objectType") == "SubStatement":
                yield from agents_in(value)
        elif name == "context" and isinstance(value, dict):
            yield from agents_in(value)
        elif name in {"contextAgents", "contextGroups"} and isinstance(value, list):
            for item in value:
                yield from agents_in(item)
