"""Courses in a cluster's workspace, and what authors should mend."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from talka.clusters.models import Cluster, Organisation
from talka.courses.models import (
    Attempt,
    Bookmark,
    CasePath,
    Course,
    CourseQuerySet,
    CourseReview,
    Digest,
    Enrolment,
    HandIn,
    Lesson,
    Material,
    Note,
    PackageRun,
    Production,
    ProductionStep,
    QuizRun,
    SheetEntry,
    StackQuestion,
    Topic,
    TopicProgress,
    Watch,
)
from talka.courses.queries.courses import courses_of_workspace
from talka.courses.queries.lists import counts_of
from talka.courses.rules.access import REVIEW
from talka.courses.rules.packs import RESERVED_TOPICS
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import may


def constant(value: str) -> Value:
    """A value that every row carries, for links in lists."""
    return Value(value)


def workspace_rows(cluster: Cluster, *, viewer: Viewer) -> CourseQuerySet:
    """The courses of the workspace, each with its numbers of live topics and of people enrolled now."""
    topics = Topic.objects.filter(course=OuterRef("pk"), live=True).order_by().values("course").annotate(n=Count("pk")).values("n")
    people = Enrolment.objects.filter(course=OuterRef("pk"), left_at=None).order_by().values("course").annotate(n=Count("pk")).values("n")
    return courses_of_workspace(cluster, viewer=viewer).annotate(
        topic_count=Coalesce(Subquery(topics), 0), learner_count=Coalesce(Subquery(people), 0), workspace=constant(cluster.slug)
    )


def lessons_for_authors(course: Course) -> list[tuple[Lesson, list[Topic]]]:
    """All lessons with all topics, drafts too. Two queries."""
    by_lesson: dict[int, list[Topic]] = {}
    for topic in course.topics.defer("body").order_by("order", "pk"):
        by_lesson.setdefault(topic.lesson_id, []).append(topic)
    rows = course.lessons.select_related("module").order_by("module__order", "module__pk", "order", "pk")
    return [(lesson, by_lesson.get(lesson.pk, [])) for lesson in rows]


def hand_ins_of(course: Course, *, viewer: Viewer) -> QuerySet[HandIn]:
    """Files handed in in this course, for those who review them; nothing for others."""
    if not may(standing_of(viewer), REVIEW, cluster=course.cluster_id):
        return HandIn.objects.none()
    return HandIn.objects.filter(attempt__material__topic__course=course).select_related(
        "attempt__user", "attempt__material__topic__course"
    )


def production_board(course: Course) -> list[Production]:
    """All materials on the board, each with its present `state` and when it came to it. One query."""
    newest = ProductionStep.objects.filter(production=OuterRef("pk")).order_by("-at", "-pk")
    return list(
        course.productions.select_related("lesson", "partner").annotate(
            state=Subquery(newest.values("state")[:1]), since=Subquery(newest.values("at")[:1])
        )
    )


def production_counts(course: Course, board: Sequence[Production]) -> list[tuple[str, int, int, int]]:
    """(kind, planned, done on the board, published) per kind."""
    published = dict(counts_of(course))
    kinds = sorted({p.kind for p in board} | set(published))
    return [
        (
            kind,
            sum(p.kind == kind for p in board),
            sum(p.kind == kind and getattr(p, "state", None) == ProductionStep.State.DONE for p in board),
            published.get(kind, 0),
        )
        for kind in kinds
    ]


def partners(firms: QuerySet[Any]) -> QuerySet[Organisation]:
    return Organisation.objects.filter(pk__in=firms).order_by("name")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a published topic that an author should mend."""

    topic: str
    title: str
    place: str
    says: str


_LINK = re.compile(r"\]\(([^)\s]+)")


