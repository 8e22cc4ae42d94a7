"""What authors do besides writing: begin a course, publish or retire it, copy parts of it, plan its production, review what is handed in."""

import json
from collections.abc import Collection, Sequence
from copy import deepcopy
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Max, Q
from django.utils.text import slugify

from talka.clusters.models import Cluster, Organisation
from talka.courses.actions.packs import free_slug
from talka.courses.actions.publishing import publish_materials
from talka.courses.languages.actions import copy as copy_words
from talka.courses.languages.actions import copy_own_words
from talka.courses.models import (
    Attempt,
    Bookmark,
    CasePath,
    Course,
    CourseFile,
    CourseOutcome,
    CourseReview,
    Digest,
    Enrolment,
    ExerciseState,
    GlossaryTerm,
    HandIn,
    Invitation,
    Lesson,
    LtiAlias,
    LtiLaunch,
    LtiPerson,
    LtiScore,
    Module,
    Note,
    PackageRun,
    Production,
    ProductionStep,
    QuizRun,
    ReminderChoice,
    Requirement,
    SheetEntry,
    StackQuestion,
    TimeExtension,
    Topic,
    TopicOutcome,
    TopicProgress,
    Watch,
)
from talka.courses.queries.courses import may_copy, may_write
from talka.courses.rules.access import REVIEW, WRITE
from talka.courses.rules.packs import RESERVED_TOPICS
from talka.people.actions import require
from talka.people.models import User


def begin_course(*, cluster: Cluster, title: str, language: str, by: User, at: datetime) -> Course:
    """A new course of the cluster with one module and one lesson to write in. Nobody but its authors sees it."""
    require(by, WRITE, cluster=cluster.pk)
    key = slugify(title)[:80] or "course"
    taken = set(Course.objects.filter(cluster=cluster).values_list("key", flat=True))
    key = next(k for k in [key, *(f"{key[:76]}-{n}" for n in range(2, 1000))] if k not in taken)
    with transaction.atomic():
        course = Course.objects.create(
            cluster=cluster, key=key, slug=free_slug(key, cluster), title=title, language=language, created_at=at, created_by=by
        )
        module = Module.objects.create(course=course, slug="one", title=title)
        Lesson.objects.create(module=module, slug="lesson-1", title=title)
    return course


@transaction.atomic
def set_published(*, course: Course, on: bool, visibility: str, entry: str, by: User, at: datetime) -> Course:
    """The course is open to those of `visibility`, or closed again (learners keep what they did). Raises NotAllowed."""
    require(by, WRITE, cluster=course.cluster_id)
    course.visibility, course.entry = visibility, entry
    if on:
        course.published_at, course.retired_at = course.published_at or at, None
    elif course.published_at:
        course.retired_at = course.retired_at or at
    course.save(update_fields=["visibility", "entry", "published_at", "retired_at"])
    return course


# Copies


@transaction.atomic
def copy_topics(topics: Sequence[Topic], *, into: Lesson, by: User, at: datetime) -> list[Topic]:
    """Copies of topics as drafts at the end of a lesson, with their files, outcomes and, where both are copied, prerequisites.

    Attempts and progress stay with the originals. Raises NotAllowed unless `by` may write both courses.
    """
    require(by, WRITE, cluster=into.course.cluster_id)
    for course in {topic.course_id: topic.course for topic in topics}.values():
        _require_copying(course, by)
    last = into.topics.aggregate(last=Max("order"))["last"]
    order = -1 if last is None else last
    made: dict[int, Topic] = {}
    for topic in topics:
        order += 1
        made[topic.pk] = _copy_topic(topic, into, order, by=by, at=at)
    for topic in topics:
        for row in topic.requirements.all():
            if row.needs_id in made:
                Requirement.objects.create(topic=made[topic.pk], needs=made[row.needs_id], order=row.order)
    return list(made.values())


def _require_copying(course: Course, by: User) -> None:
    if not may_copy(by, course):
        require(by, WRITE, cluster=course.cluster_id)


