"""A topic as one learner meets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from talka.courses.languages.queries import Reading, choices_of, lay_over, load_words, reading
from talka.courses.models import (
    Attempt,
    Bookmark,
    CasePath,
    Course,
    Enrolment,
    ExerciseState,
    Material,
    Note,
    QuizRun,
    SheetEntry,
    TimeExtension,
    Topic,
    TopicProgress,
    Watch,
)
from talka.courses.queries.courses import Outline, TopicLine, may_write, outline_with_progress
from talka.courses.rules.progress import Progress, progress_of
from talka.kit.prepared import Prepared
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import Visibility, may_see

# The long fields of a material, which a page reads only for what it has not ready-made.
WHOLE = ("definition", "shown", "html")


@dataclass(slots=True)
class Doing:
    """What one person has done with one material so far; everything empty for who has done nothing."""

    tried: int = 0
    solved: bool = False
    last: Attempt | None = None
    hints: int = 0
    gave_up: bool = False
    # An answer that was typed but not sent.
    draft: dict[str, Any] = field(default_factory=dict)
    sheet: SheetEntry | None = None
    case: CasePath | None = None
    watch: Watch | None = None
    runs: list[QuizRun] = field(default_factory=list)
    # Extra time in timed quizzes, in percent.
    more_time: int = 0


@dataclass(slots=True)
class TopicPage:
    """Everything that the page of a topic shows."""

    topic: Topic
    course: Course
    enrolment: Enrolment | None
    outline: Outline
    done: frozenset[int]
    materials: Sequence[Material]
    # By key of the material; those in which the viewer has done nothing are left out.
    doing: dict[int, Doing]
    note: Note | None
    bookmarked: bool

    # The language it is read in, and its words.
    how: Reading

    # When the opening of this topic was last told as a statement.
    told_at: datetime | None = None
    outcomes: list[str] = field(default_factory=list)
    outcomes_spoken: str = ""
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
    def head(self) -> Mapping[str, Any]:
        found = self.how.words.get(str(self.topic.uuid))
        return found.head if found else {}

    @property
    def title(self) -> tuple[str, str]:
        """The topic's title and the language it is in."""
        return (self.head["title"], self.how.language) if self.head.get("title") else (self.topic.title, self.how.source)

    @property
    def summary(self) -> tuple[str, str]:
        return (self.head["summary"], self.how.language) if self.head.get("summary") else (self.topic.summary, self.how.source)

    @property
    def course_title(self) -> tuple[str, str]:
        return self.how.said("title", self.course.title)

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """The languages that the course can be read in, if there is a choice."""
        return choices_of(self.course)

    @property
    def untranslated(self) -> bool:
        """Whether it is read in another language and nothing but its names is translated: said once, not at every material."""
        own = str(self.topic.uuid)
        return self.how.translated and not any(w.complete and w.topic == self.topic.pk and w.place != own for w in self.how.words.values())

    @property
    def stale(self) -> list[Material]:
        """Materials whose source has changed since they were translated."""
        return [row for row in self.materials if row.translation and self.how.words[str(row.uuid)].stale]

    @property
    def sheets(self) -> list[Material]:
        return [row for row in self.materials if row.kind == "tool"]

    @property
    def is_done(self) -> bool:
        return self.topic.pk in self.done


_topic_at = Prepared(
    lambda course, topic: (
        Topic.objects.filter(course__slug=course, slug=topic, live=True).select_related("course__cluster", "lesson__module").defer("body")
    ),
    str,
    str,
)


def topic_for(course: str, topic: str, *, viewer: Viewer) -> Topic | None:
    """A live topic by its address, with lesson, module, course and cluster, if `viewer` may open it. One query where the course is not closed.

    Only a closed or unpublished course asks who the viewer is to its cluster, since most are open to all.
    """
    found = _topic_at.one(course, topic)
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


_enrolment_with_marks = Prepared(
    lambda user, course, topic: (
        Enrolment.objects.filter(user=user, course=course, left_at=None)
        .annotate(
            note_pk=Subquery(Note.objects.filter(user=user, topic=topic).values("pk")[:1]),
            bookmarked=Exists(Bookmark.objects.filter(user=user, topic=topic)),
            told_at=Subquery(TopicProgress.objects.filter(enrolment=OuterRef("pk"), topic=topic).values("told_at")[:1]),
        )
        .order_by("pk")[:1]
    ),
    int,
    int,
    int,
)
# Long texts are left out: most pages have them ready-made. `touched` says whether this person has done anything with it.
_materials_of = Prepared(
    lambda topic, user: (
        Material.objects.current()
        .pieces()
        .filter(topic=topic)
        .defer("plain", *WHOLE)
        .annotate(
            touched=Exists(Attempt.objects.filter(user=user, material=OuterRef("pk")))
            | Exists(ExerciseState.objects.filter(user=user, material=OuterRef("pk")))
            | Exists(SheetEntry.objects.filter(user=user, material=OuterRef("pk")))
            | Exists(CasePath.objects.filter(user=user, material=OuterRef("pk")))
            | Exists(Watch.objects.filter(user=user, material=OuterRef("pk")))
            | Exists(QuizRun.objects.filter(user=user, quiz=OuterRef("pk")))
            | Exists(TimeExtension.objects.filter(user=user, course__topics=OuterRef("topic"), ended_at=None)),
            more_time=Subquery(
                TimeExtension.objects.filter(user=user, course__topics=OuterRef("topic"), ended_at=None).values("percent")[:1]
            ),
        )
    ),
    int,
    int,
)


