"""The content's own door: files of packages and their players, by signed address, without cookies, sessions or site pages.

It stands before everything else. Where content has a host of its own, that host gives nothing but content, and the site's host gives none.
"""

import json
import logging
import mimetypes
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.timezone import now

from talka.courses.models import Package, PackageUnit
from talka.courses.packages import addresses, pages, players, queries, receiving
from talka.people.models import User

log = logging.getLogger("talka.courses")

Answer = Callable[[HttpRequest], HttpResponseBase]
TEXT = frozenset({"html", "htm", "xhtml", "js", "mjs", "css", "json", "svg", "xml", "txt", "vtt", "map", "csv"})
TYPES = {
    "js": "text/javascript", "mjs": "text/javascript", "json": "application/json", "vtt": "text/vtt; charset=utf-8", "woff": "font/woff",
    "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "svg": "image/svg+xml", "webm": "video/webm", "mp4": "video/mp4", "m4v": "video/mp4",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "wav": "audio/wav", "webp": "image/webp", "html": "text/html", "htm": "text/html",
    "xhtml": "application/xhtml+xml", "xml": "text/xml", "css": "text/css", "txt": "text/plain", "map": "application/json", "md": "text/plain",
}  # fmt: skip
PACKED_UP_TO = 6_000_000
PACE = 262_144
# What a frame may do at all; a separate origin may be itself, a sandboxed one is nobody.
SANDBOX = "allow-scripts allow-forms allow-modals allow-downloads allow-pointer-lock"
KNOWN_FOR = 30.0
MOST_KNOWN = 2_000
LARGEST_MESSAGE = 1_500_000
ASKED = {"Access-Control-Allow-Methods": "GET, HEAD, POST", "Access-Control-Allow-Headers": "Content-Type, Range"}


@dataclass(frozen=True, slots=True)
class Served:
    """What a token opens."""

    ticket: addresses.Ticket
    folder: Path
    kind: str
    # Path of the unit's first page, without its query.
    entry: str


