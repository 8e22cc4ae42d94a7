"""What the front desk shows: it composes what the rooms below answer, each of which knows who may see what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from talka.clusters.models import Cluster, Membership, Organisation
from talka.clusters.queries import clusters_seen, my_clusters, organisations_led, services_of, workspaces_of
from talka.courses import queries as courses
from talka.courses.models import Course, Enrolment, Lesson, Material, Module, Sign, Stack, Tile, Topic
from talka.courses.queries import Hit, MyCourse, Named
from talka.curriculum.queries import curricula_of
from talka.insight import queries as insight
from talka.insight.queries import Gaps, LearningNow, needs_of_cluster
from talka.kit import memory
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.records.models import Source
from talka.science.disclosure import THRESHOLD_INSIDE
from talka.skills.models import Competence
from talka.skills.queries import ShownGap, my_gaps
from talka.surveys.models import Survey
from talka.surveys.queries import results_of, surveys_of
from talka.surveys.queries.results import Results

SAMPLE = "sample network"


def sample_here() -> str:
    """Whether there is a sample network: empty, "only" where there is nothing else, "mixed" beside real people or sources.

    Asked on every page, so known to all processes until somebody comes or goes, five minutes at most: it costs no query.
    """
    return memory.kept(SAMPLE, state=None, make=look_for_sample, seconds=300)


def look_for_sample() -> str:
    """What `sample_here` tells, asked of the database. Four queries at most."""
    if not (User.objects.filter(is_sample=True).exists() or Cluster.objects.filter(is_sample=True).exists()):
        return ""
    real = User.objects.filter(is_sample=False).exists() or Source.objects.filter(is_sample=False, is_own=False).exists()
    return "mixed" if real else "only"


@dataclass(frozen=True, slots=True)
class Front:
    """What a visitor sees first. `people` is a number rounded down, so that it tells of nobody."""

    clusters: Sequence[Cluster]
    courses: Sequence[Course]
    organisations: int


def front(*, viewer: Viewer, on: date) -> Front:
    """Clusters with their current members, and the courses that `viewer` may see. Three queries for who is signed out."""
    current = Q(memberships__joined_on__lte=on) & (Q(memberships__left_on=None) | Q(memberships__left_on__gt=on))
    clusters = clusters_seen(viewer=viewer).annotate(members=Count("memberships", filter=current)).order_by("-is_pilot", "name")
    seen = courses.catalogue(viewer)[:6]
    found = list(clusters[:12])
    return Front(found, list(seen), sum(c.members for c in found))


@dataclass(frozen=True, slots=True)
class Because:
    """A topic that builds a competence in which the viewer has a gap."""

    topic: Topic
    competence: Competence
    gap: ShownGap


@dataclass(frozen=True, slots=True)
class Today:
    """A learner's front page."""

    going_on: MyCourse | None
    others: list[MyCourse]
    due: list[MyCourse]
    because: list[Because]
    gaps: int
    closed: int
    cluster: Cluster | None
    learning: LearningNow | None
    minimum: int
    offers: list[Course]
    looks_after: list[Organisation]


def today(viewer: User, *, at: datetime) -> Today:
    """Where `viewer` goes on, what is due, what their gaps call for, and what their cluster does."""
    mine = courses.my_courses(viewer)
    going_on = courses.continue_for(viewer) if mine else None
    gaps = my_gaps(viewer, at=at)
    open_ = [g for g in gaps if g.gap.state != "closed"]
    by_key = {g.competence.key: g for g in open_}
    avoid = going_on.next_topic.pk if going_on and going_on.next_topic else None
    wanted = courses.topics_for_competences(_by_size(open_), viewer=viewer, without=viewer, limit=6) if open_ else []
    because, told = [], set()
    for topic, key in wanted:
        # One topic per gap says more than four for the same.
        if topic.pk != avoid and key not in told:
            told.add(key)
            because.append(Because(topic, by_key[key].competence, by_key[key]))
    cluster = my_clusters(viewer=viewer).order_by("name").first()
    return Today(
        going_on=going_on,
        others=[c for c in mine if not c.progress.complete and (going_on is None or c.enrolment.pk != going_on.enrolment.pk)],
        due=[c for c in mine if c.due_on and not c.progress.complete],
        because=because[:3],
        gaps=len(gaps),
        closed=len(gaps) - len(open_),
        cluster=cluster,
        learning=insight.learning_now(cluster, on=localdate(at)) if cluster else None,
        minimum=THRESHOLD_INSIDE,
        offers=[] if mine else list(courses.catalogue(viewer)[:4]),
        looks_after=list(organisations_led(viewer=viewer)) if standing_of(viewer).contacts else [],
    )


