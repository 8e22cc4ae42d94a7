"""What makes a statement valid: every property of xAPI 1.0.3 and 2.0, with the JSON path and the clause in the error.

A statement is read once, in parts (actor, verb, object, context activities ...). Parts repeat: the same learner, verb and course come
again and again. A part whose bytes were found right before isn't looked at twice; what it says (agents, activities, definitions) is kept with it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
import orjson

from talka.records.rules import values

Json = dict[str, Any]

V1, V2 = "1.0.3", "2.0.0"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
DEEPEST = 60

ACTIVITY, AGENT, GROUP, REFERENCE, SUBSTATEMENT = 1, 2, 3, 4, 5
KINDS = {ACTIVITY: "Activity", AGENT: "Agent", GROUP: "Group", REFERENCE: "StatementRef", SUBSTATEMENT: "SubStatement"}

# Where each rule stands: xAPI 1.0.3 part two (Data), and IEEE 9274.1.1 (2.0).
CLAUSES = {
    "format": ("Data 2.2", "4.2.1"),
    "id": ("Data 2.4.1", "4.2.4.2"),
    "actor": ("Data 2.4.2", "4.2.2.1"),
    "verb": ("Data 2.4.3", "4.2.2.2"),
    "object": ("Data 2.4.4", "4.2.2.3"),
    "result": ("Data 2.4.5", "4.2.2.4"),
    "context": ("Data 2.4.6", "4.2.2.5"),
    "timestamp": ("Data 2.4.7", "4.2.4.2"),
    "stored": ("Data 2.4.8", "4.2.4.2"),
    "authority": ("Data 2.4.9", "4.2.4.2"),
    "version": ("Data 2.4.10", "4.2.4.3"),
    "attachments": ("Data 2.4.11", "4.2.2.6"),
    "voiding": ("Data 2.3.2", "4.2.5"),
    "signature": ("Data 2.6", "4.2.6"),
    "types": ("Data 4", "4.2.7"),
}


class Invalid(Exception):
    """The statement breaks a rule. Knows the JSON path, what is wrong, and the clause of either specification."""

    def __init__(self, path: str, what: str, clause: str = "format") -> None:
        super().__init__(what)
        self.path, self.what, self.clause = path, what, clause

    def __str__(self) -> str:
        one, two = CLAUSES[self.clause]
        return f"{self.path}: {self.what} (xAPI 1.0.3 {one}; 2.0 {two})"

    def under(self, prefix: str) -> "Invalid":
        """The same error with its path below `prefix`."""
        return Invalid(prefix + self.path.removeprefix("$"), self.what, self.clause)


@dataclass(slots=True)
class Part:
    """What a checked part of a statement says.

    `agents`: (key, name or None, is direct); `activities`: (IRI, is direct); `definitions`: (IRI, definition).
    Direct is what a plain filter finds; the rest is found by `related_agents` and `related_activities`.
    `numbers` and `postings` are the store's for these names, filled by the writer once they are committed. `json` is set where the part
    is stored in another form than it came in: one context activity becomes a list of one (Data 2.4.6.2).
    """

    agents: tuple[tuple[str, str | None, bool], ...] = ()
    activities: tuple[tuple[str, bool], ...] = ()
    definitions: tuple[tuple[str, Json], ...] = ()
    main: str = ""
    kind: int = 0
    parent: str = ""
    grouping: str = ""
    target: bytes | None = None
    json: bytes = b""
    postings: tuple[int, ...] | None = None
    numbers: tuple[int, int, int] = (0, 0, 0)


@dataclass(slots=True)
class Statement:
    """A valid statement, ready to be stored: its exact JSON without what the store adds, and the keys by which it is found."""

    id: bytes
    json: bytes
    version: str
    actor: Part
    verb: Part
    object: Part
    others: list[Part] = field(default_factory=list)
    timestamp: int | None = None
    registration: bytes | None = None
    language: str | None = None
    platform: str | None = None
    success: bool | None = None
    completion: bool | None = None
    score: float | None = None
    duration: float | None = None
    response: str | None = None
    position_from: float | None = None
    position_to: float | None = None
    attachments: list[Json] = field(default_factory=list)

    @property
    def voids(self) -> bool:
        return self.verb.main == VOIDED

    @property
    def parts(self) -> list[Part]:
        return [self.actor, self.verb, self.object, *self.others]


# ---- exact JSON ----------------------------------------------------------------------------------------------------------------


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


Raw = msgspec.Raw


class _Statement(msgspec.Struct, forbid_unknown_fields=True):
    id: Raw = Raw()
    actor: Raw = Raw()
    verb: Raw = Raw()
    object: Raw = Raw()
    result: Raw = Raw()
    context: Raw = Raw()
    timestamp: Raw = Raw()
    stored: Raw = Raw()
    authority: Raw = Raw()
    version: Raw = Raw()
    attachments: Raw = Raw()


class _Context(msgspec.Struct, forbid_unknown_fields=True):
    registration: Raw = Raw()
    instructor: Raw = Raw()
    team: Raw = Raw()
    contextActivities: Raw = Raw()  # noqa: N815  # the specification's name
    contextAgents: Raw = Raw()  # noqa: N815
    contextGroups: Raw = Raw()  # noqa: N815
    revision: Raw = Raw()
    platform: Raw = Raw()
    language: Raw = Raw()
    statement: Raw = Raw()
    extensions: Raw = Raw()


_read_list = msgspec.json.Decoder(list[Raw]).decode
_read_statement = msgspec.json.Decoder(_Statement).decode
_read_context = msgspec.json.Decoder(_Context).decode


def _split(raw: bytes, read: Callable[[bytes], Any], clause: str) -> dict[str, bytes]:
    """The properties of one object as raw bytes. Raises Invalid for unknown and doubled ones."""
    try:
        parts = read(raw)
    except msgspec.ValidationError as e:
        what = str(e).split(" - at")[0]
        raise Invalid("$", what[0].lower() + what[1:], clause) from e
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as e:
        raise Invalid("$", "this is not JSON, or nested too deep", clause) from e
    found = {name: bytes(value) for name, value in zip(parts.__struct_fields__, msgspec.structs.astuple(parts), strict=True) if value}
    # Two quotes, a colon and a comma for each property: anything longer hides a doubled property or an escaped name.
    if sum(map(len, found)) + sum(map(len, found.values())) + 4 * len(found) + 1 != len(raw) and found:
        _check_unique(raw)
    return found


# ---- checks of one value -------------------------------------------------------------------------------------------------------


def _want(value: object, kind: type, path: str, clause: str) -> None:
    if type(value) is not kind:
        names = {str: "text", dict: "an object", list: "a list", bool: "true or false"}
        raise Invalid(path, f"must be {names[kind]}" if value is not None else "null is not allowed here", clause)


def _text(value: object, path: str, clause: str) -> None:
    _want(value, str, path, clause)
    if "\x00" in value:  # type: ignore[operator]
        raise Invalid(path, "U+0000 cannot be part of a name", clause)


def _iri(value: object, path: str, clause: str = "types") -> None:
    if not values.is_iri(value):
        raise Invalid(path, "must be an absolute IRI with a scheme", clause)


def _only(value: Json, allowed: frozenset[str], path: str, clause: str) -> None:
    if not value.keys() <= allowed:
        raise Invalid(f"{path}.{min(value.keys() - allowed)}", "is no property known here", clause)


def _language_map(value: object, path: str, clause: str) -> None:
    _want(value, dict, path, clause)
    for tag, text in value.items():  # type: ignore[attr-defined]
        if not values.is_language_tag(tag):
            raise Invalid(f"{path}.{tag}", "is no language tag (RFC 5646)", "types")
        _want(text, str, f"{path}.{tag}", clause)


def _extensions(value: object, path: str) -> None:
    _want(value, dict, path, "types")
    for key in value:  # type: ignore[attr-defined]
        _iri(key, f"{path}.{key}")


def _instant(value: object, path: str, clause: str, version: str) -> int:
    us = values.read_instant(value)
    if us is None or (version == V2 and not values.has_offset(str(value))):
        raise Invalid(path, "must be an instant of ISO 8601 (RFC 3339), with an offset that is not -00:00", clause)
    return us


# ---- agents --------------------------------------------------------------------------------------------------------------------

_IFIS = ("mbox", "mbox_sha1sum", "openid", "account")
_AGENT = frozenset({"objectType", "name", *_IFIS})
_GROUP = _AGENT | {"member"}
_ACCOUNT = frozenset({"homePage", "name"})

Agents = list[tuple[str, str | None, bool]]


def agent_key(agent: Json) -> str:
    """The text by which the store knows an agent or identified group: mailto:…, `sha1 …`, `openid …` or `homePage name`; "" if it has none.

    An IRI holds no space, so the first space parts home page and name without doubt.
    """
    if "mbox" in agent:
        return str(agent["mbox"])
    if "account" in agent:
        return f"{agent['account']['homePage']} {agent['account']['name']}"
    if "mbox_sha1sum" in agent:
        return f"sha1 {agent['mbox_sha1sum'].lower()}"
    if "openid" in agent:
        return f"openid {agent['openid']}"
    return ""


def identity(key: str) -> Json:
    """The inverse of `agent_key` for one that has an identifier."""
    if key.startswith("sha1 "):
        return {"mbox_sha1sum": key[5:]}
    if key.startswith("openid "):
        return {"openid": key[7:]}
    home, space, name = key.partition(" ")
    return {"account": {"homePage": home, "name": name}} if space else {"mbox": key}


def _ifi(agent: Json, path: str, clause: str) -> None:
    for name in _IFIS:
        if name not in agent:
            continue
        value, here = agent[name], f"{path}.{name}"
        if name == "mbox" and not values.is_mbox(value):
            raise Invalid(here, "must be mailto: and an e-mail address", clause)
        if name == "mbox_sha1sum" and not values.is_sha1(value):
            raise Invalid(here, "must be 40 hexadecimal digits", clause)
        if name == "openid":
            _iri(value, here, clause)
        if name == "account":
            _want(value, dict, here, clause)
            _only(value, _ACCOUNT, here, clause)
            if "homePage" not in value or "name" not in value:
                raise Invalid(here, "an account needs homePage and name", clause)
            _iri(value["homePage"], f"{here}.homePage", clause)
            _text(value["name"], f"{here}.name", clause)


def check_agent(agent: object, path: str, clause: str = "actor", *, group: bool = True) -> Agents:
    """Checks an agent or (if `group`) a group; answers the agents it names. Raises Invalid."""
    _want(agent, dict, path, clause)
    a: Json = agent  # type: ignore[assignment]
    kind = a.get("objectType", "Agent")
    if kind not in ("Agent", "Group") or (kind == "Group" and not group):
        raise Invalid(f"{path}.objectType", "must be Agent" + (" or Group" if group else ""), clause)
    is_group = kind == "Group"
    _only(a, _GROUP if is_group else _AGENT, path, clause)
    if "name" in a:
        _text(a["name"], f"{path}.name", clause)
    identifiers = sum(name in a for name in _IFIS)
    if identifiers > 1:
        raise Invalid(path, "must have one identifier (mbox, mbox_sha1sum, openid or account), not several", clause)
    if not identifiers and not (is_group and "member" in a):
        raise Invalid(path, "needs an identifier (mbox, mbox_sha1sum, openid or account)" + (" or members" if is_group else ""), clause)
    _ifi(a, path, clause)
    found: Agents = []
    if is_group and "member" in a:
        _want(a["member"], list, f"{path}.member", clause)
        if not a["member"] and not identifiers:
            raise Invalid(f"{path}.member", "a group without identifier needs members", clause)
        for n, member in enumerate(a["member"]):
            found += check_agent(member, f"{path}.member[{n}]", clause, group=False)
    key = agent_key(a) or "group " + blake2b(" ".join(sorted(k for k, _n, _d in found)).encode(), digest_size=16).hexdigest()
    return [(key, a.get("name"), True), *found]


def _related(agents: Agents) -> Agents:
    return [(key, name, False) for key, name, _direct in agents]


# ---- activities ----------------------------------------------------------------------------------------------------------------

_ACTIVITY = frozenset({"objectType", "id", "definition"})
_INTERACTIONS: dict[str, tuple[str, ...]] = {
    "true-false": (),
    "choice": ("choices",),
    "fill-in": (),
    "long-fill-in": (),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "numeric": (),
    "other": (),
}
_COMPONENTS = ("choices", "scale", "source", "target", "steps")
_DEFINITION = frozenset(
    {"name", "description", "type", "moreInfo", "extensions", "interactionType", "correctResponsesPattern", *_COMPONENTS}
)
_COMPONENT = frozenset({"id", "description"})


def check_definition(definition: object, path: str) -> Json:
    """Checks the definition of an activity and answers it. Raises Invalid."""
    _want(definition, dict, path, "object")
    d: Json = definition  # type: ignore[assignment]
    _only(d, _DEFINITION, path, "object")
    for name in ("name", "description"):
        if name in d:
            _language_map(d[name], f"{path}.{name}", "object")
    for name in ("type", "moreInfo"):
        if name in d:
            _iri(d[name], f"{path}.{name}", "object")
    if "extensions" in d:
        _extensions(d["extensions"], f"{path}.extensions")
    kind = d.get("interactionType")
    if "interactionType" in d and (not isinstance(kind, str) or kind not in _INTERACTIONS):
        raise Invalid(f"{path}.interactionType", f"must be one of {', '.join(_INTERACTIONS)}", "object")
    _interaction(d, kind, path)
    return d


def _interaction(d: Json, kind: str | None, path: str) -> None:
    if "correctResponsesPattern" in d:
        _want(d["correctResponsesPattern"], list, f"{path}.correctResponsesPattern", "object")
        for n, pattern in enumerate(d["correctResponsesPattern"]):
            _want(pattern, str, f"{path}.correctResponsesPattern[{n}]", "object")
    if kind is None and (extra := [c for c in ("correctResponsesPattern", *_COMPONENTS) if c in d]):
        raise Invalid(f"{path}.{extra[0]}", "needs an interactionType", "object")
    for name in _COMPONENTS:
        if name in d:
            if kind is not None and name not in _INTERACTIONS[kind]:
                raise Invalid(f"{path}.{name}", f"does not belong to the interaction {kind}", "object")
            _components(d[name], f"{path}.{name}")


def _components(items: object, path: str) -> None:
    _want(items, list, path, "object")
    seen = set()
    for n, item in enumerate(items):  # type: ignore[arg-type, var-annotated]
        here = f"{path}[{n}]"
        _want(item, dict, here, "object")
        _only(item, _COMPONENT, here, "object")
        _want(item.get("id"), str, f"{here}.id", "object")
        if item["id"] in seen:
            raise Invalid(f"{here}.id", "stands twice in this list", "object")
        seen.add(item["id"])
        if "description" in item:
            _language_map(item["description"], f"{here}.description", "object")


def check_activity(activity: object, path: str) -> tuple[str, Json | None]:
    """Checks an activity; answers its IRI and definition. Raises Invalid."""
    _want(activity, dict, path, "object")
    a: Json = activity  # type: ignore[assignment]
    if a.get("objectType", "Activity") != "Activity":
        raise Invalid(f"{path}.objectType", "must be Activity", "object")
    _only(a, _ACTIVITY, path, "object")
    if "id" not in a:
        raise Invalid(f"{path}.id", "an activity needs an id", "object")
    _iri(a["id"], f"{path}.id", "object")
    return a["id"], check_definition(a["definition"], f"{path}.definition") if "definition" in a else None


_PLACES = ("parent", "grouping", "category", "other")


def _context_activities(value: object, path: str) -> Part:
    _want(value, dict, path, "context")
    v: Json = value  # type: ignore[assignment]
    _only(v, frozenset(_PLACES), path, "context")
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
        json=json.dumps(_listed(v), ensure_ascii=False, separators=(",", ":")).encode() if single else b"",
    )


def _listed(places: Json) -> Json:
    return {place: given if isinstance(given, list) else [given] for place, given in places.items()}


# ---- parts and their memory ----------------------------------------------------------------------------------------------------

_MOST_PARTS, _LONGEST_PART = 100_000, 8_192
_known: dict[tuple[str, str, bytes], Part] = {}


def forget() -> None:
    """Drops every part that was seen, with the store's numbers for it."""
    _known.clear()


