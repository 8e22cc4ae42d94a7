"""What the lake answers to whom. The viewer is an argument: nobody gets figures of people that are not theirs to see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from talka.clusters.models import Cluster, Role
from talka.clusters.queries import workspaces_of
from talka.courses.models import Course, Enrolment
from talka.insight import actions, dimensions
from talka.insight.ask import Scope, Table, answers
from talka.insight.closing import (
    Gaps,  # noqa: F401  # the way in for the rooms above
    newest,
)
from talka.insight.closing import of_cluster as needs_of_cluster  # noqa: F401  # the way in for the rooms above
from talka.insight.rules import Period, period
from talka.kit import memory
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import STAFF, Standing
from talka.records.models import Definition, Source, Term
from talka.records.queries import safe_sequence
from talka.science.disclosure import THRESHOLD, THRESHOLD_INSIDE

STALE = 45.0  # seconds after which an opened page brings the lake up to date itself: the worker, which does so every 30, must be asleep
QUICK = 20_000  # statements at most, so that the page does not wait long for it


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers by metric, and the moment that they show."""

    tables: Mapping[str, Table]
    computed_at: datetime

    def __getitem__(self, key: str) -> Table:
        return self.tables[key]


def asked(scope: Scope, *keys: str) -> Answered:
    """The answers of these metrics; those that any process has computed since the lake last changed are not computed again."""
    manifest = actions.the_lake().manifest()
    found = memory.kept(("lake", scope, keys), state=manifest.state, make=lambda: answers(actions.the_lake(), scope, *keys))
    at = datetime.fromtimestamp(manifest.refreshed_at, UTC) if manifest.refreshed_at else now()
    return Answered(found, at)


def keep_fresh(at: datetime) -> None:
    """Brings the lake up to date if the worker has not and it is quickly done: use is seen within a minute even without a worker."""
    manifest = actions.the_lake().manifest()
    if at.timestamp() - manifest.refreshed_at < STALE:
        return
    if safe_sequence() - manifest.through <= QUICK:
        actions.refresh_lake(at=at, names=not manifest.dimensions)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose use a viewer may see: the people of one cluster, or everybody (`cluster` None). Fewer than `minimum` people are never shown."""

    key: str
    name: str
    cluster: int | None
    minimum: int


def audiences_of(course: Course, *, viewer: Viewer) -> list[Audience]:
    """The groups of learners of `course` whose figures `viewer` may see, the widest first; none for learners. One query.

    Staff see the people of their own clusters; those of the course's own cluster, and operators, also see everybody together.
    """
    standing = standing_of(viewer)
    found = [Audience("all", _("Everybody"), None, THRESHOLD)] if _may_see_all(course, standing) else []
    mine = standing.clusters_as(*STAFF)
    own = Cluster.objects.filter(memberships__left_on=None) if standing.operator else Cluster.objects.filter(pk__in=mine)
    return found + [audience_in(c) for c in own.distinct().order_by("name")]


def audience_in(cluster: Cluster) -> Audience:
    """The people of one cluster."""
    return Audience(cluster.slug, cluster.name, cluster.pk, THRESHOLD_INSIDE)


def _may_see_all(course: Course, standing: Standing) -> bool:
    return standing.operator or (course.cluster_id is not None and course.cluster_id in standing.clusters_as(*STAFF))


def _may_see(course: Course, audience: Audience, standing: Standing) -> bool:
    if audience.cluster is None:
        return _may_see_all(course, standing)
    return standing.operator or audience.cluster in standing.clusters_as(*STAFF)


def _sample_rule(course: Course) -> bool | None:
    """Sample people never count among real ones: as soon as one real person is enrolled, only real ones count."""
    return False if Enrolment.objects.filter(course=course, user__is_sample=False).exists() else None


def courses_seen(*, viewer: Viewer) -> QuerySet[Course]:
    """Courses whose use `viewer` may see in one way or another."""
    standing = standing_of(viewer)
    mine = standing.clusters_as(*STAFF)
    if standing.operator:
        return Course.objects.all()
    if not mine:
        return Course.objects.none()
    seen: QuerySet[Course] = Course.objects.visible_to(standing) | Course.objects.filter(cluster__in=mine)
    return seen.distinct()


def usage_of(course: Course, *, viewer: Viewer, audience: Audience, period: Period) -> Answered:
    """How `audience` used `course`. Raises LookupError if that audience is not the viewer's to see. One query for everybody, else none."""
    if not _may_see(course, audience, standing_of(viewer)):
        raise LookupError(audience.key)
    scope = Scope(
        zone=settings.TIME_ZONE,
        until=period.until,
        since=period.since,
        course=dimensions.activity("course", course.uuid),
        cluster=audience.cluster,
        sample=_sample_rule(course) if audience.cluster is None else None,
    )
    return asked(scope, "weekly-active", "active", "funnel", "use-by-unit", "stops", "exercises", "film-audience", "rhythm")


def where_people_stop(course: Course, *, viewer: Viewer, audience: Audience, on: date) -> list[dict[str, Any]]:
    """For each topic: title, people who reached it and who stopped there. Raises LookupError as `usage_of`."""
    return list(usage_of(course, viewer=viewer, audience=audience, period=period(None, None, None, today=on))["stops"])


