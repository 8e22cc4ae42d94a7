"""Pages that stand in another site's frame or send a form there: who may frame them, and where their form may go."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from talka.courses.lti.claims import origin_of
from talka.kit.middleware import POLICY


def bare(request: HttpRequest, template: str, context: Mapping[str, Any], *, framed_by: Iterable[str] = (), posts_to: str = "", status: int = 200) -> HttpResponse:  # fmt: skip
    """A page without the site's ways. Only the origins of the addresses in `framed_by` may show it in a frame, only that of `posts_to` gets its form."""
    answer = render(request, template, dict(context), status=status)
    policy = POLICY
    if origins := sorted({origin_of(url) for url in framed_by} - {""}):
        policy = policy.replace("frame-ancestors 'self'", f"frame-ancestors 'self' {' '.join(origins)}")
        # The older header knows one site only, and would forbid what the policy allows.
        answer.xframe_options_exempt = True  # read by Django's middleware
    if posts_to:
        policy = policy.replace("form-action 'self'", f"form-action 'self' {origin_of(posts_to)}")
    answer["Content-Security-Policy"] = policy
    answer["Cache-Control"] = "no-store"
    return answer


def with_forms_to(answer: HttpResponse, urls: Iterable[str]) -> HttpResponse:
    """The page's forms may lead to these sites too."""
    origins = sorted({origin_of(url) for url in urls} - {""})
    answer["Content-Security-Policy"] = POLICY.replace("form-action 'self'", " ".join(["form-action 'self'", *origins]))
    return answer


def refused(request: HttpRequest, why: object, *, framed_by: Iterable[str] = ()) -> HttpResponse:
    """What came in is not taken, in one sentence."""
    return bare(request, "courses/lti/refused.html", {"why": str(why)}, framed_by=framed_by, status=400)
