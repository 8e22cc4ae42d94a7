"""Packs come in and go out: a course as files."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.text import slugify

from talka.clusters.models import Cluster
from talka.courses import files as files_kept
from talka.courses import packs
from talka.courses.actions.publishing import checked, pieces_of, publish_materials
from talka.courses.body import Piece, to_blocks
from talka.courses.languages.carrying import files_of_words, published_words, put_words
from talka.courses.models import (
    Course,
    CourseFile,
    CourseOutcome,
    GlossaryTerm,
    ImportReport,
    Lesson,
    Module,
    Requirement,
    Topic,
    TopicOutcome,
)
from talka.courses.rules import materials as m
from talka.courses.rules.access import WRITE
from talka.courses.rules.packs import CourseFile as CourseHead
from talka.courses.rules.packs import MaterialEntry, OutcomeEntry, OutlineLesson, OutlineModule, Pack, TopicFile, files_named, with_titles
from talka.people.actions import require
from talka.people.models import User
from talka.people.rules import Visibility
from talka.skills.actions import OutcomeText, put_outcomes
from talka.skills.models import Framework, Outcome


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, or did: keys of topics by what happens to them, and counts of materials by kind."""

    key: str
    title: str
    new_course: bool
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    materials: Mapping[str, int]
    remarks: tuple[str, ...] = ()


def read_pack(source: Path | bytes) -> tuple[Pack, dict[str, bytes]]:
    """The pack in a folder or zip (or the bytes of a zip), with titles settled, and its files. Raises BadPack with every problem."""
    files = packs.read_zip(source) if isinstance(source, bytes) else packs.read_files(Path(source))
    return with_titles(packs.parse_files(files)), files


def preview_pack(source: Path | bytes, *, by: User | None, cluster: Cluster | None = None) -> Plan:
    """What importing would add, change and remove. Nothing is written. Raises BadPack, NotAllowed."""
    _may_write(by, cluster)
    pack, _files = read_pack(source)
    return _plan(pack, _course_of(pack, cluster))


def import_pack(
    source: Path | str | bytes,
    *,
    by: User | None,
    at: datetime,
    cluster: Cluster | None = None,
    visibility: str | None = None,
    is_sample: bool = False,
) -> Course:
    """The course in a pack (a folder, a zip, or the bytes of a zip) is there and published, or brought up to the pack if its key is known.

    Progress, attempts and sheets stay: a topic or material with a known key is the same one as before. `by` None stands for the command line.
    A course without a cluster belongs to the network and needs an operator. Raises BadPack (nothing is imported), NotAllowed.
    """
    _may_write(by, cluster)
    pack, files = read_pack(Path(source) if isinstance(source, str) else source)
    with transaction.atomic():
        return _import(pack, files, by=by, at=at, cluster=cluster, visibility=visibility, is_sample=is_sample)


def _may_write(by: User | None, cluster: Cluster | None) -> None:
    if by is not None:
        require(by, WRITE, cluster=cluster.pk if cluster else None)


def _course_of(pack: Pack, cluster: Cluster | None) -> Course | None:
    return Course.objects.filter(key=pack.course.key, cluster=cluster).first()


def _plan(pack: Pack, course: Course | None, remarks: Sequence[str] = ()) -> Plan:
    before = pack_of(course) if course else None
    old = dict(before.topics) if before else {}
    added: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    for key in pack.topics:
        if before is None or key not in old:
            added.append(key)
        else:
            same = _topic_values(pack, key) == _topic_values(before, key)
            (unchanged if same else changed).append(key)
    counts: dict[str, int] = {}
    for topic in pack.topics.values():
        for entry in topic.materials:
            counts[entry.kind] = counts.get(entry.kind, 0) + 1
    return Plan(
        key=pack.course.key,
        title=pack.course.title,
        new_course=course is None,
        added=tuple(added),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        removed=tuple(key for key in old if key not in pack.topics),
        materials=counts,
        remarks=tuple(remarks),
    )


