"""The Statement resource (1.0.3 Communication 2.1; 2.0 4.1.6.1)."""

import base64
import binascii
import hashlib
import hmac
import logging
from typing import Any

import orjson
from django.conf import settings
from django.utils.timezone import now

from talka.records import attachments, multipart
from talka.records.actions.refusals import refuse
from talka.records.actions.statements import new_id
from talka.records.queries import Filter, Reader, by_id, consistent_through, formats, render, search
from talka.records.rules import statements as rules
from talka.records.rules import values
from talka.records.rules.access import Scope
from talka.records.writing import Batch, Conflict, commit
from talka.records.xapi import sessions
from talka.records.xapi.exchange import Answer, Refused, Request
from talka.records.xapi.gate import Caller
from talka.records.xapi.times import http_date

log = logging.getLogger(__name__)

MOST = 1_000
_USUAL = 100
_GET = frozenset({
    "statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_activities", "related_agents",
    "since", "until", "limit", "format", "attachments", "ascending",
})  # fmt: skip


# ---- in ------------------------------------------------------------------------------------------------------------------------


def post(request: Request, caller: Caller) -> Answer:
    """Stores one statement or many; answers their ids."""
    caller.require(Scope.WRITE)
    try:
        request.only(frozenset())
        made, _single = _take(request, caller)
        _store(caller, made)
    except (Refused, rules.Invalid, Conflict) as e:
        _note(e, request, caller)
        raise
    return Answer(200, orjson.dumps([values.write_uuid(s.id) for s in made]))


def conflict_text(error: Conflict) -> str:
    return f"A statement {error} is stored already and says something else."


def _note(error: Exception, request: Request, caller: Caller) -> None:
    """Keeps the refused request for the staff's page; what was too large or not allowed without its body."""
    status = error.status if isinstance(error, Refused) else 409 if isinstance(error, Conflict) else 400
    refuse(
        source=caller.source,
        status=status,
        reason=conflict_text(error) if isinstance(error, Conflict) else str(error),
        method=request.method,
        version=request.version,
        query=request.environ.get("QUERY_STRING", ""),
        content_type=request.header("content-type") or "",
        body=b"" if status in {403, 413} else request.body,
        at=now(),
    )


def put(request: Request, caller: Caller) -> Answer:
    """Stores one statement under the id in the address."""
    caller.require(Scope.WRITE)
    try:
        _store(caller, [_take_one(request, caller)])
    except (Refused, rules.Invalid, Conflict) as e:
        _note(e, request, caller)
        raise
    return Answer(204)


def _take_one(request: Request, caller: Caller) -> rules.Statement:
    key = values.read_uuid(request.only(frozenset({"statementId"})).get("statementId", ""))
    if key is None:
        raise Refused(400, "The parameter statementId must be a UUID.")
    made, single = _take(request, caller, key)
    if not single:
        raise rules.Invalid("$", "PUT takes one statement, not a list", "id")
    if made[0].id != key:
        raise rules.Invalid("$.id", "is another one than the parameter statementId", "id")
    return made[0]


def _store(caller: Caller, made: list[rules.Statement]) -> None:
    if caller.bound is not None:
        for statement in made:
            caller.check_bound(statement)
        if caller.bound.session:
            sessions.store(caller, made)
            return
    if made:
        commit(Batch(caller.origin, made).pack())


def _take(request: Request, caller: Caller, key: bytes | None = None) -> tuple[list[rules.Statement], bool]:
    """The checked statements of a request, with their attachments stored; and whether it was a single one."""
    content_type = request.header("content-type") or ""
    kind = content_type.partition(";")[0].strip().lower()

    def make_id() -> bytes:
        if key is None and caller.bound is not None and caller.bound.session:
            raise Refused(403, "A statement of a session brings its own id.")
        return key or new_id()

    if kind == "application/json":
        made, single = rules.read_body(request.body, version=request.version, make_id=make_id)
        for statement in made:
            if missing := [a for a in attachments.all_of(statement) if "fileUrl" not in a]:
                raise rules.Invalid(
                    "$.attachments", f"the bytes of {missing[0]['sha2']} are neither at a fileUrl nor in this request", "attachments"
                )
        return made, single
    if kind != "multipart/mixed":
        raise Refused(400, "Statements come as application/json or multipart/mixed.")
    pieces = multipart.read(request.body, multipart.boundary_of(content_type))
    if pieces[0].headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise rules.Invalid("body", "the first part must be the statements, as application/json", "attachments")
    made, single = rules.read_body(pieces[0].content, version=request.version, make_id=make_id)
    attachments.take(made, pieces[1:])
    return made, single


# ---- out -----------------------------------------------------------------------------------------------------------------------


THROUGH = "X-Experience-API-Consistent-Through"


def through(*, fresh: bool = True) -> list[tuple[str, str]]:
    """The header that says up to when the answer is complete."""
    return [(THROUGH, values.iso(consistent_through(fresh=fresh)))]


def _flag(asked: dict[str, str], name: str) -> bool:
    value = asked.get(name, "false")
    if value not in {"true", "false"}:
        raise Refused(400, f"The parameter {name} must be true or false.")
    return value == "true"


def _instant(asked: dict[str, str], name: str) -> int | None:
    if name not in asked:
        return None
    us = values.read_instant(asked[name].replace(" ", "+", 1) if " " in asked[name] else asked[name])
    if us is None:
        us = values.read_instant(asked[name])
    if us is None:
        raise Refused(400, f"The parameter {name} must be an instant of ISO 8601.")
    return us


