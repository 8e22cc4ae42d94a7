"""Exact JSON: read without losing a digit, and taken apart without being read twice."""

import json
from typing import Any

import msgspec
import orjson

from talka.records.rules.statements.clauses import DEEPEST, Invalid, Json


class _Doubled(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [k for k, _v in pairs]
        raise _Doubled(next(k for k in names if names.count(k) > 1))
    return made


def _check_unique(raw: bytes) -> None:
    try:
        json.loads(raw, object_pairs_hook=_unique)
    except _Doubled as doubled:
        raise Invalid("$", f"the property {doubled.args[0]!r} stands twice in one object") from None
    except (ValueError, RecursionError) as e:
        raise Invalid("$", "this is not JSON, or nested too deep") from e


def load(raw: bytes) -> Any:
    """The value of minified JSON, exactly. Raises Invalid for anything doubtful: doubled properties, NaN, bad UTF-8, depth."""
    try:
        value = orjson.loads(raw)
    except ValueError as e:
        raise Invalid("$", f"this is not JSON: {e}") from e
    if type(value) is str:
        return value
    if orjson.dumps(value) != raw:
        # Other spellings (\u escapes, 1e2) are right, but hide a doubled property from the comparison: look closely.
        _check_unique(raw)
    if raw.count(b"[") + raw.count(b"{") > DEEPEST:
        _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _depth in range(DEEPEST):
        level = [inner for v in level for inner in (v.values() if isinstance(v, dict) else v) if isinstance(inner, dict | list)]
        if not level:
            return
    raise Invalid("$", f"nested deeper than {DEEPEST} levels")


def minify(raw: bytes) -> bytes:
    """The same JSON without white space; numbers and strings keep their spelling. Raises Invalid."""
    try:
        return msgspec.json.format(raw, indent=-1)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as e:
        raise Invalid("$", f"this is not JSON: {e}" if not isinstance(e, RecursionError) else "nested too deep") from e


STATEMENT = frozenset({"id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments"})
CONTEXT = frozenset({
    "registration", "instructor", "team", "contextActivities", "contextAgents", "contextGroups", "revision", "platform", "language",
    "statement", "extensions",
})  # fmt: skip

split_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_split_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def split(raw: bytes, allowed: frozenset[str], clause: str) -> dict[str, bytes]:
    """The properties of one object as raw bytes, in the order in which they came. Raises Invalid for unknown and doubled ones."""
    try:
        parts = _split_object(raw)
    except msgspec.ValidationError as e:
        what = str(e).split(" - at")[0]
        raise Invalid("$", what[0].lower() + what[1:], clause) from e
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as e:
        raise Invalid("$", "this is not JSON, or nested too deep", clause) from e
    if not parts.keys() <= allowed:
        raise Invalid("$", f"object contains unknown field `{min(parts.keys() - allowed)}`", clause)
    found = {name: bytes(value) for name, value in parts.items()}
    # Two quotes, a colon and a comma for each property: anything longer hides a doubled property or an escaped name.
    if len("".join(found)) + len(b"".join(found.values())) + 4 * len(found) + 1 != len(raw) and found:
        _check_unique(raw)
    return found
