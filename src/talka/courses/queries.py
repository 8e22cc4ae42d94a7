"""Reads about courses; the viewer is an argument."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from talka.clusters.models import Cluster, Organisation
from talka.courses import search as words
from talka.courses.models import (
    Attempt,
    Bookmark,
    CasePath,
    Course,
    CourseFile,
    CourseQuerySet,
    Enrolment,
    ExerciseState,
    HandIn,
    Lesson,
    Material,
    Note,
    Production,
    ProductionStep,
    QuizRun,
    SheetEntry,
    Topic,
    TopicProgress,
    Watch,
)
from talka.courses.rules.access import REVIEW, WRITE
from talka.courses.rules.packs import RESERVED_TOPICS
from talka.courses.rules.progress import Progress, progress_of, resume_at
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import Visibility, may, may_see
from talka.skills.models import Competence


def courses_for(viewer: Viewer) -> CourseQuerySet:
    """Published courses that `viewer` may see."""
    found: CourseQuerySet = Course.objects.published().visible_to(standing_of(viewer)).select_related("cluster")
    return found


def courses_written_by(viewer: Viewer) -> CourseQuerySet:
    """Courses, drafts and retired ones too, that `viewer` may change: those of clusters where they are manager or editor."""
    standing = standing_of(viewer)
    rows: CourseQuerySet = Course.objects.select_related("cluster")
    return rows if standing.operator else rows.filter(cluster__in=standing.clusters_as(*WRITE.parts))


def courses_open_to(viewer: Viewer) -> CourseQuerySet:
    """What `viewer` may open: published ones they may see, and all they may change."""
    standing = standing_of(viewer)
    seen = Course.objects.published().visible_to(standing).values("pk")
    rows: CourseQuerySet = Course.objects.select_related("cluster")
    if standing.operator:
        return rows.filter(Q(pk__in=seen) | Q(cluster=None) | Q(cluster__isnull=False))
    return rows.filter(Q(pk__in=seen) | Q(cluster__in=standing.clusters_as(*WRITE.parts)))


def may_write(viewer: Viewer, course: Course) -> bool:
    return may(standing_of(viewer), WRITE, cluster=course.cluster_id)


def courses_of_workspace(cluster: Cluster, *, viewer: Viewer) -> CourseQuerySet:
    """The cluster's own courses in any state, and the network's and public ones, as far as `viewer` may open them."""
    return courses_open_to(viewer).filter(Q(cluster=cluster) | Q(cluster=None) | ~Q(visibility="cluster")).order_by("title")


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic as an outline shows it."""

    pk: int
    uuid: UUID
    slug: str
    title: str
    minutes: int
    number: int


@dataclass(frozen=True, slots=True)
class LessonLine:
    pk: int
    slug: str
    title: str
    summary: str
    number: int
    topics: tuple[TopicLine, ...]

    @property
    def minutes(self) -> int:
        return sum(t.minutes for t in self.topics)


