"""Courses from plans: an outline with draft topics, and what has to be produced for them. Nobody but authors sees it until it is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.text import slugify

from talka.clusters.models import Cluster
from talka.courses.actions.packs import _tie_outcomes, free_slug
from talka.courses.models import (
    Course,
    CourseOutcome,
    Lesson,
    Module,
    Production,
    ProductionStep,
    Requirement,
    Topic,
    TopicOutcome,
)
from talka.courses.rules.access import WRITE
from talka.courses.rules.packs import OutcomeEntry
from talka.people.actions import require
from talka.people.models import User
from talka.people.rules import Visibility


@dataclass(frozen=True, slots=True)
class DraftTopic:
    """A topic as planned. outcomes, requires: keys. materials: (kind, title) of what has to be produced. topic: the course's, if it is there."""

    key: str
    title: str
    minutes: int
    summary: str = ""
    outcomes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    materials: tuple[tuple[str, str], ...] = ()
    topic: Topic | None = None


@dataclass(frozen=True, slots=True)
class DraftLesson:
    title: str
    topics: tuple[DraftTopic, ...]


@dataclass(frozen=True, slots=True)
class DraftModule:
    key: str
    title: str
    lessons: tuple[DraftLesson, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Drafted:
    """Topics and outcomes by their keys in the plan; `added` topics are new drafts, `productions` new rows of what has to be made."""

    course: Course
    topics: Mapping[str, Topic]
    outcomes: Mapping[str, CourseOutcome]
    added: int
    productions: int


@transaction.atomic
def draft_course(*, cluster: Cluster, key: str, title: str, by: User | None, at: datetime, **words: Any) -> Course:
    """A new course of `cluster`, not published and without topics. `words`: summary, audience, language, level, hours. Raises NotAllowed."""
    if by is not None:
        require(by, WRITE, cluster=cluster.pk)
    key = _free(Course.objects.filter(cluster=cluster), "key", key or "course")
    return Course.objects.create(
        cluster=cluster,
        key=key,
        slug=free_slug(key, cluster),
        title=title,
        visibility=Visibility.CLUSTER,
        created_at=at,
        created_by=by,
        **words,
    )


@transaction.atomic
def draft_topics(
    *, course: Course, outcomes: Sequence[OutcomeEntry], modules: Sequence[DraftModule], by: User | None, at: datetime
) -> Drafted:
    """The planned topics are in `course`: new ones as drafts with their productions, those it has with the planned outcomes besides their own.

    Nothing that the course has is taken away or reworded, so it can be repeated. Raises NotAllowed.
    """
    if by is not None:
        require(by, WRITE, cluster=course.cluster_id)
    known = _put_outcomes(course, outcomes, by=by, at=at)
    topics: dict[str, Topic] = {}
    added = productions = 0
    for module in modules:
        for lesson in module.lessons:
            place = _lesson(course, module, lesson)
            for draft in lesson.topics:
                topic = draft.topic
                if topic is None:
                    topic = _draft(course, place, draft, by=by)
                    added += 1
                    productions += _ask_for(course, place, draft, by=by, at=at)
                topics[draft.key] = topic
                _add_outcomes(topic, [known[o] for o in draft.outcomes if o in known])
    drafts = [draft for module in modules for lesson in module.lessons for draft in lesson.topics]
    for draft in drafts:
        if draft.topic is None:
            before = [topics[key].pk for key in draft.requires if key in topics]
            Requirement.objects.bulk_create(
                [Requirement(topic=topics[draft.key], needs_id=pk, order=n) for n, pk in enumerate(before)], ignore_conflicts=True
            )
    return Drafted(course, topics, known, added, productions)


def _free(rows: QuerySet[Any], field: str, wanted: str) -> str:
    stem = (slugify(wanted) or "topic")[:70]
    taken = set(rows.filter(**{f"{field}__startswith": stem}).values_list(field, flat=True))
    return next(key for n in range(1, len(taken) + 2) if (key := stem if n == 1 else f"{stem}-{n}") not in taken)


def _last(rows: QuerySet[Any]) -> int:
    last: int | None = rows.aggregate(last=Max("order"))["last"]
    return 0 if last is None else last + 1


def _put_outcomes(course: Course, entries: Sequence[OutcomeEntry], *, by: User | None, at: datetime) -> dict[str, CourseOutcome]:
    rows = {row.key: row for row in course.outcomes.all()}
    fresh = [entry for entry in entries if entry.key not in rows]
    ties, _remarks = _tie_outcomes(course, fresh, by=by, at=at)
    place = _last(course.outcomes.all())
    for n, entry in enumerate(fresh):
        rows[entry.key] = CourseOutcome.objects.create(
            course=course, key=entry.key, uuid=uuid5(course.uuid, f"outcome/{entry.key}"), order=place + n, text=entry.text,
            bloom=entry.bloom, level=entry.level, competences=list(entry.competences), outcome=ties.get(entry.key),
        )  # fmt: skip
    return rows


def _lesson(course: Course, module: DraftModule, lesson: DraftLesson) -> Lesson:
    """Where the lesson's topics stand already; else the lesson of that title in the module, made if it is missing."""
    there = next((draft.topic.lesson for draft in lesson.topics if draft.topic is not None), None)
    if there is not None:
        return there
    place, _made = Module.objects.get_or_create(
        course=course,
        slug=module.key,
        defaults={"title": module.title, "summary": module.summary, "order": _last(course.modules.all())},
    )
    found = place.lessons.filter(title=lesson.title).first()
    return found or Lesson.objects.create(
        module=place, slug=_free(course.lessons.all(), "slug", lesson.title), title=lesson.title, order=_last(place.lessons.all())
    )


def _draft(course: Course, lesson: Lesson, draft: DraftTopic, *, by: User | None) -> Topic:
    topic = Topic(
        lesson=lesson,
        slug=_free(course.topics.all(), "slug", draft.key),
        title=draft.title,
        summary=draft.summary,
        minutes=max(draft.minutes, 1),
        order=_last(lesson.topics.all()),
        live=False,
        has_unpublished_changes=True,
    )
    topic.save()
    topic.save_revision(user=by, changed=True, clean=False)
    return topic


def _ask_for(course: Course, lesson: Lesson, draft: DraftTopic, *, by: User | None, at: datetime) -> int:
    for kind, title in draft.materials:
        production = Production.objects.create(course=course, lesson=lesson, kind=kind, title=title[:200])
        ProductionStep.objects.create(production=production, state=ProductionStep.State.PLANNED, at=at, by=by)
    return len(draft.materials)


def _add_outcomes(topic: Topic, outcomes: Sequence[CourseOutcome]) -> None:
    known = set(topic.topic_outcomes.values_list("outcome_id", flat=True))
    fresh = [outcome for outcome in outcomes if outcome.pk not in known]
    TopicOutcome.objects.bulk_create([TopicOutcome(topic=topic, outcome=o, order=len(known) + n) for n, o in enumerate(fresh)])
