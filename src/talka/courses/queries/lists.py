"""My courses, the catalogue, panels for the front page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q

from talka.courses.languages.queries import Reading, lay_over, load_words, readings, words_of_topics
from talka.courses.models import (
    Bookmark,
    Course,
    CourseQuerySet,
    Enrolment,
    Lesson,
    Material,
    Note,
    Topic,
    TopicProgress,
    Translation,
    Watch,
)
from talka.courses.queries.courses import TopicLine, courses_for
from talka.courses.rules.progress import Progress, progress_of, resume_at
from talka.people.models import User
from talka.people.queries import Viewer
from talka.skills.models import Competence
from talka.skills.queries import gaps_of


@dataclass(frozen=True, slots=True)
class MyCourse:
    """A course that somebody is enrolled in: how far they are and where they go on."""

    enrolment: Enrolment
    course: Course
    progress: Progress
    next_topic: TopicLine | None
    material: str
    minutes_left: int
    # The course's title as it is read, and its language.
    title: tuple[str, str] = ("", "")
    stopped_at: float | None = None

    @property
    def due_on(self) -> date | None:
        return self.enrolment.due_on


def my_courses(user: User) -> list[MyCourse]:
    """All standing enrolments of `user`, last used first. Three queries, however many; one more where one is read in another language."""
    enrolments = list(
        Enrolment.objects.filter(user=user, left_at=None)
        .select_related("course__cluster", "last_material")
        .order_by(F("last_at").desc(nulls_last=True), "-started_at")
    )
    hows = readings([e.course for e in enrolments], {e.course_id: e.language for e in enrolments})
    lines: dict[int, list[TopicLine]] = {}
    rows = (
        Topic.objects.filter(course__in=[e.course_id for e in enrolments], live=True)
        .order_by("lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk")
        .values_list("course_id", "pk", "slug", "title", "minutes")
    )
    for course, pk, slug, title, minutes in rows:
        mine = lines.setdefault(course, [])
        how = hows[course]
        named = how.names.get("topics", {}).get(slug, "")
        mine.append(TopicLine(pk, slug, named or title, minutes, len(mine) + 1, how.language if named else how.source))
    done: dict[int, set[int]] = {}
    places: dict[tuple[int, int], str] = {}
    for taken, topic, done_at, position in TopicProgress.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment_id", "topic_id", "done_at", "position"
    ):
        if done_at is not None:
            done.setdefault(taken, set()).add(topic)
        places[taken, topic] = (position or {}).get("material", "")
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
                title=hows[enrolment.course_id].said("title", enrolment.course.title),
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
        .order_by("topic__lesson__module__order", "topic__lesson__order", "topic__order", "topic")
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
    viewer: Viewer,
    *,
    competence: str = "",
    need: str = "",
    level: str = "",
    hours: str = "",
    language: str = "",
    cluster: str = "",
    at: datetime | None = None,
) -> CourseQuerySet:
    """Published courses the viewer may see, narrowed; each with its number of topics as `topic_count` and whether the viewer is enrolled.

    `need` is `MINE`: courses that build a competence in which the viewer's own gap is open at `at`.
    """
    rows = courses_for(viewer)
    if competence:
        rows = rows.filter(outcomes__outcome__competences__key=competence).distinct()
    if need:
        wanted = open_gaps(viewer, at=at) if need == MINE else frozenset()
        rows = rows.filter(outcomes__outcome__competences__in=wanted).distinct()
    if level.isdigit():
        rows = rows.filter(level=int(level))
    if hours in HOURS:
        low, high = HOURS[hours]
        rows = rows.filter(hours__gte=low, hours__lt=high)
    if language:
        others = Translation.objects.filter(course=OuterRef("pk"), language=language, complete=True).exclude(topic=None)
        rows = rows.filter(Q(language=language) | Exists(others))
    if cluster:
        rows = rows.filter(cluster=None) if cluster == "network" else rows.filter(cluster__slug=cluster)
    rows = rows.annotate(topic_count=Count("topics", filter=Q(topics__live=True), distinct=True))
    if viewer.is_authenticated:
        mine = Enrolment.objects.filter(course=OuterRef("pk"), user=viewer, left_at=None)
        rows = rows.annotate(enrolled=Exists(mine))
    return rows.order_by("title")


# The need that everybody can ask for: their own.
MINE = "mine"


def open_gaps(viewer: Viewer, *, at: datetime | None) -> frozenset[int]:
    """The competences in which `viewer` has a gap that no evidence has closed. Three queries, none for visitors."""
    if at is None or not isinstance(viewer, User):
        return frozenset()
    return frozenset(g.competence_id for g in gaps_of([viewer], at=at) if g.state != "closed")


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
    facts = list(rows.values_list("level", "language", "languages", "cluster__slug", "cluster__name"))
    pairs = (
        Competence.objects.filter(outcomes__course_outcomes__course__in=rows.values("pk"))
        .values_list("key", "title", "group", "order")
        .distinct()
        .order_by("order")
    )
    return Ways(
        competences=[(key, title) for key, title, _group, _order in pairs],
        levels=sorted({level for level, *_rest in facts if level}),
        languages=sorted({code for _level, language, others, *_rest in facts for code in (language, *others)}),
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


def lesson_read(
    course: Course, topics: Sequence[tuple[Topic, list[Material]]], how: Reading
) -> list[tuple[tuple[str, str], tuple[str, str], list[Material]]]:
    """The topics of `lesson_text` as they are read: title, summary (each with its language) and materials. At most two queries."""
    words = words_of_topics(course, how, [topic for topic, _materials in topics])
    made = []
    for topic, materials in topics:
        lay_over(materials, Reading(how.language, how.source, words))
        found = words.get(str(topic.uuid))
        summary = (found.head["summary"], how.language) if found and found.head.get("summary") else (topic.summary, how.source)
        made.append((how.topic_title(topic), summary, materials))
    load_words([row for _topic, materials in topics for row in materials])
    return made


def counts_of(course: Course) -> list[tuple[str, int]]:
    """How many materials of each kind the published course has. One query."""
    rows = Material.objects.current().pieces().filter(topic__course=course, topic__live=True).exclude(kind="text")
    return list(rows.values_list("kind").annotate(n=Count("pk")).order_by("-n", "kind").values_list("kind", "n"))
