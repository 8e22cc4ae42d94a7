"""The resources State, Activity Profile and Agent Profile (1.0.3 Communication 2.2; 2.0 4.1.6)."""

from collections.abc import Callable

import orjson

from talka.records.actions import documents as actions
from talka.records.rules import documents as rules
from talka.records.rules import values
from talka.records.rules.access import Scope
from talka.records.rules.statements import V2
from talka.records.xapi.exchange import Answer, Refused, Request
from talka.records.xapi.gate import Caller, bound_to
from talka.records.xapi.statements import read_agent
from talka.records.xapi.times import http_date

_PARAMETERS = {
    "state": ("stateId", frozenset({"activityId", "agent", "registration", "stateId", "since"})),
    "activity": ("profileId", frozenset({"activityId", "profileId", "since"})),
    "agent": ("profileId", frozenset({"agent", "profileId", "since"})),
}
Resource = Callable[[Request, Caller], Answer]


def methods(kind: str) -> dict[str, Resource]:
    """The ways into one of the three resources."""
    return {
        "GET": lambda request, caller: _get(kind, request, caller),
        "PUT": lambda request, caller: _write(kind, request, caller),
        "POST": lambda request, caller: _write(kind, request, caller),
        "DELETE": lambda request, caller: _delete(kind, request, caller),
    }


def _place(kind: str, request: Request, caller: Caller, *, whole: bool, writes: bool) -> actions.Place:
    """Where the request points. Raises Refused."""
    caller.require(Scope.STATE if kind == "state" else Scope.PROFILE)
    name, allowed = _PARAMETERS[kind]
    asked = request.only(allowed - {"since"} if writes else allowed)
    activity, agent, registration = "", "", asked.get("registration", "").lower()
    if kind in {"state", "activity"}:
        activity = asked.get("activityId", "")
        if not values.is_iri(activity):
            raise Refused(400, "The parameter activityId must be an IRI.")
    if kind in {"state", "agent"}:
        if "agent" not in asked:
            raise Refused(400, "The parameter agent is missing.")
        agent = read_agent(asked["agent"])
    if "registration" in asked and not values.is_uuid(registration):
        raise Refused(400, "The parameter registration must be a UUID.")
    key = asked.get(name, "")
    if not key and (whole or name in asked):
        raise Refused(400, f"The parameter {name} is missing.")
    if key and "since" in asked:
        raise Refused(400, f"The parameter since cannot stand beside {name}.")
    place = actions.Place(kind, caller.border, activity, agent, registration, key)
    _check_bound(place, caller, writes=writes)
    return place


def _check_bound(place: actions.Place, caller: Caller, *, writes: bool) -> None:
    bound = caller.bound
    if bound is None:
        return
    if place.kind == "activity" and writes:
        raise Refused(403, "A token reads activity profiles, it does not write them.")
    if place.agent and place.agent != bound.agent:
        raise Refused(403, "This token belongs to another actor.")
    if place.activity and not bound_to(bound, place.activity):
        raise Refused(403, "This token belongs to another activity.")
    if place.kind == "state" and bound.registration and place.registration != bound.registration.lower():
        raise Refused(403, "This token belongs to another registration.")


def _get(kind: str, request: Request, caller: Caller) -> Answer:
    place = _place(kind, request, caller, whole=False, writes=False)
    if place.key:
        document = actions.find(place)
        if document is None:
            raise Refused(404, "There is no such document.")
        headers = [("ETag", f'"{document.etag}"'), ("Last-Modified", http_date(document.updated))]
        none_match = request.header("if-none-match")
        if none_match and ("*" in rules.tags(none_match) or document.etag in rules.tags(none_match)):
            return Answer(304, headers=headers)
        return Answer(200, bytes(document.content), document.content_type, headers)
    since = None
    if "since" in request.query:
        since = values.read_instant(request.query["since"].replace(" ", "+", 1))
        if since is None:
            raise Refused(400, "The parameter since must be an instant of ISO 8601.")
    return Answer(200, orjson.dumps(actions.keys(place, since=since)))


def _condition(request: Request) -> rules.Condition:
    return rules.Condition(request.header("if-match"), request.header("if-none-match"))


def _write(kind: str, request: Request, caller: Caller) -> Answer:
    place = _place(kind, request, caller, whole=True, writes=True)
    condition, merge = _condition(request), request.method == "POST"
    content_type = request.header("content-type") or "application/octet-stream"
    if len(content_type) > 500 or not content_type.isprintable():
        raise Refused(400, "The Content-Type cannot be read.")
    if rules.is_json(content_type):
        try:
            orjson.loads(request.body)
        except ValueError as e:
            raise Refused(400, f"The document says that it is JSON, and is not: {e}") from e
    if not merge and not condition.given and (kind != "state" or request.version == V2):
        _refuse_blind(kind, place, request)
    try:
        actions.keep(place=place, content=request.body, content_type=content_type, condition=condition, merge=merge)
    except rules.NotMet as e:
        raise Refused(412, str(e)) from e
    except rules.NotMergeable as e:
        raise Refused(400, str(e)) from e
    return Answer(204)


def _refuse_blind(kind: str, place: actions.Place, request: Request) -> None:
    """A PUT without a condition would overwrite what its writer may not have seen."""
    if actions.find(place) is not None:
        raise Refused(409, "The document is stored already. Read it, then send its ETag in If-Match, or If-None-Match: * for a new one.")
    if kind != "state":
        raise Refused(400, "Send If-None-Match: * for a new document, or If-Match with the ETag of the stored one.")


def _delete(kind: str, request: Request, caller: Caller) -> Answer:
    place = _place(kind, request, caller, whole=kind != "state", writes=True)
    try:
        actions.drop(place=place, condition=_condition(request))
    except rules.NotMet as e:
        raise Refused(412, str(e)) from e
    return Answer(204)
