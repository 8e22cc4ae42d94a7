"""Doors for other platforms: a login begins, a launch arrives, content is chosen; and the person comes in."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import login as sign_in
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talka.courses.lti import claims as c
from talka.courses.lti import keys
from talka.courses.lti.pages import bare, refused
from talka.courses.lti.platforms import actions, queries, rules
from talka.courses.models import LtiLink, LtiPerson, LtiPlatform
from talka.people.models import User
from talka.people.queries import standing_of

COOKIE = "talka_lti"
TICKET, CHOICE = "talka.courses.lti.ticket", "talka.courses.lti.choice"
# In seconds.
TICKET_LASTS, CHOICE_LASTS = 600, 3_600
WAITING = "lti_arrival"


@require_safe
def keyset(request: HttpRequest, uuid: Any) -> JsonResponse:  # a view's first argument
    """Our public keys of one registration."""
    platform = get_object_or_404(LtiPlatform, uuid=uuid, revoked_at=None)
    return JsonResponse(keys.public_keys(platform, at=now()))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """A platform begins a login: back to it, to be told who is there."""
    given = request.POST if request.method == "POST" else request.GET
    try:
        url, row = actions.begin_login(given.dict(), at=now())
    except c.NotTaken as why:
        return refused(request, why)
    answer = HttpResponseRedirect(url)
    # In a frame browsers refuse it; then the person is asked at the door (see `arrive`).
    answer.set_cookie(COOKIE, row.state, max_age=TICKET_LASTS, secure=settings.SECURE, httponly=True, samesite="Lax", path="/lti/")
    return answer


@csrf_exempt
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """What the platform says of who is there, signed. In a window of its own the person goes on at once; in a frame, through a door to a new window,
    since browsers keep no sign-in in the frames of other sites.
    """
    try:
        row, said = actions.take_launch(request.POST.dict(), at=now())
        if said[c.LTI + "message_type"] == c.DEEP:
            return _offer(request, row.platform, said)
        link = actions.note_link(row.platform, said, at=now())
    except c.NotTaken as why:
        return refused(request, why)
    name = actions.name_in(said)
    ticket = signing.dumps(
        {"p": row.platform_id, "s": str(said["sub"])[:255], "n": name, "l": link.pk, "b": row.state}, salt=TICKET, compress=True
    )
    if request.headers.get("Sec-Fetch-Dest") == "document":
        return HttpResponse(status=303, headers={"Location": f"{reverse('lti:arrive')}?ticket={ticket}", "Cache-Control": "no-store"})
    return _door(request, ticket, row.platform, link, name, new_window=True)


def _door(request: HttpRequest, ticket: str, platform: LtiPlatform, link: LtiLink, name: str, *, new_window: bool) -> HttpResponse:
    context = {"ticket": ticket, "platform": platform, "link": link, "name": name, "new_window": new_window}
    return bare(request, "courses/lti/door.html", context, framed_by=[platform.issuer, platform.login_url])


def _read(ticket: str) -> dict[str, Any]:
    try:
        return dict(signing.loads(ticket, salt=TICKET, max_age=TICKET_LASTS))
    except signing.BadSignature:
        raise c.NotTaken(_("This login is unknown or too old. Go back to your platform and open the link again.")) from None


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def arrive(request: HttpRequest) -> HttpResponse:
    """The person comes in: at once in the browser in which the login began; otherwise by a press on our own door, which no other site can press."""
    ticket = (request.POST if request.method == "POST" else request.GET).get("ticket", "")
    try:
        said = _read(ticket)
        arrival, link = actions.Arrival(said["p"], said["s"], said["n"], said["l"]), _link(said["l"])
        if request.method == "GET" and request.COOKIES.get(COOKIE) != said["b"]:
            return _door(request, ticket, link.platform, link, arrival.name, new_window=False)
        _check_press(request, ticket)
        return _arrived(request, arrival)
    except c.NotTaken as why:
        return refused(request, why)


def _check_press(request: HttpRequest, ticket: str) -> None:
    """Raises NotTaken for a press on another site's page, and for the second use of a ticket."""
    if request.method == "POST" and request.headers.get("Origin") != settings.SITE_URL:
        raise c.NotTaken(_("This did not come from a page of this site. Go back to your platform and open the link again."))
    if not keys.count_once(f"ticket {ticket}", until=now() + 2 * actions.FINISHED_IN):
        raise c.NotTaken(_("This login has already been used. Go back to your platform and open the link again."))


def _link(pk: int) -> LtiLink:
    found = LtiLink.objects.select_related("platform__organisation", "course", "lesson", "topic").filter(pk=pk).first()
    if found is None:
        raise c.NotTaken(_("This login is unknown or too old. Go back to your platform and open the link again."))
    return found


