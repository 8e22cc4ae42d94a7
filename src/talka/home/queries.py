"""What a first page needs, gathered from the rooms below; always for one viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse

from talka.clusters.models import Cluster, Organisation
from talka.clusters.queries import clusters_seen, my_clusters, services_of, workspaces_of
from talka.courses.models import Course, Lesson, Material, Module, Topic
from talka.courses.queries import MyCourse, continue_for, courses_for, due_for, recent_for, topics_for_competences
from talka.courses.queries import search as search_courses
from talka.insight.queries import LearningNow, learning_now
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.science.disclosure import THRESHOLD_INSIDE
from talka.skills.models import Competence
from talka.skills.queries import ShownGap, closing_of, my_gaps, people_of
from talka.surveys.models import Need, Survey
from talka.surveys.queries import ranked_needs, surveys_of


@dataclass(frozen=True, slots=True)
class Advice:
    """A topic for one of my gaps, with the reason."""

    topic: Topic
    gap: ShownGap


@dataclass(frozen=True, slots=True)
class Today:
    """A learner's first page."""

    going_on: MyCourse | None
    due: Sequence[MyCourse]
    advice: Sequence[Advice]
    gaps: int
    recent: Sequence[tuple[Topic, datetime]]
    clusters: Sequence[Cluster]
    workspaces: Sequence[Cluster]


def today(*, viewer: User, at: datetime, on: date) -> Today:
    """Where `viewer` goes on, what is due, what fits their gaps, and their clusters."""
    shown = [g for g in my_gaps(viewer, at=at) if g.gap.state != "closed"]
    by_key = {g.competence.key: g for g in shown}
    topics = topics_for_competences(list(by_key), viewer=viewer, without=viewer, limit=3) if by_key else []
    return Today(
        going_on=continue_for(viewer),
        due=due_for(viewer, on=on),
        advice=[Advice(topic, by_key[key]) for topic, key in topics],
        gaps=len(shown),
        recent=recent_for(viewer, limit=3),
        clusters=list(my_clusters(viewer=viewer)),
        workspaces=list(workspaces_of(viewer=viewer)[:4]),
    )


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a cluster does: gaps measured, under way and closed among its members' people, and who learns now. None hides fewer than five people."""

    people: int
    measured: int | None
    closed: int | None
    in_progress: int | None
    percent: int | None
    learning: LearningNow
    at: datetime