@dataclass(frozen=True, slots=True)
class ModuleLine:
    pk: int
    slug: str
    title: str
    summary: str
    number: int
    lessons: tuple[LessonLine, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """All live topics of a course in their order, under lessons and modules, numbered from 1."""

    modules: tuple[ModuleLine, ...] = ()
    topics: tuple[TopicLine, ...] = field(default=())

    @property
    def minutes(self) -> int:
        return sum(t.minutes for t in self.topics)

    def lesson_of(self, topic: int) -> LessonLine | None:
        return next((lesson for m in self.modules for lesson in m.lessons if any(t.pk == topic for t in lesson.topics)), None)

    def around(self, topic: int) -> tuple[TopicLine | None, TopicLine | None]:
        """The topics before and after."""
        place = next((n for n, t in enumerate(self.topics) if t.pk == topic), None)
        if place is None:
            return None, None
        return (self.topics[place - 1] if place else None), (self.topics[place + 1] if place + 1 < len(self.topics) else None)


def outline_of(course: Course) -> Outline:
    """The outline of what is published. One query."""
    return outline_with_progress(course, None)[0]


_OUTLINE = (
    "pk", "uuid", "slug", "title", "minutes", "lesson_id", "lesson__slug", "lesson__title", "lesson__summary",
    "lesson__module_id", "lesson__module__slug", "lesson__module__title", "lesson__module__summary",
)  # fmt: skip


def outline_with_progress(course: Course, enrolment: Enrolment | None) -> tuple[Outline, frozenset[int]]:
    """The outline, and the keys of those of its topics that are done. One query."""
    found = Topic.objects.filter(course=course, live=True).order_by(
        "lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk"
    )
    if enrolment is not None:
        found = found.annotate(mine=FilteredRelation("progress", condition=Q(progress__enrolment=enrolment.pk)))
    rows = list(found.values_list(*_OUTLINE, *(["mine__done_at"] if enrolment is not None else [])))
    modules: list[ModuleLine] = []
    topics: list[TopicLine] = []
    lesson_number = 0
    for module, in_module in groupby(rows, key=lambda r: r[9:13]):
        lessons = []
        for lesson, in_lesson in groupby(in_module, key=lambda r: r[5:9]):
            lesson_number += 1
            lines = [TopicLine(r[0], r[1], r[2], r[3], r[4], len(topics) + n) for n, r in enumerate(in_lesson, 1)]
            topics += lines
            lessons.append(LessonLine(lesson[0], lesson[1], lesson[2], lesson[3], lesson_number, tuple(lines)))
        modules.append(ModuleLine(module[0], module[1], module[2], module[3], len(modules) + 1, tuple(lessons)))
    done = frozenset(r[0] for r in rows if enrolment is not None and r[13] is not None)
    return Outline(tuple(modules), tuple(topics)), done


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    key: str
    term: str
    definition: str
    source: str
    see: tuple[tuple[str, str], ...]
    # The topic whose vocabulary sheet explains it.
    topic: tuple[str, str] | None


def glossary_of(course: Course) -> list[GlossaryEntry]:
    """All terms of the course, in the order of the alphabet. Two queries."""
    found: dict[str, tuple[dict, tuple[str, str] | None]] = {
        key: ({"key": key, "term": term, "definition": definition, "source": source, "see": see}, None)
        for key, term, definition, source, see in course.glossary.values_list("key", "term", "definition", "source", "see")
    }
    sheets = Material.objects.current().filter(topic__course=course, topic__live=True, kind="vocabulary")
    for slug, title, definition in sheets.values_list("topic__slug", "topic__title", "definition"):
        found |= {term["key"]: (term, (slug, title)) for term in definition["terms"]}
    names = {key: term["term"] for key, (term, _topic) in found.items()}
    entries = [
        GlossaryEntry(
            key=key,
            term=term["term"],
            definition=term["definition"],
            source=term.get("source", ""),
            see=tuple((other, names[other]) for other in term.get("see", ()) if other in names),
            topic=topic,
        )
        for key, (term, topic) in found.items()
    ]
    return sorted(entries, key=lambda e: e.term.casefold())


def file_of(course: Course, topic: str, name: str) -> bytes | None:
    """A file of a published topic: a picture, captions, a film. None if there is none."""
    content = (
        CourseFile.objects.filter(course=course, path=f"topics/{topic}/{name}", is_source=False).values_list("content", flat=True).first()
    )
    return bytes(content) if content is not None else None


def topics_of(course: Course, *, slugs: Sequence[str] | None = None) -> list[Topic]:
    """Live topics without their bodies."""
    rows = course.topics.filter(live=True).defer("body")
    return list(rows.filter(slug__in=slugs) if slugs is not None else rows)


# A topic as a learner meets it


@dataclass(slots=True)
class Doing:
    """What one person has done with one material so far; everything empty for who has done nothing."""

    tried: int = 0
    solved: bool = False
    last: Attempt | None = None
    hints: int = 0
    gave_up: bool = False
    sheet: SheetEntry | None = None
    case: CasePath | None = None
    watch: Watch | None = None
    runs: list[QuizRun] = field(default_factory=list)


@dataclass(slots=True)
class TopicPage:
    """Everything that the page of a topic shows."""

    topic: Topic
    course: Course
    enrolment: Enrolment | None
    outline: Outline
    done: frozenset[int]
    materials: list[Material]
    doing: dict[int, Doing]
    note: Note | None
    bookmarked: bool

    outcomes: list[str] = field(default_factory=list)
    # Prerequisites that are not done yet.
    missing: list[TopicLine] = field(default_factory=list)

    @property
    def progress(self) -> Progress:
        return progress_of(self.done, [t.pk for t in self.outline.topics])

    @property
    def done_in_lesson(self) -> int:
        lesson = self.outline.lesson_of(self.topic.pk)
        return sum(t.pk in self.done for t in lesson.topics) if lesson else 0

    @property
    def sheets(self) -> list[Material]:
        return [row for row in self.materials if row.kind == "tool"]

    @property
    def is_done(self) -> bool:
        return self.topic.pk in self.done


def topic_for(course: str, topic: str, *, viewer: Viewer) -> Topic | None:
    """A live topic by its address, with lesson, module, course and cluster, if `viewer` may open it. One query where the course is not closed.

    Only a closed or unpublished course asks who the viewer is to its cluster, since most are open to all.
    """
    found = (
        Topic.objects.filter(course__slug=course, slug=topic, live=True)
        .select_related("course__cluster", "lesson__module")
        .defer("body")
        .first()
    )
    return found if found is not None and _may_open(viewer, found.course) else None


def _may_open(viewer: Viewer, course: Course) -> bool:
    if course.published_at is not None and course.retired_at is None:
        if course.visibility == Visibility.PUBLIC or (course.visibility == Visibility.NETWORK and viewer.is_authenticated):
            return True
        if may_see(standing_of(viewer), course.visibility, cluster=course.cluster_id):
            return True
    return may_write(viewer, course)


def enrolment_of(viewer: Viewer, course: Course) -> Enrolment | None:
    """The viewer's standing enrolment."""
    if not viewer.is_authenticated:
        return None
    return Enrolment.objects.filter(user=viewer, course=course, left_at=None).first()


def topic_page(topic: Topic, *, viewer: User) -> TopicPage:
    """The page of a topic that `topic_for` gave to this viewer. Three queries, and one for each sort of doing that its materials allow."""
    enrolment = (
        Enrolment.objects.filter(user=viewer, course=topic.course_id, left_at=None)
        .annotate(
            note_pk=Subquery(Note.objects.filter(user=viewer, topic=topic).values("pk")[:1]),
            bookmarked=Exists(Bookmark.objects.filter(user=viewer, topic=topic)),
        )
        .first()
    )
    outline, done = outline_with_progress(topic.course, enrolment)
    materials = list(Material.objects.current().pieces().filter(topic=topic).defer("plain"))
    needed = set(topic.shown.get("requires", ()))
    return TopicPage(
        topic=topic,
        course=topic.course,
        enrolment=enrolment,
        outline=outline,
        done=done,
        materials=materials,
        doing=doing_of(viewer, materials) if enrolment else {row.pk: Doing() for row in materials},
        note=Note.objects.get(pk=enrolment.note_pk) if enrolment and enrolment.note_pk else None,
        bookmarked=bool(enrolment and enrolment.bookmarked),
        outcomes=topic.shown.get("outcomes", []),
        missing=[line for line in outline.topics if line.pk in needed and line.pk not in done],
    )


def piece_page(topic: Topic, material: Material, *, viewer: User) -> TopicPage:
    """The page reduced to one material, for a script that puts it in the place of the old one."""
    return TopicPage(
        topic=topic, course=topic.course, enrolment=enrolment_of(viewer, topic.course), outline=Outline(), done=frozenset(), materials=[material],
        doing=doing_of(viewer, [material]), note=None, bookmarked=False,
    )  # fmt: skip


def done_topics(enrolment: Enrolment) -> frozenset[int]:
    """Keys of the topics that are done, also of those that the course no longer has."""
    return frozenset(enrolment.progress.exclude(done_at=None).values_list("topic_id", flat=True))


def doing_of(viewer: User, materials: Sequence[Material]) -> dict[int, Doing]:
    """What the viewer did with these materials. One query per sort of doing that they can have."""
    doing = {row.pk: Doing() for row in materials}
    by_kind: dict[str, list[int]] = {}
    for row in materials:
        by_kind.setdefault(row.kind, []).append(row.pk)
    if exercises := by_kind.get("exercise"):
        for attempt in Attempt.objects.filter(user=viewer, material__in=exercises).order_by("n"):
            mine = doing[attempt.material_id]
            mine.tried, mine.last, mine.solved = mine.tried + 1, attempt, mine.solved or attempt.success is True
        for state in ExerciseState.objects.filter(user=viewer, material__in=exercises):
            doing[state.material_id].hints, doing[state.material_id].gave_up = state.hints, state.gave_up_at is not None
    for kinds, model, name in (
        (("tool",), SheetEntry, "sheet"),
        (("case",), CasePath, "case"),
        (("film", "video", "audio"), Watch, "watch"),
    ):
        keys = [pk for kind in kinds for pk in by_kind.get(kind, ())]
        for row in model.objects.filter(user=viewer, material__in=keys) if keys else ():
            setattr(doing[row.material_id], name, row)
    if quizzes := by_kind.get("quiz"):
        for run in QuizRun.objects.filter(user=viewer, quiz__in=quizzes).order_by("n"):
            doing[run.quiz_id].runs.append(run)
    return doing


# Panels and lists


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where words were found, with a link's ends and a safe snippet."""

    course: Course
    topic_slug: str
    topic_title: str
    material_key: str
    material_title: str
    kind: str
    snippet: str


def search(text: str, *, viewer: Viewer, course: Course | None = None, limit: int = 20) -> list[Hit]:
    """Topics, transcripts and documents that hold the words, in courses that `viewer` may see; best first. Three queries."""
    seen = {c.pk: c for c in courses_for(viewer)} if course is None else {course.pk: course}
    found = words.find(text, list(seen), limit=limit)
    rows = {
        row.pk: row
        for row in Material.objects.filter(pk__in=[f.material for f in found])
        .select_related("topic", "parent")
        .only("key", "title", "kind", "topic__slug", "topic__title", "topic__course_id", "parent__key")
    }
    return [
        Hit(
            course=seen[row.topic.course_id],
            topic_slug=row.topic.slug,
            topic_title=row.topic.title,
            material_key=row.parent.key if row.parent else row.key,
            material_title=row.title,
            kind=row.kind,
            snippet=one.snippet,
        )
        for one in found
        if (row := rows.get(one.material))
    ]


@dataclass(frozen=True, slots=True)
class MyCourse:
    """A course that somebody is enrolled in: how far they are and where they go on."""

    enrolment: Enrolment
    course: Course
    progress: Progress
    next_topic: TopicLine | None
    material: str
    minutes_left: int
    stopped_at: float | None = None

    @property
    def due_on(self) -> date | None:
        return self.enrolment.due_on


def my_courses(user: User) -> list[MyCourse]:
    """All standing enrolments of `user`, last used first. Three queries, however many."""
    enrolments = list(
        Enrolment.objects.filter(user=user, left_at=None)
        .select_related("course__cluster", "last_material")
        .order_by(F("last_at").desc(nulls_last=True), "-started_at")
    )
    lines: dict[int, list[TopicLine]] = {}
    rows = (
        Topic.objects.filter(course__in=[e.course_id for e in enrolments], live=True)
        .order_by("lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk")
        .values_list("course_id", "pk", "uuid", "slug", "title", "minutes")
    )
    for course, pk, uuid, slug, title, minutes in rows:
        mine = lines.setdefault(course, [])
        mine.append(TopicLine(pk, uuid, slug, title, minutes, len(mine) + 1))
    done: dict[int, set[int]] = {}
    places: dict[tuple[int, int], str] = {}
    for enrolment, topic, done_at, position in TopicProgress.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment_id", "topic_id", "done_at", "position"
    ):
        if done_at is not None:
            done.setdefault(enrolment, set()).add(topic)
        places[enrolment, topic] = (position or {}).get("material", "")
    made = []
    for enrolment in enrolments:
        topics = lines.get(enrolment.course_id, [])
        finished = done.get(enrolment.pk, set())
        keys = [t.pk for t in topics]
        at = resume_at(keys, finished, enrolment.last_topic_id)
        line = next((t for t in topics if t.pk == at), None)
        made.append(
            MyCourse(
                enrolment=enrolment,
                course=enrolment.course,
                progress=progress_of(finished, keys),
                next_topic=line,
                material=places.get((enrolment.pk, at), "") if at is not None else "",
                minutes_left=sum(t.minutes for t in topics if t.pk not in finished),
            )
        )
    return made


