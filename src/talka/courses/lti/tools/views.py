"""Doors to outside tools: a learner opens one, it asks who is there, an author chooses content of it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talka.courses import queries as courses
from talka.courses.actions import NotOpen, enrol, open_topic
from talka.courses.lti import claims as c
from talka.courses.lti import keys
from talka.courses.lti.pages import bare, refused
from talka.courses.lti.tools import actions, queries
from talka.courses.models import LtiLaunch
from talka.people.models import User

# What of a tool's request is read.
ASKED = (
    "scope", "response_type", "response_mode", "prompt", "client_id", "redirect_uri", "login_hint", "nonce", "state", "lti_message_hint",
)  # fmt: skip
LONGEST = 12_000


@require_safe
def keyset(request: HttpRequest) -> JsonResponse:  # a view's first argument
    """Our public keys, with which tools check what we sign."""
    return JsonResponse(keys.public_keys(None, at=now()))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def open_tool(request: HttpRequest, course: str, topic: str, material: UUID) -> HttpResponse:
    """The tool opens in this window. Before the first time the person is told what it learns of them."""
    place = courses.topic_for(course, topic, viewer=request.user)
    found = queries.material_at(place, material) if place else None
    if place is None or found is None or not isinstance(request.user, User):
        raise Http404
    row, tool = found
    alias = actions.alias_of(tool, request.user)
    if request.method == "POST":
        actions.agree(tool=tool, by=request.user, at=now())
    elif not actions.has_agreed(alias, tool):
        context = {"course": place.course, "topic": place, "tool": tool, "material": row, "host": c.origin_of(tool.launch_url)}
        # The form's answer leads to the tool, which browsers count as the form's doing.
        return bare(request, "courses/lti/told.html", context, posts_to=tool.login_url)
    try:
        enrolment = enrol(course=place.course, by=request.user, at=now())
    except NotOpen:
        return redirect("courses:course", place.course.slug)
    open_topic(enrolment=enrolment, topic=place, at=now())
    return HttpResponseRedirect(actions.begin(tool=tool, topic=place, material=row, by=request.user, at=now()))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def authorise(request: HttpRequest) -> HttpResponse:
    """A tool asks who is there. Posted from its site it comes without our cookie, so it is asked once more by a redirect to ourselves."""
    given = {name: value for name in ASKED if (value := (request.POST if request.method == "POST" else request.GET).get(name))}
    if sum(map(len, given.values())) > LONGEST:
        return refused(request, _("The tool's request does not follow LTI 1.3."))
    if request.method == "POST":
        return HttpResponse(status=303, headers={"Location": f"{reverse('lti:authorise')}?{urlencode(given)}"})
    if not isinstance(request.user, User):
        return refused(request, _("You are not signed in here any more. Sign in, then open the tool again from the topic."))
    try:
        form = actions.authorise(given, by=request.user, at=now())
    except c.NotTaken as why:
        return refused(request, why)
    context = {"action": form.action, "values": form.values, "says": _("Opening {name}.").format(name=form.tool.name)}
    return bare(request, "courses/lti/post.html", context, posts_to=form.action)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def chosen(request: HttpRequest) -> HttpResponse:
    """A tool posts what its author chose; shown to the author who asked, who puts it into the topic."""
    if request.method == "POST":
        try:
            mark, _row = actions.take_choice(request.POST.get("JWT"), at=now())
        except c.NotTaken as why:
            return refused(request, why)
        return HttpResponse(status=303, headers={"Location": f"{reverse('lti:chosen')}?choice={mark}"})
    row = _choice(request)
    if row is None:
        raise Http404
    return render(request, "courses/lti/chosen.html", _shown(row, request.GET["choice"]))


def _choice(request: HttpRequest) -> LtiLaunch | None:
    """The viewer's own choice."""
    try:
        pk = signing.loads((request.POST or request.GET).get("choice", ""), salt=actions.DATA, max_age=actions.CHOSEN_IN)
    except signing.BadSignature:
        return None
    rows = LtiLaunch.objects.select_related("tool", "topic__course__cluster").filter(
        user=request.user.pk, material=None, answered_at__isnull=False
    )
    return rows.filter(pk=pk).first()


def _shown(row: LtiLaunch, mark: str) -> dict[str, object]:
    items = [(n, one) for n, one in enumerate(row.answer) if "left" not in one]
    left = [one["left"] for one in row.answer if "left" in one]
    return {"choice": row, "mark": mark, "items": items, "left": left, "topic": row.topic, "tool": row.tool, "course": row.topic.course}


@login_required
@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """The chosen content becomes the last material of the topic's draft."""
    row, viewer = _choice(request), _viewer(request)
    number = request.POST.get("item", "")
    if (
        row is None
        or row.tool.revoked_at is not None
        or not number.isdecimal()
        or int(number) >= len(row.answer)
        or "left" in row.answer[int(number)]
    ):
        raise Http404
    item = row.answer[int(number)]
    actions.show_tool(
        tool=row.tool, topic=row.topic, by=viewer, title=item["title"], address=item["address"], parameters=item["parameters"]
    )
    return redirect("wagtailsnippets_courses_topic:edit", row.topic_id)


@login_required
@require_POST
def choose(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """An author puts a tool into a topic of the course: as it is, or by choosing content in it."""
    found = get_object_or_404(courses.courses_written_by(request.user), slug=course, cluster__slug=cluster)
    tool = queries.tools_for(found).filter(uuid=_uuid(request.POST.get("tool"))).first()
    topic = found.topics.filter(slug=request.POST.get("topic", "")).select_related("course").first()
    if tool is None or topic is None:
        raise Http404
    viewer = _viewer(request)
    if "inside" in request.POST and tool.deep_link_url:
        return HttpResponseRedirect(actions.begin(tool=tool, topic=topic, material=None, by=viewer, at=now()))
    actions.show_tool(tool=tool, topic=topic, by=viewer)
    return redirect("wagtailsnippets_courses_topic:edit", topic.pk)


def _viewer(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _uuid(value: str | None) -> UUID:
    try:
        return UUID(value or "")
    except ValueError:
        raise Http404 from None
