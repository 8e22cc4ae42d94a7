"""Content whose token carries a session: the room that keeps the session is asked before each request, and before and after statements."""

from collections.abc import Sequence

import orjson

from talka.records import signals, writing
from talka.records.actions.tokens import Bound
from talka.records.rules.statements import Statement
from talka.records.writing import Batch, Conflict
from talka.records.xapi.exchange import Refused, Request
from talka.records.xapi.gate import Caller

_KINDS = {
    "/xapi/statements": ("statements", ""),
    "/xapi/statements/more": ("statements", ""),
    "/xapi/activities/state": ("state", "stateId"),
    "/xapi/activities/profile": ("activity", "profileId"),
    "/xapi/agents/profile": ("agent", "profileId"),
}


def ask(request: Request, caller: Caller) -> None:
    """Puts the request before whoever keeps its session, if it has one. Raises Refused (403)."""
    if caller.bound is None or not caller.bound.session:
        return
    kind, name = _KINDS.get(request.path, ("", ""))
    try:
        signals.session_asked.send(
            Bound,
            session=caller.bound.session,
            method="GET" if request.method == "HEAD" else request.method,
            kind=kind,
            key=request.query.get(name, "") if name else "",
            content_type=request.header("content-type") or "",
            body=request.body if request.method in {"PUT", "POST"} and kind != "statements" else b"",
        )
    except signals.NotAdmitted as e:
        raise Refused(403, str(e)) from e


def store(caller: Caller, made: Sequence[Statement]) -> None:
    """Stores the statements if their session allows them, all or none. What is stored already and says the same needs no leave.

    Raises Refused (403), Conflict, Busy.
    """
    bound = caller.bound
    if bound is None:
        raise TypeError

    def write() -> None:
        fresh, outcome = writing.sift(caller.origin, made)
        if outcome.conflicts:
            raise Conflict(outcome.conflicts[0])
        if not fresh:
            return
        said = [orjson.loads(statement.json) for statement in fresh]
        signals.session_writes.send(Bound, session=bound.session, statements=said)
        batch = Batch(caller.origin, fresh).pack()
        writing.write([batch])
        if batch.error is not None:
            raise batch.error
        signals.session_wrote.send(Bound, session=bound.session, statements=said)

    try:
        writing.run(write)
    except signals.NotAdmitted as e:
        raise Refused(403, str(e)) from e
