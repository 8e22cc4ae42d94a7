"""Courses in a cluster's workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from wagtail.models import WorkflowState

from talka.clusters.models import Cluster, Organisation
from talka.courses.models import (
    Attempt,
    Bookmark,
    BulkChange,
    CasePath,
    ClusterApproval,
    Cmi5Registration,
    Cmi5Session,
    Cmi5Standing,
    Course,
    CourseQuerySet,
    CourseReview,
    Digest,
    Enrolment,
    HandIn,
    Lesson,
    LtiAlias,
    LtiPerson,
    LtiScore,
    Module,
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
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import may

# How long what was deleted is offered on the course's desk.
KEPT_FOR = timedelta(days=30)


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
    """All lessons with all topics, drafts too; each says whether it is `in_review`. Three queries."""
    by_lesson: dict[int, list[Topic]] = {}
    kind = ContentType.objects.get_for_model(Topic)
    reviewed = set(WorkflowState.objects.active().filter(base_content_type=kind).values_list("object_id", flat=True))
    for topic in course.topics.defer("body").order_by("order", "pk"):
        topic.in_review = str(topic.pk) in reviewed
        by_lesson.setdefault(topic.lesson_id, []).append(topic)
    rows = course.lessons.select_related("module").order_by("module__order", "module__pk", "order", "pk")
    return [(lesson, by_lesson.get(lesson.pk, [])) for lesson in rows]


def modules_for_authors(course: Course) -> list[tuple[Module, list[tuple[Lesson, list[Topic]]]]]:
    """The same under their modules, those without a lesson too. Four queries."""
    lessons = lessons_for_authors(course)
    return [(module, [pair for pair in lessons if pair[0].module_id == module.pk]) for module in course.modules.order_by("order", "pk")]


def removed_lately(course: Course, *, at: datetime) -> QuerySet[BulkChange]:
    """What was deleted in the last days and is not brought back, newest first."""
    rows = course.bulk_changes.filter(what=BulkChange.What.REMOVED, undone_at=None, at__gte=at - KEPT_FOR)
    return rows.select_related("by").order_by("-at", "-pk")


def waiting_for_review(cluster: Cluster, *, viewer: Viewer) -> list[tuple[Topic, WorkflowState]]:
    """The cluster's topics whose review waits for `viewer`, longest waiting first."""
    kind = ContentType.objects.get_for_model(Topic)
    states = WorkflowState.objects.filter(status=WorkflowState.STATUS_IN_PROGRESS, base_content_type=kind, current_task_state__isnull=False)
    rows = list(states.select_related("current_task_state__task", "requested_by").order_by("created_at"))
    topics = (
        Topic.objects.filter(course__cluster=cluster).select_related("course").defer("body").in_bulk([int(row.object_id) for row in rows])
    )
    made = []
    for row in rows:
        topic, task = topics.get(int(row.object_id)), row.current_task_state.task.specific
        if topic is not None and isinstance(task, ClusterApproval) and task.decides(topic, viewer):
            made.append((topic, row))
    return made


def hand_ins_of(course: Course, *, viewer: Viewer) -> QuerySet[HandIn]:
    """Files handed in in this course, for those who review them; nothing for others."""
    if not may(standing_of(viewer), REVIEW, cluster=course.cluster_id):
        return HandIn.objects.none()
    return HandIn.objects.filter(attempt__material__topic__course=course).select_related(
        "attempt__user", "attempt__material__topic__course"
    )


def production_rows(course: Course) -> QuerySet[Production]:
    """All materials on the board, each with its present `state` and when it came to it. One query."""
    newest = ProductionStep.objects.filter(production=OuterRef("pk")).order_by("-at", "-pk")
    return course.productions.select_related("lesson", "partner").annotate(
        state=Coalesce(Subquery(newest.values("state")[:1]), Value(ProductionStep.State.PLANNED.value)),
        since=Subquery(newest.values("at")[:1]),
    )


@dataclass(frozen=True, slots=True)
class KindCount:
    """One kind of material: how many are planned for the course, stand on the board, are done there, and are published."""

    kind: str
    wanted: int
    board: int
    done: int
    published: int

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.published)


def production_counts(course: Course, board: Sequence[Production]) -> list[KindCount]:
    """The counts by kind against the plan."""
    published = dict(counts_of(course))
    wanted = dict(course.planned_kinds.values_list("kind", "wanted"))
    return [
        KindCount(
            kind,
            wanted.get(kind, 0),
            sum(p.kind == kind for p in board),
            sum(p.kind == kind and getattr(p, "state", None) == ProductionStep.State.DONE for p in board),
            published.get(kind, 0),
        )
        for kind in sorted({p.kind for p in board} | set(published) | set(wanted))
    ]


def partners(firms: QuerySet[Any]) -> QuerySet[Organisation]:
    return Organisation.objects.filter(pk__in=firms).order_by("name")


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
        "cmi5": list(Cmi5Registration.objects.filter(enrolment__user=user).values("package__title", "uuid", "made_at", "satisfied_at")),
        "cmi5_units": list(
            Cmi5Standing.objects.filter(registration__enrolment__user=user).values(
                "unit__title", "completed_at", "passed_at", "failed_at", "score", "waived_at", "reason", "satisfied_at"
            )
        ),
        "cmi5_sessions": list(
            Cmi5Session.objects.filter(registration__enrolment__user=user).values(
                "unit__title", "uuid", "launched_at", "initialized_at", "last_at", "score", "seconds", "terminated_at", "abandoned_at"
            )
        ),
        "cases": list(CasePath.objects.filter(user=user).values("material__title", "path", "ends", "ended_at")),
        "reviews": list(
            CourseReview.objects.filter(user=user).values("course__title", "stars", "text", "at", "hidden_at", "hidden_because")
        ),
        "questions_at_stacks": list(
            StackQuestion.objects.filter(asked_by=user).values("tile__stack__title", "text", "asked_at", "answer", "answered_at")
        ),
        "outside_tools": list(LtiAlias.objects.filter(user=user).values("tool__name", "alias", "agreed", "agreed_at")),
        "scores_of_outside_tools": list(LtiScore.objects.filter(user=user).values("line_item__label", "score", "comment", "said_at")),
        "other_platforms": list(LtiPerson.objects.filter(user=user).values("platform__name", "subject", "bound_at", "seen_at")),
        "reminders": list(Digest.objects.filter(user=user).values("on", "at", "about")),
    }
