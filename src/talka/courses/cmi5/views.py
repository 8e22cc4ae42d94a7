"""The doors of cmi5: a unit is played, fetches its token and leads back."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from talka.courses.cmi5 import actions, queries, rules
from talka.courses.cmi5.structure import is_whole
from talka.courses.models import Enrolment, PackageUnit, Topic
from talka.courses.packages import addresses
from talka.courses.packages.views.learning import SANDBOX
from talka.kit.middleware import POLICY
from talka.people.models import User

# The unit asks from another origin, or from none; the secret in the address stands for the session, no cookie does.
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


def content_url(request: HttpRequest, unit: PackageUnit, person: User) -> str:
    """Where the unit's first page lies: elsewhere, or in the package behind an address that opens its files to this person for some hours."""
    if is_whole(unit.href):
        return unit.href
    ticket = addresses.Ticket(person.pk, unit.package_id, unit.pk, 0, 0, "cmi5")
    return addresses.root(ticket.signed(), request) + unit.href


def play(request: HttpRequest, enrolment: Enrolment, topic: Topic, unit: PackageUnit) -> HttpResponse:
    """The unit begins: in a frame of our page, or in the window itself where it wants one of its own or lies elsewhere (8.1).

    Once it is satisfied the learner may open it to look back, without anything being judged.
    """
    back = reverse("courses:topic", args=[topic.course.slug, topic.slug])
    framed = unit.settings["method"] != "OwnWindow" and not is_whole(unit.href)
    mode = rules.REVIEW if request.GET.get("mode") == "review" else rules.NORMAL
    away = addresses.site_of(request) + (reverse("cmi5:returned") if framed else back)
    launched = actions.launch(
        enrolment=enrolment, unit=unit, url=content_url(request, unit, enrolment.user), return_url=away, mode=mode, at=now()
    )
    if not framed:
        return HttpResponseRedirect(launched.url, headers={"Cache-Control": "no-store"})
    apart = addresses.is_apart()
    context = {
        "course": topic.course, "topic": topic, "unit": unit, "back": back, "src": launched.url, "apart": apart, "mode": mode,
        "sandbox": f"{SANDBOX} allow-same-origin" if apart else SANDBOX, "state": reverse("cmi5:session", args=[launched.session.uuid]),
    }  # fmt: skip
    response = render(request, "courses/cmi5/play.html", context)
    root = launched.url[: launched.url.index("/", launched.url.index(addresses.PREFIX) + len(addresses.PREFIX)) + 1]
    response["Content-Security-Policy"] = f"{POLICY}; frame-src {root} {addresses.site_of(request)}{reverse('cmi5:returned')}"
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_safe
def session(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How a session of the viewer's own stands, for the page around its unit."""
    found = queries.session_of(uuid, viewer=request.user) if isinstance(request.user, User) else None
    if found is None:
        raise Http404
    satisfied = queries.is_satisfied(found.registration.package, found.registration.enrolment)
    return JsonResponse({"over": found.is_over, "satisfied": satisfied}, headers={"Cache-Control": "no-store"})


@xframe_options_sameorigin
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """Where a unit in a frame leads when it is over. It knows nobody: a sandboxed frame brings no cookie."""
    return render(request, "courses/cmi5/returned.html")


@csrf_exempt
@require_http_methods(["POST", "OPTIONS"])
def fetch(request: HttpRequest, secret: str) -> HttpResponse:
    """The token of a session, once; errors come with status 200 too, as cmi5 wants it (8.2.1)."""
    if request.method == "OPTIONS":
        allowed = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type, Authorization"}
        return HttpResponse(status=204, headers=ANY_ORIGIN | allowed)
    return JsonResponse(actions.fetch_token(secret=secret, at=now()), headers=ANY_ORIGIN)
