"""The front desk's pages."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talka.clusters.queries import workspaces_of
from talka.clusters.rules import ADMIT
from talka.home import actions, figures, queries, tasks
from talka.home.rules import part_of_day
from talka.insight.queries import keep_fresh
from talka.kit.charts import figure_csv
from talka.kit.tasks import start
from talka.people.actions import require
from talka.people.queries import standing_of
from talka.people.rules import may


def front(request: HttpRequest) -> HttpResponse:
    """What this network is, for whoever comes by."""
    return render(request, "home/front.html", {"front": queries.front(viewer=request.user, on=localdate())})


def about(request: HttpRequest) -> HttpResponse:
    """What Talka is, what is counted, and what of it is generated."""
    return render(request, "home/about.html", {"has_sample": bool(queries.sample_here())})


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """A learner's front page."""
    at = now()
    keep_fresh(at)
    greeting = {"morning": _("Good morning"), "day": _("Good day"), "evening": _("Good evening")}[part_of_day(localtime(at).hour)]
    return render(request, "home/today.html", {"today": queries.today(request.user, at=at), "greeting": greeting, "at": at})


@login_required
def my_cluster(request: HttpRequest) -> HttpResponse:
    """The way to the cluster that is mine: its workspace for staff, its page for members."""
    cluster = queries.my_workspace(request.user)
    if cluster is None:
        return redirect("clusters:list")
    staff = workspaces_of(viewer=request.user).filter(pk=cluster.pk).exists()
    return redirect("home:overview" if staff else "clusters:page", cluster=cluster.slug)


@login_required
def overview(request: HttpRequest, cluster: str) -> HttpResponse:
    """A manager's front page."""
    found = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    keep_fresh(now())
    seen = queries.overview(found, viewer=request.user, at=now())
    made = figures.of_overview(seen, viewer=request.user)
    if asked := request.GET.get("csv"):
        if asked not in made:
            raise Http404
        return figure_csv(made[asked], asked)
    context = {
        "cluster": found,
        "seen": seen,
        "figures": made.items(),
        "shown": figures.shown(seen),
        "may_begin": may(standing_of(request.user), ADMIT, cluster=found.pk),
    }
    return render(request, "home/overview.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Words in courses and topics, clusters and organisations."""
    words = request.GET.get("q", "").strip()[:200]
    found = queries.search(words, viewer=request.user, on=localdate()) if len(words) > 1 else None
    return render(request, "home/search.html", {"q": words, "found": found})


def door(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Statements name our things by address; this is where such an address leads."""
    page = queries.door(kind, uuid, viewer=request.user)
    if page is None:
        raise Http404
    return redirect(page)


@login_required
@require_http_methods(["GET", "POST"])
def remove_sample(request: HttpRequest) -> HttpResponse:
    """Asks once, then removes the sample network in the background."""
    require(request.user, actions.REMOVE_SAMPLE)
    if request.method == "POST" and bool(queries.sample_here()):
        work = start(tasks.take_sample_away, title=_("The sample network is removed"), by=request.user, at=now())
        return redirect("kit:work", work.uuid)
    context = {"has_sample": bool(queries.sample_here()), "is_sample": request.user.is_sample, "real": queries.real_learners()}
    return render(request, "home/remove_sample.html", context)