def findings_in(course: Course) -> list[Finding]:
    """Broken links inside the course, pictures without words, films without captions, dry topics. Two queries; no request leaves the site."""
    slugs = set(course.topics.filter(live=True).values_list("slug", flat=True))
    rows = Material.objects.current().pieces().filter(topic__course=course, topic__live=True).select_related("topic").defer("shown", "html")
    found: list[Finding] = []
    practice: dict[str, bool] = dict.fromkeys(slugs, False)
    titles: dict[str, str] = {}
    for row in rows:
        topic = row.topic
        titles[topic.slug] = topic.title
        practice[topic.slug] |= row.kind in {"exercise", "quiz", "tool", "case"}
        found.extend(Finding(topic.slug, topic.title, row.title or row.key, says) for says in _faults(row, course, slugs))
    found += [
        Finding(slug, titles[slug], "", _("has nothing to do in it: add an exercise, a sheet or a case."))
        for slug in titles
        if not practice[slug]
    ]
    return found


def _faults(row: Material, course: Course, slugs: set[str]) -> Iterator[str]:
    for url in _LINK.findall(json.dumps(row.definition, ensure_ascii=False)):
        if url.startswith("/learn/"):
            parts = url.split("#")[0].strip("/").split("/")
            if len(parts) > 2 and parts[1] == course.slug and parts[2] not in slugs | RESERVED_TOPICS:
                yield _("leads to {url}, which is no topic of this course.").format(url=url)
        elif not url.startswith(("https://", "http://", "mailto:", "tel:", "#")):
            yield _("leads to {url}; write a whole address that begins with https://").format(url=url)
    if row.kind in {"image", "infographic"} and len(row.definition.get("alt", "").strip()) < 10:
        yield _("its picture needs a description in words for those who do not see it.")
    if row.kind == "video" and not row.definition.get("captions"):
        yield _("has no captions.")
    if row.kind in {"video", "audio"} and not (row.definition.get("transcript") or row.definition.get("captions")):
        yield _("has no transcript.")
    if row.kind == "exercise" and not row.definition.get("explanation") and not row.definition.get("feedback"):
        yield _("says neither why an answer is right nor why one is wrong.")


def own_data_of(user: User) -> dict[str, Any]:
    """Everything that this room keeps about a person, JSON-ready."""
    return {
        "enrolments": list(Enrolment.objects.filter(user=user).values("course__title", "started_at", "completed_at", "left_at", "due_on")),
        "topics": list(
            TopicProgress.objects.filter(enrolment__user=user).values("topic__title", "opened_at", "done_at", "done_how", "seconds")
        ),
        "answers": list(Attempt.objects.filter(user=user).values("material__title", "n", "at", "response", "score", "success")),
        "hand_ins": list(HandIn.objects.filter(attempt__user=user).values("name", "reviewed_at", "accepted", "comment")),
        "quizzes": list(QuizRun.objects.filter(user=user).values("quiz__title", "n", "started_at", "finished_at", "score", "passed")),
        "sheets": list(SheetEntry.objects.filter(user=user).values("material__title", "values", "saved_at")),
        "notes": list(Note.objects.filter(user=user).values("topic__title", "text", "saved_at")),
        "bookmarks": list(Bookmark.objects.filter(user=user).values("topic__title", "at")),
        "films": list(Watch.objects.filter(user=user).values("material__title", "position", "played", "completed_at")),
        "packages": list(
            PackageRun.objects.filter(enrolment__user=user).values(
                "unit__title", "started_at", "last_at", "completed_at", "success", "score", "seconds", "state"
            )
        ),
        "cases": list(CasePath.objects.filter(user=user).values("material__title", "path", "ends", "ended_at")),
        "reviews": list(
            CourseReview.objects.filter(user=user).values("course__title", "stars", "text", "at", "hidden_at", "hidden_because")
        ),
        "questions_at_stacks": list(
            StackQuestion.objects.filter(asked_by=user).values("tile__stack__title", "text", "asked_at", "answer", "answered_at")
        ),
        "reminders": list(Digest.objects.filter(user=user).values("on", "at", "about")),
    }
