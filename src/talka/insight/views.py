"""Pages of figures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from talka.clusters.queries import workspaces_of
from talka.insight import closing, figures, queries
from talka.insight.figures import Frame
from talka.insight.forms import DaysForm
from talka.insight.queries import Answered
from talka.insight.rules import PERIODS, Period
from talka.kit.charts import Figure, figure_csv
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


def _frame(request: HttpRequest, answered: Answered, people: int, minimum: int, until: date) -> Frame:
    return Frame(answered.computed_at, people, minimum, until, lambda key: address(request, csv=key))


def _file(request: HttpRequest, made: dict[str, Callable[[], Figure | None]]) -> HttpResponseBase | None:
    """The CSV that `?csv=` asks for: the same numbers as on the screen."""
    asked = request.GET.get("csv")
    if not asked:
        return None
    fig = made[asked]() if asked in made else None
    if fig is None:
        raise Http404
    return figure_csv(fig, asked)


def _answer(request: HttpRequest, template: str, made: dict[str, Callable[[], Figure | None]], context: dict[str, Any]) -> HttpResponseBase:
    if file := _file(request, made):
        return file
    shown = [(key, fig) for key, make in made.items() if (fig := make()) is not None]
    return render(request, template, {**context, "figures": shown})


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
    used = queries.usage_of(found, viewer=request.user, audience=chosen, period=days.period)
    people = int(used["funnel"].rows[0][0])
    frame = _frame(request, used, people, chosen.minimum, days.period.until)
    made: dict[str, Callable[[], Figure | None]] = {
        "weekly-active": lambda: figures.weekly(frame, used["weekly-active"], used["active"]),
        "funnel": lambda: figures.funnel(frame, used["funnel"]),
        "stops": lambda: figures.stops(frame, used["stops"]),
        "topics": lambda: figures.topics(frame, used["use-by-unit"]),
        "exercises": lambda: figures.exercises(frame, used["exercises"]) if used["exercises"].rows else None,
        "film-audience": lambda: figures.film(frame, used["film-audience"], unit=request.GET.get("film", "")),
        "rhythm": lambda: figures.rhythm(frame, used["rhythm"]),
        "active": lambda: figures.stickiness(frame, used["active"]),
    }
    ways = [Way(a.name, address(request, of=a.key), current=a == chosen) for a in audiences]
    context = {"course": found, "audience": chosen, "audiences": ways, "days": days, "people": people, "films": _films(request, used)}
    return _answer(request, "insight/course.html", made if people else {}, context)


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
    used = queries.cluster_use(found, viewer=request.user, period=days.period)
    people = sum(r["learners"] for r in used["organisations"])
    frame = _frame(request, used, people, queries.THRESHOLD_INSIDE, days.period.until)
    gaps = closing.of_cluster(found, viewer=request.user, at=now())
    made: dict[str, Callable[[], Figure | None]] = {
        "needs-closed": lambda: closing.figure_over_time(frame, gaps),
        "needs-by-competence": lambda: closing.figure_by_competence(frame, gaps),
        "weekly-active": lambda: figures.weekly(frame, used["weekly-active"], used["active"]),
        "organisations": lambda: figures.organisations(frame, used["organisations"]),
        "needs-by-organisation": lambda: closing.figure_by_organisation(frame, gaps),
        "rhythm": lambda: figures.rhythm(frame, used["rhythm"]),
        "active": lambda: figures.stickiness(frame, used["active"]),
    }
    context = {
        "cluster": found,
        "days": days,
        "people": people,
        "quiet": queries.quiet_members(found, viewer=request.user, on=localdate()),
        "courses": queries.courses_seen(viewer=request.user).order_by("title"),
        "sources": queries.sources_with_use(viewer=request.user).filter(cluster=found),
    }
    return _answer(request, "insight/cluster.html", made if people or gaps.total.measured else {}, context)


@login_required
def source(request: HttpRequest, source: str) -> HttpResponseBase:
    """What another system's statements say about use."""
    found = get_object_or_404(queries.sources_with_use(viewer=request.user), uuid=source)
    queries.keep_fresh(now())
    # A log that was imported ends when it was exported: "now" is its last day.
    days = _days(request, queries.last_day_of(found))
    used = queries.source_use(found, viewer=request.user, period=days.period)
    people = _people(used)
    minimum = queries.THRESHOLD_INSIDE if found.cluster_id else queries.THRESHOLD
    frame = _frame(request, used, people, minimum, days.period.until)
    names = queries.names_of([r["unit"] for r in used["use-by-unit"]])
    made: dict[str, Callable[[], Figure | None]] = {
        "weekly-active": lambda: figures.weekly(frame, used["weekly-active"], used["active"]),
        "activities": lambda: figures.activities(frame, used["use-by-unit"], names),
        "exercises": lambda: figures.exercises(frame, used["exercises"]) if used["exercises"].rows else None,
        "rhythm": lambda: figures.rhythm(frame, used["rhythm"]),
        "active": lambda: figures.stickiness(frame, used["active"]),
    }
    return _answer(request, "insight/source.html", made if people else {}, {"source": found, "days": days, "people": people})


def _people(used: Answered) -> int:
    return int(used["learners"].rows[0][0])


def definitions(request: HttpRequest) -> HttpResponse:
    """Every figure's definition."""
    return render(request, "insight/definitions.html", {"metrics": figures.defined().values()})


def definition(request: HttpRequest, metric: str) -> HttpResponse:
    """What a figure counts, in words and in SQL."""
    found = figures.defined().get(metric)
    if found is None:
        raise Http404
    return render(request, "insight/definition.html", {"metric": found})