def cluster_use(cluster: Cluster, *, viewer: Viewer, period: Period) -> Answered:
    """How the people of `cluster` learn, over all courses. Raises LookupError for who is not of its staff."""
    _require_staff(cluster, viewer)
    return asked(cluster_scope(cluster, period), "weekly-active", "active", "organisations", "rhythm")


def _require_staff(cluster: Cluster, viewer: Viewer) -> None:
    standing = standing_of(viewer)
    if not standing.operator and cluster.pk not in standing.clusters_as(*STAFF):
        raise LookupError(cluster.slug)


def cluster_scope(cluster: Cluster, period: Period) -> Scope:
    return Scope(zone=settings.TIME_ZONE, until=period.until, since=period.since, cluster=cluster.pk)


@dataclass(frozen=True, slots=True)
class LearningNow:
    """People who learned in the last 28 days in how many member organisations, by week before; and members quiet for 60 days."""

    people: int
    organisations: int
    weeks: tuple[tuple[date, int], ...]
    quiet: int
    members: int
    minimum: int
    computed_at: datetime


def learning_now(cluster: Cluster, *, on: date) -> LearningNow:
    """The cluster's pulse for its staff's front page. The caller has checked that the viewer may see the workspace."""
    found = _pulse(cluster, on)
    rows = list(found["organisations"])
    return LearningNow(
        people=found["active"].rows[-1][3] if found["active"].rows else 0,
        organisations=sum(r["active"] > 0 for r in rows),
        weeks=tuple((r["week"], r["people"]) for r in found["weekly-active"])[-26:],
        quiet=sum(r["last_day"] is None or (on - r["last_day"]).days >= QUIET for r in rows),
        members=len(rows),
        minimum=THRESHOLD_INSIDE,
        computed_at=found.computed_at,
    )


QUIET = 60  # days


def _pulse(cluster: Cluster, on: date) -> Answered:
    return asked(cluster_scope(cluster, Period(None, on)), "weekly-active", "active", "organisations")


def quiet_members(cluster: Cluster, *, viewer: Viewer, on: date) -> list[str]:
    """Names of member organisations in which nobody has learned for 60 days. Since when, or who, is not told. Raises LookupError."""
    _require_staff(cluster, viewer)
    rows = _pulse(cluster, on)["organisations"]
    return [str(r["organisation_name"]) for r in rows if r["last_day"] is None or (on - r["last_day"]).days >= QUIET]


def sources_with_use(*, viewer: Viewer) -> QuerySet[Source]:
    """Sources whose statements' use `viewer` may see: a cluster's for its staff, all for an operator. Talka itself is not among them."""
    standing = standing_of(viewer)
    rows = Source.objects.filter(is_own=False).select_related("cluster")
    return rows if standing.operator else rows.filter(cluster__in=standing.clusters_as(*STAFF))


def source_use(source: Source, *, viewer: Viewer, period: Period) -> Answered:
    """What people did according to another system's statements. Raises LookupError if that is not the viewer's to see."""
    if not sources_with_use(viewer=viewer).filter(pk=source.pk).exists():
        raise LookupError(source.pk)
    scope = Scope(zone=settings.TIME_ZONE, until=period.until, since=period.since, source=source.pk)
    return asked(scope, "learners", "weekly-active", "active", "use-by-unit", "exercises", "rhythm")


def last_day_of(source: Source) -> date | None:
    """The last day on which the source's people did anything."""
    found = asked(Scope(zone=settings.TIME_ZONE, until=localdate(), source=source.pk), "weekly-active", "active")
    days: list[Any] = [r["day"] for r in found["active"] if r["daily"]]
    return max(days, default=None)


def names_of(activities: list[str]) -> dict[str, str]:
    """Names under which other systems describe these activities, in the language of the page where there is one. Three queries at most."""
    from django.utils.translation import get_language

    terms = dict(Term.objects.filter(kind=Term.Kind.ACTIVITY, value__in=activities[:900]).values_list("pk", "value"))
    found = {}
    for number, definition in Definition.objects.filter(activity__in=list(terms)).values_list("activity", "definition"):
        words = definition.get("name") or {}
        best = next((words[tag] for tag in words if tag.split("-")[0] == (get_language() or "").split("-")[0]), None)
        if words:
            found[terms[number]] = str(best or next(iter(words.values())))
    return found


def state_of_figures(on: date) -> tuple[object, ...]:
    """The same as long as no figure has changed: the lake, needs and their evidence, the day. One query."""
    return (actions.the_lake().manifest().state, newest(), on)


MOST = 12  # clusters, and courses for each, whose pages are made ahead; in a larger network the first visitor of the others waits


def first_visitors(on: date) -> Iterator[tuple[User, list[Cluster]]]:
    """For each language that the staff of a cluster reads one of them, with their clusters; then the operators'."""
    told: set[tuple[int, str]] = set()
    staff = Role.objects.current(on).filter(part__in=STAFF, user__is_active=True).select_related("user").order_by("cluster", "pk")
    operators = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    for viewer in [*(role.user for role in staff), *operators]:
        seen = workspaces_of(viewer=viewer).order_by("-is_pilot", "name")[:MOST]
        clusters = [c for c in seen if (c.pk, viewer.language) not in told]
        if clusters:
            told |= {(c.pk, viewer.language) for c in clusters}
            yield viewer, clusters
