"""Checks of one value. Each raises Invalid with the path and the clause that it is given."""

from typing import Any

from talka.records.rules import values
from talka.records.rules.statements.clauses import V2, Invalid, Json


def want(value: object, kind: type, path: str, clause: str) -> None:
    if type(value) is not kind:
        names = {str: "text", dict: "an object", list: "a list", bool: "true or false"}
        raise Invalid(path, f"must be {names[kind]}" if value is not None else "null is not allowed here", clause)


def want_text(value: object, path: str, clause: str) -> None:
    want(value, str, path, clause)
    if "\x00" in value:  # type: ignore[operator]
        raise Invalid(path, "U+0000 cannot be part of a name", clause)


def want_iri(value: object, path: str, clause: str = "types") -> None:
    if not values.is_iri(value):
        raise Invalid(path, "must be an absolute IRI with a scheme", clause)


def want_only(value: Json, allowed: frozenset[str], path: str, clause: str) -> None:
    if not value.keys() <= allowed:
        raise Invalid(f"{path}.{min(value.keys() - allowed)}", "is no property known here", clause)


def want_language_map(value: object, path: str, clause: str) -> None:
    want(value, dict, path, clause)
    for tag, text in value.items():  # type: ignore[attr-defined]
        if not values.is_language_tag(tag):
            raise Invalid(f"{path}.{tag}", "is no language tag (RFC 5646)", "types")
        want(text, str, f"{path}.{tag}", clause)


def want_extensions(value: object, path: str) -> None:
    want(value, dict, path, "types")
    for key in value:  # type: ignore[attr-defined]
        want_iri(key, f"{path}.{key}")


def want_instant(value: object, path: str, clause: str, version: str) -> int:
    us = values.read_instant(value)
    if us is None or (version == V2 and not values.has_offset(str(value))):
        raise Invalid(path, "must be an instant of ISO 8601 (RFC 3339), with an offset that is not -00:00", clause)
    return us


def want_reference(value: Any, path: str, clause: str) -> bytes:
    want(value, dict, path, clause)
    want_only(value, frozenset({"objectType", "id"}), path, clause)
    if value.get("objectType") != "StatementRef":
        raise Invalid(f"{path}.objectType", "must be StatementRef", clause)
    if not values.is_uuid(value.get("id")):
        raise Invalid(f"{path}.id", "must be the UUID of a statement", clause)
    return values.read_uuid(value["id"])  # type: ignore[return-value]
