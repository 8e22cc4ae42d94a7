"""Which courses somebody may open, their outline, glossary and files; the viewer is an argument."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from talka.clusters.models import Cluster
from talka.courses.languages.queries import Reading, sheets_in
from talka.courses.models import (
    Course,
    CourseFile,
    CourseQuerySet,
    Enrolment,
    Material,
    Topic,
)
from talka.courses.rules.access import WRITE
from talka.kit.prepared import Prepared
from talka.people.queries import Viewer, standing_of
from talka.people.rules import may


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


def may_copy(viewer: Viewer, course: Course) -> bool:
    """Authors copy what they write, and what the network offers to all; where the copy goes is asked for by itself."""
    if may_write(viewer, course):
        return True
    return course.cluster_id is None and courses_for(viewer).filter(pk=course.pk).exists()


def courses_of_workspace(cluster: Cluster, *, viewer: Viewer) -> CourseQuerySet:
    """The cluster's own courses in any state, and the network's and public ones, as far as `viewer` may open them."""
    return courses_open_to(viewer).filter(Q(cluster=cluster) | Q(cluster=None) | ~Q(visibility="cluster")).order_by("title")


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic as an outline shows it."""

    pk: int
    slug: str
    title: str
    minutes: int
    number: int
    # The language of the title.
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class LessonLine:
    pk: int
    slug: str
    title: str
    summary: str
    number: int
    topics: tuple[TopicLine, ...]
    spoken: str = ""
    summary_spoken: str = ""

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
    spoken: str = ""
    summary_spoken: str = ""


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


Row = tuple[Any, ...]
# Without the topics' uuids: to read fifty of them costs more time than the database takes for all of it.
_OUTLINE = (
    "pk", "slug", "title", "minutes", "lesson_id", "lesson__slug", "lesson__title", "lesson__summary",
    "lesson__module_id", "lesson__module__slug", "lesson__module__title", "lesson__module__summary",
)  # fmt: skip


def _outline_rows(course: int, enrolment: int | None = None) -> QuerySet[Topic, tuple[Any, ...]]:
    found = Topic.objects.filter(course=course, live=True).order_by(
        "lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk"
    )
    if enrolment is None:
        return found.values_list(*_OUTLINE)
    found = found.annotate(mine=FilteredRelation("progress", condition=Q(progress__enrolment=enrolment)))
    return found.values_list(*_OUTLINE, "mine__done_at")


_outline_alone = Prepared(_outline_rows, int)
_outline_of_learner = Prepared(_outline_rows, int, int)


def outline_with_progress(course: Course, enrolment: Enrolment | None, how: Reading | None = None) -> tuple[Outline, frozenset[int]]:
    """The outline in the words of `how` it is read, and the keys of those of its topics that are done. One query."""
    how = how or Reading(course.language, course.language)
    if enrolment is None:
        return _outlined(tuple(_outline_alone(course.pk)), how), frozenset()
    rows = _outline_of_learner(course.pk, enrolment.pk)
    done = frozenset(row[0] for row in rows if row[-1] is not None)
    outline = tuple(row[:-1] for row in rows)
    # Most people read a course in its own language: they get the same outline, made once.
    return (_outlined(outline, how) if how.translated else _as_it_is(outline, how.source)), done


@lru_cache(maxsize=64)
def _as_it_is(rows: tuple[Row, ...], language: str) -> Outline:
    return _outlined(rows, Reading(language, language))


