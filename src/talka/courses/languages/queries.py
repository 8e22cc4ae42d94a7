"""What can be translated in a course, how far it is, and the published words laid over what a reader gets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from talka.courses.body import Piece, from_blocks
from talka.courses.languages import rules
from talka.courses.languages.rules import COURSE, Passage, Standing
from talka.courses.models import Course, Enrolment, Material, Topic, Translation
from talka.kit.prepared import Prepared

# Sources


@dataclass(frozen=True, slots=True)
class Source:
    """One part of a course as it is to be translated. `kind` is course, topic, or a material's kind."""

    place: str
    kind: str
    title: str
    passages: tuple[Passage, ...]
    definition: Mapping[str, Any] = field(default_factory=dict)
    topic: Topic | None = None
    # A material's key (a question's with its quiz before it) and the path of its file in a pack.
    key: str = ""
    path: str = ""


def sources_of(course: Course, topics: Iterable[Topic]) -> list[Source]:
    """The course's own words, then every topic's head and materials as their bodies have them, in order. Four queries."""
    glossary = [(t.key, t.term, t.definition, t.source) for t in course.glossary.all()]
    own = rules.course_passages(
        title=course.title,
        summary=course.summary,
        audience=course.audience,
        outcomes=list(course.outcomes.values_list("key", "text")),
        modules=list(course.modules.values_list("slug", "title", "summary")),
        lessons=list(course.lessons.order_by("module__order", "order", "pk").values_list("slug", "title", "summary")),
        glossary=glossary,
    )
    return [Source(COURSE, "course", course.title, tuple(own), path="course.yaml"), *(s for t in topics for s in sources_of_topic(t))]


def sources_of_topic(topic: Topic) -> list[Source]:
    """The head and the materials, questions of quizzes after their quiz."""
    head = tuple(rules.topic_passages(title=topic.title, summary=topic.summary))
    made = [Source(str(topic.uuid), "topic", topic.title, head, topic=topic, path=f"topics/{topic.slug}/topic.yaml")]
    for piece in from_blocks(list(topic.body.raw_data), topic=topic.uuid):
        made += [_source(topic, piece, piece.key), *(_source(topic, one, f"{piece.key}/{one.key}") for one in piece.questions)]
    return made


def _source(topic: Topic, piece: Piece, key: str) -> Source:
    passages = tuple(rules.passages_of(piece.kind, piece.value, title=piece.title))
    return Source(str(piece.uuid), piece.kind, piece.title, passages, piece.value, topic, key, f"topics/{topic.slug}/{piece.file}")


def live_topics(course: Course) -> QuerySet[Topic]:
    return course.topics.filter(live=True).order_by(
        "lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk"
    )


def translations_of(course: Course, language: str) -> dict[str, Translation]:
    """By place. One query."""
    rows = Translation.objects.filter(course=course, language=language).defer("definition", "shown", "html", "plain", "head")
    return {row.place: row for row in rows}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the desk: the course's own words, or a topic with everything in it."""

    slug: str
    title: str
    lesson: str
    standing: Standing
    # Saved, and not what readers get.
    waiting: bool

    @property
    def state(self) -> str:
        """missing, stale, waiting or done: what asks for work first."""
        if self.standing.missing:
            return "missing"
        return "stale" if self.standing.stale else "waiting" if self.waiting else "done"


def sheets_of(course: Course, language: str) -> list[Sheet]:
    """How far every page of the course is in this language. Six queries."""
    kept = translations_of(course, language)
    pages: dict[str, tuple[str, str, list[Source]]] = {COURSE: (course.title, "", [])}
    for source in sources_of(course, live_topics(course).select_related("lesson")):
        topic = source.topic
        slug, title, lesson = (topic.slug, topic.title, topic.lesson.title) if topic else (COURSE, course.title, "")
        pages.setdefault(slug, (title, lesson, []))[2].append(source)
    return [
        Sheet(
            slug,
            title,
            lesson,
            sum((rules.standing(s.passages, kept[s.place].texts if s.place in kept else {}) for s in sources), Standing()),
            any(kept[s.place].texts != kept[s.place].published for s in sources if s.place in kept),
        )
        for slug, (title, lesson, sources) in pages.items()
    ]


def standing_of_language(course: Course, language: str) -> Standing:
    """How far the whole course is in a language. Six queries."""
    return sum((sheet.standing for sheet in sheets_of(course, language)), Standing())


def languages_begun(course: Course) -> list[str]:
    """Languages in which something of the course is written, published or not. One query."""
    return list(Translation.objects.filter(course=course).order_by("language").values_list("language", flat=True).distinct())


# Reading


@dataclass(frozen=True, slots=True)
class Words:
    """The published translation of one part, without its long texts."""

    pk: int
    place: str
    topic: int | None
    made_at: datetime | None
    complete: bool
    stale: int
    title: str
    head: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """The language that somebody reads a course in, and the words of a page in it. Empty words: the course's own language."""

    language: str
    source: str
    words: Mapping[str, Words] = field(default_factory=dict)

    @property
    def translated(self) -> bool:
        return self.language != self.source

    @property
    def names(self) -> Mapping[str, Any]:
        """What the course says about itself: title, summary, audience, outcomes, modules, lessons, glossary, topics."""
        return self.words[COURSE].head if COURSE in self.words else {}

    def said(self, name: str, otherwise: str) -> tuple[str, str]:
        """One of the course's own texts and the language it is in."""
        found = self.names.get(name, "")
        return (found, self.language) if found else (otherwise, self.source)

    def outcome(self, key: str, otherwise: str) -> tuple[str, str]:
        found = self.names.get("outcomes", {}).get(key, "")
        return (found, self.language) if found else (otherwise, self.source)

    def topic_title(self, topic: Topic) -> tuple[str, str]:
        """A topic's title and the language it is in."""
        found = self.names.get("topics", {}).get(topic.slug, "")
        return (found, self.language) if found else (topic.title, self.source)

    def part(self, kind: str, key: str, name: str, otherwise: str) -> tuple[str, str]:
        """A module's, lesson's or term's text and the language it is in."""
        found = self.names.get(kind, {}).get(key, {}).get(name, "")
        return (found, self.language) if found else (otherwise, self.source)


