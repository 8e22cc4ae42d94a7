"""Translations are written, published, rendered for readers, copied with their course."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from talka.courses import rendering
from talka.courses.languages import rules
from talka.courses.languages.queries import Source, live_topics, sources_of, sources_of_topic
from talka.courses.languages.rules import COURSE
from talka.courses.models import Course, Enrolment, Topic, Translation
from talka.courses.rules import materials as m
from talka.courses.rules.access import WRITE
from talka.people.actions import require
from talka.people.models import User


class Newer(Exception):
    """Another translator has saved since this window was opened. `theirs` is what is stored; nothing was overwritten."""

    def __init__(self, theirs: Translation) -> None:
        self.theirs = theirs
        super().__init__(theirs.version)


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publication: parts that readers get now, parts with something missing, and what is to mend as (title, path, says)."""

    shown: int
    incomplete: int
    faults: tuple[tuple[str, str, str], ...] = ()


# Writing


@transaction.atomic
def save(
    *,
    course: Course,
    language: str,
    source: Source,
    texts: Mapping[str, str],
    version: int,
    by: User | None,
    at: datetime,
    still_right: Iterable[str] = (),
) -> Translation | None:
    """The words of one part, on top of the `version` that the window showed (0: nothing was there). Paths that are not named stay as they are.

    A text that did not change keeps the source it was made from, so that it stays marked, unless it is among `still_right`.
    Raises Newer where somebody else has saved other words; NotAllowed. `by` None stands for the command line.
    """
    if by is not None:
        require(by, WRITE, cluster=course.cluster_id)
    found = Translation.objects.select_for_update().filter(course=course, language=language, place=source.place).first()
    before: dict[str, Any] = dict(found.texts) if found else {}
    after = written(source, before, texts, still_right)
    if after == before:
        return found
    if found is None:
        try:
            with transaction.atomic():
                return Translation.objects.create(
                    course=course, language=language, place=source.place, topic=source.topic, texts=after, saved_at=at, saved_by=by
                )
        except IntegrityError:  # two began at once: the first one counts
            raise Newer(Translation.objects.get(course=course, language=language, place=source.place)) from None
    if found.version != version:
        raise Newer(found)
    found.texts, found.version, found.saved_at, found.saved_by = after, found.version + 1, at, by
    found.save(update_fields=["texts", "version", "saved_at", "saved_by"])
    return found


def written(source: Source, before: Mapping[str, Any], texts: Mapping[str, str], still_right: Iterable[str] = ()) -> dict[str, Any]:
    """What a translation holds after these texts were typed: unknown paths are left alone, emptied ones go."""
    after, right = dict(before), set(still_right)
    for passage in source.passages:
        if passage.path in texts:
            words = rules.normal(texts[passage.path])
            old = before.get(passage.path)
            if not words:
                after.pop(passage.path, None)
            elif old is None or old[0] != words or passage.path in right:
                after[passage.path] = [words, rules.normal(passage.text)]
    return after


@transaction.atomic
def take_in(*, course: Course, language: str, texts: Mapping[str, Mapping[str, Sequence[str]]], by: User | None, at: datetime) -> None:
    """Texts that came in a file ({place: {path: [words, the source they were made from]}}) are written, not published. Raises NotAllowed."""
    if by is not None:
        require(by, WRITE, cluster=course.cluster_id)
    topics = {s.place: s.topic for s in sources_of(course, live_topics(course))}
    kept = {row.place: row for row in Translation.objects.select_for_update().filter(course=course, language=language)}
    for place, new in texts.items():
        row = kept.get(place) or Translation(course=course, language=language, place=place, topic=topics.get(place), version=0)
        row.texts = {**row.texts, **{path: list(pair) for path, pair in new.items()}}
        row.version, row.saved_at, row.saved_by = row.version + 1, at, by
        row.save()


# Publishing