def _outlined(rows: Iterable[Row], how: Reading) -> Outline:
    named = how.names.get("topics", {})
    modules: list[ModuleLine] = []
    topics: list[TopicLine] = []
    lesson_number = 0
    for module, in_module in groupby(rows, key=lambda r: r[8:]):
        lessons = []
        for lesson, in_lesson in groupby(in_module, key=lambda r: r[4:8]):
            lesson_number += 1
            lines = [
                TopicLine(pk, slug, named.get(slug, title), minutes, len(topics) + n, how.language if slug in named else how.source)
                for n, (pk, slug, title, minutes, *_more) in enumerate(in_lesson, 1)
            ]
            topics += lines
            said = _said(how, "lessons", lesson)
            lessons.append(LessonLine(lesson[0], lesson[1], said[0], said[1], lesson_number, tuple(lines), *said[2:]))
        said = _said(how, "modules", module)
        modules.append(ModuleLine(module[0], module[1], said[0], said[1], len(modules) + 1, tuple(lessons), *said[2:]))
    return Outline(tuple(modules), tuple(topics))


def _said(how: Reading, kind: str, row: Any) -> tuple[str, str, str, str]:
    """Title and summary of a module or lesson as it is read, then the language of each."""
    (title, spoken), (summary, also) = (how.part(kind, row[1], name, row[n]) for n, name in ((2, "title"), (3, "summary")))
    return title, summary, spoken, also


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    key: str
    term: str
    definition: str
    source: str
    see: tuple[tuple[str, str], ...]
    # The topic whose vocabulary sheet explains it.
    topic: tuple[str, str] | None
    spoken: str = ""


def glossary_of(course: Course, how: Reading | None = None) -> list[GlossaryEntry]:
    """All terms of the course as it is read, in the order of the alphabet. Two queries, a third in another language."""
    how = how or Reading(course.language, course.language)
    spoken: dict[str, str] = {}
    found: dict[str, tuple[dict, tuple[str, str] | None]] = {
        key: ({"key": key, "term": term, "definition": definition, "source": source, "see": see}, None)
        for key, term, definition, source, see in course.glossary.values_list("key", "term", "definition", "source", "see")
    }
    for key, (term, _topic) in found.items():
        for name in ("term", "definition", "source"):
            term[name], said_in = how.part("glossary", key, name, term[name])
            spoken[key] = said_in if name == "definition" else spoken.get(key, "")
    sheets = Material.objects.current().filter(topic__course=course, topic__live=True, kind="vocabulary")
    others = sheets_in(course, how)
    for uuid, slug, title, definition in sheets.values_list("uuid", "topic__slug", "topic__title", "definition"):
        place = (slug, how.names.get("topics", {}).get(slug, title))
        found |= {term["key"]: (term, place) for term in others.get(str(uuid), definition)["terms"]}
        spoken |= dict.fromkeys((term["key"] for term in definition["terms"]), how.language if str(uuid) in others else how.source)
    names = {key: term["term"] for key, (term, _topic) in found.items()}
    entries = [
        GlossaryEntry(
            key=key,
            term=term["term"],
            definition=term["definition"],
            source=term.get("source", ""),
            see=tuple((other, names[other]) for other in term.get("see", ()) if other in names),
            topic=topic,
            spoken=spoken.get(key, how.source),
        )
        for key, (term, topic) in found.items()
    ]
    return sorted(entries, key=lambda e: e.term.casefold())


def file_of(course: Course, topic: str, name: str, *, viewer: Viewer) -> CourseFile | None:
    """A file of a published topic, or of any topic for those who write the course. None if there is none."""
    live = course.topics.filter(slug=topic, live=True).exists()
    if not live and not may_write(viewer, course):
        return None
    return CourseFile.objects.filter(course=course, path=f"topics/{topic}/{name}", is_source=False).first()


def files_of_topic(topic: Topic) -> list[CourseFile]:
    """All files of a topic, newest first."""
    rows = CourseFile.objects.filter(course=topic.course_id, is_source=False, path__startswith=f"topics/{topic.slug}/")
    return list(rows.order_by("-added_at", "path"))


def topics_of(course: Course, *, slugs: Sequence[str] | None = None) -> list[Topic]:
    """Live topics without their bodies."""
    rows = course.topics.filter(live=True).defer("body")
    return list(rows.filter(slug__in=slugs) if slugs is not None else rows)