def _topic_values(pack: Pack, key: str) -> tuple[Any, ...]:
    folder = f"topics/{key}/"
    return (
        pack.topics[key],
        {p: d for p, d in pack.definitions.items() if p.startswith(folder)},
        {p: c for p, c in pack.assets.items() if p.startswith(folder)},
    )


def _import(
    pack: Pack,
    files: Mapping[str, bytes],
    *,
    by: User | None,
    at: datetime,
    cluster: Cluster | None,
    visibility: str | None,
    is_sample: bool,
) -> Course:
    head = pack.course
    course = _course_of(pack, cluster)
    plan = _plan(pack, course)
    words: dict[str, Any] = {
        "title": head.title, "summary": head.summary, "audience": head.audience, "language": head.language, "level": head.level,
        "hours": head.hours, "licence": head.licence, "authors": list(head.authors), "tags": list(head.tags),
    }  # fmt: skip
    if visibility is not None:
        words["visibility"] = visibility
    if course is None:
        words.setdefault("visibility", Visibility.CLUSTER if cluster else Visibility.NETWORK)
        course = Course.objects.create(
            # The same pack in the same place has the same identifiers, so that its statements stay together over a new set-up.
            uuid=uuid5(NAMESPACE_URL, f"talka:course:{cluster.slug if cluster else ''}:{head.key}"),
            key=head.key, cluster=cluster, slug=free_slug(head.key, cluster), published_at=at, created_at=at, created_by=by,
            is_sample=is_sample, **words,
        )  # fmt: skip
    else:
        Course.objects.filter(pk=course.pk).update(**words, retired_at=None)
        course.refresh_from_db()
    outcomes, remarks = _put_outcomes(course, pack.outcomes, by=by, at=at)
    _put_glossary(course, pack)
    _put_files(course, pack, files, by=by, at=at)
    lessons = _put_outline(course, head)
    topics = _put_topics(course, pack, lessons, outcomes, by=by, at=at, unchanged=frozenset(plan.unchanged))
    _retire_missing(course, pack, lessons)
    own_words, reworded = put_words(course, pack, by=by, at=at)
    wanted = {topic.pk: topic for topic in (*topics, *reworded)}
    publish_materials(course, topics=None if len(topics) > 1 or own_words else list(wanted.values()), at=at)
    ImportReport.objects.create(course=course, at=at, by=by, report=_as_dict(plan, remarks))
    return course


def _as_dict(plan: Plan, remarks: Sequence[str]) -> dict[str, Any]:
    made = {name: getattr(plan, name) for name in Plan.__slots__}
    return json.loads(json.dumps(made | {"remarks": list(remarks)}))


def free_slug(key: str, cluster: Cluster | None) -> str:
    """An address for a course that no other course has."""
    candidates = [key, *([f"{key}-{slugify(cluster.slug)}"[:100]] if cluster else [])]
    candidates += [f"{key}-{n}" for n in range(2, 1000)]
    taken = set(Course.objects.filter(slug__in=candidates).values_list("slug", flat=True))
    return next(c for c in candidates if c not in taken)


def _put_outcomes(
    course: Course, entries: Sequence[OutcomeEntry], *, by: User | None, at: datetime
) -> tuple[dict[str, CourseOutcome], list[str]]:
    """The course's outcomes as rows, each tied to the network's outcome of the framework that knows all its competences."""
    course.outcomes.exclude(key__in=[e.key for e in entries]).delete()
    rows = {row.key: row for row in course.outcomes.all()}
    ties, remarks = _tie_outcomes(course, entries, by=by, at=at)
    made = {}
    for order, entry in enumerate(entries):
        values = {
            "order": order, "text": entry.text, "bloom": entry.bloom, "level": entry.level, "competences": list(entry.competences),
            "outcome": ties.get(entry.key),
        }  # fmt: skip
        row = rows.get(entry.key)
        if row is None:
            row = CourseOutcome.objects.create(course=course, key=entry.key, uuid=uuid5(course.uuid, f"outcome/{entry.key}"), **values)
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        made[entry.key] = row
    return made, remarks


