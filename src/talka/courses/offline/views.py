"""Doors of a phone without a line: the saved lessons' page, the worker's script, what a lesson consists of, and the delivery."""

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from talka.courses import queries
from talka.courses.languages.choosing import chosen_in
from talka.courses.models import Lesson
from talka.courses.offline import actions
from talka.courses.offline.rules import BadDelivery, read
from talka.people.models import User

LARGEST = 2_000_000  # bytes of a delivery


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the site installable."""
    icon = {"src": static("kit/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    name = settings.WAGTAIL_SITE_NAME
    start = reverse("home:today")
    made = {
        "name": name,
        "short_name": name[:12],
        "start_url": start,
        "scope": "/",
        "display": "standalone",
        "background_color": "#FAF7F2",
        "theme_color": "#1F5C4A",
        "icons": [icon],
    }
    return JsonResponse(made, content_type="application/manifest+json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, which may look after the whole site."""
    assets = [static(path) for path in ("kit/talka.css", "kit/kit.js", "kit/icon.svg", "courses/offline.js", "courses/learn.css")]
    context = {"shell": json.dumps([reverse("offline:saved"), *assets]), "saved": reverse("offline:saved"), "sync": reverse("offline:sync")}
    response = render(request, "courses/offline/worker.js", context, content_type="text/javascript")
    response["Service-Worker-Allowed"], response["Cache-Control"] = "/", "no-cache"
    return response


@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    """What is saved on this phone and what waits to be sent. The page holds nothing of anybody: its script looks on the phone."""
    return render(request, "courses/offline/saved.html")


@never_cache
@require_safe
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """The addresses of a lesson's topics, for the script that saves them."""
    if not isinstance(request.user, User):
        return JsonResponse({"detail": "sign in"}, status=401)
    open_to = queries.courses_open_to(request.user).filter(slug=course)
    found = get_object_or_404(Lesson.objects.select_related("course"), course__in=open_to, slug=lesson)
    topics = list(found.topics.filter(live=True).only("slug", "title"))
    if not topics:
        raise Http404
    # As the topics themselves are saved: in the language in which the person reads the course.
    how = queries.reading(found.course, enrolment=queries.enrolment_of(request.user, found.course), chosen=chosen_in(request, found.course))
    pages = [{"url": reverse("courses:topic", args=[course, topic.slug]), "title": how.topic_title(topic)[0]} for topic in topics]
    names = {"course": how.said("title", found.course.title)[0], "lesson": how.part("lessons", found.slug, "title", found.title)[0]}
    return JsonResponse({**names, "language": how.language, "pages": pages})


@never_cache
@require_http_methods(["GET", "POST"])
def sync(request: HttpRequest) -> HttpResponse:
    """GET: who is signed in here, and a token to send with. POST: a delivery; the answer says of each item what became of it."""
    if not isinstance(request.user, User):
        return JsonResponse({"detail": "sign in"}, status=401)
    if request.method == "GET":
        return JsonResponse({"user": str(request.user.uuid), "token": get_token(request)})
    if len(request.body) > LARGEST:
        return JsonResponse({"detail": f"more than {LARGEST} bytes"}, status=413)
    try:
        items = read(json.loads(request.body), at=now())
    except (BadDelivery, ValueError) as bad:
        return JsonResponse({"detail": str(bad)}, status=400)
    taken = actions.deliver(items, by=request.user, at=now())
    return JsonResponse({"items": [{"id": str(t.item.uuid), "outcome": t.outcome, "why": t.why} for t in taken]})