def _by_size(gaps: Sequence[ShownGap]) -> list[str]:
    return [g.competence.key for g in sorted(gaps, key=lambda g: -g.gap.size)]


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that waits for a manager: how many, of what, and where."""

    n: int
    what: str
    url: str
    due: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """Which first steps a new cluster has taken."""

    members: bool
    asked: bool
    planned: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """A manager's front page. `closed_before`: needs closed four weeks ago; `begun`: the first steps taken, None where the cluster is past them."""

    cluster: Cluster
    gaps: Gaps
    closed_before: int
    learning: LearningNow
    services_without_price: int
    survey: Survey | None
    needs: Results | None
    undecided: int
    stops: int
    course: Course | None
    begun: Begun | None


def overview(cluster: Cluster, *, viewer: User, at: datetime) -> Overview:
    """Needs closed, who learns now, what needs a decision, and the ranked needs of the newest survey. The viewer may open the workspace."""
    on = localdate(at)
    gaps = needs_of_cluster(cluster, viewer=viewer, at=at)
    survey = surveys_of(cluster, viewer=viewer).filter(needs__isnull=False).distinct().order_by("-created_at").first()
    needs = results_of(survey, viewer=viewer) if survey else None
    course = insight.courses_seen(viewer=viewer).order_by("-published_at").first()
    return Overview(
        cluster=cluster,
        gaps=gaps,
        closed_before=gaps.closed_by(on - timedelta(days=28)),
        learning=insight.learning_now(cluster, on=on),
        services_without_price=services_of(cluster, viewer=viewer).filter(price=None, retired_on=None).count(),
        survey=survey,
        needs=needs,
        undecided=sum(row.need is not None and row.decision is None for row in needs.rows) if needs else 0,
        stops=_losing_topics(course, cluster, viewer, on) if course else 0,
        course=course,
        begun=_begun(cluster, viewer, on),
    )


def _begun(cluster: Cluster, viewer: User, on: date) -> Begun | None:
    """None once there are members and a survey."""
    members = Membership.objects.current(on).filter(cluster=cluster).exists()
    asked = surveys_of(cluster, viewer=viewer).exists()
    return None if members and asked else Begun(members, asked, curricula_of(cluster, viewer=viewer).exists())


def _losing_topics(course: Course, cluster: Cluster, viewer: User, on: date) -> int:
    """Topics at which a fifth or more of those who reached them stop, and enough people do."""
    audience = insight.audience_in(cluster)
    rows = insight.where_people_stop(course, viewer=viewer, audience=audience, on=on)
    return sum(r["stopped"] >= audience.minimum and r["stopped"] * 5 >= r["reached"] for r in rows)