def publish(
    *, course: Course, language: str, topics: Sequence[Topic] | None = None, own_words: bool = True, by: User | None, at: datetime
) -> Published:
    """Readers get what is written: of these topics (None: of all) and, with `own_words`, what the course says about itself.

    A part with something missing stays in the source's language; a part that would change what can be answered is held back. Raises NotAllowed.
    """
    from talka.courses.actions.publishing import publish_materials

    if by is not None:
        require(by, WRITE, cluster=course.cluster_id)
    chosen = list(live_topics(course) if topics is None else topics)
    sources = [s for t in chosen for s in sources_of_topic(t)]
    if own_words:
        sources += [s for s in sources_of(course, []) if s.place == COURSE]
    with transaction.atomic():
        kept = {
            row.place: row
            for row in Translation.objects.select_for_update().filter(
                course=course, language=language, place__in=[s.place for s in sources]
            )
        }
        faults, going = [], []
        for source in sources:
            row = kept.get(source.place)
            if row is None:
                continue
            if wrong := rules.faults_in(source.kind, source.definition, row.texts) if source.kind not in {"topic", "course"} else []:
                faults += [(source.title or source.key, path, says) for path, says in wrong]
            else:
                going.append(row.pk)
        Translation.objects.filter(pk__in=going).exclude(texts={}).update(published_at=at, published_by=by)
        for row in kept.values():
            if row.pk in going:
                Translation.objects.filter(pk=row.pk).update(published=row.texts)
        publish_materials(course, topics=chosen if topics is not None else None, at=at)
    rows = Translation.objects.filter(pk__in=going)
    whole = rows.filter(complete=True).count()
    return Published(whole, len([s for s in sources if s.passages]) - whole, tuple(faults))


def withdraw(*, course: Course, language: str, by: User, at: datetime) -> None:
    """Readers get the course's own language again; what was written stays. Raises NotAllowed."""
    from talka.courses.actions.publishing import publish_materials

    require(by, WRITE, cluster=course.cluster_id)
    with transaction.atomic():
        Translation.objects.filter(course=course, language=language).update(
            published={},
            published_at=None,
            published_by=None,
            complete=False,
            definition={},
            shown={},
            html="",
            plain="",
            head={},
            title="",
        )
        publish_materials(course, topics=None, at=at)


def variants_of(course: Course) -> dict[str, list[Mapping[str, Any]]]:
    """The published words of every place in all languages, for exercises that take typed answers. One query; none for a course of one language."""
    made: dict[str, list[Mapping[str, Any]]] = {}
    rows = Translation.objects.filter(course=course, published_at__isnull=False).order_by("language").values_list("place", "published")
    for place, texts in rows:
        made.setdefault(place, []).append(texts)
    return made


def refresh(course: Course, *, topics: Sequence[Topic], files: Mapping[str, Mapping[str, bytes]], at: datetime) -> None:
    """What readers of other languages get follows the published source of these topics and of the course's own words."""
    rows = list(Translation.objects.filter(course=course, published_at__isnull=False))
    if not rows and not course.languages:
        return
    by_language: dict[str, dict[str, Translation]] = {}
    for one in rows:
        by_language.setdefault(one.language, {})[one.place] = one
    live = list(live_topics(course).select_related("lesson"))
    sources = sources_of(course, live)
    again = {topic.pk for topic in topics}
    for language, mine in by_language.items():
        terms = _terms(sources, mine)
        for source in sources:
            row = mine.get(source.place)
            if row is not None and source.topic is not None and source.topic.pk in again and source.kind != "topic":
                _render(row, source, course, language, terms, files.get(source.topic.slug, {}), at)
        _heads(course, mine, sources, at)
    changed = [one for one in rows if one.made_at == at]
    Translation.objects.bulk_update(changed, ["complete", "stale", "title", "head", "definition", "shown", "html", "plain", "made_at"])
    index([one.pk for one in changed])
    languages = sorted({one.language for one in rows if one.complete and one.place != COURSE})
    if languages != course.languages:
        course.languages = languages
        Course.objects.filter(pk=course.pk).update(languages=languages)


def _terms(sources: Sequence[Source], mine: Mapping[str, Translation]) -> list[rendering.Term]:
    """The terms that this language explains, from the course's glossary and its vocabulary sheets."""
    found: dict[str, rendering.Term] = {}
    for source in sources:
        row = mine.get(source.place)
        if row is None or source.kind not in {"course", "vocabulary"}:
            continue
        kind = "glossary" if source.kind == "course" else "terms"
        for path in row.published:
            name, _dot, key = path.partition(".")
            key, _dot, part = key.partition(".")
            if name == kind and part == "term" and (definition := rules.words_in(row.published, f"{name}.{key}.definition")):
                found[key] = rendering.Term(key, rules.words_in(row.published, path), definition)
    return sorted(found.values(), key=lambda t: t.key)


