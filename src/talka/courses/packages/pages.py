"""Pages that we put around a content, on the content's side: the H5P player, and SCORM's run-time before or around a unit."""

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from talka.courses.models import PackageRun, PackageUnit
from talka.courses.packages import addresses, cmi
from talka.people.models import User

SCORM = frozenset({"scorm12", "scorm2004"})
_HEAD = re.compile(rb"<head\b[^>]*>", re.IGNORECASE)
_HTML = re.compile(rb"<html\b[^>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<!doctype[^>]*>", re.IGNORECASE)


def play(request: HttpRequest, ticket: addresses.Ticket, kind: str, token: str) -> HttpResponse:
    """The page in the frame."""
    root = addresses.root(token, request)
    given = _given_h5p(ticket, request, root) if kind == "h5p" else _given_scorm(ticket, kind, request, root)
    context = {"root": root, "kind": kind, "given": safe_json(given), "script": f"{kind}.min.js"}
    return _page(render_to_string("courses/packages/h5p.html" if kind == "h5p" else "courses/packages/scorm.html", context))


def _page(html: str | bytes) -> HttpResponse:
    return HttpResponse(
        html, content_type="text/html" if isinstance(html, bytes) else "text/html; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


def with_run_time(request: HttpRequest, ticket: addresses.Ticket, kind: str, token: str, html: bytes) -> HttpResponse:
    """A page of the package with SCORM's API in it: in a sandbox no page can reach the one around it, so each brings its own."""
    root = addresses.root(token, request)
    given = safe_json(_given_scorm(ticket, kind, request, root))
    put = (
        f"<script>window.talkaGiven={given}</script>"
        f'<script src="{root}~talka/speak.js"></script><script src="{root}~talka/scorm-again/{kind}.min.js"></script><script src="{root}~talka/scorm.js"></script>'
    ).encode("ascii")
    if html.startswith((b"\xff\xfe", b"\xfe\xff")):
        html = html.decode("utf-16").encode()
    for place in (_HEAD, _HTML, _DOCTYPE):
        if found := place.search(html):
            return _page(html[: found.end()] + put + html[found.end() :])
    return _page(put + html)


def safe_json(value: object) -> str:
    """JSON that may stand inside a script element, in plain ASCII, whatever the page's encoding."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _shared(ticket: addresses.Ticket, request: HttpRequest, root: str) -> dict[str, Any]:
    return {"sitting": ticket.sitting, "root": root, "keep": f"{root}~talka/keep" if ticket.run else "", "trial": not ticket.run}


def _given_h5p(ticket: addresses.Ticket, request: HttpRequest, root: str) -> dict[str, Any]:
    run = PackageRun.objects.filter(pk=ticket.run).first()
    parts = run.state.get("parts", {}) if run else {}
    return _shared(ticket, request, root) | {"parts": parts}


def _given_scorm(ticket: addresses.Ticket, kind: str, request: HttpRequest, root: str) -> dict[str, Any]:
    unit = PackageUnit.objects.get(pk=ticket.unit)
    run = PackageRun.objects.filter(pk=ticket.run).first()
    state = run.state if run else {}
    values = state.get("values", {})
    # The same sitting goes on when a content moves from one of its pages to another.
    mine = values if state.get("sitting") == ticket.sitting else cmi.kept(values)
    person = User.objects.get(pk=ticket.user)
    return _shared(ticket, request, root) | {
        "kind": kind,
        "href": unit.href,
        "values": mine | _own(kind, unit, run, values, person),
    }


def _own(kind: str, unit: PackageUnit, run: PackageRun | None, values: dict[str, str], person: User) -> dict[str, str]:
    """The elements that the platform writes."""
    entry = "resume" if cmi.kept(values) else "ab-initio"
    total, learner = run.seconds if run else 0.0, str(run.uuid) if run else "trial"
    given = unit.settings
    name = person.name or "-"
    if kind == "scorm12":
        made = {
            "cmi.core.student_id": learner,
            "cmi.core.student_name": name,
            "cmi.core.entry": entry,
            "cmi.core.credit": "credit",
            "cmi.core.lesson_mode": "normal",
            "cmi.core.total_time": cmi.clock(total),
            "cmi.launch_data": given.get("launch_data", "")[:4_096],
            "cmi.student_data.mastery_score": given.get("mastery", ""),
            "cmi.student_data.max_time_allowed": given.get("max_time", ""),
            "cmi.student_data.time_limit_action": given.get("time_action", ""),
        }
        if "cmi.core.lesson_status" not in values:
            made["cmi.core.lesson_status"] = "not attempted"
    else:
        made = {
            "cmi.learner_id": learner,
            "cmi.learner_name": name,
            "cmi.entry": entry,
            "cmi.credit": "credit",
            "cmi.mode": "normal",
            "cmi.total_time": cmi.duration(total),
            "cmi.launch_data": given.get("launch_data", "")[:4_000],
            "cmi.scaled_passing_score": given.get("passing", ""),
            "cmi.completion_threshold": given.get("completion_threshold", ""),
        }
    return {k: v for k, v in made.items() if v}
