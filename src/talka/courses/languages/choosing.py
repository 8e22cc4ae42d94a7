"""In which language somebody reads a course: remembered with the enrolment, or for this visit by those who only look in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from talka.courses import queries
from talka.courses.languages import actions
from talka.courses.models import Course

_KEY = "reading"


def chosen_in(request: HttpRequest, course: Course) -> str:
    """What a visitor who is not enrolled chose for this course."""
    return str(request.session.get(_KEY, {}).get(str(course.pk), "")) if course.languages else ""


@require_POST
def choose(request: HttpRequest, course: str) -> HttpResponse:
    """The course in another of its languages; back to the page one was on."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    language = request.POST.get("language", "")
    if language not in {found.language, *found.languages}:
        raise Http404
    enrolment = queries.enrolment_of(request.user, found)
    if enrolment is not None:
        actions.choose_language(enrolment=enrolment, language=language)
    else:
        request.session[_KEY] = {**request.session.get(_KEY, {}), str(found.pk): language}
    topic = request.POST.get("topic", "")
    if topic and found.topics.filter(slug=topic, live=True).exists():
        return redirect("courses:topic", found.slug, topic)
    return redirect("courses:course", found.slug)