def _part(name: str, raw: bytes, version: str, check: Callable[[Any, str, str], Part]) -> Part:
    key = (name, version, raw)
    part = _known.get(key)
    if part is None:
        part = check(load(raw), f"$.{name}", version)
        if len(raw) <= _LONGEST_PART:
            if len(_known) >= _MOST_PARTS:
                _known.clear()
            _known[key] = part
    return part


def _actor(value: Any, path: str, _version: str) -> Part:
    agents = check_agent(value, path)
    return Part(agents=tuple(agents), main=agents[0][0], kind=GROUP if value.get("objectType") == "Group" else AGENT)


_VERB = frozenset({"id", "display"})


def _verb(value: Any, path: str, _version: str) -> Part:
    _want(value, dict, path, "verb")
    _only(value, _VERB, path, "verb")
    _iri(value.get("id"), f"{path}.id", "verb")
    if "display" in value:
        _language_map(value["display"], f"{path}.display", "verb")
    return Part(main=value["id"])


def _reference(value: Any, path: str, clause: str) -> bytes:
    _want(value, dict, path, clause)
    _only(value, frozenset({"objectType", "id"}), path, clause)
    if value.get("objectType") != "StatementRef":
        raise Invalid(f"{path}.objectType", "must be StatementRef", clause)
    if not values.is_uuid(value.get("id")):
        raise Invalid(f"{path}.id", "must be the UUID of a statement", clause)
    return values.read_uuid(value["id"])  # type: ignore[return-value]


