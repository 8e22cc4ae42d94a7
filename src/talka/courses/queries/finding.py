"""Words inside topics, transcripts and documents, and what somebody may have meant by a word that stands nowhere."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.db.models import Q

from talka.courses import search as words
from talka.courses.languages.queries import Reading, readings, titles_of
from talka.courses.models import Course, Enrolment, Material, Topic, Translation
from talka.courses.queries.courses import courses_for
from talka.people.queries import Viewer


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
    # The language of the titles and of the snippet, and of the course's title with it.
    spoken: str = ""
    course_title: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The courses that somebody may see by their keys, and how each is read."""

    seen: dict[int, Course]
    hows: dict[int, Reading]


def shelf(viewer: Viewer) -> Shelf:
    """All courses that `viewer` may see, each in the language they chose for it, else that of the interface, else its own.

    One query; up to two more where courses have other languages.
    """
    seen = {c.pk: c for c in courses_for(viewer)}
    others = [pk for pk, course in seen.items() if course.languages] if viewer.is_authenticated else []
    chosen = Enrolment.objects.filter(user=viewer.pk, course__in=others).exclude(language="").values_list("course", "language")
    return Shelf(seen, readings(seen.values(), dict(chosen) if others else None))


def _place(viewer: Viewer, course: Course | None, chosen: str) -> Shelf:
    """One course in the language it is read in here, or all that `viewer` may see."""
    return shelf(viewer) if course is None else Shelf({course.pk: course}, readings([course], {course.pk: chosen}))


@dataclass(frozen=True, slots=True)
class Named:
    """A course, or a topic of one, whose title holds the words. Titles come with the language they are in."""

    course: Course
    course_title: tuple[str, str]
    title: tuple[str, str]
    topic: Topic | None = None


def named(terms: Sequence[str], *, among: Shelf, courses: int = 6, topics: int = 10) -> tuple[list[Named], list[Named]]:
    """(courses, topics) of the shelf whose title or summary holds every term, in the language in which they are read or in the source. One query."""
    asked = [term.casefold() for term in terms]
    found = [
        Named(course, title, title)
        for pk, course in among.seen.items()
        if _holds(asked, [course.title, course.summary, *(among.hows[pk].said(name, "")[0] for name in ("title", "summary"))])
        and (title := among.hows[pk].said("title", course.title))
    ]
    own = Q(course__in=list(among.seen))
    for term in terms:
        own &= Q(title__icontains=term) | Q(summary__icontains=term)
    translated = Q()
    for pk, how in among.hows.items():
        if slugs := [slug for slug, title in how.names.get("topics", {}).items() if _holds(asked, [title])]:
            translated |= Q(course=pk, slug__in=slugs)
    rows = Topic.objects.filter(own | translated if translated else own, live=True).select_related("course").defer("body")[:topics]
    return found[:courses], [
        Named(t.course, how.said("title", t.course.title), how.topic_title(t), t) for t in rows for how in (among.hows[t.course_id],)
    ]


def _holds(terms: Sequence[str], texts: Sequence[str]) -> bool:
    whole = "\n".join(texts).casefold()
    return bool(terms) and all(term in whole for term in terms)


def search(
    text: str, *, viewer: Viewer, course: Course | None = None, limit: int = 20, chosen: str = "", among: Shelf | None = None
) -> list[Hit]:
    """Topics, transcripts and documents that hold the words, in courses that `viewer` may see (`among`: found already); best first.

    Words are looked for in the language in which each course is read, and in the source of what it lacks there. Three queries; up to four more
    where courses have other languages.
    """
    place = among or _place(viewer, course, chosen)
    seen, hows = place.seen, place.hows
    read = {pk: how.language for pk, how in hows.items() if how.translated}
    found = words.find_in(text, read, limit=limit)
    own = words.find(text, list(seen), limit=limit)
    rows = {
        key: row
        for row in Material.objects.filter(Q(pk__in=[f.material for f in own]) | Q(uuid__in=[f.material for f in found]), retired_at=None)
        .select_related("topic", "parent")
        .only("uuid", "key", "title", "kind", "topic__slug", "topic__title", "topic__course_id", "parent__key")
        for key in (row.pk, str(row.uuid))
    }
    titles = titles_of(
        [(rows[one.material].topic.course_id, str(rows[one.material].uuid)) for one in (*found, *own) if one.material in rows], read
    )
    made = []
    for one in sorted([*found, *own], key=lambda f: f.rank):
        row = rows.get(one.material)
        if row is None or (isinstance(one.material, int) and str(row.uuid) in titles):
            continue
        how = hows[row.topic.course_id]
        made.append(
            Hit(
                course=seen[row.topic.course_id],
                topic_slug=row.topic.slug,
                topic_title=how.topic_title(row.topic)[0],
                material_key=row.parent.key if row.parent else row.key,
                material_title=titles.get(str(row.uuid), row.title),
                kind=row.kind,
                snippet=one.snippet,
                spoken=how.language if str(row.uuid) in titles else how.source,
                course_title=how.said("title", seen[row.topic.course_id].title),
            )
        )
    return made[:limit]


# So many texts are read at most to guess at a word, so that a large network is not kept waiting.
READ_AT_MOST = 4_000
_WORD = re.compile(r"[^\W\d_]{3,}")


def meant(text: str, *, viewer: Viewer, course: Course | None = None, chosen: str = "") -> str:
    """`text` with each word that stands nowhere replaced by the one most like it that does, if something is found with it; else nothing.

    For words that `search` did not find. Nine queries at most. Only words of courses that `viewer` may see are offered.
    """
    place = _place(viewer, course, chosen)
    known = set(_words_in(place.seen, {how.language for how in place.hows.values() if how.translated}))
    typed = text.split()
    better = [word if word.casefold() in known else _nearest(word.casefold(), known) or word for word in typed]
    made = " ".join(better)
    return made if better != typed and search(made, viewer=viewer, among=place, limit=1) else ""


def _words_in(courses: Iterable[int], languages: set[str]) -> Iterator[str]:
    own = Material.objects.filter(topic__course__in=courses, topic__live=True, retired_at=None).values_list("title", "plain")
    others = Translation.objects.filter(course__in=courses, language__in=languages, complete=True).values_list("title", "plain")
    for rows in (own, others if languages else ()):
        for texts in rows[:READ_AT_MOST]:
            for one in texts:
                yield from _WORD.findall(one.casefold())


def _nearest(word: str, known: Iterable[str]) -> str:
    like = [one for one in known if abs(len(one) - len(word)) <= 2]
    return next(iter(get_close_matches(word, like, n=1, cutoff=0.75)), "")
