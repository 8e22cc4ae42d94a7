"""Files of topics: authors send and list them, readers get them."""

import re
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now

from talka.courses import actions, files, films, queries
from talka.courses.media import MediaRefused, safe_svg
from talka.courses.models import CourseFile, Topic
from talka.courses.rules.access import WRITE
from talka.courses.rules.uploads import LIMITS
from talka.people.actions import require
from talka.people.models import User


def file(request: HttpRequest, course: str, topic: str, name: str) -> HttpResponseBase:
    """A picture, caption file, film or document of a topic; a draft's only for its authors. Drawings leave only cleaned."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    row = queries.file_of(found, topic, name, viewer=request.user)
    if row is None:
        raise Http404
    headers = files.headers_of(name, row.name) | {"ETag": f'"{row.sha256[:32]}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponseNotModified(headers={"ETag": headers["ETag"]})
    if name.endswith(".svg"):
        try:
            return HttpResponse(safe_svg(files.read(row), prefix="f"), content_type=files.type_of(name), headers=headers)
        except MediaRefused as refused:
            raise Http404 from refused
    if row.on_disk:
        # A part of another version must not be glued to this one.
        asked = request.headers.get("Range", "") if request.headers.get("If-Range", headers["ETag"]) == headers["ETag"] else ""
        return films.ranged(files.place_of(row.sha256), asked, content_type=files.type_of(name), headers=headers)
    return films.ranged_bytes(bytes(row.content), request.headers.get("Range", ""), content_type=files.type_of(name), headers=headers)


@login_required
def topic_files(request: HttpRequest, pk: int) -> HttpResponse:
    """For the editor, as JSON: the files of a topic, and a new one by POST."""
    topic = get_object_or_404(Topic.objects.select_related("course").defer("body"), pk=pk, course__in=queries.courses_open_to(request.user))
    require(request.user, WRITE, cluster=topic.course.cluster_id)
    if request.method != "POST":
        return JsonResponse({"files": [_told(topic, row) for row in queries.files_of_topic(topic)]})
    sent, wanted = request.FILES.get("file"), request.POST.get("wanted", "")
    if sent is None or wanted not in LIMITS or not isinstance(request.user, User):
        return JsonResponse({"says": str(files.FileRefused.nothing())}, status=422)
    try:
        row = actions.send_file(topic=topic, file=sent, wanted=wanted, by=request.user, at=now())
    except files.FileRefused as why:
        return JsonResponse({"says": str(why)}, status=422)
    return JsonResponse(_told(topic, row), status=201)


def _told(topic: Topic, row: CourseFile) -> dict[str, Any]:
    name = row.path.rsplit("/", 1)[-1]
    return {
        "name": name,
        "called": row.name or name,
        "url": reverse("courses:file", args=[topic.course.slug, topic.slug, name]),
        "picture": bool(re.search(r"\.(png|jpe?g|webp|svg)$", name)),
        "seconds": row.seconds,
        "bytes": files.size_of(row),
    }
