"""What this room shows on a course's pages."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.clusters.models import Cluster
from talka.curriculum.queries import curricula_of, found_in, needs_of_topic, plan_of


def needs_behind(request: HttpRequest, *, topic: Any, **values: Any) -> str:
    """On a topic: the needs that it helps to close, for staff of the cluster that planned it. Costs everybody else no query."""
    needs = needs_of_topic(topic, viewer=request.user)
    return render_to_string("curriculum/needs_behind.html", {"needs": needs}, request) if needs else ""


def newest_plan(request: HttpRequest, *, cluster: Cluster, **values: Any) -> str:
    """On a cluster's overview: the curriculum that was changed last, how far it answers its needs and what it lacks."""
    newest = curricula_of(cluster, viewer=request.user).order_by("-changed_at").first()
    if newest is None:
        return ""
    plan = plan_of(newest)
    answered = sum(1 for chain in plan.chains.values() if chain.taught and chain.assessed)
    context = {"cluster": cluster, "plan": plan, "answered": answered, "findings_n": len(found_in(plan))}
    return render_to_string("curriculum/newest_plan.html", context, request)