_SUBSTATEMENT = frozenset({"objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"})


def _object(value: Any, path: str, version: str) -> Part:
    _want(value, dict, path, "object")
    match value.get("objectType", "Activity"):
        case "Activity":
            iri, definition = check_activity(value, path)
            return Part(activities=((iri, True),), definitions=((iri, definition),) if definition else (), main=iri, kind=ACTIVITY)
        case "Agent" | "Group":
            agents = check_agent(value, path, "object")
            return Part(agents=tuple(agents), main=agents[0][0], kind=GROUP if value["objectType"] == "Group" else AGENT)
        case "StatementRef":
            target = _reference(value, path, "object")
            return Part(kind=REFERENCE, main=values.write_uuid(target), target=target)
        case "SubStatement":
            return _sub_statement(value, path, version)
        case _:
            raise Invalid(f"{path}.objectType", f"must be one of {', '.join(KINDS.values())}", "object")


def _sub_statement(value: Json, path: str, version: str) -> Part:
    _only(value, _SUBSTATEMENT, path, "object")
    for name in ("actor", "verb", "object"):
        if name not in value:
            raise Invalid(f"{path}.{name}", "is missing", "object")
    inner = value["object"]
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        raise Invalid(f"{path}.object.objectType", "a SubStatement holds no SubStatement", "object")
    parts = [_actor(value["actor"], f"{path}.actor", version), _object(inner, f"{path}.object", version)]
    verb = _verb(value["verb"], f"{path}.verb", version)
    if verb.main == VOIDED:
        raise Invalid(f"{path}.verb.id", "a SubStatement voids nothing", "voiding")
    if "result" in value:
        _result(value["result"], f"{path}.result")
    if "context" in value:
        parts += _context_of(value["context"], f"{path}.context", version, kind=parts[1].kind)
    if "timestamp" in value:
        _instant(value["timestamp"], f"{path}.timestamp", "timestamp", version)
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
    return {**statement, "context": {**context, "contextActivities": _listed(context["contextActivities"])}}