def my_workspace(viewer: User) -> Cluster | None:
    """The cluster whose overview `viewer` opens first: as staff, else as a member; None for who belongs to none."""
    standing = standing_of(viewer)
    mine = workspaces_of(viewer=viewer)
    if not standing.operator:
        found = mine.order_by("name").first()
        if found:
            return found
    return my_clusters(viewer=viewer).order_by("name").first() or (
        mine.order_by("-is_pilot", "name").first() if standing.operator else None
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    words: str
    hits: list[Hit]
    courses: list[Named]
    topics: list[Named]
    clusters: list[Cluster]
    competences: list[Competence]
    organisations: list[tuple[Organisation, Cluster | None, str]]

    @property
    def anything(self) -> bool:
        return bool(self.hits or self.courses or self.topics or self.clusters or self.competences or self.organisations)


def search(words: str, *, viewer: Viewer, on: date) -> Found:
    """Courses, topics and what stands in them, in the viewer's language; clusters, competences, and organisations of the viewer's own clusters."""
    terms = words.split()[:8]
    shelf = courses.shelf(viewer)
    return Found(
        words,
        courses.search(words, viewer=viewer, limit=12, among=shelf),
        *courses.named(terms, among=shelf),
        list(clusters_seen(viewer=viewer).filter(_hold(terms, "name", "sector", "region", "summary"))[:6]),
        list(Competence.objects.filter(_hold(terms, "title", "description")).select_related("framework")[:6]),
        _organisations(terms, viewer, on),
    )


def _hold(terms: Sequence[str], *fields: str) -> Q:
    """Every word occurs in one of the fields."""
    every = Q()
    for term in terms:
        some = Q()
        for name in fields:
            some |= Q(**{f"{name}__icontains": term})
        every &= some
    return every


def _organisations(terms: Sequence[str], viewer: Viewer, on: date) -> list[tuple[Organisation, Cluster | None, str]]:
    """Who is a member is told to the cluster's own people; its staff, and operators, are led to the member's page."""
    standing = standing_of(viewer)
    if not standing.signed_in:
        return []
    works_in = set(workspaces_of(viewer=viewer).values_list("pk", flat=True))
    current = Membership.objects.current(on).filter(cluster__in={*standing.clusters, *works_in}).select_related("cluster", "organisation")
    found = current.filter(_hold(terms, "organisation__name", "organisation__region")).order_by("organisation__name", "pk")[:10]
    return [
        (
            m.organisation,
            m.cluster,
            reverse("clusters:member", args=[m.cluster.slug, m.organisation.slug]) if m.cluster_id in works_in else "",
        )
        for m in found
    ]


def door(kind: str, uuid: UUID, *, viewer: Viewer) -> str | None:
    """The page of an activity that statements name; None if there is none that `viewer` may open."""
    seen = courses.courses_open_to(viewer).values("pk")
    match kind:
        case "course":
            found = Course.objects.filter(uuid=uuid, pk__in=seen).first()
            return reverse("courses:course", args=[found.slug]) if found else None
        case "module" | "lesson":
            table = Module if kind == "module" else Lesson
            part = table.objects.filter(uuid=uuid, course__in=seen).select_related("course").first()
            return f"{reverse('courses:course', args=[part.course.slug])}#outline" if part else None
        case "topic":
            topic = Topic.objects.filter(uuid=uuid, live=True, course__in=seen).select_related("course").defer("body").first()
            return reverse("courses:topic", args=[topic.course.slug, topic.slug]) if topic else None
        case "material" | "exercise":
            piece = (
                Material.objects.filter(uuid=uuid, topic__course__in=seen, topic__live=True)
                .select_related("topic__course", "parent")
                .first()
            )
            if piece is None:
                return None
            key = piece.parent.key if piece.parent else piece.key
            return f"{reverse('courses:topic', args=[piece.topic.course.slug, piece.topic.slug])}#{key}"
    return courses.page_of_unit(uuid, courses=seen) if kind == "unit" else _stack_door(kind, uuid)


STACK_PARTS: dict[str, type[Stack | Tile | Sign]] = {"stack": Stack, "tile": Tile, "sign": Sign}


def _stack_door(kind: str, uuid: UUID) -> str | None:
    """The address of a stack or sign; the page itself says who may open it."""
    found = QuerySet(STACK_PARTS[kind]).filter(uuid=uuid).first() if kind in STACK_PARTS else None
    if found is None:
        return None
    return reverse("stacks:stack", args=[found.stack.code if isinstance(found, Tile) else found.code])


def real_learners() -> int:
    """People who are no sample and learn in a sample course: what a removal keeps."""
    return Enrolment.objects.filter(course__is_sample=True, user__is_sample=False).count()
