"""The site's own small pages: choices of language and colours, errors in plain words, health."""

import shutil
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.timezone import now
from django.utils.translation import check_for_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from talka.kit import context, imports, queries, sample, signals, worker

YEAR = 60 * 60 * 24 * 365


def _back(request: HttpRequest) -> HttpResponse:
    url = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        url = "/"
    return HttpResponseRedirect(url)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The visitor's language, kept in a cookie, and with the person if one is signed in."""
    response, code = _back(request), request.POST.get("language", "")
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax", secure=request.is_secure())
        if request.user.is_authenticated:
            signals.language_chosen.send(None, user=request.user, language=code)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device says."""
    response, chosen = _back(request), request.POST.get("theme", "")
    if chosen in context.THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme")
    return response


def _trouble(request: HttpRequest, status: int, title: str, *lines: str) -> HttpResponse:
    return render(request, "kit/trouble.html", {"trouble": title, "lines": lines, "code": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; and 413, which Django raises as a kind of it."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _trouble(
        request,
        400,
        _("This request could not be understood"),
        _("Nothing was changed."),
        _("Go back, reload the page and try again. If it happens again, tell whoever runs this site what you did."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    """413: the page can't show what was typed any more, the browser still can."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
    return _trouble(
        request,
        413,
        _("That was too large"),
        _("Nothing was changed. What you typed is still in the form: go back in your browser."),
        _("One form may carry at most {n} MB of text. Send a file instead, or send it in parts.").format(n=most),
    )


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed out, the way is to sign in; signed in, the reason."""
    if not request.user.is_authenticated and request.method in {"GET", "HEAD"}:
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
    why = str(exception)
    return _trouble(
        request,
        403,
        _("This is not open to you"),
        _("You may not {do}.").format(do=_(why)) if why else _("Your roles do not include this."),
        _("Nothing was changed. If you think you should be able to, ask your cluster manager or whoever runs this site."),
    )


def refused_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of the forgery check: mostly a form that stood open for very long or a browser without cookies."""
    return _trouble(
        request,
        403,
        _("This form has expired"),
        _("Nothing was changed. What you typed is still in the form: go back in your browser, reload the page and send it again."),
        _("If it happens every time, allow cookies for this site."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: also for what exists and is closed to this visitor, so that nothing is given away."""
    lines = [_("The address may be mistyped, the page may have moved, or it is not open to you.")]
    if not request.user.is_authenticated:
        lines.append(_("If somebody sent you the link, sign in and try again."))
    return _trouble(request, 404, _("There is no such page"), *lines)


def failed(request: HttpRequest) -> HttpResponse:
    """500: stands alone, because what the shell asks for may be what broke."""
    return HttpResponse(render_to_string("kit/500.html"), status=500)


def work(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far a long work is; its owner and operators see it. `?part=1` answers only the card that polls."""
    row = get_object_or_404(queries.works_of(request.user), uuid=uuid)
    values = {"work": row, "remaining": _in_words(row.remaining(now()))}
    response = render(request, "kit/working.html" if "part" in request.GET else "kit/work.html", values)
    response["Cache-Control"] = "no-store"
    return response


def _in_words(left: timedelta | None) -> str:
    if left is None:
        return ""
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute to go")
    return ngettext("about {n} minute to go", "about {n} minutes to go", minutes).format(n=minutes)


def report(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """What an import did, row by row; whoever imported sees it."""
    upload = get_object_or_404(queries.uploads_of(request.user).exclude(report=None), uuid=uuid)
    told = imports.report_of(upload.report)
    if request.GET.get("format") == "csv":
        return imports.report_csv(f"report-{upload.name}", told)
    return render(request, "kit/report.html", {"upload": upload, "report": told})


def health(request: HttpRequest) -> JsonResponse:
    """For monitors: 200 when pages can be answered and jobs are done, 503 otherwise. Says nothing that a stranger could use."""
    checks = {
        "database": _database_answers(),
        "worker": (worker.silence() or 1e9) < 120,
        "disk": shutil.disk_usage(settings.DATA).free > 200e6,
    }
    # Without a worker pages still work: the monitor shall know, the load balancer shall not take the node away.
    well = checks["database"] and checks["disk"]
    response = JsonResponse(
        {"status": "ok" if all(checks.values()) else "degraded" if well else "broken", **checks}, status=200 if well else 503
    )
    response["Cache-Control"] = "no-store"
    return response


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        return False


def style(request: HttpRequest) -> HttpResponse:
    """Every component with sample data, in both schemes; the reference for who writes a template."""
    return render(request, "kit/style.html", sample.values(request))
