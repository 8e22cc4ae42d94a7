"""The WSGI application: versions, alternate request syntax, errors, and the way to each resource."""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from urllib.parse import parse_qsl

from django.db import Error as DatabaseError
from django.db import connection

from talka.records.rules.statements import V1, V2, Invalid
from talka.records.writing import Busy, Conflict
from talka.records.xapi import documents, gate, lookups, sessions, statements
from talka.records.xapi.exchange import Answer, Environ, Refused, Request, StartResponse, packed

log = logging.getLogger(__name__)

Resource = Callable[[Request, gate.Caller], Answer]
RESOURCES: dict[str, dict[str, Resource]] = {
    "/xapi/statements": {"GET": statements.get, "POST": statements.post, "PUT": statements.put},
    "/xapi/statements/more": {"GET": statements.more},
    "/xapi/activities/state": documents.methods("state"),
    "/xapi/activities/profile": documents.methods("activity"),
    "/xapi/agents/profile": documents.methods("agent"),
    "/xapi/activities": {"GET": lookups.activity},
    "/xapi/agents": {"GET": lookups.person},
}
METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
CROSS_ORIGIN = [
    # Every call brings its key in a header, never a cookie: any page may ask, and only one that has a key is answered.
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Last-Modified, Retry-After, X-Experience-API-Version, X-Experience-API-Consistent-Through, X-Experience-API-Hash",
    ),
]
ALLOWED_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, X-Experience-API-Version, Accept-Language"
STATUS = {int(s): f"{int(s)} {s.phrase}" for s in HTTPStatus}
_FORM = "application/x-www-form-urlencoded"
_FORM_HEADERS = frozenset({
    "authorization", "x-experience-api-version", "content-type", "content-length", "if-match", "if-none-match", "accept", "accept-language",
    "accept-encoding",
})  # fmt: skip


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answers one request to a path below `/xapi`."""
    request = Request(environ)
    try:
        answer = _answer(request)
    except Refused as e:
        answer = _refusal(e.status, e.reason, e.headers)
    except Invalid as e:
        answer = _refusal(400, str(e))
    except Conflict as e:
        answer = _refusal(409, statements.conflict_text(e))
    except Busy:
        answer = _refusal(503, "The store is busy. Nothing was stored; try again.", [("Retry-After", "5")])
    except DatabaseError:
        log.exception("xapi: the database failed")
        connection.close()
        answer = _refusal(503, "The database does not answer. Nothing was stored; try again.", [("Retry-After", "5")])
    except Exception:
        log.exception("xapi: %s %s", request.method, request.path)
        answer = _refusal(500, "An error of the store itself. Nothing was stored.")
    return _send(request, answer, start_response)


def _refusal(status: int, reason: str, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    return Answer(status, reason.encode("utf-8", "replace"), "text/plain; charset=utf-8", list(headers))


def _send(request: Request, answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    if accepted := request.environ.get("HTTP_ACCEPT_ENCODING"):
        packed(answer, accepted)
    headers = [*CROSS_ORIGIN, *answer.headers]
    if not any(name == "X-Experience-API-Version" for name, _value in answer.headers):
        headers.append(("X-Experience-API-Version", request.version))
    if request.path.startswith("/xapi/statements") and not any(name == statements.THROUGH for name, _value in answer.headers):
        headers += statements.through(fresh=request.method in {"GET", "HEAD"})
    if answer.status != 204:
        headers += [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    start_response(STATUS[answer.status], headers)
    return [] if request.environ["REQUEST_METHOD"] == "HEAD" or answer.status == 204 else [answer.body]


def _answer(request: Request) -> Answer:
    path = request.path
    if request.method == "OPTIONS":
        return Answer(
            204,
            headers=[
                ("Access-Control-Allow-Methods", METHODS),
                ("Access-Control-Allow-Headers", ALLOWED_HEADERS),
                ("Access-Control-Max-Age", "86400"),
            ],
        )
    if path == "/xapi/about":
        if request.method not in {"GET", "HEAD"}:
            raise Refused(405, "The About resource is only read.", [("Allow", "GET, HEAD")])
        return lookups.about()
    if request.method == "POST" and "method" in request.query:
        _replace(request)
    _negotiate(request)
    caller = gate.recognise(request.header("authorization"))
    request.most_bytes = caller.most_bytes
    gate.keep_to_rate(caller)
    sessions.ask(request, caller)
    resource = RESOURCES.get(path)
    if resource is None:
        raise Refused(404, "There is no such resource. See /xapi/about.")
    method = "GET" if request.method == "HEAD" else request.method
    if method not in resource:
        raise Refused(405, f"{request.method} is not known here.", [("Allow", ", ".join(sorted(resource)))])
    return resource[method](request, caller)


def _negotiate(request: Request) -> None:
    """The version asked for decides the rules of this request: 1.0.x is served as 1.0.3, 2.0.x as 2.0.0."""
    asked = request.header("x-experience-api-version")
    if asked is None:
        # 0.95 had no such header: a client that sends none is told so in its own terms. Both conformance suites ask for it.
        raise Refused(400, "The header X-Experience-API-Version is missing.", [("X-Experience-API-Version", "0.95")])
    parts = asked.strip().split(".")
    if not 2 <= len(parts) <= 3 or not all(p.isascii() and p.isdigit() for p in parts) or parts[:2] not in (["1", "0"], ["2", "0"]):
        raise Refused(400, f"Version {asked[:40]} is not known here. Known: {V1}, {V2}.")
    request.version = V1 if parts[0] == "1" else V2


def _replace(request: Request) -> None:
    """Alternate request syntax (1.0.3 Communication 1.3): a form in a POST carries method, headers, parameters and body."""
    query = request.query
    if len(query) > 1:
        raise Refused(400, "With alternate request syntax no other parameter than method may stand in the address.")
    if (request.header("content-type") or "").partition(";")[0].strip().lower() != _FORM:
        raise Refused(400, f"Alternate request syntax needs a body of type {_FORM}.")
    try:
        form = dict(
            parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body), max_num_fields=100, errors="strict")
        )
    except ValueError as e:
        raise Refused(400, f"The form cannot be read: {e}") from e
    if "\x00" in "".join(form.values()):
        raise Refused(400, "U+0000 cannot be part of a parameter.")
    replaced = {name.lower(): value for name, value in form.items() if name.lower() in _FORM_HEADERS}
    asked = replaced.get("x-experience-api-version") or request.header("x-experience-api-version") or ""
    if asked.startswith("2"):
        raise Refused(400, "Alternate request syntax is not part of version 2.0.")
    request.method = query["method"].upper()
    if request.method not in {"GET", "HEAD", "PUT", "POST", "DELETE"}:
        raise Refused(400, "This method cannot be asked for.")
    request.replaced = {"content-type": "application/json", **replaced}
    content = form.pop("content", "")
    request.body = content.encode()
    request.query = {name: value for name, value in form.items() if name.lower() not in _FORM_HEADERS}
