"""The room's pages: translate, make one call, translate back."""

import mimetypes

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from talka.courses import queries
from talka.courses.media import safe_svg


def glossary(request: HttpRequest, course: str) -> HttpResponse:
    """Every term of the course with its explanation."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    return render(request, "courses/glossary.html", {"course": found, "entries": queries.glossary_of(found)})


def file(request: HttpRequest, course: str, topic: str, name: str) -> HttpResponse:
    """A picture, caption file or film of a topic. Drawings leave only cleaned."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    content = queries.file_of(found, topic, name)
    if content is None:
        raise Http404
    if name.endswith(".svg"):
        return HttpResponse(safe_svg(content, prefix="f"), content_type="image/svg+xml", headers=_HEADERS)
    return HttpResponse(content, content_type=_TYPES.get(name.rsplit(".", 1)[-1]) or mimetypes.guess_type(name)[0] or "", headers=_HEADERS)


_TYPES = {"vtt": "text/vtt; charset=utf-8", "md": "text/plain; charset=utf-8", "webm": "video/webm"}
# A file opened by itself must not act either.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}
