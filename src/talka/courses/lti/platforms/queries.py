"""Registered platforms, what they cover, and how far the people who came from there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.urls import Resolver404, resolve
from django.utils.timezone import localdate

from talka.clusters.models import Cluster, Organisation
from talka.courses.lti.claims import SCORES
from talka.courses.models import (
    Attempt,
    Course,
    CourseQuerySet,
    Enrolment,
    Lesson,
    LtiGrade,
    LtiLink,
    LtiPlatform,
    LtiScore,
    Material,
    QuizRun,
    Topic,
    TopicProgress,
)
from talka.people.queries import Viewer, standing_of
from talka.people.rules import Part, Standing

# Exercises without a right answer say nothing about how well somebody did.
UNMARKED = ("open", "upload")


def platforms_of(cluster: Cluster, *, viewer: Viewer) -> QuerySet[LtiPlatform]:
    """The cluster's registrations, and for operators the network's; revoked ones last. Each with its number of `places` and `people_n`."""
    seen = Q(cluster=cluster) | (Q(cluster=None) if standing_of(viewer).operator else Q(pk=None))
    counted = {"places": Count("links", distinct=True), "people_n": Count("people", distinct=True)}
    return (
        LtiPlatform.objects.filter(seen).select_related("cluster", "organisation").annotate(**counted).order_by("revoked_at", "name", "pk")
    )


def organisations_offered(cluster: Cluster, *, on: date) -> QuerySet[Organisation]:
    """Members of the cluster, to which the people of a platform may belong."""
    return Organisation.objects.filter(pk__in=cluster.memberships.current(on).values("organisation")).order_by("name")


def standing_from(platform: LtiPlatform) -> Standing:
    """What everybody who comes from there is at least: signed in, and of the organisation that the registration names. Never staff."""
    if platform.organisation is None:
        return Standing(user=0)
    clusters = platform.organisation.memberships.current(localdate()).values_list("cluster", flat=True)
    return Standing(
        user=0, clusters={pk: frozenset({Part.MEMBER}) for pk in clusters}, organisations=frozenset({platform.organisation_id or 0})
    )


def covered_by(platform: LtiPlatform) -> CourseQuerySet:
    """Published courses that the registration opens: those of its cluster and of the network (all, if it is the network's) that people from there see."""
    seen: CourseQuerySet = Course.objects.published().visible_to(standing_from(platform))
    return seen if platform.cluster_id is None else seen.filter(Q(cluster=platform.cluster_id) | Q(cluster=None))


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to."""

    course: Course
    lesson: Lesson | None = None
    topic: Topic | None = None


def _addressed(address: str) -> tuple[str, dict[str, Any]]:
    """The kind and the names in an address of ours; ("", {}) for any other."""
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != settings.SITE_URL:
        return "", {}
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    words = path.strip("/").split("/")
    if len(words) == 3 and words[0] == "id" and words[1] in {"course", "lesson", "topic"}:
        return words[1], {"uuid": words[2]}
    try:
        found = resolve(path)
    except Resolver404:
        return "", {}
    kind = {"courses:course": "course", "courses:lesson": "lesson", "courses:topic": "topic"}.get(found.view_name, "")
    return kind, dict(found.kwargs)


def target_of(address: str, *, platform: LtiPlatform) -> Target | None:
    """The course, lesson or topic at an address of ours, if the registration covers it."""
    kind, names = _addressed(address)
    if not kind:
        return None
    if "uuid" in names:
        try:
            where: dict[str, Any] = {"uuid": UUID(names["uuid"])}
        except ValueError:
            return None
    elif kind == "course":
        where = {"slug": names["course"]}
    else:
        where = {"slug": names[kind], "course__slug": names["course"]}
    covered = covered_by(platform)
    if kind == "course":
        course = covered.filter(**where).first()
        return Target(course) if course else None
    if kind == "lesson":
        lesson = Lesson.objects.filter(course__in=covered, topics__live=True, **where).select_related("course").first()
        return Target(lesson.course, lesson=lesson) if lesson else None
    topic = Topic.objects.filter(course__in=covered, live=True, **where).select_related("course").defer("body").first()
    return Target(topic.course, topic=topic) if topic else None


def address_of(thing: Course | Lesson | Topic) -> str:
    """The address of what a link leads to, for as long as it exists, whatever it is called."""
    return f"{settings.SITE_URL}/id/{type(thing).__name__.lower()}/{thing.uuid}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A line in the list to choose from."""

    kind: str
    thing: Course | Lesson | Topic

    @property
    def value(self) -> str:
        return address_of(self.thing)


OFFERED = 100


def offers(platform: LtiPlatform, *, words: str) -> list[tuple[Course, list[Offer]]]:
    """Courses that the registration covers, with their lessons and topics in order; with `words`, only what has them in its title. Three queries."""
    covered = list(covered_by(platform).order_by("title")[: OFFERED * 2])
    asked = words.strip()
    lessons = Lesson.objects.filter(course__in=covered, topics__live=True).distinct().order_by("module__order", "order", "pk")
    topics = Topic.objects.filter(course__in=covered, live=True).defer("body").order_by("order", "pk")
    by_lesson: dict[int, list[Topic]] = {}
    for topic in topics:
        by_lesson.setdefault(topic.lesson_id, []).append(topic)
    by_course: dict[int, list[Offer]] = {}
    for lesson in lessons:
        by_course.setdefault(lesson.course_id, []).append(Offer("lesson", lesson))
        by_course[lesson.course_id] += [Offer("topic", topic) for topic in by_lesson.get(lesson.pk, ())]
    made = []
    for course in covered:
        lines = [Offer("course", course), *by_course.get(course.pk, ())]
        kept = [line for line in lines if all(word.casefold() in line.thing.title.casefold() for word in asked.split())]
        if kept:
            made.append((course, kept))
    return made[:OFFERED]


# How far somebody is


def _topics_of(link: LtiLink) -> list[int]:
    rows = Topic.objects.filter(course=link.course_id, live=True)
    if link.topic_id:
        rows = rows.filter(pk=link.topic_id)
    elif link.lesson_id:
        rows = rows.filter(lesson=link.lesson_id)
    return list(rows.values_list("pk", flat=True))


def _best(user: int, materials: Sequence[int]) -> dict[int, float]:
    """The best score of a person in each of these materials, from 0 to 1."""
    rows = list(Attempt.objects.filter(user=user, material__in=materials, run=None).values_list("material").annotate(best=Max("score")))
    rows += QuizRun.objects.filter(user=user, quiz__in=materials, finished_at__isnull=False).values_list("quiz").annotate(best=Max("score"))
    rows += (
        LtiScore.objects.filter(user=user, line_item__material__in=materials).values_list("line_item__material").annotate(best=Max("score"))
    )
    return {material: best for material, best in rows if best is not None}


def reckoned(link: LtiLink, enrolment: Enrolment) -> tuple[float | None, bool]:
    """The score from 0 to 1 of what the link leads to (None for who has done nothing), and whether all of it is done. Six queries.

    A topic counts as the mean of the best scores in its marked exercises, quizzes and outside tools; one without any counts as done or not.
    A lesson or course counts as the mean of its topics.
    """
    topics = _topics_of(link)
    done = set(TopicProgress.objects.filter(enrolment=enrolment, topic__in=topics, done_at__isnull=False).values_list("topic", flat=True))
    rows = Material.objects.current().pieces().filter(topic__in=topics).filter(
        Q(kind="quiz") | Q(kind="outside", definition__graded__isnull=True) | (Q(kind="exercise") & ~Q(definition__type__in=UNMARKED))
    )  # fmt: skip
    marked: dict[int, list[int]] = {}
    for pk, topic in rows.values_list("pk", "topic"):
        marked.setdefault(topic, []).append(pk)
    best = _best(enrolment.user_id, [pk for pks in marked.values() for pk in pks])
    if not topics or (not best and not done):
        return None, False
    scores = [
        sum(best.get(pk, 0.0) for pk in marked[topic]) / len(marked[topic]) if topic in marked else float(topic in done) for topic in topics
    ]
    return round(min(1.0, sum(scores) / len(scores)), 4), done >= set(topics)


def grades_to_reckon() -> QuerySet[LtiGrade]:
    """Grades of people who did something since the last look."""
    after = OuterRef("reckoned_at")
    user, course = OuterRef("enrolment__user"), OuterRef("enrolment__course")
    rows = LtiGrade.objects.filter(link__platform__revoked_at=None).exclude(link__line_item="")
    moved = rows.filter(
        Q(reckoned_at=None)
        | Exists(TopicProgress.objects.filter(enrolment=OuterRef("enrolment"), done_at__gt=after))
        | Exists(Attempt.objects.filter(user=user, material__topic__course=course, at__gt=after))
        | Exists(QuizRun.objects.filter(user=user, quiz__topic__course=course, finished_at__gt=after))
        | Exists(LtiScore.objects.filter(enrolment=OuterRef("enrolment"), at__gt=after))
    )
    return moved.select_related("link", "enrolment")


def grades_to_send(*, at: Any) -> QuerySet[LtiGrade]:
    """What platforms have to be told now, the longest waiting first."""
    rows = (
        LtiGrade.objects.waiting().filter(Q(next_at=None) | Q(next_at__lte=at), link__platform__revoked_at=None).exclude(link__line_item="")
    )
    return rows.select_related("link__platform", "person").order_by("link__platform", "next_at", "pk")


def may_be_told(link: LtiLink) -> bool:
    return bool(link.line_item) and SCORES in link.scopes


def links_of(platform: LtiPlatform) -> QuerySet[LtiLink]:
    """Places at the platform, the last opened first, each with its numbers of `told`, `waiting` and `stuck` grades."""
    pending = LtiGrade.objects.waiting().values("pk")
    return platform.links.select_related("course", "lesson", "topic").annotate(
        told=Count("grades", filter=Q(grades__sent_at__isnull=False) & ~Q(grades__pk__in=pending)),
        waiting=Count("grades", filter=Q(grades__pk__in=pending, grades__failures=0)),
        stuck=Count("grades", filter=Q(grades__stopped_at__isnull=False) | Q(grades__pk__in=pending, grades__failures__gt=0)),
    )
