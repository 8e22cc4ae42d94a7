"""From what authors wrote to what readers get: the materials of published topics."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse

from talka.courses import rendering
from talka.courses.body import Piece, from_blocks
from talka.courses.faults import Fault, faults_of, written
from talka.courses.languages.actions import index as index_translations
from talka.courses.languages.actions import refresh, variants_of
from talka.courses.languages.rules import with_variants
from talka.courses.media import MediaRefused
from talka.courses.models import Course, CourseFile, Material, Topic, Translation
from talka.courses.rules import materials as m
from talka.courses.rules.packs import Problem


class NotPublishable(Exception):
    """A topic can't be shown as it is. `problems` says what to mend, by material."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def pieces_of(topic: Topic) -> list[Piece]:
    """The materials as they stand in the topic's body, in order."""
    return from_blocks(list(topic.body.raw_data), topic=topic.uuid)


def checked(pieces: Sequence[Piece]) -> dict[str, m.Definition]:
    """Definitions by uuid of all pieces and questions. Raises NotPublishable."""
    if faults := faults_of(pieces):
        raise NotPublishable(Problem(fault.title, written(fault.place), fault.says) for fault in faults)
    return {str(piece.uuid): piece.definition() for whole in pieces for piece in (whole, *whole.questions)}


def check_topic(topic: Topic) -> list[Fault]:
    """Everything that keeps the topic's body from being shown, each at its field; files that it names and has not, too."""
    return faults_of(pieces_of(topic), files=names_of_files(topic))


def names_of_files(topic: Topic) -> set[str]:
    """The names of the topic's own files."""
    paths = CourseFile.objects.filter(course=topic.course_id, is_source=False, path__startswith=f"topics/{topic.slug}/").values_list(
        "path", flat=True
    )
    return {path.rsplit("/", 1)[-1] for path in paths}


@transaction.atomic
def publish_materials(course: Course, *, topics: Sequence[Topic] | None = None, at: datetime) -> int:
    """Brings the published materials of the course's live topics (or of `topics`) up to their bodies. Answers how many changed.

    New or changed terms explain themselves in the whole course, so then all topics are rendered. Raises NotPublishable.
    """
    live = list(course.topics.filter(live=True).select_related("lesson"))
    pieces = {topic.pk: pieces_of(topic) for topic in live}
    definitions: dict[str, m.Definition] = {}
    wanted = {t.pk for t in topics} if topics is not None else {t.pk for t in live}
    problems: list[Problem] = []
    for topic in live:
        try:
            definitions |= checked(pieces[topic.pk])
        except NotPublishable as bad:
            if topic.pk in wanted:
                problems.extend(bad.problems)
            pieces[topic.pk] = []
            wanted.discard(topic.pk)
    if problems:
        raise NotPublishable(problems)
    terms = _terms(course, [d for d in definitions.values() if isinstance(d, m.Vocabulary)])
    known = {row.uuid: row for row in Material.objects.filter(topic__course=course)}
    if topics is not None and _terms_changed(known.values(), definitions):
        wanted = {t.pk for t in live if pieces[t.pk]}
    files = _files_by_topic(course)
    changed: list[Material] = []
    variants = variants_of(course)
    accepting = {
        uuid: m.parse("exercise", with_variants(m.plain(one), variants[uuid]))
        if uuid in variants and isinstance(one, m.Short | m.Cloze)
        else one
        for uuid, one in definitions.items()
    }
    for topic in live:
        if topic.pk in wanted:
            around = surroundings(course, topic, terms, files.get(topic.slug, {}))
            changed += _topic_materials(topic, pieces[topic.pk], accepting, around, known, at)
    _write_heads(course)
    refresh(course, topics=[topic for topic in live if topic.pk in wanted], files=files, at=at)
    gone = Material.objects.filter(topic__course=course, topic__live=False, retired_at=None)
    changed += list(gone)
    gone.update(retired_at=at)
    _index([row.pk for row in changed])
    if any(row.kind == "film" for row in changed):
        transaction.on_commit(_ask_for_films)
    return len(changed)


def _ask_for_films() -> None:
    from talka.courses.tasks import make_films

    make_films.enqueue()


def _write_heads(course: Course) -> None:
    """What stands above a topic's materials is kept on its row, so that a page asks one table."""
    for topic in course.topics.filter(live=True).prefetch_related("topic_outcomes__outcome", "requirements").defer("body"):
        shown = {
            "outcomes": [row.outcome.text for row in topic.topic_outcomes.all()],
            "requires": [row.needs_id for row in topic.requirements.all()],
        }
        if topic.shown != shown:
            Topic.objects.filter(pk=topic.pk).update(shown=shown)


def _terms(course: Course, sheets: Sequence[m.Vocabulary]) -> list[rendering.Term]:
    found = {t.key: rendering.Term(t.key, t.term, t.definition) for t in course.glossary.all()}
    for sheet in sheets:
        found |= {t.key: rendering.Term(t.key, t.term, t.definition) for t in sheet.terms}
    return sorted(found.values(), key=lambda t: t.key)


