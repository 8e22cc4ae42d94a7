"""From the words of an address to the thing, if the viewer may see it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from talka.clusters.models import Cluster
from talka.clusters.queries import workspaces_of
from talka.kit.queries import works_of
from talka.people.actions import require
from talka.people.models import User
from talka.people.rules import Ability
from talka.surveys import actions
from talka.surveys.models import Survey
from talka.surveys.queries import surveys_of

__all__ = ["LARGE", "LoginRequiredMixin", "brought_up_to_date", "cluster_at", "ranking_work", "redirect_to_login", "survey_at"]

# The needs of more responses are ranked by the worker, not while a page waits: below, it takes less than a second.
LARGE = 3000


def cluster_at(request: HttpRequest, cluster: str) -> Cluster:
    """The cluster whose workspace the viewer may open, or 404."""
    return get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)


def survey_at(request: HttpRequest, cluster: str, survey: str, *, to: Ability | None = None) -> Survey:
    """A survey of that cluster whose results the viewer may read, or 404; NotAllowed if they may read it but not do `to`."""
    place = cluster_at(request, cluster)
    found = get_object_or_404(surveys_of(place, viewer=request.user).select_related("cluster", "framework"), slug=survey)
    if to is not None:
        require(request.user, to, cluster=place.pk)
    return found


def ranking_work(survey: Survey) -> str:
    """By which kind the background ranking of `survey` is found again."""
    return f"survey-ranking-{survey.pk}"


def brought_up_to_date(survey: Survey, *, viewer: User, at: datetime) -> dict[str, Any]:
    """For a page that shows a ranking: brings it up to date, or says that newer answers wait for the worker and where `viewer` can follow it."""
    if actions.bring_up_to_date(survey, at=at, most=LARGE):
        return {"late": False}
    return {"late": True, "work": works_of(viewer).filter(kind=ranking_work(survey)).unfinished().order_by("-asked_at").first()}
