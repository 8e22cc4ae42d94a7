"""Statements in the formats `ids` and `canonical`, and what a border knows of agents and activities."""

from typing import Any

import orjson

from talka.records import terms
from talka.records.models import AgentName, Definition
from talka.records.queries.statements import Reader
from talka.records.rules import statements as rules
from talka.records.writing import ACTIVITY, AGENT

Json = dict[str, Any]


def shaped(statement: bytes, *, form: str, language: str, reader: Reader) -> bytes:
    """The statement with only what identifies (`ids`), or with one language and the merged definitions (`canonical`)."""
    value = orjson.loads(statement)
    return orjson.dumps(_ids(value) if form == "ids" else _canonical(value, preferred(language), reader))


# ---- ids -----------------------------------------------------------------------------------------------------------------------


def _ids(statement: Json) -> Json:
    made = dict(statement)
    made["actor"] = _agent_id(statement["actor"])
    made["verb"] = {"id": statement["verb"]["id"]}
    made["object"] = _object_id(statement["object"])
    if "context" in statement:
        made["context"] = _context_ids(statement["context"])
    if "authority" in statement:
        made["authority"] = _agent_id(statement["authority"])
    return made


def _agent_id(agent: Json) -> Json:
    kept = {k: v for k, v in agent.items() if k in {"objectType", "mbox", "mbox_sha1sum", "openid", "account"}}
    if "member" in agent and not rules.agent_key(agent):
        kept["member"] = [_agent_id(m) for m in agent["member"]]
    return kept


def _object_id(given: Json) -> Json:
    match given.get("objectType", "Activity"):
        case "Activity":
            return {"id": given["id"]}
        case "Agent" | "Group":
            return _agent_id(given)
        case "SubStatement":
            return _ids(given)
    return given


def _context_ids(context: Json) -> Json:
    made = dict(context)
    for name in ("instructor", "team"):
        if name in made:
            made[name] = _agent_id(made[name])
    if "contextActivities" in made:
        made["contextActivities"] = {
            place: [_object_id(a) for a in (given if isinstance(given, list) else [given])]
            for place, given in made["contextActivities"].items()
        }
    for name, what in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in made:
            made[name] = [{**item, what: _agent_id(item[what])} for item in made[name]]
    return made


# ---- canonical -----------------------------------------------------------------------------------------------------------------


def preferred(header: str) -> list[str]:
    """Language tags of an Accept-Language header, the dearest first."""
    weighed = []
    for n, item in enumerate(header.split(",")):
        tag, _semicolon, rest = item.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            weight = 0.0
        if tag and weight > 0:
            weighed.append((-weight, n, tag.strip().lower()))
    return [tag for _weight, _n, tag in sorted(weighed)]


def choose(texts: dict[str, str], languages: list[str]) -> dict[str, str]:
    """The one entry of a language map that the reader wants most."""
    if len(texts) < 2:
        return texts
    fits = (
        lambda tag, wanted: wanted in {"*", tag},
        lambda tag, wanted: tag.startswith(wanted + "-"),
        lambda tag, wanted: wanted.startswith(tag + "-"),
    )
    for wanted in languages:
        for fit in fits:
            for tag, text in texts.items():
                if fit(tag.lower(), wanted):
                    return {tag: text}
    best = next((t for t in texts if t.lower().startswith("en")), next(iter(texts)))
    return {best: texts[best]}


def _canonical(statement: Json, languages: list[str], reader: Reader) -> Json:
    made = dict(statement)
    verb = dict(statement["verb"])
    if "display" in verb:
        verb["display"] = choose(verb["display"], languages)
    made["verb"] = verb
    made["object"] = _canonical_object(statement["object"], languages, reader)
    if "contextActivities" in statement.get("context", {}):
        places = statement["context"]["contextActivities"]
        made["context"] = {
            **statement["context"],
            "contextActivities": {
                place: [_canonical_object(a, languages, reader) for a in (given if isinstance(given, list) else [given])]
                for place, given in places.items()
            },
        }
    if "attachments" in made:
        made["attachments"] = [
            {k: choose(v, languages) if k in {"display", "description"} else v for k, v in a.items()} for a in made["attachments"]
        ]
    return made


def _canonical_object(given: Json, languages: list[str], reader: Reader) -> Json:
    kind = given.get("objectType", "Activity")
    if kind == "SubStatement":
        return _canonical(given, languages, reader)
    if kind != "Activity":
        return given
    definition = definition_of(given["id"], reader=reader) or given.get("definition")
    return {**given, "definition": one_language(definition, languages)} if definition else given


def one_language(definition: Json, languages: list[str]) -> Json:
    """The definition with one language in each of its maps."""
    made = dict(definition)
    for name in ("name", "description"):
        if name in made:
            made[name] = choose(made[name], languages)
    for name in ("choices", "scale", "source", "target", "steps"):
        if name in made:
            made[name] = [
                {**item, "description": choose(item["description"], languages)} if "description" in item else item for item in made[name]
            ]
    return made


# ---- what a border knows -------------------------------------------------------------------------------------------------------


def definition_of(activity: str, *, reader: Reader) -> Json | None:
    """The merged definition of an activity as the reader's border knows it; the network's readers see all that was told."""
    number = terms.find([(ACTIVITY, activity)]).get((ACTIVITY, activity))
    if number is None:
        return None
    rows = Definition.objects.filter(activity=number).order_by("border")
    if reader.border:
        rows = rows.filter(border=reader.border)
    merged: Json | None = None
    for definition in rows.values_list("definition", flat=True):
        merged = rules.merge_definition(merged, definition)
    return merged


def names_of(agent: str, *, reader: Reader) -> list[str]:
    """Names under which the reader's border knows an agent."""
    number = terms.find([(AGENT, agent)]).get((AGENT, agent))
    rows = AgentName.objects.filter(agent=number or 0).order_by("pk")
    if reader.border:
        rows = rows.filter(border=reader.border)
    return list(dict.fromkeys(rows.values_list("name", flat=True)))
