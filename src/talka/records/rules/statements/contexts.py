"""Contexts: activities around a statement, people beside its actor, registration, language, platform."""

import json
from collections.abc import Callable
from typing import Any

from talka.records.rules import values
from talka.records.rules.statements.activities import check_activity
from talka.records.rules.statements.agents import Agents, check_agent, related
from talka.records.rules.statements.checks import want, want_extensions, want_iri, want_only, want_reference, want_text
from talka.records.rules.statements.clauses import ACTIVITY, V2, Invalid, Json
from talka.records.rules.statements.exact import CONTEXT, load, split
from talka.records.rules.statements.parts import Part, Statement, part_of

_PLACES = ("parent", "grouping", "category", "other")


def _context_activities(value: object, path: str) -> Part:
    want(value, dict, path, "context")
    v: Json = value  # type: ignore[assignment]
    want_only(v, frozenset(_PLACES), path, "context")
    activities, definitions = [], []
    single = [place for place in v if not isinstance(v[place], list)]
    first: dict[str, str] = {}
    for place in _PLACES:
        if place not in v:
            continue
        given, many = v[place], isinstance(v[place], list)
        for n, activity in enumerate(given if many else [given]):
            iri, definition = check_activity(activity, f"{path}.{place}[{n}]" if many else f"{path}.{place}")
            first.setdefault(place, iri)
            activities.append((iri, False))
            if definition:
                definitions.append((iri, definition))
    return Part(
        activities=tuple(activities),
        definitions=tuple(definitions),
        parent=first.get("parent", ""),
        grouping=first.get("grouping", ""),
        json=json.dumps(listed(v), ensure_ascii=False, separators=(",", ":")).encode() if single else b"",
    )


def listed(places: Json) -> Json:
    return {place: given if isinstance(given, list) else [given] for place, given in places.items()}


def _context_people(value: object, path: str, what: str) -> Part:
    """ContextAgents or contextGroups (2.0): lists of {objectType, agent or group, relevantTypes}."""
    want(value, list, path, "context")
    kind = "contextAgent" if what == "agent" else "contextGroup"
    found: Agents = []
    for n, item in enumerate(value):  # type: ignore[arg-type, var-annotated]
        here = f"{path}[{n}]"
        want(item, dict, here, "context")
        want_only(item, frozenset({"objectType", what, "relevantTypes"}), here, "context")
        if item.get("objectType") != kind:
            raise Invalid(f"{here}.objectType", f"must be {kind}", "context")
        if what not in item:
            raise Invalid(f"{here}.{what}", "is missing", "context")
        inner = item[what]
        want(inner, dict, f"{here}.{what}", "context")
        if what == "group" and inner.get("objectType") != "Group":
            raise Invalid(f"{here}.{what}.objectType", "must be Group", "context")
        found += related(check_agent(inner, f"{here}.{what}", "context", group=what == "group"))
        if "relevantTypes" in item:
            types = item["relevantTypes"]
            want(types, list, f"{here}.relevantTypes", "context")
            if not types:
                raise Invalid(f"{here}.relevantTypes", "must not be empty", "context")
            for m, iri in enumerate(types):
                want_iri(iri, f"{here}.relevantTypes[{m}]", "context")
    return Part(agents=tuple(found))


def _instructor(value: Any, path: str, _version: str) -> Part:
    return Part(agents=tuple(related(check_agent(value, path, "context"))))


def _team(value: Any, path: str, _version: str) -> Part:
    agents = check_agent(value, path, "context")
    if value.get("objectType") != "Group":
        raise Invalid(f"{path}.objectType", "a team must be a Group", "context")
    return Part(agents=tuple(related(agents)))


_CONTEXT_PARTS: dict[str, Callable[[Any, str, str], Part]] = {
    "instructor": _instructor,
    "team": _team,
    "contextActivities": lambda value, path, _version: _context_activities(value, path),
    "contextAgents": lambda value, path, _version: _context_people(value, path, "agent"),
    "contextGroups": lambda value, path, _version: _context_people(value, path, "group"),
}


def _context_single(name: str, value: Any, path: str, *, kind: int) -> bytes | None:
    """One plain property of a context. Answers the key of a registration or referred statement."""
    here = f"{path}.{name}"
    match name:
        case "registration":
            if not values.is_uuid(value):
                raise Invalid(here, "must be a UUID", "context")
            return values.read_uuid(value)
        case "statement":
            return want_reference(value, here, "context")
        case "language":
            if not values.is_language_tag(value):
                raise Invalid(here, "is no language tag (RFC 5646)", "context")
        case "revision" | "platform":
            want_text(value, here, "context")
            if kind != ACTIVITY:
                raise Invalid(here, "belongs only to statements about an activity", "context")
        case "extensions":
            want_extensions(value, here)
    return None


def _only_in_2(name: str, path: str, version: str) -> None:
    if name in {"contextAgents", "contextGroups"} and version != V2:
        raise Invalid(f"{path}.{name}", "is known from version 2.0 on", "context")


def parts_of_context(value: object, path: str, version: str, *, kind: int) -> list[Part]:
    """The context of a SubStatement, parsed already."""
    want(value, dict, path, "context")
    context: Json = value  # type: ignore[assignment]
    want_only(context, CONTEXT, path, "context")
    parts = []
    for name, inner in context.items():
        _only_in_2(name, path, version)
        if name in _CONTEXT_PARTS:
            parts.append(_CONTEXT_PARTS[name](inner, f"{path}.{name}", version))
        else:
            _context_single(name, inner, path, kind=kind)
    return parts


_known: dict[tuple[str, int, bytes], tuple[Any, bytes | None]] = {}
_MOST, _LONGEST = 50_000, 200


def _single(name: str, raw: bytes, kind: int) -> tuple[Any, bytes | None]:
    """(value, key) of one plain property. Registrations, languages and platforms come again and again: those are read once."""
    if name == "extensions":  # hardly ever the same twice
        return None, _context_single(name, load(raw), "$.context", kind=kind)
    known = _known.get((name, kind, raw))
    if known is None:
        value = load(raw)
        known = value, _context_single(name, value, "$.context", kind=kind)
        if len(raw) < _LONGEST:
            if len(_known) >= _MOST:
                _known.clear()
            _known[name, kind, raw] = known
    return known


def take_context(statement: Statement, raw: bytes, version: str) -> bytes:
    """Reads the context into the statement; answers its JSON as it is stored."""
    try:
        found = split(raw, CONTEXT, "context")
    except Invalid as e:
        raise e.under("$.context") from None
    stored = raw
    for name, inner in found.items():
        check = _CONTEXT_PARTS.get(name)
        if check is None:
            value, key = _single(name, inner, statement.object.kind)
            if name == "registration":
                statement.registration = key
            elif name == "language":
                statement.language = value
            elif name == "platform":
                statement.platform = value
            continue
        _only_in_2(name, "$.context", version)
        try:
            part = part_of(name, inner, version, check)
        except Invalid as e:
            raise e.under("$.context") from None
        statement.parts.append(part)
        if part.json:
            stored = b"{%s}" % b",".join(b'"%s":%s' % (n.encode(), part.json if n == name else v) for n, v in found.items())
    return stored