class Content:
    """Answers requests for content before anything of the site sees them."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if addresses.is_apart():
            try:
                here = request.get_host() == addresses.content_host()
            except DisallowedHost:
                here = False
            if here:
                return answer(request)
            if request.path_info.startswith(addresses.PREFIX):
                return _plain(404, "There is no such page.")
        elif request.path_info.startswith(addresses.PREFIX):
            return answer(request)
        return self.get_response(request)


def answer(request: HttpRequest) -> HttpResponseBase:
    """One request for content."""
    if not request.path_info.startswith(addresses.PREFIX):
        return _plain(404, "Only content of courses is here.")
    return _open(HttpResponse(status=204, headers=ASKED)) if request.method == "OPTIONS" else _answer(request)


def _answer(request: HttpRequest) -> HttpResponseBase:
    token, _slash, path = request.path_info.removeprefix(addresses.PREFIX).partition("/")
    try:
        served = _served(token)
    except addresses.Expired:
        return _plain(403, "This content was open for a long time. Reload the page that shows it.")
    if served is None:
        return _plain(404, "There is no such content.")
    if request.method == "POST" and path == "~talka/keep":
        return _open(_keep(request, served))
    read = request.method in {"GET", "HEAD"}
    response = _file(request, served, token, path) if read else _plain(405, "Content is only read.")
    # A unit of cmi5 fetches its token and speaks to the record store itself.
    speaks = f"{settings.SITE_URL}/xapi/ {settings.SITE_URL}/cmi5/fetch/" if served.kind == Package.Kind.CMI5 else ""
    return _guarded(request, response, addresses.root(token, request), speaks)


_known: dict[str, tuple[float, Served | None]] = {}
_lock = threading.Lock()


def _served(token: str) -> Served | None:
    """Looked up at most every half minute, so that a page of a hundred files asks the database once. Raises Expired."""
    clock = time.monotonic()
    found = _known.get(token)
    if found is None or found[0] < clock:
        found = (clock + KNOWN_FOR, _look_up(token))
        with _lock:
            if len(_known) >= MOST_KNOWN:
                _known.clear()
            _known[token] = found
    return found[1]


def forget_known() -> None:
    """What was looked up is forgotten, as after a restart."""
    with _lock:
        _known.clear()


def _look_up(token: str) -> Served | None:
    ticket = addresses.ticket_of(token)
    if ticket is None:
        return None
    unit = PackageUnit.objects.current().filter(pk=ticket.unit, package=ticket.package).select_related("package").first()
    if unit is None or unit.package.state == Package.State.REMOVED:
        return None
    if not User.objects.filter(pk=ticket.user, is_active=True).exists() or not queries.run_stands(ticket.run, ticket.unit, ticket.user):
        return None
    return Served(ticket, unit.package.path, unit.package.kind, unquote(urlsplit(unit.href).path))


def _file(request: HttpRequest, served: Served, token: str, path: str) -> HttpResponseBase:
    if path.startswith("~talka/"):
        name = path.removeprefix("~talka/")
        if name == "play.html":
            return pages.play(request, served.ticket, served.kind, token)
        found = players.asset(name)
        return _plain(404, "There is no such player.") if found is None else _sent(request, found)
    file = (served.folder / path).resolve()
    if not path or not file.is_relative_to(served.folder.resolve()) or not file.is_file():
        return _plain(404, "There is no such file in this package.")
    if served.kind in pages.SCORM and not addresses.is_apart() and file.suffix.lower() in {".html", ".htm"}:
        return pages.with_run_time(request, served.ticket, served.kind, token, file.read_bytes())
    return _sent(request, file)


def type_of(file: Path) -> str:
    ending = file.suffix.removeprefix(".").lower()
    return TYPES.get(ending) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _sent(request: HttpRequest, file: Path) -> HttpResponseBase:
    size, ending = file.stat().st_size, file.suffix.removeprefix(".").lower()
    if ending in TEXT and size <= PACKED_UP_TO:
        response: HttpResponseBase = HttpResponse(file.read_bytes(), content_type=type_of(file))
        response["Cache-Control"] = "private, max-age=14400"
        return GZipMiddleware(lambda _request: response).process_response(request, response)
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if asked and (asked[1] or asked[2]):
        response = _part(file, size, asked[1], asked[2])
    else:
        response = FileResponse(file.open("rb"), content_type=type_of(file))
        response["Content-Length"] = str(size)
        del response["Content-Disposition"]
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=14400"
    return response


def _part(file: Path, size: int, first: str, last: str) -> HttpResponseBase:
    """A part of a film or a recording, so that one can jump in it."""
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_read(file, start, end), status=206, content_type=type_of(file))
    response["Content-Range"], response["Content-Length"] = f"bytes {start}-{end}/{size}", str(end - start + 1)
    return response


def _read(file: Path, start: int, end: int) -> Iterator[bytes]:
    with file.open("rb") as stream:
        stream.seek(start)
        left = end - start + 1
        while left > 0 and (chunk := stream.read(min(PACE, left))):
            left -= len(chunk)
            yield chunk


def _keep(request: HttpRequest, served: Served) -> HttpResponse:
    """The last words of a content whose page is being closed, so that nobody is there any more to pass them on."""
    if not served.ticket.run:
        return HttpResponse(status=204)
    try:
        if int(request.headers.get("Content-Length") or 0) > LARGEST_MESSAGE:
            return _plain(413, "Too large.")
        receiving.receive(served.ticket, json.loads(request.body), at=now())
    except (ValueError, RecursionError) as e:
        return _plain(422, str(e)[:500])
    return HttpResponse(status=204)


def policy(root: str, *, apart: bool, speaks: str = "") -> str:
    """The content-security policy of everything that a package sends: it may load what is its own and speak to nobody else but `speaks`."""
    site = urlsplit(root)
    sandbox = f"{SANDBOX} allow-same-origin" if apart else SANDBOX
    rules = [
        f"default-src {root} data: blob:",
        f"script-src {root} blob: 'unsafe-inline' 'unsafe-eval'",
        f"style-src {root} 'unsafe-inline'",
        f"connect-src {root} {speaks}".rstrip(),
        f"frame-src {root} blob:",
        f"worker-src {root} blob:",
        f"form-action {root}",
        f"base-uri {root}",
        "object-src 'none'",
        f"sandbox {sandbox}",
    ]
    if apart:
        # Frames inside a sandboxed one have no name that could be asked for; there the signed address alone decides.
        rules.append(f"frame-ancestors {settings.SITE_URL} {site.scheme}://{site.netloc}")
    return "; ".join(rules)


def _guarded(request: HttpRequest, response: HttpResponseBase, root: str, speaks: str) -> HttpResponseBase:
    response["Content-Security-Policy"] = policy(root, apart=addresses.is_apart(), speaks=speaks)
    response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
    response["X-DNS-Prefetch-Control"] = "off"
    return _open(response)


def _open(response: HttpResponseBase) -> HttpResponseBase:
    """A sandboxed page has no origin, so even its own files are foreign to it. Whoever has the address may read; no cookie counts."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response.setdefault("Cache-Control", "no-store")
    return response


def _plain(status: int, words: str) -> HttpResponse:
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8", headers=headers)
