"""Pages of figures."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from talka.clusters.models import Organisation
from talka.clusters.queries import workspaces_of
from talka.courses.queries import may_write
from talka.curriculum.queries import validations_of
from talka.insight import figures, pages, queries, stacks
from talka.insight.forms import DaysForm
from talka.insight.pages import Csv, Needs, Page
from talka.insight.queries import Answered
from talka.insight.rules import PERIODS, Period
from talka.insight.validation import verdict_on
from talka.kit.charts import figure_csv
from talka.kit.sheets import csv_response
from talka.kit.tables import Way, address


@dataclass(frozen=True, slots=True)
class Days:
    """The choice of days as a page shows it."""

    form: DaysForm
    period: Period
    ways: list[Way]


def _days(request: HttpRequest, today: date | None = None) -> Days:
    form = DaysForm(request.GET)
    names = {28: _("4 weeks"), 91: _("3 months"), 182: _("6 months"), 364: _("a year"), 0: _("all")}
    custom = bool(request.GET.get("since") or request.GET.get("until"))
    chosen = request.GET.get("days", "364")
    ways = [Way(names[n], address(request, days=n, since=None, until=None), current=not custom and chosen == str(n)) for n in PERIODS]
    return Days(form, form.period(today or localdate()), ways)


def _answer(request: HttpRequest, template: str, page: Page | Needs, context: dict[str, Any]) -> HttpResponseBase:
    """The page, or the CSV that `?csv=` asks for: the same numbers as on the screen."""
    if asked := request.GET.get("csv"):
        fig = page.figures[asked]() if asked in page.figures else None
        if fig is None:
            raise Http404
        return figure_csv(fig, asked)
    return render(request, template, {**context, "people": page.people, "figures": page.shown()})


def _csv(request: HttpRequest) -> Csv:
    return lambda key: address(request, csv=key)


@login_required
def course(request: HttpRequest, course: str) -> HttpResponseBase:
    """How a course is used, by whom of those that the viewer may see."""
    found = get_object_or_404(queries.courses_seen(viewer=request.user), slug=course)
    audiences = queries.audiences_of(found, viewer=request.user)
    if not audiences:
        raise Http404
    chosen = next((a for a in audiences if a.key == request.GET.get("of")), audiences[0])
    queries.keep_fresh(now())
    days = _days(request)
    film = request.GET.get("film", "")
    page = pages.of_course(found, viewer=request.user, audience=chosen, days=days.period, csv=_csv(request), film=film)
    ways = [Way(a.name, address(request, of=a.key), current=a == chosen) for a in audiences]
    crumbs = [(chosen.name, reverse("insight:cluster", args=[chosen.key]))] if chosen.cluster else []
    crumbs.append((str(found), reverse("courses:course", args=[found.slug])))
    context = {"crumbs": crumbs, "course": found, "audience": chosen, "audiences": ways, "days": days, "films": _films(request, page.used)}
    return _answer(request, "insight/course.html", page, context)


def _films(request: HttpRequest, used: Answered) -> list[Way]:
    """Links to the other films' audiences."""
    seen = {r["unit"]: r["title"] or r["unit"] for r in used["film-audience"]}
    return [Way(title, f"{address(request, film=unit)}#film-audience", current=False) for unit, title in seen.items()]


@login_required
def cluster(request: HttpRequest, cluster: str) -> HttpResponseBase:
    """How the people of a cluster learn, and which needs that closed."""
    found = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    queries.keep_fresh(now())
    days = _days(request)
    page = pages.of_cluster(found, viewer=request.user, days=days.period, csv=_csv(request), at=now())
    context = {
        "cluster": found,
        "days": days,
        "quiet": queries.quiet_members(found, viewer=request.user, on=localdate()),
        "courses": queries.courses_seen(viewer=request.user).order_by("title"),
        "sources": queries.sources_with_use(viewer=request.user).filter(cluster=found),
    }
    return _answer(request, "insight/cluster.html", page, context)


@login_required
def organisation_needs(request: HttpRequest, organisation: str) -> HttpResponseBase:
    """Which needs of a firm's people are closed: for its training contact and for staff of its clusters."""
    found = get_object_or_404(Organisation, slug=organisation)
    try:
        page = pages.of_organisation(found, viewer=request.user, csv=_csv(request), at=now())
    except LookupError as hidden:
        raise Http404 from hidden
    return _answer(request, "insight/needs.html", page, {"place": found, "organisation": found})


@login_required
def network_needs(request: HttpRequest) -> HttpResponseBase:
    """Which needs of the whole network are closed."""
    try:
        page = pages.of_network(viewer=request.user, csv=_csv(request), at=now())
    except LookupError as hidden:
        raise Http404 from hidden
    return _answer(request, "insight/needs.html", page, {"place": _("The network")})


@login_required
def validation(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """What testers said about each topic of a course, beside its use and its exercises; what it lacks can be made a task."""
    place = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    found = get_object_or_404(validations_of(place, viewer=request.user), survey__slug=survey)
    queries.keep_fresh(now())
    verdict = verdict_on(found, viewer=request.user, at=now())
    if verdict is None:
        raise Http404
    if request.GET.get("csv") == "topics":
        heads = [_("Topic"), _("Testers"), _("Helped"), _("To fix"), _("Reached"), _("Stopped"), _("Completed"), _("Findings")]
        rows = [
            (t.topic.title, t.people, t.helped, t.mend, t.reached, t.stopped, t.completed, "; ".join(f.says for f in t.findings))
            for t in verdict.topics
        ]
        return csv_response(f"{survey}-topics", heads, rows)
    context = {
        "cluster": place,
        "validation": found,
        "survey": found.survey,
        "course": found.course,
        "verdict": verdict,
        "may_write": may_write(request.user, found.course),
        "tasks": found.tasks.count(),
    }
    return render(request, "insight/validation.html", context)


@login_required
def source(request: HttpRequest, source: str) -> HttpResponseBase:
    """What another system's statements say about use."""
    found = get_object_or_404(queries.sources_with_use(viewer=request.user), uuid=source)
    queries.keep_fresh(now())
    # A log that was imported ends when it was exported: "now" is its last day.
    days = _days(request, queries.last_day_of(found))
    page = pages.of_source(found, viewer=request.user, days=days.period, csv=_csv(request))
    crumbs = [(str(found.cluster), reverse("insight:cluster", args=[found.cluster.slug]))] if found.cluster else []
    return _answer(request, "insight/source.html", page, {"crumbs": crumbs, "source": found, "days": days})


@login_required
def stack(request: HttpRequest, cluster: str, code: str) -> HttpResponseBase:
    """How often a stack is opened, from which sign, and what of it is used."""
    found = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    try:
        row = stacks.stack_seen(found, code, viewer=request.user)
    except LookupError as none:
        raise Http404 from none
    queries.keep_fresh(now())
    days = _days(request)
    page = stacks.of_stack(row, days=days.period, csv=_csv(request))
    return _answer(request, "insight/stack.html", page, {"cluster": found, "stack": row, "days": days})


def definitions(request: HttpRequest) -> HttpResponse:
    """Every figure's definition."""
    return render(request, "insight/definitions.html", {"metrics": figures.defined().values()})


def definition(request: HttpRequest, metric: str) -> HttpResponse:
    """What a figure counts, in words and in SQL."""
    found = figures.defined().get(metric)
    if found is None:
        raise Http404
    return render(request, "insight/definition.html", {"metric": found})