def continue_for(user: User) -> MyCourse | None:
    """The course that `user` used last and has not finished, with where they stopped; for the front page. At most four queries."""
    mine = next((c for c in my_courses(user) if not c.progress.complete and c.next_topic), None)
    if mine is None or mine.next_topic is None:
        return None
    watch = (
        Watch.objects.filter(user=user, material__topic=mine.next_topic.pk, completed_at=None, position__gt=0)
        .order_by("-at")
        .values_list("position", flat=True)
        .first()
    )
    return replace(mine, stopped_at=watch)


def due_for(user: User, *, on: date) -> list[MyCourse]:
    """Unfinished courses with a due date, the next first; those overdue stay until they are done. Three queries."""
    return sorted((c for c in my_courses(user) if c.due_on and not c.progress.complete), key=lambda c: c.due_on or on)


def recent_for(user: User, *, limit: int = 5) -> list[tuple[Topic, datetime]]:
    """The topics that `user` finished last, newest first. One query."""
    rows = (
        TopicProgress.objects.filter(enrolment__user=user, done_at__isnull=False, topic__live=True)
        .select_related("topic__course")
        .defer("topic__body")
        .order_by("-done_at")[:limit]
    )
    return [(row.topic, row.done_at) for row in rows if row.done_at]


def topics_for_competences(
    competences: Sequence[str], *, viewer: Viewer, without: User | None = None, limit: int = 5
) -> list[tuple[Topic, str]]:
    """Topics whose outcomes build one of these competences (keys, most wanted first) and that `without` has not done, with that key. Two queries."""
    rows = (
        Topic.objects.filter(
            live=True, course__in=courses_for(viewer).values("pk"), outcomes__outcome__competences__key__in=list(competences)
        )
        .annotate(competence=F("outcomes__outcome__competences__key"))
        .select_related("course")
        .defer("body")
        .order_by("lesson__module__order", "lesson__order", "order", "pk")
    )
    if without is not None:
        rows = rows.exclude(progress__enrolment__user=without, progress__done_at__isnull=False)
    found: dict[int, tuple[Topic, str]] = {}
    for row in sorted(rows, key=lambda t: list(competences).index(t.competence)):
        found.setdefault(row.pk, (row, row.competence))
    return list(found.values())[:limit]