# ---- result, context, attachments ----------------------------------------------------------------------------------------------

_RESULT = frozenset({"score", "success", "completion", "response", "duration", "extensions"})
_SCORE = frozenset({"scaled", "raw", "min", "max"})


def _number(value: object, path: str) -> None:
    if type(value) not in {int, float}:
        raise Invalid(path, "must be a number", "result")


def _score(score: Any, here: str) -> None:
    _want(score, dict, here, "result")
    _only(score, _SCORE, here, "result")
    for name, number in score.items():
        _number(number, f"{here}.{name}")
    if "scaled" in score and not -1 <= score["scaled"] <= 1:
        raise Invalid(f"{here}.scaled", "must lie between -1 and 1", "result")
    low, high = score.get("min"), score.get("max")
    if low is not None and high is not None and low >= high:
        raise Invalid(f"{here}.min", "must be less than max", "result")
    if "raw" in score and ((low is not None and score["raw"] < low) or (high is not None and score["raw"] > high)):
        raise Invalid(f"{here}.raw", "must lie between min and max", "result")


def _result(value: Any, path: str) -> None:
    _want(value, dict, path, "result")
    _only(value, _RESULT, path, "result")
    if "score" in value:
        _score(value["score"], f"{path}.score")
    for name in ("success", "completion"):
        if name in value:
            _want(value[name], bool, f"{path}.{name}", "result")
    if "response" in value:
        _want(value["response"], str, f"{path}.response", "result")
    if "duration" in value and values.read_duration(value["duration"]) is None:
        raise Invalid(f"{path}.duration", "must be a duration of ISO 8601", "result")
    if "extensions" in value:
        _extensions(value["extensions"], f"{path}.extensions")