def _tie_outcomes(
    course: Course, entries: Sequence[OutcomeEntry], *, by: User | None, at: datetime
) -> tuple[dict[str, Outcome], list[str]]:
    needed = {key for entry in entries for key in entry.competences}
    if not needed:
        return {}, []
    frameworks = Framework.objects.prefetch_related("competences").order_by("-version", "key")
    best = max(frameworks, key=lambda f: len(needed & {c.key for c in f.competences.all()}), default=None)
    known = {c.key for c in best.competences.all()} & needed if best else set()
    if best is None or not known:
        return {}, ["No competence framework is loaded that names these competences; the outcomes are kept without a link to it."]
    missing = sorted(needed - known)
    remarks = [f"The framework {best.key} has no competence named {', '.join(missing)}."] if missing else []
    # An outcome of the same key that another course words differently is not ours to change.
    others = {
        o.key: o for o in Outcome.objects.filter(framework=best, key__in=[e.key for e in entries]).exclude(course_outcomes__course=course)
    }
    texts = []
    for entry in entries:
        clash = entry.key in others and others[entry.key].text != entry.text
        texts.append(
            OutcomeText(
                key=f"{course.slug}-{entry.key}"[:80] if clash else entry.key,
                text=entry.text,
                bloom=entry.bloom,
                eqf=entry.level,
                competences=tuple(c for c in entry.competences if c in known),
            )
        )
    put = put_outcomes(texts, framework=best, by=by, at=at)
    return {entry.key: put[text.key] for entry, text in zip(entries, texts, strict=True)}, remarks


def _put_glossary(course: Course, pack: Pack) -> None:
    wanted = [(n, t) for n, t in enumerate(pack.glossary)]
    course.glossary.exclude(key__in=[t.key for _n, t in wanted]).delete()
    for n, term in wanted:
        GlossaryTerm.objects.update_or_create(
            course=course,
            key=term.key,
            defaults={"order": n, "term": term.term, "definition": term.definition, "source": term.source, "see": list(term.see)},
        )


def _put_files(course: Course, pack: Pack, files: Mapping[str, bytes], *, by: User | None, at: datetime) -> None:
    known = dict(course.files.values_list("path", "sha256"))
    course.files.exclude(path__in=list(files)).delete()
    made = []
    for path, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        is_source = path not in pack.assets
        if known.get(path) == digest:
            continue
        kept = files_kept.keep(content)
        made.append(
            CourseFile(
                course=course, path=path, content=kept.content, sha256=digest, on_disk=kept.on_disk, is_source=is_source, added_at=at, added_by=by
            )
        )  # fmt: skip
    CourseFile.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["course", "path"],
        update_fields=["content", "sha256", "on_disk", "is_source", "added_at", "added_by"],
    )


def _put_outline(course: Course, head: CourseHead) -> dict[str, Lesson]:
    lessons = {}
    for n, module in enumerate(head.modules):
        row, _made = Module.objects.update_or_create(
            course=course,
            slug=module.key,
            defaults={"order": n, "title": module.title, "summary": module.summary},
            create_defaults={
                "uuid": uuid5(course.uuid, f"module/{module.key}"), "order": n, "title": module.title, "summary": module.summary,
            },
        )  # fmt: skip
        for i, lesson in enumerate(module.lessons):
            values = {"module": row, "order": i, "title": lesson.title, "summary": lesson.summary}
            lessons[lesson.key], _made = Lesson.objects.update_or_create(
                course=course,
                slug=lesson.key,
                defaults=values,
                create_defaults={"uuid": uuid5(course.uuid, f"lesson/{lesson.key}"), **values},
            )
    return lessons