def _terms_changed(known: Iterable[Material], definitions: dict[str, m.Definition]) -> bool:
    before = {str(row.uuid): row.definition for row in known if row.kind == "vocabulary" and row.retired_at is None}
    after = {uuid: m.plain(d) for uuid, d in definitions.items() if isinstance(d, m.Vocabulary)}
    return before != after


def _files_by_topic(course: Course) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    # Films and the like lie on disk and are shown by their address; what a page has inside itself is read.
    for path, content in CourseFile.objects.filter(course=course, is_source=False, on_disk=False, path__startswith="topics/").values_list(
        "path", "content"
    ):
        _topics, slug, name = path.split("/", 2)
        found.setdefault(slug, {})[name] = bytes(content)
    return found


def surroundings_of(course: Course, topic: Topic) -> rendering.Surroundings:
    """What a draft of `topic` would be shown with: files and published terms of its course."""
    sheets = Material.objects.current().filter(topic__course=course, kind="vocabulary").values_list("definition", flat=True)
    terms = _terms(course, [d for d in (m.parse("vocabulary", one) for one in sheets) if isinstance(d, m.Vocabulary)])
    return surroundings(course, topic, terms, _files_by_topic(course).get(topic.slug, {}))


def surroundings(
    course: Course, topic: Topic, terms: Sequence[rendering.Term], files: Mapping[str, bytes], *, language: str = ""
) -> rendering.Surroundings:
    """What a topic's materials need to be shown in the course's own language, or in another."""

    def address(name: str) -> str:
        return reverse("courses:file", args=[course.slug, topic.slug, name])

    return rendering.Surroundings(
        files=files,
        terms=terms,
        language=language or course.language,
        file_url=address,
        glossary_url=reverse("courses:glossary", args=[course.slug]),
    )


def _topic_materials(
    topic: Topic,
    pieces: Sequence[Piece],
    definitions: dict[str, m.Definition],
    around: rendering.Surroundings,
    known: dict[Any, Material],
    at: datetime,
) -> list[Material]:
    changed: list[Material] = []
    kept = set()
    # Retire first: a key may move from one block to another, and only one current row may hold it.
    here = {p.uuid for piece in pieces for p in (piece, *piece.questions)}
    for row in known.values():
        if row.topic_id == topic.pk and row.uuid not in here and row.retired_at is None:
            row.retired_at = at
            row.save(update_fields=["retired_at"])
            changed.append(row)
    for order, piece in enumerate(pieces):
        row, new = _material(topic, piece, None, order, definitions, around, known, at)
        changed += [row] if new else []
        kept.add(row.uuid)
        for n, question in enumerate(piece.questions):
            child, new = _material(topic, question, row, n, definitions, around, known, at)
            changed += [child] if new else []
    return changed


def _material(
    topic: Topic,
    piece: Piece,
    parent: Material | None,
    order: int,
    definitions: dict[str, m.Definition],
    around: rendering.Surroundings,
    known: dict[Any, Material],
    at: datetime,
) -> tuple[Material, bool]:
    definition = definitions[str(piece.uuid)]
    try:
        made = rendering.render(piece.kind, f"{parent.key}-{piece.key}" if parent else piece.key, definition, around)
    except MediaRefused as refused:
        raise NotPublishable([Problem(piece.title or piece.key, "", str(refused))]) from refused
    values = {
        "topic_id": topic.pk, "parent": parent, "kind": piece.kind, "key": piece.key, "file": piece.file, "title": piece.title, "order": order,
        "definition": m.plain(definition), "shown": made.shown, "html": made.html, "plain": made.plain, "words": made.words,
        "seconds": made.seconds, "retired_at": None,
    }  # fmt: skip
    row = known.get(piece.uuid)
    if row is None:
        row = known[piece.uuid] = Material.objects.create(uuid=piece.uuid, published_at=at, **values)
        return row, True
    # As JSON, since what comes from the database has lists where we have tuples.
    if all(json.dumps(getattr(row, k)) == json.dumps(v) if isinstance(v, dict) else getattr(row, k) == v for k, v in values.items()):
        return row, False
    for name, value in values.items():
        setattr(row, name, value)
    row.published_at = at
    row.save()
    return row, True


def _index(pks: Sequence[int]) -> None:
    """SQLite's search keeps a copy of its own; PostgreSQL's index follows by itself."""
    if connection.vendor != "sqlite" or not pks:
        return
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM courses_search WHERE rowid = %s", [(pk,) for pk in pks])
        rows = Material.objects.filter(pk__in=pks, retired_at=None).values_list("pk", "title", "plain")
        cursor.executemany("INSERT INTO courses_search (rowid, title, plain) VALUES (%s, %s, %s)", list(rows))


@transaction.atomic
def reindex() -> int:
    """The search index of SQLite is made anew. Answers how many materials are in it."""
    pks = list(Material.objects.current().values_list("pk", flat=True))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM courses_search")
            cursor.execute("DELETE FROM courses_search_languages")
    for start in range(0, len(pks), 500):
        _index(pks[start : start + 500])
    index_translations(list(Translation.objects.filter(complete=True).values_list("pk", flat=True)))
    return len(pks)