def pulse_of(cluster: Cluster, *, at: datetime, on: date) -> Pulse:
    """Needs closed and learning now in `cluster`. The caller has fetched the cluster as a workspace of the viewer."""
    closing, people, _competences = closing_of(people_of(cluster, on=on), at=at)
    total = closing.total()
    enough = len(people) >= THRESHOLD_INSIDE and total.measured > 0
    return Pulse(
        people=len(people),
        measured=total.measured if enough else None,
        closed=total.closed if enough else None,
        in_progress=total.in_progress if enough else None,
        percent=round(100 * total.closed / total.measured) if enough else None,
        learning=learning_now(cluster, on=on),
        at=at,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that needs a decision: how many, what, where."""

    count: int
    what: str
    url: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A survey's first needs, for the cluster's overview."""

    survey: Survey
    needs: Sequence[Need]
    answered: int


def newest_needs(cluster: Cluster, *, viewer: Viewer, most: int = 5) -> Ranked | None:
    """The first needs of the newest survey of `cluster` that has any and that `viewer` may read."""
    for survey in surveys_of(cluster, viewer=viewer)[:3]:
        if needs := list(ranked_needs(survey, viewer=viewer)[:most]):
            return Ranked(survey, needs, max(n.n for n in needs))
    return None


def undecided_needs(cluster: Cluster, *, viewer: Viewer) -> tuple[int, Survey | None]:
    """How many ranked needs of the newest survey nobody has decided on."""
    survey = next((s for s in surveys_of(cluster, viewer=viewer)[:3] if s.needs.exists()), None)
    return (ranked_needs(survey, viewer=viewer).filter(decisions=None).count(), survey) if survey else (0, None)


def unpriced_services(cluster: Cluster, *, viewer: Viewer) -> int:
    return services_of(cluster, viewer=viewer).filter(price=None, retired_on=None).count()


@dataclass(frozen=True, slots=True)
class Front:
    """What a visitor sees."""

    clusters: Sequence[Cluster]
    courses: Sequence[Course]


def front(*, viewer: Viewer) -> Front:
    """The network's clusters with their number of members, and the courses that `viewer` may see."""
    members = Count("memberships", filter=Q(memberships__left_on=None))
    return Front(
        clusters=list(clusters_seen(viewer=viewer).annotate(members=members).order_by("-is_pilot", "name")[:8]),
        courses=list(courses_for(viewer)[:6]),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a search, ready to show. `text` is safe HTML where `marked`."""

    kind: str
    title: str
    url: str
    text: str
    where: str = ""
    marked: bool = False


MOST_WORDS = 8


def search(words: str, *, viewer: Viewer) -> dict[str, list[Found]]:
    """Courses, places inside them, clusters, competences and (inside the own clusters) organisations that hold all the words."""
    words = " ".join(words.split()[:MOST_WORDS])
    if not words:
        return {}
    found = {
        "courses": [
            Found("course", c.title, reverse("courses:course", args=[c.slug]), c.summary)
            for c in courses_for(viewer).filter(_holds(words, "title", "summary"))[:10]
        ],
        "topics": [
            Found(
                h.kind,
                h.topic_title,
                reverse("courses:topic", args=[h.course.slug, h.topic_slug]) + f"#{h.material_key}",
                h.snippet,
                h.course.title,
                marked=True,
            )
            for h in search_courses(words, viewer=viewer, limit=30)
        ],
        "clusters": [
            Found("cluster", c.name, reverse("clusters:page", args=[c.slug]), c.summary, c.region)
            for c in clusters_seen(viewer=viewer).filter(_holds(words, "name", "sector", "region", "summary"))[:10]
        ],
        "competences": [
            Found(
                "competence", c.title, reverse("skills:framework", args=[c.framework.key]) + f"#{c.key}", c.description, c.framework.title
            )
            for c in Competence.objects.filter(_holds(words, "title", "description")).select_related("framework")[:10]
        ],
        "organisations": _organisations(words, viewer),
    }
    return {group: hits for group, hits in found.items() if hits}


def _holds(words: str, *fields: str) -> Q:
    every = Q()
    for word in words.split():
        any_field = Q()
        for field in fields:
            any_field |= Q(**{f"{field}__icontains": word})
        every &= any_field
    return every


def _organisations(words: str, viewer: Viewer) -> list[Found]:
    """Members of the viewer's own clusters; staff are led to the member's page."""
    standing = standing_of(viewer)
    works_in = {c.pk: c for c in workspaces_of(viewer=viewer)} if standing.signed_in else {}
    keys = set(standing.clusters) | set(works_in)
    rows = (
        Organisation.objects.filter(_holds(words, "name", "region", "summary"), memberships__cluster__in=keys, memberships__left_on=None)
        .distinct()
        .prefetch_related("memberships__cluster")[:10]
    )
    hits = []
    for row in rows:
        cluster = next(m.cluster for m in row.memberships.all() if m.left_on is None and m.cluster_id in keys)
        url = (
            reverse("clusters:member", args=[cluster.slug, row.slug])
            if cluster.pk in works_in
            else reverse("clusters:page", args=[cluster.slug])
        )
        hits.append(Found("organisation", row.name, url, row.summary, cluster.name))
    return hits


def address_of(kind: str, uuid: UUID, *, viewer: Viewer) -> str | None:  # noqa: PLR0911  # one way out per kind
    """The page behind an xAPI identifier, or None if there is none that `viewer` may open."""
    seen = courses_for(viewer)
    target: Any
    match kind:
        case "course":
            target = seen.filter(uuid=uuid).first()
            return reverse("courses:course", args=[target.slug]) if target else None
        case "module":
            target = Module.objects.filter(uuid=uuid, course__in=seen).select_related("course").first()
            return reverse("courses:course", args=[target.course.slug]) if target else None
        case "lesson":
            target = Lesson.objects.filter(uuid=uuid, module__course__in=seen).select_related("module__course").first()
            return reverse("courses:lesson", args=[target.module.course.slug, target.key]) if target else None
        case "topic":
            target = Topic.objects.filter(uuid=uuid, live=True, course__in=seen).select_related("course").defer("body").first()
            return reverse("courses:topic", args=[target.course.slug, target.slug]) if target else None
        case "material" | "exercise":
            rows = Material.objects.filter(uuid=uuid, topic__live=True, topic__course__in=seen)
            target = rows.select_related("topic__course", "parent").defer("topic__body").first()
            if target is None:
                return None
            anchor = target.parent.key if target.parent else target.key
            return reverse("courses:topic", args=[target.topic.course.slug, target.topic.slug]) + f"#{anchor}"
    return None
