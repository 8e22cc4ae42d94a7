"""What stands around every page of a curriculum: the cluster's rail, the way through the plan, and what the viewer may do."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from talka.clusters.models import Cluster
from talka.clusters.queries import workspaces_of
from talka.curriculum import queries
from talka.curriculum.models import Curriculum


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    url: str
    current: bool


def workspace(request: HttpRequest, slug: str) -> Cluster:
    """The cluster, if the viewer may open its workspace; 404 otherwise."""
    found: Cluster = get_object_or_404(workspaces_of(viewer=request.user), slug=slug)
    return found


def opened(request: HttpRequest, cluster: str, slug: str) -> Curriculum:
    """The curriculum, if the viewer may see it; 404 otherwise."""
    found: Curriculum = get_object_or_404(queries.curricula_of(workspace(request, cluster), viewer=request.user), slug=slug)
    return found


def around(request: HttpRequest, curriculum: Curriculum, step: str) -> dict[str, Any]:
    """The context that `curriculum/shell.html` needs."""
    labels = {
        "curriculum": _("Overview"), "needs": _("Needs"), "outcomes": _("Outcomes"), "topics": _("Topics"), "matrix": _("Matrix"),
        "findings": _("Findings"), "choose": _("Choose for me"), "document": _("Document"),
    }  # fmt: skip
    address = [curriculum.cluster.slug, curriculum.slug]
    return {
        "cluster": curriculum.cluster,
        "curriculum": curriculum,
        "steps": [Step(label, reverse(f"curriculum:{name}", args=address), name == step) for name, label in labels.items()],
        "may_plan": queries.may_plan(request.user, curriculum.cluster),
        "shell": "curriculum/shell.html",
    }
