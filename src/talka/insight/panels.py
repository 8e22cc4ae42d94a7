"""What this room shows on pages of the rooms below."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.timezone import now

from talka.clusters.models import Organisation
from talka.courses.models import Course, Stack
from talka.insight import closing, queries
from talka.people.queries import standing_of


def course_use(request: HttpRequest, *, course: Course) -> str:
    """On a course's page: the way to its figures, for those who may see some."""
    if not request.user.is_authenticated or not queries.audiences_of(course, viewer=request.user):
        return ""
    return render_to_string("insight/course_panel.html", {"course": course}, request=request)


def needs_closed(request: HttpRequest, *, organisation: Organisation, **values: Any) -> str:
    """On a member's page: which needs of its people are closed, for those who may see that."""
    try:
        found = closing.of_organisation(organisation, viewer=request.user, at=now())
    except LookupError:
        return ""
    return render_to_string("insight/needs_panel.html", {"organisation": organisation, "gaps": found}, request=request)


def is_operator(request: HttpRequest) -> bool:
    """For the menu: the network's figures are the operator's."""
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_authenticated and standing_of(user).operator)


def stack_use(request: HttpRequest, *, stack: Stack) -> str:
    """On a stack's desk, which only its makers open: the way to its figures."""
    return render_to_string("insight/stack_panel.html", {"stack": stack}, request=request)
