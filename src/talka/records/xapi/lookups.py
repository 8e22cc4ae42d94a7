"""The resources About, Agents and Activities."""

import orjson

from talka.records.queries import formats
from talka.records.rules import identity, values
from talka.records.rules.statements import V1, V2
from talka.records.xapi.exchange import Answer, Refused, Request
from talka.records.xapi.gate import Caller
from talka.records.xapi.statements import read_agent

_LISTS = {"mbox": "mbox", "mbox_sha1sum": "mbox_sha1sum", "openid": "openid", "account": "account"}


def about() -> Answer:
    """Which versions are spoken here; open to all."""
    return Answer(200, orjson.dumps({"version": ["1.0.0", "1.0.1", "1.0.2", V1, V2], "extensions": {}}))


def person(request: Request, caller: Caller) -> Answer:
    """The agent asked for as a Person, with the names under which it came."""
    reader = caller.reader()
    asked = request.only(frozenset({"agent"}))
    if "agent" not in asked:
        raise Refused(400, "The parameter agent is missing.")
    key = read_agent(asked["agent"], group=False)
    if caller.bound is not None and key != caller.bound.agent:
        raise Refused(403, "This token belongs to another actor.")
    made: dict[str, object] = {"objectType": "Person"}
    given = orjson.loads(asked["agent"])
    names = formats.names_of(key, reader=reader)
    if "name" in given and given["name"] not in names:
        names.append(given["name"])
    if names:
        made["name"] = names
    made |= {_LISTS[name]: [value] for name, value in identity(key).items()}
    return Answer(200, orjson.dumps(made))


def activity(request: Request, caller: Caller) -> Answer:
    """The activity asked for with its merged definition; one never heard of is answered bare."""
    reader = caller.reader()
    iri = request.only(frozenset({"activityId"})).get("activityId")
    if iri is None or not values.is_iri(iri):
        raise Refused(400, "The parameter activityId must be an IRI.")
    made = {"objectType": "Activity", "id": iri}
    definition = formats.definition_of(iri, reader=reader)
    return Answer(200, orjson.dumps(made | ({"definition": definition} if definition else {})))
