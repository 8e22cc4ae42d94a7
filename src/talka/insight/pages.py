"""What each page of figures shows, by name: made when a visitor asks, and by the worker before anybody does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.timezone import localdate, now

from talka.clusters.models import Cluster, Organisation
from talka.courses.models import Course
from talka.insight import closing, figures, queries
from talka.insight.closing import Gaps
from talka.insight.figures import Frame
from talka.insight.queries import Answered, Audience
from talka.insight.rules import Period, period
from talka.kit import charts, memory
from talka.kit.charts import Figure
from talka.people.queries import Viewer
from talka.records.models import Source

# The address of a figure's numbers, by its name.
Csv = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Page:
    """Figures by name, each made when it is called for, in the order of the page; what they rest on, and of how many people."""

    people: int
    used: Answered
    figures: dict[str, Callable[[], Figure | None]]
    gaps: Gaps | None = None

    def shown(self) -> list[tuple[str, Figure]]:
        return [(key, fig) for key, make in self.figures.items() if (fig := make()) is not None]


@dataclass(frozen=True, slots=True)
class Needs:
    """Figures of needs closed alone; `gaps` None where too few people stand behind them."""

    figures: dict[str, Callable[[], Figure | None]]
    gaps: Gaps | None

    @property
    def people(self) -> int:
        return self.gaps.total.people if self.gaps else 0

    def shown(self) -> list[tuple[str, Figure]]:
        return [(key, fig) for key, make in self.figures.items() if (fig := make()) is not None]


def of_course(course: Course, *, viewer: Viewer, audience: Audience, days: Period, csv: Csv, film: str = "") -> Page:
    """How `audience` uses `course`. Raises LookupError if that audience is not the viewer's to see."""
    used = queries.usage_of(course, viewer=viewer, audience=audience, period=days)
    people = int(used["funnel"].rows[0][0])
    frame = Frame(used.computed_at, people, audience.minimum, days.until, csv)
    made: dict[str, Callable[[], Figure | None]] = {
        "weekly-active": lambda: figures.weekly(frame, used["weekly-active"], used["active"]),
        "funnel": lambda: figures.funnel(frame, used["funnel"]),
        "stops": lambda: figures.stops(frame, used["stops"]),
        "topics": lambda: figures.topics(frame, used["use-by-unit"]),
        "exercises": lambda: figures.exercises(frame, used["exercises"]) if used["exercises"].rows else None,
        "film-audience": lambda: figures.film(frame, used["film-audience"], unit=film),
        "rhythm": lambda: figures.rhythm(frame, used["rhythm"]),
        "active": lambda: figures.stickiness(frame, used["active"]),
    }
    return Page(people, used, made if people else {})


def of_cluster(cluster: Cluster, *, viewer: Viewer, days: Period, csv: Csv, at: datetime) -> Page:
    """How the people of `cluster` learn, and which needs that closed. Raises LookupError for who is not of its staff."""
    used = queries.cluster_use(cluster, viewer=viewer, period=days)
    people = sum(r["learners"] for r in used["organisations"])
    frame = Frame(used.computed_at, people, queries.THRESHOLD_INSIDE, days.until, csv)
    gaps = closing.of_cluster(cluster, viewer=viewer, at=at)
    made: dict[str, Callable[[], Figure | None]] = {
        "needs-closed": lambda: closing.figure_over_time(frame, gaps),
        "weekly-active": lambda: figures.weekly(frame, used["weekly-active"], used["active"]),
        "needs-by-competence": lambda: closing.figure_by_competence(frame, gaps),
        "organisations": lambda: figures.organisations(frame, used["organisations"]),
        "needs-by-organisation": lambda: closing.figure_by_organisation(frame, gaps),
        "rhythm": lambda: figures.rhythm(frame, used["rhythm"]),
        "active": lambda: figures.stickiness(frame, used["active"]),
    }
    return Page(people, used, made if people or gaps.total.measured else {}, gaps)


def of_organisation(organisation: Organisation, *, viewer: Viewer, csv: Csv, at: datetime) -> Needs:
    """Which needs of the people of `organisation` are closed. Raises LookupError for who may not see that."""
    found = closing.of_organisation(organisation, viewer=viewer, at=at)
    if found is None:
        return Needs({}, None)
    frame = Frame(found.computed_at, found.total.people, queries.THRESHOLD_INSIDE, localdate(at), csv)
    return Needs(
        {
            "needs-closed": lambda: closing.figure_over_time(frame, found),
            "needs-by-competence": lambda: closing.figure_by_competence(frame, found),
        },
        found,
    )


def of_network(*, viewer: Viewer, csv: Csv, at: datetime) -> Needs:
    """Which needs of the whole network are closed. Raises LookupError for who is no operator."""
    found = closing.of_network(viewer=viewer, at=at)
    frame = Frame(found.computed_at, found.total.people, queries.THRESHOLD, localdate(at), csv)
    made: dict[str, Callable[[], Figure | None]] = {
        "needs-closed": lambda: closing.figure_over_time(frame, found),
        "needs-by-cluster": lambda: closing.figure_by_cluster(frame, found),
        "needs-by-competence": lambda: closing.figure_by_competence(frame, found),
    }
    return Needs(made if found.total.measured else {}, found)


def of_source(source: Source, *, viewer: Viewer, days: Period, csv: Csv) -> Page:
    """What another system's statements say about use. Raises LookupError if that is not the viewer's to see."""
    used = queries.source_use(source, viewer=viewer, period=days)
    people = int(used["learners"].rows[0][0])
    minimum = queries.THRESHOLD_INSIDE if source.cluster_id else queries.THRESHOLD
    frame = Frame(used.computed_at, people, minimum, days.until, csv)
    names = queries.names_of([r["unit"] for r in used["use-by-unit"]])
    made: dict[str, Callable[[], Figure | None]] = {
        "weekly-active": lambda: figures.weekly(frame, used["weekly-active"], used["active"]),
        "activities": lambda: figures.activities(frame, used["use-by-unit"], names),
        "exercises": lambda: figures.exercises(frame, used["exercises"]) if used["exercises"].rows else None,
        "rhythm": lambda: figures.rhythm(frame, used["rhythm"]),
        "active": lambda: figures.stickiness(frame, used["active"]),
    }
    return Page(people, used, made if people else {})


def make_ahead() -> None:
    """The pages of figures as their first visitors will ask for them, once for each state of what they show."""
    at = now()
    memory.kept("pages ahead", state=queries.state_of_figures(localdate(at)), make=lambda: _make_ahead(at))


def _make_ahead(at: datetime) -> bool:
    year = period(None, None, None, today=localdate(at))
    for viewer, clusters in queries.first_visitors(localdate(at)):
        with translation.override(viewer.language or settings.LANGUAGE_CODE):
            for cluster in clusters:
                charts.draw(fig for _key, fig in of_cluster(cluster, viewer=viewer, days=year, csv=str, at=at).shown())
                queries.quiet_members(cluster, viewer=viewer, on=localdate(at))
            for course in queries.courses_seen(viewer=viewer).order_by("-published_at")[: queries.MOST]:
                for audience in queries.audiences_of(course, viewer=viewer)[: queries.MOST + 1]:
                    page = of_course(course, viewer=viewer, audience=audience, days=year, csv=str)
                    charts.draw(fig for _key, fig in page.shown())
    return True