def _put_topics(
    course: Course,
    pack: Pack,
    lessons: Mapping[str, Lesson],
    outcomes: Mapping[str, CourseOutcome],
    *,
    by: User | None,
    at: datetime,
    unchanged: frozenset[str],
) -> list[Topic]:
    rows = {topic.slug: topic for topic in course.topics.all()}
    places = {
        key: (lessons[lesson.key], n) for module in pack.course.modules for lesson in module.lessons for n, key in enumerate(lesson.topics)
    }
    changed = []
    for key, text in pack.topics.items():
        lesson, order = places[key]
        topic = rows.get(key) or Topic(slug=key, uuid=uuid5(course.uuid, f"topic/{key}"), live=False)
        before = (topic.lesson_id, topic.order, topic.live)
        topic.lesson, topic.order = lesson, order
        if topic.pk and key in unchanged and topic.live:
            if before != (lesson.pk, order, True):
                topic.save(update_fields=["lesson", "order"])
            continue
        topic.title, topic.summary, topic.minutes, topic.sources = text.title, text.summary, text.minutes, list(text.sources)
        topic.body = json.dumps(to_blocks(_pieces(pack, key, topic)))  # type: ignore[assignment]  # a StreamField takes its JSON
        topic.save()
        rows[key] = topic
        _put_links(topic, [outcomes[o] for o in text.outcomes])
        _mark_published(topic, by=by, at=at)
        changed.append(topic)
    for key, text in pack.topics.items():
        topic = rows[key]
        wanted = [rows[r].pk for r in text.requires]
        if list(topic.requirements.values_list("needs_id", flat=True)) != wanted:
            topic.requirements.all().delete()
            Requirement.objects.bulk_create([Requirement(topic=topic, needs_id=pk, order=n) for n, pk in enumerate(wanted)])
    return changed


def _put_links(topic: Topic, outcomes: Sequence[CourseOutcome]) -> None:
    topic.topic_outcomes.all().delete()
    TopicOutcome.objects.bulk_create([TopicOutcome(topic=topic, outcome=o, order=n) for n, o in enumerate(outcomes)])


def _mark_published(topic: Topic, *, by: User | None, at: datetime) -> None:
    revision = topic.save_revision(user=by, changed=True, clean=False)
    Topic.objects.filter(pk=topic.pk).update(
        live=True,
        has_unpublished_changes=False,
        live_revision=revision,
        first_published_at=topic.first_published_at or at,
        last_published_at=at,
        expired=False,
    )
    topic.refresh_from_db()


def _pieces(pack: Pack, key: str, topic: Topic) -> list[Piece]:
    """The pack's materials of a topic, each with the uuid of the material it has been so far."""
    known: dict[str, UUID] = {}
    if topic.pk:
        for piece in pieces_of(topic):
            known[piece.key] = piece.uuid
            known |= {f"{piece.key}/{q.key}": q.uuid for q in piece.questions}
    made = []
    for entry in pack.topics[key].materials:
        folder = f"topics/{key}/"
        definition = pack.definitions[folder + entry.file]
        uuid = known.get(entry.key) or uuid5(topic.uuid, f"material/{entry.key}")
        questions: list[Piece] = []
        if isinstance(definition, m.Quiz):
            for member in definition.pool:
                stem = member.file.rsplit(".", 1)[0]
                question = pack.definitions[folder + member.file]
                name = slugify(stem)[:80] or f"q{len(questions) + 1}"
                questions.append(
                    Piece(
                        uuid=known.get(f"{entry.key}/{name}") or uuid5(uuid, f"question/{name}"),
                        kind="exercise",
                        key=name,
                        title=getattr(question, "title", ""),
                        file=member.file,
                        value=m.plain(question),
                    )
                )
        made.append(
            Piece(
                uuid=uuid,
                kind=entry.kind,
                key=entry.key,
                title=entry.title,
                file=entry.file,
                value=m.plain(definition),
                questions=tuple(questions),
            )
        )
    return made


def _retire_missing(course: Course, pack: Pack, lessons: Mapping[str, Lesson]) -> None:
    """Topics that the pack leaves out: gone if nobody opened them, hidden otherwise. Lessons and modules go when they are empty."""
    for topic in course.topics.exclude(slug__in=list(pack.topics)):
        if topic.progress.exists() or topic.notes.exists() or topic.bookmarks.exists():
            Topic.objects.filter(pk=topic.pk).update(live=False)
        else:
            topic.delete()
    course.lessons.exclude(slug__in=list(lessons)).filter(topics=None).delete()
    course.modules.exclude(slug__in=[module.key for module in pack.course.modules]).filter(lessons=None).delete()


