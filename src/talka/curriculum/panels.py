"""What this room shows on a course's pages."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.clusters.models import Cluster
from talka.courses.models import Course
from talka.curriculum.queries import curricula_of, needs_of_topic, validations_of
from talka.people.queries import standing_of
from talka.people.rules import may
from talka.surveys.rules import ASK


def needs_behind(request: HttpRequest, *, topic: Any, **values: Any) -> str:
    """On a topic: the needs that it helps to close, for staff of the cluster that planned it. Costs everybody else no query."""
    needs = needs_of_topic(topic, viewer=request.user)
    if needs.query.is_empty():
        return ""
    return render_to_string("curriculum/needs_behind.html", {"needs": needs}, request) if needs else ""


def newest_plan(request: HttpRequest, *, cluster: Cluster, **values: Any) -> str:
    """On a cluster's overview: the curriculum that was changed last. One query; what it lacks is computed on its own page."""
    newest = curricula_of(cluster, viewer=request.user).order_by("-changed_at").first()
    return render_to_string("curriculum/newest_plan.html", {"cluster": cluster, "plan": newest}, request) if newest else ""


def validations(request: HttpRequest, *, course: Course, cluster: Cluster, **values: Any) -> str:
    """On a course in the workspace: what its testers were asked, and the way to ask them. One query."""
    found = list(validations_of(cluster, viewer=request.user, course=course))
    may_ask = may(standing_of(request.user), ASK, cluster=cluster.pk)
    if not found and not may_ask:
        return ""
    context = {"cluster": cluster, "course": course, "validations": found, "may_ask": may_ask}
    return render_to_string("curriculum/validations.html", context, request)