def _arrived(request: HttpRequest, arrival: actions.Arrival) -> HttpResponse:
    person = actions.person_of(arrival)
    if person is None or person.user_id != getattr(request.user, "pk", None):
        if person is not None and rules.signs_in(standing_of(person.user), second_factor=is_mfa_enabled(person.user)):
            _sign_in(request, person.user)
        else:
            request.session[WAITING] = [arrival.platform, arrival.subject, arrival.name, arrival.link, int(now().timestamp())]
            return redirect("lti:welcome")
    return _entered(person, _link(arrival.link))


def _sign_in(request: HttpRequest, user: User) -> None:
    record_authentication(request, user, method="lti")
    sign_in(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")


def _entered(person: LtiPerson, link: LtiLink) -> HttpResponse:
    actions.enter(person=person, link=link, at=now())
    return _way_to(link)


def _way_to(link: LtiLink) -> HttpResponse:
    if link.topic:
        return redirect("courses:topic", link.course.slug, link.topic.slug)
    return redirect("courses:lesson", link.course.slug, link.lesson.slug) if link.lesson else redirect("courses:course", link.course.slug)


def _waiting(request: HttpRequest) -> tuple[actions.Arrival, LtiLink]:
    kept = request.session.get(WAITING)
    if not kept or now().timestamp() - kept[4] > CHOICE_LASTS:
        raise Http404
    return actions.Arrival(*kept[:4]), _link(kept[3])


@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Who comes the first time says who they are here: somebody new, or the owner of an account. And who may not be signed in by a platform's
    word signs in here.
    """
    arrival, link = _waiting(request)
    person = actions.person_of(arrival)
    if person is not None and person.user_id == request.user.pk:
        return _settled(request, person, link)
    if person is not None and not request.user.is_authenticated:
        return redirect_to_login(reverse("lti:welcome"))
    context = {"arrival": arrival, "link": link, "platform": link.platform, "other": person is not None, "next": reverse("lti:welcome")}
    if request.method == "GET" or person is not None:
        return render(request, "courses/lti/welcome.html", context)
    if request.POST.get("as") == "me" and isinstance(request.user, User):
        return _settled(request, actions.bind(arrival=arrival, user=request.user, at=now()), link)
    person = actions.bind(arrival=arrival, user=None, at=now())
    _sign_in(request, person.user)
    return _settled(request, person, link)


def _settled(request: HttpRequest, person: LtiPerson, link: LtiLink) -> HttpResponse:
    request.session.pop(WAITING, None)
    try:
        return _entered(person, link)
    except c.NotTaken as why:
        return refused(request, why)


# ---- choosing content, in the platform's frame and without any cookie: the signed ticket stands for the launch ------------------------


def _offer(request: HttpRequest, platform: LtiPlatform, said: dict[str, Any]) -> HttpResponse:
    asked = c.object_in(said, c.DL + "deep_linking_settings")
    if not c.teaches(said.get(c.LTI + "roles")):
        raise c.NotTaken(_("Only those who teach the course on your platform choose its content."))
    if not c.origin_of(str(asked.get("deep_link_return_url") or "")):
        raise c.NotTaken(_("Your platform does not say where the choice goes."))
    kept = {name: asked[name] for name in ("deep_link_return_url", "data") if name in asked}
    ticket = signing.dumps({"p": platform.pk, "d": str(said[c.LTI + "deployment_id"])[:255], "a": kept}, salt=CHOICE, compress=True)
    return _choices(request, platform, ticket, str(kept["deep_link_return_url"]), words="")


def _choices(request: HttpRequest, platform: LtiPlatform, ticket: str, back: str, *, words: str) -> HttpResponse:
    context = {"offers": queries.offers(platform, words=words), "q": words, "ticket": ticket, "platform": platform}
    return bare(request, "courses/lti/choose.html", context, framed_by=[platform.issuer, platform.login_url, back])


@csrf_exempt
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """The search of the list, and the choice, which goes back to the platform."""
    try:
        said = dict(signing.loads(request.POST.get("ticket", ""), salt=CHOICE, max_age=CHOICE_LASTS))
    except signing.BadSignature:
        return refused(request, _("This list is too old. Open it again from your platform."))
    platform = LtiPlatform.objects.select_related("organisation", "cluster").filter(pk=said["p"], revoked_at=None).first()
    if platform is None:
        return refused(request, _("This platform is not registered here any more."))
    back = str(said["a"]["deep_link_return_url"])
    target = queries.target_of(request.POST.get("pick", ""), platform=platform)
    if target is None:
        return _choices(request, platform, request.POST["ticket"], back, words=request.POST.get("q", "")[:200])
    chosen = target.topic or target.lesson or target.course
    token = actions.answer_choice(platform=platform, deployment=said["d"], asked=said["a"], chosen=chosen, at=now())
    context = {
        "action": back,
        "values": {"JWT": token},
        "says": _("“{title}” goes to {name}.").format(title=chosen.title, name=platform.name),
    }
    return bare(request, "courses/lti/post.html", context, framed_by=[platform.issuer, platform.login_url, back], posts_to=back)
