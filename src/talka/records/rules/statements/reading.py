"""The whole statement, and the body of a request with one or many."""

from collections.abc import Callable
from typing import Any

import msgspec

from talka.records.rules import values
from talka.records.rules.statements.agents import agent_key, check_agent, read_actor
from talka.records.rules.statements.attachments import check_attachments
from talka.records.rules.statements.checks import want, want_instant
from talka.records.rules.statements.clauses import REFERENCE, V1, V2, Invalid
from talka.records.rules.statements.contexts import take_context
from talka.records.rules.statements.exact import STATEMENT, load, minify, split, split_list
from talka.records.rules.statements.objects import read_object, read_verb
from talka.records.rules.statements.parts import Statement, part_of
from talka.records.rules.statements.results import take_result

_ORDER = tuple(
    (name, b'"%s":' % name.encode()) for name in ("actor", "verb", "object", "result", "context", "timestamp", "version", "attachments")
)


def _string(raw: bytes, path: str, clause: str) -> str:
    value = load(raw)
    want(value, str, path, clause)
    return str(value)


def read(raw: bytes, *, version: str, make_id: Callable[[], bytes]) -> Statement:
    """The statement in these minified bytes, checked whole; `make_id` is asked where it brings no id.

    What the store itself sets (stored, authority) is checked and left out. Raises Invalid.
    """
    found = split(raw, STATEMENT, "format")
    if missing := [name for name in ("actor", "verb", "object") if name not in found]:
        raise Invalid(f"$.{missing[0]}", "is missing", missing[0])
    if b"null" in raw:
        _check_nulls(load(raw), "$")
    statement = Statement(
        id=_id(found.get("id")) or make_id(),
        json=b"",
        version=_version(found.get("version"), version),
        parts=[
            part_of("actor", found["actor"], version, read_actor),
            part_of("verb", found["verb"], version, read_verb),
            part_of("object", found["object"], version, read_object),
        ],
    )
    if "timestamp" in found:
        statement.timestamp = want_instant(load(found["timestamp"]), "$.timestamp", "timestamp", version)
    if "result" in found:
        take_result(statement, found["result"])
    if "context" in found:
        found["context"] = take_context(statement, found["context"], version)
    about = statement.object
    if about.json:
        found["object"] = about.json
    if "attachments" in found:
        statement.attachments = check_attachments(load(found["attachments"]), "$.attachments")
    _check_given(found, version)
    if statement.voids and about.kind != REFERENCE:
        raise Invalid("$.object", "a voiding statement's object must be a StatementRef", "voiding")
    if "version" not in found:
        found["version"] = b'"1.0.0"' if version == V1 else b'"2.0.0"'
    statement.json = b'{"id":"%s",%s}' % (
        values.write_uuid(statement.id).encode(),
        b",".join([head + found[name] for name, head in _ORDER if name in found]),
    )
    return statement


def _check_given(found: dict[str, bytes], version: str) -> None:
    """What the store sets must be right all the same."""
    if "stored" in found:
        want_instant(load(found["stored"]), "$.stored", "stored", version)
    if "authority" in found:
        check_authority(load(found["authority"]))


def read_stored(raw: bytes) -> Statement:
    """A statement that was checked before, of either version."""
    try:
        return read(raw, version=V2, make_id=lambda: b"")
    except Invalid:
        return read(raw, version=V1, make_id=lambda: b"")


def _id(raw: bytes | None) -> bytes | None:
    if raw is None:
        return None
    key = values.read_uuid(_string(raw, "$.id", "id"))
    if key is None:
        raise Invalid("$.id", "must be a UUID", "id")
    return key


def _version(raw: bytes | None, asked: str) -> str:
    if raw is None:
        return asked
    text = _string(raw, "$.version", "version")
    if not values.is_statement_version(text) or (asked == V1 and not text.startswith("1.0")):
        raise Invalid("$.version", "must be a version of the line 1.0" + (" or 2.0" if asked == V2 else ""), "version")
    return asked


def check_authority(value: object) -> None:
    """An agent, or a group of two agents without identifier (a consumer and a user of OAuth). Raises Invalid."""
    agents = check_agent(value, "$.authority", "authority")
    if isinstance(value, dict) and value.get("objectType") == "Group" and (len(agents) != 3 or agent_key(value)):
        raise Invalid("$.authority", "a group as authority has exactly two members and no identifier", "authority")


def _check_nulls(value: Any, path: str) -> None:
    """Null is allowed inside extensions only."""
    if value is None:
        raise Invalid(path, "null is not allowed here", "format")
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "extensions":
                _check_nulls(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            _check_nulls(inner, f"{path}[{n}]")


def read_body(body: bytes, *, version: str, make_id: Callable[[], bytes]) -> tuple[list[Statement], bool]:
    """The statements of a request's body, and whether it was a single one. All are right, or Invalid tells the first that is not."""
    if not body.strip():
        raise Invalid("$", "the body is empty")
    raw = minify(body)
    if raw[:1] != b"[":
        return [read(raw, version=version, make_id=make_id)], True
    try:
        items = split_list(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as e:
        raise Invalid("$", "this is not JSON, or nested too deep") from e
    statements = []
    for n, item in enumerate(items):
        try:
            statements.append(read(bytes(item), version=version, make_id=make_id))
        except Invalid as e:
            raise e.under(f"$[{n}]") from None
    if len({s.id for s in statements}) != len(statements):
        raise Invalid("$", "two statements of this batch have the same id", "id")
    return statements, False