def read_agent(text: str, *, group: bool = True) -> str:
    """The key of the agent in a parameter. Raises Refused."""
    try:
        agent = rules.load(rules.minify(text.encode()))
        found = rules.check_agent(agent, "$.agent", "actor", group=group)
    except rules.Invalid as e:
        raise Refused(400, f"The parameter agent is wrong. {e}") from e
    except UnicodeEncodeError as e:
        raise Refused(400, "The parameter agent is no UTF-8.") from e
    return found[0][0]


def read_filter(asked: dict[str, str]) -> Filter:
    """What the parameters ask for. Raises Refused."""
    for name in ("verb", "activity"):
        if name in asked and not values.is_iri(asked[name]):
            raise Refused(400, f"The parameter {name} must be an IRI.")
    if "registration" in asked and not values.is_uuid(asked["registration"]):
        raise Refused(400, "The parameter registration must be a UUID.")
    limit = asked.get("limit", "0")
    if not limit.isascii() or not limit.isdigit() or len(limit) > 9:
        raise Refused(400, "The parameter limit must be a whole number, 0 or more.")
    return Filter(
        agent=read_agent(asked["agent"]) if "agent" in asked else "",
        verb=asked.get("verb", ""),
        activity=asked.get("activity", ""),
        registration=asked.get("registration", ""),
        related_agents=_flag(asked, "related_agents"),
        related_activities=_flag(asked, "related_activities"),
        since=_instant(asked, "since"),
        until=_instant(asked, "until"),
        limit=min(int(limit) or _USUAL, MOST),
        ascending=_flag(asked, "ascending"),
    )


def _format(asked: dict[str, str]) -> str:
    found = asked.get("format", "exact")
    if found not in {"ids", "exact", "canonical"}:
        raise Refused(400, "The parameter format must be ids, exact or canonical.")
    return found


def get(request: Request, caller: Caller) -> Answer:
    """One statement by its id, or a page of those that fulfil the filter."""
    asked = request.only(_GET)
    reader = caller.reader()
    form, with_files = _format(asked), _flag(asked, "attachments")
    language = request.header("accept-language") or ""
    complete = through()
    if "statementId" in asked or "voidedStatementId" in asked:
        if others := asked.keys() - {"statementId", "voidedStatementId", "format", "attachments"}:
            raise Refused(400, f"The parameter {min(others)} cannot stand beside a statement's id.")
        if len(asked.keys() & {"statementId", "voidedStatementId"}) > 1:
            raise Refused(400, "Ask for statementId or voidedStatementId, not for both.")
        return _single(asked, reader, form, language, with_files, complete)
    return _page(read_filter(asked), reader, form, language, with_files, complete)


def _single(asked: dict[str, str], reader: Reader, form: str, language: str, with_files: bool, complete: list[tuple[str, str]]) -> Answer:
    voided = "voidedStatementId" in asked
    key = values.read_uuid(asked["voidedStatementId" if voided else "statementId"])
    if key is None:
        raise Refused(400, "The id of a statement must be a UUID.")
    row = by_id(key, voided=voided, reader=reader)
    if row is None:
        raise Refused(404, "There is no such statement.", complete)
    body = render(row) if form == "exact" else formats.shaped(render(row), form=form, language=language, reader=reader)
    headers = [*complete, ("Last-Modified", http_date(row.stored))]
    return _with_files(body, [body], headers) if with_files else Answer(200, body, headers=headers)


def _page(asked: Filter, reader: Reader, form: str, language: str, with_files: bool, complete: list[tuple[str, str]]) -> Answer:
    page = search(asked, reader=reader)
    found = [render(row) for row in page.rows]
    if form != "exact":
        found = [formats.shaped(s, form=form, language=language, reader=reader) for s in found]
    more = ""
    if page.more:
        more = "/xapi/statements/more?cursor=" + _cursor([asked, page.rows[-1].sequence, form, with_files, reader.source, reader.border])
    body = b'{"statements":[%s],"more":"%s"}' % (b",".join(found), more.encode())
    headers = [*complete, ("Last-Modified", http_date(max((r.stored for r in page.rows), default=0)))]
    return _with_files(body, found, headers) if with_files else Answer(200, body, headers=headers)


def _with_files(body: bytes, statements: list[bytes], headers: list[tuple[str, str]]) -> Answer:
    """The answer as multipart/mixed, with the bytes of every attachment that is stored here."""
    content_type, packed = multipart.write([({"Content-Type": "application/json"}, body), *attachments.stored_for(statements)])
    return Answer(200, packed, content_type, headers)


# ---- the next page -------------------------------------------------------------------------------------------------------------


def _sign(payload: bytes) -> bytes:
    return hmac.digest(hashlib.blake2b(b"records.more" + settings.SECRET_KEY.encode()).digest(), payload, "sha256")[:16]


def _cursor(value: list[Any]) -> str:
    """Everything that the next page needs, signed: the store keeps nothing between two pages."""
    payload = orjson.dumps(value)
    return base64.urlsafe_b64encode(_sign(payload) + payload).decode().rstrip("=")


def more(request: Request, caller: Caller) -> Answer:
    """The next page of an earlier answer, for the same source only."""
    asked = request.only(frozenset({"cursor"})).get("cursor", "")
    try:
        raw = base64.urlsafe_b64decode(asked + "=" * (-len(asked) % 4))
    except (binascii.Error, ValueError):
        raise Refused(400, "This link cannot be read.") from None
    signature, payload = raw[:16], raw[16:]
    if not hmac.compare_digest(_sign(payload), signature):
        raise Refused(400, "This link was not made here.")
    what, after, form, with_files, source, border = orjson.loads(payload)
    reader = caller.reader()
    if (source, border) != (reader.source, reader.border):
        raise Refused(403, "This link was made for another source.")
    language = request.header("accept-language") or ""
    return _page(Filter(**{**what, "after": after}), reader, form, language, with_files, through())
