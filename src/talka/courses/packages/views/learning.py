"""The page on which a package is played, and what it sends for its learner."""

import json
from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from talka.courses import queries as courses
from talka.courses.actions import NotOpen, enrol, open_topic
from talka.courses.models import Course, Enrolment, Package, PackageUnit, Topic
from talka.courses.packages import actions, addresses, queries, receiving
from talka.kit.middleware import POLICY
from talka.people.models import User

# What a frame may do; the same is said once more by the content's own policy.
SANDBOX = "allow-scripts allow-forms allow-modals allow-downloads allow-pointer-lock"
LARGEST = 1_500_000

Player = Callable[[HttpRequest, Enrolment, Topic, PackageUnit], HttpResponse]
# Kinds that are played otherwise than in our frame.
PLAYERS: dict[str, Player] = {}


def _place(request: HttpRequest, course: str, topic: str, unit: UUID) -> tuple[Topic, PackageUnit, User]:
    """The topic and the unit that one of its materials shows; 404 otherwise."""
    found = courses.topic_for(course, topic, viewer=request.user)
    if found is None or not isinstance(request.user, User):
        raise Http404
    row = PackageUnit.objects.playable().filter(uuid=unit).select_related("package").first()
    if row is None or queries.material_of(row, found) is None:
        raise Http404
    return found, row, request.user


@login_required
def play(request: HttpRequest, course: str, topic: str, unit: UUID) -> HttpResponse:
    """The package's unit in its frame, for the viewer."""
    found, row, viewer = _place(request, course, topic, unit)
    enrolment = courses.enrolment_of(viewer, found.course)
    at = now()
    if enrolment is None:
        if found.course.entry == Course.Entry.INVITATION and courses.may_write(viewer, found.course):
            return redirect("courses:topic", course, topic)
        try:
            enrolment = enrol(course=found.course, by=viewer, at=at)
        except NotOpen:
            return redirect("courses:course", course)
    enrolment.course, enrolment.user = found.course, viewer
    lines = queries.menu_of(row.package, enrolment)
    here = next(line for line in lines if line.unit.pk == row.pk)
    if here.waits:
        return redirect(f"{reverse('courses:topic', args=[course, topic])}")
    open_topic(enrolment=enrolment, topic=found, at=at)
    if player := PLAYERS.get(row.package.kind):
        return player(request, enrolment, found, row)
    run = actions.begin_run(unit=row, enrolment=enrolment, at=at)
    ticket = addresses.Ticket(viewer.pk, row.package_id, row.pk, run.pk, found.pk, uuid4().hex)
    if row.kind == PackageUnit.Kind.CONTENT and row.package.kind != Package.Kind.H5P:
        actions.see_page(sitting=actions.Sitting(run, row, row.package, enrolment, found, ticket.sitting), at=at)
    playable = [line for line in lines if line.unit.kind != PackageUnit.Kind.BLOCK]
    place = next(n for n, line in enumerate(playable) if line.unit.pk == row.pk)
    context = {
        "course": found.course,
        "topic": found,
        "before": playable[place - 1].unit if place else None,
        "after": playable[place + 1].unit if place + 1 < len(playable) else None,
        "place": place + 1,
        "total": len(playable),
        "back": f"{reverse('courses:topic', args=[course, topic])}",
        "keep": reverse("packages:keep", args=[course, topic, unit]),
    }
    return frame(request, row, ticket, context)


def frame(request: HttpRequest, unit: PackageUnit, ticket: addresses.Ticket, context: Mapping[str, object]) -> HttpResponse:
    """The page around the content, which may load this content in its frame and nothing else from anywhere."""
    token = ticket.signed()
    root = addresses.root(token, request)
    h5p = unit.package.kind == Package.Kind.H5P
    apart = addresses.is_apart()
    first = f"{root}~talka/play.html" if h5p or (apart and unit.kind == PackageUnit.Kind.SCO) else root + unit.href
    response = render(
        request,
        "courses/packages/play.html",
        {
            **context,
            "unit": unit,
            "package": unit.package,
            "src": first,
            "sandbox": f"{SANDBOX} allow-same-origin" if apart else SANDBOX,
            "apart": apart,
            # A sandboxed page has no origin; it is called null.
            "origin": "/".join(root.split("/")[:3]) if apart else "null",
            "ticket": token,
            "csrf": get_token(request),
        },
    )
    response["Content-Security-Policy"] = f"{POLICY}; frame-src {root}"
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@login_required
def keep(request: HttpRequest, course: str, topic: str, unit: UUID) -> JsonResponse:
    """What the content in the viewer's frame says: kept, told to the record store, or refused with the reason."""
    found, row, viewer = _place(request, course, topic, unit)
    if len(request.body) > LARGEST:
        return JsonResponse({"refused": ["too large"]}, status=413)
    try:
        sent = json.loads(request.body)
        ticket = addresses.ticket_of(str(sent["ticket"]))
        messages = sent["messages"]
    except addresses.Expired:
        return JsonResponse({"refused": ["open for too long; reload the page"]}, status=403)
    except (ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"refused": ["not understood"]}, status=422)
    # A ticket is its person's and its unit's; nobody speaks for another.
    if ticket is None or (ticket.user, ticket.unit, ticket.topic) != (viewer.pk, row.pk, found.pk):
        return JsonResponse({"refused": ["not yours"]}, status=403)
    try:
        run, refused = receiving.receive(ticket, messages, at=now())
    except receiving.NotUnderstood as why:
        return JsonResponse({"refused": [str(why)]}, status=422)
    return JsonResponse({"refused": refused, "done": run.completed_at is not None})