# Out


def pack_of(course: Course) -> Pack:
    """The published course as a pack, titles settled."""
    topics = {
        t.slug: t
        for t in course.topics.filter(live=True)
        .select_related("lesson__module")
        .prefetch_related("topic_outcomes__outcome", "requirements__needs")
        .order_by("lesson__module__order", "lesson__order", "order")
    }
    modules = []
    for module in course.modules.prefetch_related("lessons"):
        lessons = [
            OutlineLesson(
                key=lesson.slug,
                title=lesson.title,
                summary=lesson.summary,
                topics=[t.slug for t in topics.values() if t.lesson_id == lesson.pk],
            )
            for lesson in sorted(module.lessons.all(), key=lambda row: (row.order, row.pk))
        ]
        modules.append(OutlineModule(key=module.slug, title=module.title, summary=module.summary, lessons=lessons))
    head = CourseHead(
        format="talka-pack/1", key=course.key, title=course.title, summary=course.summary, language=course.language, level=course.level,
        hours=course.hours, audience=course.audience, licence=course.licence, authors=course.authors, tags=course.tags, modules=modules,
    )  # fmt: skip
    files: dict[str, TopicFile] = {}
    definitions: dict[str, m.Definition] = {}
    for slug, topic in topics.items():
        pieces = pieces_of(topic)
        parsed = checked(pieces)
        for piece in [part for whole in pieces for part in (*whole.questions, whole)]:
            definitions[f"topics/{slug}/{piece.file}"] = parsed[str(piece.uuid)]
        files[slug] = TopicFile(
            key=slug,
            title=topic.title,
            minutes=topic.minutes,
            outcomes=[row.outcome.key for row in topic.topic_outcomes.all()],
            requires=[row.needs.slug for row in topic.requirements.all()],
            summary=topic.summary,
            sources=topic.sources,
            materials=[MaterialEntry(kind=p.kind, key=p.key, file=p.file, title=p.title) for p in pieces],  # type: ignore[arg-type]
        )
    outcomes = [
        OutcomeEntry(key=o.key, text=o.text, bloom=o.bloom, level=o.level, competences=o.competences)  # type: ignore[arg-type]
        for o in course.outcomes.all()
    ]
    glossary = [m.Term(key=t.key, term=t.term, definition=t.definition, source=t.source, see=t.see) for t in course.glossary.all()]
    words = published_words(course)
    # What an author sent and then did not use stays at home: a pack holds no file that nothing names.
    named = {
        f"{path.rsplit('/', 1)[0]}/{name}" for path, d in definitions.items() if not isinstance(d, m.Quiz) for _at, name in files_named(d)
    }
    assets = {f.path: files_kept.read(f) for f in course.files.filter(is_source=False) if f.path in named or f.path in packs.CARRIED}
    assets |= {f.path: files_kept.read(f) for f in course.files.filter(is_source=False, path__in=files_of_words(words, definitions))}
    return with_titles(
        Pack(
            course=head, outcomes=tuple(outcomes), glossary=tuple(glossary), topics=files, definitions=definitions, assets=assets, words=words
        )
    )  # fmt: skip


def export_files(course: Course) -> dict[str, bytes]:
    """The course's files. What did not change since the import comes out with the very bytes that came in; the rest in our one way to write."""
    pack = pack_of(course)
    sources = {f.path: files_kept.read(f) for f in course.files.all() if f.is_source or f.path in pack.assets}
    before: dict[str, Any] = {}
    if "course.yaml" in sources:
        try:
            before = packs.values_by_path(with_titles(packs.parse_files(sources)))
        except packs.BadPack:
            before = {}
    return {
        path: sources[path] if path in before and before[path] == value else content for path, content, value in packs.write_files(pack)
    }


def export_pack(course: Course) -> bytes:
    """The course as a zip: the same bytes for the same course, always. Whoever calls this has checked that the reader may see the course."""
    return packs.write_zip(export_files(course))