def language_of(course: Course, *, enrolment: Enrolment | None = None, chosen: str = "") -> str:
    """The language in which somebody reads the course: chosen for it, else that of the interface, else its own. No query."""
    if not course.languages:
        return course.language
    asked = (enrolment.language if enrolment else "") or chosen
    return rules.language_for(asked, get_language() or "", course.language, course.languages)


def choices_of(course: Course) -> tuple[tuple[str, str], ...]:
    """The languages that the course can be read in, each with its own name; nothing where there is no choice."""
    return tuple((code, rules.name_of(code)) for code in (course.language, *course.languages)) if course.languages else ()


_FIELDS = ("pk", "place", "topic_id", "made_at", "complete", "stale", "title", "head")
_words_of_topic = Prepared(
    lambda course, language, topic: (
        Translation.objects.filter(course=course, language=language, published_at__isnull=False)
        .filter(Q(topic=topic) | Q(topic=None))
        .values_list(*_FIELDS)
    ),
    int,
    str,
    int,
)


def reading(course: Course, *, topic: int | None = None, enrolment: Enrolment | None = None, chosen: str = "") -> Reading:
    """How the course is read, with the words of its names and of one topic. One query; none where it is read in its own language."""
    language = language_of(course, enrolment=enrolment, chosen=chosen)
    if language == course.language:
        return Reading(language, course.language)
    rows = _words_of_topic(course.pk, language, topic or 0)
    return Reading(language, course.language, {row[1]: Words(*row) for row in rows})


def words_of_topics(course: Course, how: Reading, topics: Sequence[Topic]) -> dict[str, Words]:
    """The words of several topics by place. One query; none in the course's own language."""
    if not how.translated:
        return {}
    rows = Translation.objects.filter(course=course, language=how.language, topic__in=topics, published_at__isnull=False)
    return {row[1]: Words(*row) for row in rows.values_list(*_FIELDS)}


def readings(courses: Iterable[Course], chosen: Mapping[int, str] | None = None) -> dict[int, Reading]:
    """How each of several courses is read, with their names only; `chosen` by the course's key. One query, none where all are read as they are."""
    made = {}
    asked = Q()
    for course in courses:
        language = language_of(course, chosen=(chosen or {}).get(course.pk, ""))
        made[course.pk] = Reading(language, course.language)
        if language != course.language:
            asked |= Q(course=course.pk, language=language)
    rows = Translation.objects.filter(asked, place=COURSE, published_at__isnull=False).values_list("course_id", *_FIELDS) if asked else ()
    for pk, *row in rows:
        made[pk] = Reading(made[pk].language, made[pk].source, {COURSE: Words(*row)})
    return made


def lay_over(materials: Sequence[Material], how: Reading) -> None:
    """Gives the materials the titles of the translation, and remembers where its long texts are (`load_words`). No query."""
    for row in materials:
        row.spoken = how.source
        found = how.words.get(str(row.uuid))
        if found is not None and found.complete:
            row.spoken, row.translation, row.title = how.language, (found.pk, found.made_at), found.title


def load_words(materials: Sequence[Material]) -> None:
    """The long texts of those that are read in another language. One query, none if there are none or they have them."""
    waiting = {row.translation[0]: row for row in materials if row.translation and row.worded is None}
    for pk, definition, shown, html in (
        Translation.objects.filter(pk__in=waiting).values_list("pk", "definition", "shown", "html") if waiting else ()
    ):
        row = waiting[pk]
        row.worded, row.shown, row.html = definition, shown, html


def sheets_in(course: Course, how: Reading) -> dict[str, dict[str, Any]]:
    """Vocabulary sheets in the words of the translation, by the material's uuid. One query; none in the course's own language."""
    if not how.translated:
        return {}
    sheets = Material.objects.current().filter(topic__course=course, topic__live=True, kind="vocabulary").values_list("uuid", flat=True)
    rows = Translation.objects.filter(course=course, language=how.language, complete=True, place__in=[str(uuid) for uuid in sheets])
    return dict(rows.values_list("place", "definition"))


def titles_of(places: Sequence[tuple[int, str]], read: Mapping[int, str]) -> dict[str, str]:
    """Titles of those of (course, place) that readers get in the language in which the course is `read`. One query; none if none is."""
    asked = Q()
    for course, place in places:
        if course in read:
            asked |= Q(course=course, place=place, language=read[course])
    return dict(Translation.objects.filter(asked, complete=True).values_list("place", "title")) if asked else {}


def titles_in(course: Course, language: str, topic: Topic | None) -> dict[str, str]:
    """Published titles by uuid of the course, of a topic with its materials, and of its lesson. One query; none in the course's own language."""
    if language == course.language:
        return {}
    rows = _words_of_topic(course.pk, language, topic.pk if topic else 0)
    made = {row[1]: row[6] for row in rows if row[6]}
    if (names := next((row[7] for row in rows if row[1] == COURSE), None)) is not None:
        made[str(course.uuid)] = names.get("title", "")
        if topic is not None:
            made[str(topic.lesson.uuid)] = names.get("lessons", {}).get(topic.lesson.slug, {}).get("title", "")
    return {key: title for key, title in made.items() if title}
