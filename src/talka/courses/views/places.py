"""From the words of an address to the thing, if the viewer may see it; and who the viewer is."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from talka.clusters.models import Cluster
from talka.clusters.queries import workspaces_of
from talka.courses import queries
from talka.courses.models import Course
from talka.courses.rules.access import WRITE
from talka.kit import tables
from talka.people.actions import require
from talka.people.models import User
from talka.people.rules import Ability


def person_of(request: HttpRequest) -> User:
    """The viewer of a page that asks for sign-in first."""
    if not isinstance(request.user, User):
        raise TypeError
    return request.user


def cluster_at(request: HttpRequest, cluster: str, *, to: Ability | None = None) -> Cluster:
    """The cluster whose workspace the viewer may open, or 404; NotAllowed if they may open it but not do `to` there."""
    found = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    if to is not None:
        require(request.user, to, cluster=found.pk)
    return found


def course_at(request: HttpRequest, cluster: str, course: str, *, to: Ability | None = None) -> tuple[Cluster, Course]:
    """The workspace and a course that is shown in it, or 404; NotAllowed if the viewer may not do `to` with that course."""
    found = cluster_at(request, cluster)
    row = get_object_or_404(queries.courses_of_workspace(found, viewer=request.user), slug=course)
    if to is not None:
        require(request.user, to, cluster=row.cluster_id)
    return found, row


def own_course_at(request: HttpRequest, cluster: str, course: str) -> tuple[Cluster, Course]:
    """The workspace and one of its own courses that the viewer may write; 404 or NotAllowed otherwise."""
    found = cluster_at(request, cluster, to=WRITE)
    return found, get_object_or_404(queries.courses_written_by(request.user), slug=course, cluster=found)


class WorkspaceList(LoginRequiredMixin, tables.ListView):
    """A list in a cluster's workspace."""

    shell = "kit/workspace.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.cluster = cluster_at(request, kwargs["cluster"])
        return super().dispatch(request, *args, **kwargs)

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}