_ATTACHMENT = frozenset({"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"})


def check_attachments(value: object, path: str) -> list[Json]:
    """Checks the list of attachments and answers it. Raises Invalid."""
    _want(value, list, path, "attachments")
    items: list[Json] = value  # type: ignore[assignment]
    for n, item in enumerate(items):
        here = f"{path}[{n}]"
        _want(item, dict, here, "attachments")
        _only(item, _ATTACHMENT, here, "attachments")
        for name in ("usageType", "display", "contentType", "length", "sha2"):
            if name not in item:
                raise Invalid(f"{here}.{name}", "is missing", "attachments")
        _iri(item["usageType"], f"{here}.usageType", "attachments")
        _language_map(item["display"], f"{here}.display", "attachments")
        if "description" in item:
            _language_map(item["description"], f"{here}.description", "attachments")
        if not values.is_media_type(item["contentType"]):
            raise Invalid(f"{here}.contentType", "must be a media type (RFC 2046)", "attachments")
        if type(item["length"]) is not int or item["length"] < 0:
            raise Invalid(f"{here}.length", "must be a whole number of bytes", "attachments")
        if not values.is_sha2(item["sha2"]):
            raise Invalid(f"{here}.sha2", "must be a SHA-2 hash in hexadecimal digits", "attachments")
        if "fileUrl" in item:
            _iri(item["fileUrl"], f"{here}.fileUrl", "attachments")
    return items