def notes_of(user: User, course: Course) -> tuple[list[Note], list[Bookmark]]:
    """A person's own notes and bookmarks in a course. Two queries."""
    notes = (
        Note.objects.filter(user=user, topic__course=course)
        .select_related("topic")
        .defer("topic__body")
        .order_by("topic__lesson__order", "topic__order")
    )
    marks = (
        Bookmark.objects.filter(user=user, topic__course=course, topic__live=True)
        .select_related("topic")
        .defer("topic__body")
        .order_by("-at")
    )
    return list(notes), list(marks)


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course as the catalogue shows it."""

    course: Course
    topics: int
    enrolled: bool


def catalogue(
    viewer: Viewer, *, competence: str = "", level: str = "", hours: str = "", language: str = "", cluster: str = ""
) -> CourseQuerySet:
    """Published courses the viewer may see, narrowed; each with its number of topics as `topic_count` and whether the viewer is enrolled."""
    rows = courses_for(viewer)
    if competence:
        rows = rows.filter(outcomes__outcome__competences__key=competence).distinct()
    if level.isdigit():
        rows = rows.filter(level=int(level))
    if hours in HOURS:
        low, high = HOURS[hours]
        rows = rows.filter(hours__gte=low, hours__lt=high)
    if language:
        rows = rows.filter(language=language)
    if cluster:
        rows = rows.filter(cluster=None) if cluster == "network" else rows.filter(cluster__slug=cluster)
    rows = rows.annotate(topic_count=Count("topics", filter=Q(topics__live=True), distinct=True))
    if viewer.is_authenticated:
        mine = Enrolment.objects.filter(course=OuterRef("pk"), user=viewer, left_at=None)
        rows = rows.annotate(enrolled=Exists(mine))
    return rows.order_by("title")


# Bands of hours, from (inclusive) to (exclusive).
HOURS = {"short": (0, 5), "middle": (5, 25), "long": (25, 100_000)}


@dataclass(frozen=True, slots=True)
class Ways:
    """The values that the catalogue can be narrowed to."""

    competences: list[tuple[str, str]]
    levels: list[int]
    languages: list[str]
    clusters: list[tuple[str, str]]


def catalogue_ways(viewer: Viewer) -> Ways:
    """Only values that some visible course has. Two queries."""
    rows = courses_for(viewer)
    facts = list(rows.values_list("level", "language", "cluster__slug", "cluster__name"))
    pairs = (
        Competence.objects.filter(outcomes__course_outcomes__course__in=rows.values("pk"))
        .values_list("key", "title", "group", "order")
        .distinct()
        .order_by("order")
    )
    return Ways(
        competences=[(key, title) for key, title, _group, _order in pairs],
        levels=sorted({level for level, *_rest in facts if level}),
        languages=sorted({language for _level, language, *_rest in facts}),
        clusters=sorted({(slug, name) for *_rest, slug, name in facts if slug}),
    )


def lesson_text(course: Course, lesson: str) -> tuple[Lesson, list[tuple[Topic, list[Material]]]] | None:
    """A lesson with everything in it that can be printed. Three queries."""
    found = course.lessons.filter(slug=lesson).first()
    if found is None:
        return None
    topics = list(found.topics.filter(live=True).defer("body").order_by("order", "pk"))
    by_topic: dict[int, list[Material]] = {}
    for row in Material.objects.current().pieces().filter(topic__in=topics):
        by_topic.setdefault(row.topic_id, []).append(row)
    return found, [(topic, by_topic.get(topic.pk, [])) for topic in topics]


def counts_of(course: Course) -> list[tuple[str, int]]:
    """How many materials of each kind the published course has. One query."""
    rows = Material.objects.current().pieces().filter(topic__course=course, topic__live=True).exclude(kind="text")
    return list(rows.values_list("kind").annotate(n=Count("pk")).order_by("-n", "kind").values_list("kind", "n"))


# The workspace


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
            sum(p.kind == kind and p.state == ProductionStep.State.DONE for p in board),
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
        "cases": list(CasePath.objects.filter(user=user).values("material__title", "path", "ends", "ended_at")),
    }
