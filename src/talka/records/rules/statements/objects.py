"""What a statement is about: an activity, an agent, another statement, or a SubStatement; and its verb."""

import json
from typing import Any

from talka.records.rules import values
from talka.records.rules.statements.activities import check_activity
from talka.records.rules.statements.agents import check_agent, read_actor
from talka.records.rules.statements.attachments import check_attachments
from talka.records.rules.statements.checks import want, want_instant, want_iri, want_language_map, want_only, want_reference
from talka.records.rules.statements.clauses import ACTIVITY, AGENT, GROUP, KINDS, REFERENCE, SUBSTATEMENT, VOIDED, Invalid, Json
from talka.records.rules.statements.contexts import listed, parts_of_context
from talka.records.rules.statements.parts import Part
from talka.records.rules.statements.results import check_result

_VERB = frozenset({"id", "display"})


def read_verb(value: Any, path: str, _version: str) -> Part:
    want(value, dict, path, "verb")
    want_only(value, _VERB, path, "verb")
    want_iri(value.get("id"), f"{path}.id", "verb")
    if "display" in value:
        want_language_map(value["display"], f"{path}.display", "verb")
    return Part(main=value["id"])


_SUBSTATEMENT = frozenset({"objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"})


def read_object(value: Any, path: str, version: str) -> Part:
    want(value, dict, path, "object")
    match value.get("objectType", "Activity"):
        case "Activity":
            iri, definition = check_activity(value, path)
            return Part(activities=((iri, True),), definitions=((iri, definition),) if definition else (), main=iri, kind=ACTIVITY)
        case "Agent" | "Group":
            agents = check_agent(value, path, "object")
            return Part(agents=tuple(agents), main=agents[0][0], kind=GROUP if value["objectType"] == "Group" else AGENT)
        case "StatementRef":
            target = want_reference(value, path, "object")
            return Part(kind=REFERENCE, main=values.write_uuid(target), target=target)
        case "SubStatement":
            return _sub_statement(value, path, version)
        case _:
            raise Invalid(f"{path}.objectType", f"must be one of {', '.join(KINDS.values())}", "object")


def _sub_statement(value: Json, path: str, version: str) -> Part:
    want_only(value, _SUBSTATEMENT, path, "object")
    for name in ("actor", "verb", "object"):
        if name not in value:
            raise Invalid(f"{path}.{name}", "is missing", "object")
    inner = value["object"]
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        raise Invalid(f"{path}.object.objectType", "a SubStatement holds no SubStatement", "object")
    parts = [read_actor(value["actor"], f"{path}.actor", version), read_object(inner, f"{path}.object", version)]
    verb = read_verb(value["verb"], f"{path}.verb", version)
    if verb.main == VOIDED:
        raise Invalid(f"{path}.verb.id", "a SubStatement voids nothing", "voiding")
    if "result" in value:
        check_result(value["result"], f"{path}.result")
    if "context" in value:
        parts += parts_of_context(value["context"], f"{path}.context", version, kind=parts[1].kind)
    if "timestamp" in value:
        want_instant(value["timestamp"], f"{path}.timestamp", "timestamp", version)
    if "attachments" in value:
        check_attachments(value["attachments"], f"{path}.attachments")
    return Part(
        kind=SUBSTATEMENT,
        agents=tuple((key, name, False) for p in parts for key, name, _d in p.agents),
        activities=tuple((iri, False) for p in parts for iri, _d in p.activities),
        definitions=tuple(d for p in parts for d in p.definitions),
        json=json.dumps(_with_lists(value), ensure_ascii=False, separators=(",", ":")).encode() if any(p.json for p in parts) else b"",
    )


def _with_lists(statement: Json) -> Json:
    context = statement["context"]
    return {**statement, "context": {**context, "contextActivities": listed(context["contextActivities"])}}