_MANY_AGENTS = frozenset({"objectType", "agent", "group", "relevantTypes"})


def _context_people(value: object, path: str, what: str) -> Part:
    """ContextAgents or contextGroups (2.0): lists of {objectType, agent or group, relevantTypes}."""
    _want(value, list, path, "context")
    kind = "contextAgent" if what == "agent" else "contextGroup"
    found: Agents = []
    for n, item in enumerate(value):  # type: ignore[arg-type, var-annotated]
        here = f"{path}[{n}]"
        _want(item, dict, here, "context")
        _only(item, frozenset({"objectType", what, "relevantTypes"}), here, "context")
        if item.get("objectType") != kind:
            raise Invalid(f"{here}.objectType", f"must be {kind}", "context")
        if what not in item:
            raise Invalid(f"{here}.{what}", "is missing", "context")
        inner = item[what]
        _want(inner, dict, f"{here}.{what}", "context")
        if what == "group" and inner.get("objectType") != "Group":
            raise Invalid(f"{here}.{what}.objectType", "must be Group", "context")
        found += _related(check_agent(inner, f"{here}.{what}", "context", group=what == "group"))
        if "relevantTypes" in item:
            types = item["relevantTypes"]
            _want(types, list, f"{here}.relevantTypes", "context")
            if not types:
                raise Invalid(f"{here}.relevantTypes", "must not be empty", "context")
            for m, iri in enumerate(types):
                _iri(iri, f"{here}.relevantTypes[{m}]", "context")
    return Part(agents=tuple(found))