def topic_page(topic: Topic, *, viewer: User, chosen: str = "") -> TopicPage:
    """The page of a topic that `topic_for` gave to this viewer. Three queries, and one for each sort of doing that there is on the page.

    One more where the course is read in another language: `chosen` is what somebody chose who is not enrolled.
    """
    enrolment = _enrolment_with_marks.one(viewer.pk, topic.course_id, topic.pk)
    how = reading(topic.course, topic=topic.pk, enrolment=enrolment, chosen=chosen)
    outline, done = outline_with_progress(topic.course, enrolment, how)
    materials = _materials_of(topic.pk, viewer.pk)
    lay_over(materials, how)
    head = how.words.get(str(topic.uuid))
    said = head.head.get("outcomes", []) if head else []
    needed = set(topic.shown.get("requires", ()))
    return TopicPage(
        topic=topic,
        course=topic.course,
        enrolment=enrolment,
        outline=outline,
        done=done,
        materials=list(materials),
        doing=doing_of(viewer, [row for row in materials if row.touched]) if enrolment else {},
        note=Note.objects.get(pk=enrolment.note_pk) if enrolment and enrolment.note_pk else None,
        bookmarked=bool(enrolment and enrolment.bookmarked),
        told_at=enrolment.told_at if enrolment else None,
        how=how,
        outcomes=said or topic.shown.get("outcomes", []),
        outcomes_spoken=how.language if said else how.source,
        missing=[line for line in outline.topics if line.pk in needed and line.pk not in done],
    )


def load_whole(materials: Sequence[Material]) -> None:
    """Gives these materials their long texts. One query, none if they have them; one more for those read in another language."""
    bare = {row.pk: row for row in materials if WHOLE[0] in row.get_deferred_fields()}
    for values in Material.objects.filter(pk__in=bare).values("pk", *WHOLE) if bare else ():
        row = bare[values.pop("pk")]
        for name, value in values.items():
            setattr(row, name, value)
    load_words(materials)


def piece_page(topic: Topic, material: Material, *, viewer: User, chosen: str = "") -> TopicPage:
    """The page reduced to one material, for a script that puts it in the place of the old one."""
    enrolment = enrolment_of(viewer, topic.course)
    how = reading(topic.course, topic=topic.pk, enrolment=enrolment, chosen=chosen)
    lay_over([material], how)
    return TopicPage(
        topic=topic, course=topic.course, enrolment=enrolment, outline=Outline(), done=frozenset(), materials=[material],
        doing=doing_of(viewer, [material]), note=None, bookmarked=False, how=how,
    )  # fmt: skip


def done_topics(enrolment: Enrolment) -> frozenset[int]:
    """Keys of the topics that are done, also of those that the course no longer has."""
    return frozenset(enrolment.progress.exclude(done_at=None).values_list("topic_id", flat=True))


def _add_more_time(viewer: User, materials: Sequence[Material], doing: dict[int, Doing]) -> None:
    """The extra time in quizzes; a page's materials bring it along, for a single one it is asked."""
    for row in materials:
        if row.kind == "quiz":
            percent = row.more_time if hasattr(row, "more_time") else _more_time(viewer, row)
            doing[row.pk].more_time = percent or 0


def _more_time(viewer: User, material: Material) -> int | None:
    more = TimeExtension.objects.filter(user=viewer, course__topics=material.topic_id, ended_at=None)
    return more.values_list("percent", flat=True).first()


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
            mine = doing[state.material_id]
            mine.hints, mine.gave_up, mine.draft = state.hints, state.gave_up_at is not None, state.draft
    kept: tuple[tuple[tuple[str, ...], type[SheetEntry | CasePath | Watch], str], ...] = (
        (("tool",), SheetEntry, "sheet"),
        (("case",), CasePath, "case"),
        (("film", "video", "audio"), Watch, "watch"),
    )
    for kinds, model, name in kept:
        keys = [pk for kind in kinds for pk in by_kind.get(kind, ())]
        for state_of_one in model.objects.filter(user=viewer, material__in=keys) if keys else ():
            setattr(doing[state_of_one.material_id], name, state_of_one)
    if quizzes := by_kind.get("quiz"):
        _add_more_time(viewer, materials, doing)
        for run in QuizRun.objects.filter(user=viewer, quiz__in=quizzes).order_by("n"):
            doing[run.quiz_id].runs.append(run)
    return doing