def _copy_topic(topic: Topic, into: Lesson, order: int, *, by: User, at: datetime) -> Topic:
    # An author's own draft is copied as it is; a reader of the network's course copies what is published.
    source = topic.get_latest_revision_as_object() if topic.latest_revision_id and may_write(by, topic.course) else topic
    slug = _free_topic_slug(topic.slug, into.course)
    body = deepcopy(list(source.body.raw_data))
    places: dict[str, str] = {}
    for block in body:
        # A copy's materials are its own: new identifiers, so that nothing done with the original speaks of the copy.
        for one in (block, *(block["value"].get("pool") or ())):
            places[str(one.get("id"))] = one["id"] = str(uuid4())
    made = Topic(
        lesson=into, order=order, slug=slug, title=source.title, summary=source.summary, minutes=source.minutes, sources=source.sources,
        live=False, has_unpublished_changes=True,
    )  # fmt: skip
    made.body = json.dumps(body)  # type: ignore[assignment]  # a StreamField takes its JSON
    made.save()
    made.save_revision(user=by, clean=False)
    copy_words(topic, made, places | {str(topic.uuid): str(made.uuid)}, by=by, at=at)
    for file in topic.course.files.filter(path__startswith=f"topics/{topic.slug}/", is_source=False):
        path = f"topics/{slug}/{file.path.rsplit('/', 1)[-1]}"
        CourseFile.objects.get_or_create(
            course=into.course,
            path=path,
            defaults={
                **{name: getattr(file, name) for name in ("content", "sha256", "on_disk", "name", "media_type", "seconds")},
                "added_at": at,
                "added_by": by,
            },
        )
    known = {o.key: o for o in into.course.outcomes.all()}
    for row in topic.topic_outcomes.select_related("outcome"):
        outcome = known.get(row.outcome.key) or _copy_outcome(row.outcome, into.course)
        known[outcome.key] = outcome
        TopicOutcome.objects.create(topic=made, outcome=outcome, order=row.order)
    return made


def _copy_outcome(outcome: CourseOutcome, course: Course) -> CourseOutcome:
    last = course.outcomes.aggregate(last=Max("order"))["last"]
    return CourseOutcome.objects.create(
        course=course, order=(last or 0) + 1, key=outcome.key, text=outcome.text, bloom=outcome.bloom, level=outcome.level,
        competences=outcome.competences, outcome=outcome.outcome,
    )  # fmt: skip


def _free_topic_slug(slug: str, course: Course) -> str:
    taken = set(course.topics.values_list("slug", flat=True)) | RESERVED_TOPICS
    return next(s for s in [slug, *(f"{slug[:74]}-{n}" for n in range(2, 10_000))] if s not in taken)


