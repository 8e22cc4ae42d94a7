"""What this room shows on a course's pages."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.clusters.models import Cluster
from talka.curriculum.queries import curricula_of, needs_of_topic


def needs_behind(request: HttpRequest, *, topic: Any, **values: Any) -> str:
    """On a topic: the needs that it helps to close, for staff of the cluster that planned it. Costs everybody else no query."""
    needs = needs_of_topic(topic, viewer=request.user)
    return render_to_string("curriculum/needs_behind.html", {"needs": needs}, request) if needs else ""


def newest_plan(request: HttpRequest, *, cluster: Cluster, **values: Any) -> str:
    """On a cluster's overview: the curriculum that was changed last. One query; what it lacks is computed on its own page."""
    newest = curricula_of(cluster, viewer=request.user).order_by("-changed_at").first()
    return render_to_string("curriculum/newest_plan.html", {"cluster": cluster, "plan": newest}, request) if newest else ""
