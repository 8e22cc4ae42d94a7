"""First pages, search, and the door behind identifiers."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.clusters.queries import my_clusters, workspaces_of
from talka.home import queries
from talka.home.rules import part_of_day


def front(request: HttpRequest) -> HttpResponse:
    return render(request, "home/front.html", {"front": queries.front(viewer=request.user)})


def about(request: HttpRequest) -> HttpResponse:
    return render(request, "home/about.html")


@login_required
def today(request: HttpRequest) -> HttpResponse:
    shown = queries.today(viewer=request.user, at=now(), on=localdate())
    greetings = {"morning": _("Good morning"), "day": _("Good day"), "evening": _("Good evening")}
    context = {
        "today": shown,
        "greeting": greetings[part_of_day(localtime().hour)],
    }
    return render(request, "home/today.html", context)


@login_required
def my_cluster(request: HttpRequest) -> HttpResponse:
    """To the workspace that the viewer may open, else to the page of their cluster, else to all clusters."""
    if work := workspaces_of(viewer=request.user).order_by("-is_pilot", "name").first():
        return redirect("home:overview", cluster=work.slug)
    if mine := my_clusters(viewer=request.user).first():
        return redirect("clusters:page", cluster=mine.slug)
    return redirect("clusters:list")


@login_required
def overview(request: HttpRequest, cluster: str) -> HttpResponse:
    """My cluster: needs closed, learning now, what needs a decision, the newest needs."""
    found = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    pulse = queries.pulse_of(found, at=now(), on=localdate())
    context: dict[str, Any] = {
        "cluster": found,
        "pulse": pulse,
        "ranked": queries.newest_needs(found, viewer=request.user),
        "waiting": _waiting(request, found),
    }
    return render(request, "home/overview.html", context)


def _waiting(request: HttpRequest, cluster: Any) -> list[queries.Waiting]:
    rows = []
    undecided, survey = queries.undecided_needs(cluster, viewer=request.user)
    if undecided and survey:
        what = ngettext("need without a decision", "needs without a decision", undecided)
        rows.append(queries.Waiting(undecided, what, reverse("surveys:survey", args=[cluster.slug, survey.slug])))
    if unpriced := queries.unpriced_services(cluster, viewer=request.user):
        what = ngettext("service without a price", "services without a price", unpriced)
        rows.append(queries.Waiting(unpriced, what, reverse("clusters:services", args=[cluster.slug]) + "?priced=no"))
    return rows


def search(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:200]
    titles = {
        "courses": _("Courses"),
        "topics": _("In topics"),
        "clusters": _("Clusters"),
        "competences": _("Competences"),
        "organisations": _("Organisations"),
    }
    found = [(titles[group], hits) for group, hits in queries.search(words, viewer=request.user).items()]
    return render(request, "home/search.html", {"q": words, "found": found, "count": sum(len(hits) for _title, hits in found)})


def door(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """From an identifier in a statement to the page it stands for."""
    address = queries.address_of(kind, uuid, viewer=request.user)
    if address is None:
        raise Http404
    return redirect(address)