@transaction.atomic
def copy_lesson(lesson: Lesson, *, into: Module, by: User, at: datetime) -> Lesson:
    """A lesson with all its topics as drafts, at the end of a module."""
    require(by, WRITE, cluster=into.course.cluster_id)
    taken = set(into.course.lessons.values_list("slug", flat=True))
    slug = next(s for s in [lesson.slug, *(f"{lesson.slug[:74]}-{n}" for n in range(2, 10_000))] if s not in taken)
    last = into.lessons.aggregate(last=Max("order"))["last"]
    made = Lesson.objects.create(module=into, slug=slug, title=lesson.title, summary=lesson.summary, order=0 if last is None else last + 1)
    copy_topics(
        [t for t in lesson.topics.select_related("course").order_by("order", "pk") if t.live or may_write(by, t.course)],
        into=made,
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def copy_course(course: Course, *, cluster: Cluster, title: str, by: User, at: datetime) -> Course:
    """A whole course as a new draft of a cluster. Raises NotAllowed."""
    _require_copying(course, by)
    made = begin_course(cluster=cluster, title=title, language=course.language, by=by, at=at)
    made.modules.all().delete()
    Course.objects.filter(pk=made.pk).update(
        summary=course.summary, audience=course.audience, level=course.level, hours=course.hours, licence=course.licence,
        authors=course.authors, tags=course.tags,
    )  # fmt: skip
    for term in course.glossary.all():
        GlossaryTerm.objects.create(
            course=made, order=term.order, key=term.key, term=term.term, definition=term.definition, source=term.source, see=term.see
        )
    for module in course.modules.prefetch_related("lessons"):
        into = Module.objects.create(course=made, order=module.order, slug=module.slug, title=module.title, summary=module.summary)
        for lesson in module.lessons.all():
            copy_lesson(lesson, into=into, by=by, at=at)
    copy_own_words(course, made, by=by, at=at)
    made.refresh_from_db()
    return made


# Production


@transaction.atomic
def plan_material(
    *,
    course: Course,
    kind: str,
    title: str,
    lesson: Lesson | None,
    partner: Organisation | None,
    due_on: date | None,
    by: User,
    at: datetime,
) -> Production:
    """A material that the course needs is on the board, planned."""
    require(by, WRITE, cluster=course.cluster_id)
    made = Production.objects.create(course=course, kind=kind, title=title, lesson=lesson, partner=partner, due_on=due_on)
    ProductionStep.objects.create(production=made, state=ProductionStep.State.PLANNED, at=at, by=by)
    return made


def move_production(*, production: Production, state: str, by: User, at: datetime) -> ProductionStep:
    """The material has come to this state."""
    require(by, WRITE, cluster=production.course.cluster_id)
    return ProductionStep.objects.create(production=production, state=ProductionStep.State(state), at=at, by=by)


# Hand-ins


@transaction.atomic
def review(*, hand_in: HandIn, accepted: bool, comment: str, by: User, at: datetime) -> HandIn:
    """A hand-in is accepted or sent back with a comment. The last word counts."""
    require(by, REVIEW, cluster=hand_in.attempt.material.topic.course.cluster_id)
    hand_in.reviewed_at, hand_in.reviewed_by, hand_in.accepted, hand_in.comment = at, by, accepted, comment.strip()
    hand_in.save()
    attempt = hand_in.attempt
    attempt.score = 1.0 if accepted else 0.0
    attempt.save(update_fields=["score"])
    return hand_in


@transaction.atomic
def forget(*, user: User, keep: Collection[str] = ()) -> None:
    """The person is erased: what they wrote goes at once, and all traces too unless completions are kept without a name."""
    HandIn.objects.filter(attempt__user=user).delete()
    SheetEntry.objects.filter(user=user).delete()
    Note.objects.filter(user=user).delete()
    Bookmark.objects.filter(user=user).delete()
    CasePath.objects.filter(user=user).delete()
    Watch.objects.filter(user=user).delete()
    ExerciseState.objects.filter(user=user).delete()
    Attempt.objects.filter(user=user).delete()
    QuizRun.objects.filter(user=user).delete()
    TimeExtension.objects.filter(user=user).delete()
    PackageRun.objects.filter(enrolment__user=user).delete()
    Invitation.objects.filter(Q(email__iexact=user.email) | Q(accepted_by=user)).exclude(email="").delete()
    CourseReview.objects.filter(user=user).delete()
    Digest.objects.filter(user=user).delete()
    ReminderChoice.objects.filter(user=user).delete()
    LtiPerson.objects.filter(user=user).delete()
    LtiAlias.objects.filter(user=user).delete()
    LtiLaunch.objects.filter(user=user).delete()
    LtiScore.objects.filter(user=user).delete()
    StackQuestion.objects.filter(asked_by=user).update(asked_by=None, email="")
    if "completions" in keep:
        # The record of completion stays with the nameless person; the detailed traces go.
        Enrolment.objects.filter(user=user, completed_at=None).delete()
        TopicProgress.objects.filter(enrolment__user=user).update(seconds=0, position={})
    else:
        Enrolment.objects.filter(user=user).delete()


def republish(course: Course, topic: Topic, *, at: datetime) -> None:
    """A topic was published in the editor: readers get its materials. Raises NotPublishable."""
    publish_materials(course, topics=[topic], at=at)