def _instructor(value: Any, path: str, _version: str) -> Part:
    return Part(agents=tuple(_related(check_agent(value, path, "context"))))


def _team(value: Any, path: str, _version: str) -> Part:
    agents = check_agent(value, path, "context")
    if value.get("objectType") != "Group":
        raise Invalid(f"{path}.objectType", "a team must be a Group", "context")
    return Part(agents=tuple(_related(agents)))


_CONTEXT_PARTS: dict[str, Callable[[Any, str, str], Part]] = {
    "instructor": _instructor,
    "team": _team,
    "contextActivities": lambda value, path, _version: _context_activities(value, path),
    "contextAgents": lambda value, path, _version: _context_people(value, path, "agent"),
    "contextGroups": lambda value, path, _version: _context_people(value, path, "group"),
}
_CONTEXT = frozenset(_Context.__struct_fields__)


def _context_single(name: str, value: Any, path: str, *, kind: int) -> bytes | None:
    """One plain property of a context. Answers the key of a registration or referred statement."""
    here = f"{path}.{name}"
    match name:
        case "registration":
            if not values.is_uuid(value):
                raise Invalid(here, "must be a UUID", "context")
            return values.read_uuid(value)
        case "statement":
            return _reference(value, here, "context")
        case "language":
            if not values.is_language_tag(value):
                raise Invalid(here, "is no language tag (RFC 5646)", "context")
        case "revision" | "platform":
            _text(value, here, "context")
            if kind != ACTIVITY:
                raise Invalid(here, "belongs only to statements about an activity", "context")
        case "extensions":
            _extensions(value, here)
    return None


def _only_in_2(name: str, path: str, version: str) -> None:
    if name in {"contextAgents", "contextGroups"} and version != V2:
        raise Invalid(f"{path}.{name}", "is known from version 2.0 on", "context")


def _context_of(value: object, path: str, version: str, *, kind: int) -> list[Part]:
    """The context of a SubStatement, parsed already."""
    _want(value, dict, path, "context")
    context: Json = value  # type: ignore[assignment]
    _only(context, _CONTEXT, path, "context")
    parts = []
    for name, inner in context.items():
        _only_in_2(name, path, version)
        if name in _CONTEXT_PARTS:
            parts.append(_CONTEXT_PARTS[name](inner, f"{path}.{name}", version))
        else:
            _context_single(name, inner, path, kind=kind)
    return parts


def _take_context(statement: Statement, raw: bytes, version: str) -> bytes:
    """Reads the context into the statement; answers its JSON as it is stored."""
    try:
        found = _split(raw, _read_context, "context")
    except Invalid as e:
        raise e.under("$.context") from None
    for name, inner in list(found.items()):
        _only_in_2(name, "$.context", version)
        if name in _CONTEXT_PARTS:
            try:
                part = _part(name, inner, version, _CONTEXT_PARTS[name])
            except Invalid as e:
                raise e.under("$.context") from None
            statement.others.append(part)
            found[name] = part.json or inner
            continue
        value = load(inner)
        key = _context_single(name, value, "$.context", kind=statement.object.kind)
        if name == "registration":
            statement.registration = key
        elif name == "language":
            statement.language = value
        elif name == "platform":
            statement.platform = value
    return b"{%s}" % b",".join(b'"%s":%s' % (name.encode(), inner) for name, inner in found.items())


