"""What this room shows on pages of the rooms below."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.courses.models import Course
from talka.insight import queries


def course_use(request: HttpRequest, *, course: Course) -> str:
    """On a course's page: the way to its figures, for those who may see some."""
    if not request.user.is_authenticated or not queries.audiences_of(course, viewer=request.user):
        return ""
    return render_to_string("insight/course_panel.html", {"course": course}, request=request)