def _render(
    row: Translation,
    source: Source,
    course: Course,
    language: str,
    terms: Sequence[rendering.Term],
    files: Mapping[str, bytes],
    at: datetime,
) -> None:
    """One material in its other words. What the changed source can no longer bear falls back to the source."""
    from talka.courses.actions.publishing import surroundings

    standing = rules.standing(source.passages, row.published)
    whole = not standing.missing and not rules.faults_in(source.kind, source.definition, row.published)
    made: dict[str, Any] = {"definition": {}, "shown": {}, "html": "", "plain": ""}
    if whole:
        definition = rules.overlaid(source.kind, source.definition, row.published)
        key = source.key.replace("/", "-")
        around = surroundings(course, source.topic, terms, files, language=language)  # type: ignore[arg-type]
        out = rendering.render(source.kind, key, m.parse(source.kind, definition), around)
        made = {"definition": definition, "shown": out.shown, "html": out.html, "plain": out.plain}
    values = {**made, "complete": whole, "stale": standing.stale, "title": (rules.words_in(row.published, "title") or source.title)[:400]}
    _put(row, values, at)


def _put(row: Translation, values: Mapping[str, Any], at: datetime) -> None:
    # A row that stays as it was keeps its time, since pages that are kept ready go by it.
    if row.made_at is None or any(getattr(row, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(row, name, value)
        row.made_at = at


def _heads(course: Course, mine: Mapping[str, Translation], sources: Sequence[Source], at: datetime) -> None:
    """The few words of topics and of the course. The course's row knows the titles of all topics, so that an outline asks one row."""
    topics: dict[str, str] = {}
    own = mine.get(COURSE)
    outcomes = {path.partition(".")[2]: texts[0] for path, texts in own.published.items() if path.startswith("outcomes.")} if own else {}
    texts_of = {text: outcomes[key] for key, text in course.outcomes.values_list("key", "text") if key in outcomes}
    for source in sources:
        row = mine.get(source.place)
        if row is None or source.kind != "topic" or source.topic is None:
            continue
        standing = rules.standing(source.passages, row.published)
        title, summary = (rules.words_in(row.published, name) for name in ("title", "summary"))
        if title:
            topics[source.topic.slug] = title
        said = [texts_of[text] for text in source.topic.shown.get("outcomes", ()) if text in texts_of]
        head = {"title": title, "summary": summary, "outcomes": said if len(said) == len(source.topic.shown.get("outcomes", ())) else []}
        _put(row, {"complete": not standing.missing, "stale": standing.stale, "title": title[:400], "head": head}, at)
    if own is not None:
        itself = next(s for s in sources if s.place == COURSE)
        standing = rules.standing(itself.passages, own.published)
        known = {passage.path for passage in itself.passages}
        head = _nested({path: texts[0] for path, texts in own.published.items() if path in known}) | {"topics": topics}
        values = {"complete": not standing.missing, "stale": standing.stale, "title": head.get("title", "")[:400], "head": head}
        _put(own, values, at)


def _nested(texts: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, words in texts.items():
        *way, last = path.split(".")
        here = made
        for step in way:
            here = here.setdefault(step, {})
        here[last] = words
    return made


def index(pks: Sequence[int]) -> None:
    """SQLite's search keeps a copy of its own; PostgreSQL's index follows by itself."""
    if connection.vendor != "sqlite" or not pks:
        return
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM courses_search_languages WHERE rowid = %s", [(pk,) for pk in pks])
        rows = Translation.objects.filter(pk__in=pks, complete=True).exclude(plain="").values_list("pk", "title", "plain")
        cursor.executemany("INSERT INTO courses_search_languages (rowid, title, plain) VALUES (%s, %s, %s)", list(rows))


# Copies and choices


def copy(topic: Topic, into: Topic, places: Mapping[str, str], *, by: User | None, at: datetime) -> int:
    """The words of a topic go with its copy, as drafts: `places` are the copy's places by the original's. Answers how many rows."""
    rows = [
        Translation(course_id=into.course_id, topic=into, place=places[row.place], language=row.language, texts=row.texts, saved_at=at, saved_by=by)
        for row in topic.translations.all()
        if row.place in places
    ]  # fmt: skip
    return len(Translation.objects.bulk_create(rows, ignore_conflicts=True))


def copy_own_words(course: Course, into: Course, *, by: User | None, at: datetime) -> None:
    """What the course says about itself goes with its copy; its title is the copy's own."""
    for row in course.translations.filter(place=COURSE):
        texts = {path: words for path, words in row.texts.items() if path != "title"}
        Translation.objects.get_or_create(
            course=into, language=row.language, place=COURSE, defaults={"texts": texts, "saved_at": at, "saved_by": by}
        )


def choose_language(*, enrolment: Enrolment, language: str) -> None:
    """The person reads the course in this language from now on."""
    Enrolment.objects.filter(pk=enrolment.pk).update(language=language)