_TIME_FROM = "https://w3id.org/xapi/video/extensions/time-from"
_TIME_TO = "https://w3id.org/xapi/video/extensions/time-to"
_TIME = "https://w3id.org/xapi/video/extensions/time"


def _take_result(statement: Statement, raw: bytes) -> None:
    value = load(raw)
    _result(value, "$.result")
    statement.success, statement.completion = value.get("success"), value.get("completion")
    statement.response = value.get("response")
    score = value.get("score", {})
    statement.score = _share(score)
    if "duration" in value:
        statement.duration = values.read_duration(value["duration"])
    extensions = value.get("extensions", {})
    if _TIME_FROM in extensions or _TIME_TO in extensions or _TIME in extensions:
        start, end = extensions.get(_TIME_FROM), extensions.get(_TIME_TO, extensions.get(_TIME))
        statement.position_from = float(start) if type(start) in {int, float} else None
        statement.position_to = float(end) if type(end) in {int, float} else None


def _share(score: Json) -> float | None:
    """The score on the scale from -1 to 1: as given, or worked out from raw, min and max."""
    if "scaled" in score:
        return float(score["scaled"])
    if "raw" in score and "max" in score:
        low = score.get("min", 0)
        return (score["raw"] - low) / (score["max"] - low) if score["max"] > low else None
    return None


# ---- the whole statement -------------------------------------------------------------------------------------------------------

_ORDER = ("actor", "verb", "object", "result", "context", "timestamp", "version", "attachments")


def _string(raw: bytes, path: str, clause: str) -> str:
    value = load(raw)
    _want(value, str, path, clause)
    return str(value)


def read(raw: bytes, *, version: str, make_id: Callable[[], bytes]) -> Statement:
    """The statement in these minified bytes, checked whole; `make_id` is asked where it brings no id.

    What the store itself sets (stored, authority) is checked and left out. Raises Invalid.
    """
    found = _split(raw, _read_statement, "format")
    if missing := [name for name in ("actor", "verb", "object") if name not in found]:
        raise Invalid(f"$.{missing[0]}", "is missing", missing[0])
    if b"null" in raw:
        _check_nulls(load(raw), "$")
    statement = Statement(
        id=_id(found.get("id")) or make_id(),
        json=b"",
        version=_version(found.get("version"), version),
        actor=_part("actor", found["actor"], version, _actor),
        verb=_part("verb", found["verb"], version, _verb),
        object=_part("object", found["object"], version, _object),
    )
    if "timestamp" in found:
        statement.timestamp = _instant(load(found["timestamp"]), "$.timestamp", "timestamp", version)
    if "result" in found:
        _take_result(statement, found["result"])
    if "context" in found:
        found["context"] = _take_context(statement, found["context"], version)
    if statement.object.json:
        found["object"] = statement.object.json
    if "attachments" in found:
        statement.attachments = check_attachments(load(found["attachments"]), "$.attachments")
    _check_given(found, version)
    if statement.voids and statement.object.kind != REFERENCE:
        raise Invalid("$.object", "a voiding statement's object must be a StatementRef", "voiding")
    if "version" not in found:
        found["version"] = b'"1.0.0"' if version == V1 else b'"2.0.0"'
    fields = b",".join(b'"%s":%s' % (name.encode(), found[name]) for name in _ORDER if name in found)
    statement.json = b'{"id":"%s",%s}' % (values.write_uuid(statement.id).encode(), fields)
    return statement


def _check_given(found: dict[str, bytes], version: str) -> None:
    """What the store sets must be right all the same."""
    if "stored" in found:
        _instant(load(found["stored"]), "$.stored", "stored", version)
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
        items = _read_list(raw)
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


# ---- the same or another -------------------------------------------------------------------------------------------------------

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


def merge_definition(known: Json | None, new: Json) -> Json:
    """One definition out of two: language maps and extensions grow, the rest is replaced by the newer."""
    merged = dict(known or {})
    for name, value in new.items():
        old = merged.get(name)
        grows = name in {"name", "description", "extensions"} and isinstance(old, dict)
        merged[name] = {**old, **value} if grows and isinstance(old, dict) else value
    return merged


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
