"""What was read becomes a course, or drafts of topics in a lesson of one; all of it or nothing."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from talka.clusters.models import Cluster
from talka.courses import packs
from talka.courses.actions import BadPack, import_pack, pack_of
from talka.courses.body import Piece, to_blocks
from talka.courses.exchange.formats import OUT, read_file
from talka.courses.exchange.reading import Fate, Line, Read, ReadMaterial, ReadTopic, Unreadable, keys_for
from talka.courses.models import Course, CourseFile, ImportReport, Lesson, Topic
from talka.courses.rules.access import WRITE
from talka.kit.imports import Preview, Report, Row, State
from talka.people.actions import require
from talka.people.models import User

STATES = {Fate.TAKEN: State.NEW, Fate.CHANGED: State.CHANGED, Fate.LEFT: State.REFUSED}
WORDS_A_MINUTE = 180
MINUTES_AN_EXERCISE = 2
KEY_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import goes: a new course of the cluster, or drafts in a lesson of one of its courses."""

    cluster: Cluster
    lesson: Lesson | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def sent(file: Path, *, name: str) -> Sent:
    return Sent(name, file.read_bytes())


def preview_exchange(what: Sent, place: Place, *, by: User) -> Preview:
    """What importing the file would take, change and leave. Nothing is written. Raises NotAllowed."""
    require(by, WRITE, cluster=place.cluster.pk)
    try:
        format_name, read = _read(what, place)
        _checked(read)
    except Unreadable as why:
        return Preview(trouble=str(why))
    return Preview(rows=_rows(read, _known(read, what, place)), notes=_notes(format_name, read))


@transaction.atomic
def import_exchange(what: Sent, place: Place, *, by: User, at: datetime, only_good: bool) -> Report:
    """Does it. Without `only_good`, anything that is not understood stops all of it. A file that came in already changes nothing.

    Raises NotAllowed.
    """
    require(by, WRITE, cluster=place.cluster.pk)
    try:
        format_name, read = _read(what, place)
        _checked(read)
    except Unreadable as why:
        return Report(trouble=str(why))
    known = _known(read, what, place)
    rows = _rows(read, known)
    if not only_good and any(row.state == State.REFUSED for row in rows):
        return Report(rows=rows, trouble=_("Some rows are refused, so nothing was imported."))
    if not any(row.state in {State.NEW, State.CHANGED} for row in rows):
        return Report(rows=rows, notes=_notes(format_name, read))
    course = _new_course(read, place.cluster, by=by, at=at) if place.lesson is None else _drafts(read, place.lesson, by=by, at=at)
    kept = {
        "exchange": format_name,
        "file": what.name,
        "sha256": what.sha256,
        "lines": [[x.place, x.what, x.fate, x.why] for x in read.lines],
    }
    ImportReport.objects.create(course=course, at=at, by=by, report=kept)
    return Report(rows=rows, notes=(*_notes(format_name, read), course.title))


def _read(what: Sent, place: Place) -> tuple[str, Read]:
    format_name, read = read_file(what.content, name=what.name)
    known = set(place.lesson.course.outcomes.values_list("key", flat=True)) if place.lesson else set()
    for topic in read.topics():
        for material in _all(topic):
            wanted = material.value.get("assesses", [])
            if strange := [key for key in wanted if key not in known]:
                material.value["assesses"] = [key for key in wanted if key in known]
                _amend(read, material.line, _("The course has no outcome with the key {keys}.").format(keys=", ".join(strange)))
    for module in read.modules:
        for lesson in module.lessons:
            lesson.topics[:] = [t for t in lesson.topics if t.materials]
        module.lessons[:] = [x for x in module.lessons if x.topics]
    read.modules[:] = [x for x in read.modules if x.lessons]
    return format_name, read


def _all(topic: ReadTopic) -> Iterator[ReadMaterial]:
    for material in topic.materials:
        yield material
        yield from material.questions


def _amend(read: Read, number: int, why: str) -> None:
    line = read.lines[number]
    read.lines[number] = Line(line.place, line.what, Fate.CHANGED, "; ".join(filter(None, [line.why, why])))


def _notes(format_name: str, read: Read) -> tuple[str, ...]:
    return (format_name, *(f"{text} ({times})" if times > 1 else text for text, times in read.remarks.items()))


def _rows(read: Read, known: frozenset[int]) -> list[Row]:
    """The report's lines as rows; `known` are those that came in before."""
    return [
        Row(n, State.SAME if n - 1 in known and line.fate != Fate.LEFT else STATES[line.fate], line.what, line.place, line.why)
        for n, line in enumerate(read.lines, 1)
    ]


# As a pack


def _checked(read: Read) -> None:
    """The pack's own parser looks at what was read. Raises Unreadable."""
    if not read.lines:
        raise Unreadable(_("There is nothing in this file that can be imported."))
    if not read.modules:
        return
    try:
        packs.parse_files(pack_files(read, key="check"))
    except BadPack as bad:
        raise Unreadable(_("The file does not make a course: {problem}").format(problem=bad.problems[0])) from bad


def pack_files(read: Read, *, key: str) -> dict[str, bytes]:
    """What was read as the files of a pack."""
    files: dict[str, bytes] = {}
    modules, topics = [], list(read.topics())
    slugs = dict(zip(map(id, topics), keys_for([t.title[:KEY_LONGEST] for t in topics]), strict=True))
    lesson_keys = iter(keys_for([x.title[:KEY_LONGEST] for mod in read.modules for x in mod.lessons]))
    for module, module_key in zip(read.modules, keys_for([x.title[:KEY_LONGEST] for x in read.modules]), strict=True):
        lessons = [
            {"key": next(lesson_keys), "title": x.title[:400], "summary": x.summary[:8000], "topics": [slugs[id(t)] for t in x.topics]}
            for x in module.lessons
        ]
        modules.append({"key": module_key, "title": module.title[:400], "summary": module.summary[:8000], "lessons": lessons})
    language = read.language if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", read.language) and len(read.language) <= 10 else "en"
    files["course.yaml"] = packs.dump_yaml(
        {
            "format": "talka-pack/1",
            "key": key,
            "title": read.title[:400] or "Course",
            "summary": read.summary[:8000],
            "language": language,
            "modules": modules,
        }
    )
    for topic in topics:
        folder = f"topics/{slugs[id(topic)]}/"
        head, parts = topic_files(topic)
        files[folder + "topic.yaml"] = packs.dump_yaml({"key": slugs[id(topic)], **head})
        files |= {folder + name: content for name, content in parts.items()}
    return files


def topic_files(topic: ReadTopic) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(topic.yaml without its key, the other files by name)."""
    entries: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    for material, key in _keyed(topic):
        name = f"{key}.md" if material.kind in {"text", "document"} else f"{key}.yaml"
        value = dict(material.value)
        if material.kind == "quiz":
            value["pool"] = [{"file": f"{key}-{n}.yaml"} for n in range(1, len(material.questions) + 1)]
            files |= {f"{key}-{n}.yaml": packs.dump_yaml(q.value) for n, q in enumerate(material.questions, 1)}
        files[name] = value["text"].encode() if name.endswith(".md") else packs.dump_yaml(value)
        entries.append({"kind": material.kind, "key": key, "file": name, "title": material.title[:400]})
    head = {"title": topic.title[:400] or "Topic", "minutes": minutes_of(topic), "summary": topic.summary[:8000], "materials": entries}
    return head, files | topic.files


def _keyed(topic: ReadTopic) -> list[tuple[ReadMaterial, str]]:
    taken = {name.rsplit(".", 1)[0] for name in topic.files}
    keys = []
    for key in keys_for([material.title or material.kind for material in topic.materials]):
        candidate, n = key, 1
        while candidate in taken:
            n += 1
            candidate = f"{key}-m{n}"
        taken.add(candidate)
        keys.append(candidate)
    return list(zip(topic.materials, keys, strict=True))


def minutes_of(topic: ReadTopic) -> int:
    """Minutes to learn, where the file does not say: by words and exercises."""
    if topic.minutes:
        return min(600, topic.minutes)
    words = sum(len(str(x.value.get("text", "")).split()) for x in topic.materials if x.kind in {"text", "document"})
    exercises = sum(x.kind == "exercise" for x in _all(topic))
    return max(1, min(600, round(words / WORDS_A_MINUTE) + MINUTES_AN_EXERCISE * exercises))


# Into a new course


def _earlier(what: Sent, place: Place) -> bool:
    """Whether this very file made a course of the cluster before that is still there."""
    reports = ImportReport.objects.filter(course__cluster=place.cluster, course__retired_at=None)
    return any(r.get("sha256") == what.sha256 and r.get("exchange") for r in reports.values_list("report", flat=True))


def _known(read: Read, what: Sent, place: Place) -> frozenset[int]:
    """Numbers of the lines whose things are here already, as they are in the file."""
    if place.lesson is None:
        return frozenset(range(len(read.lines))) if _earlier(what, place) else frozenset()
    here = {t.uuid: t for t in Topic.objects.filter(lesson=place.lesson)}
    same: set[int] = set()
    for topic, uuid in _named(read, place.lesson):
        if uuid in here and _blocks(topic, uuid) == list(_newest(here[uuid]).body.raw_data):
            same |= {material.line for material in _all(topic)}
    return frozenset(same)


def _new_course(read: Read, cluster: Cluster, *, by: User, at: datetime) -> Course:
    """A course of its own, not published: a person looks first. It never touches a course that is there."""
    stem = slugify(read.title)[:KEY_LONGEST].strip("-_").replace("_", "-") or "course"
    stem = re.sub(r"-{2,}", "-", stem)
    taken = set(Course.objects.filter(cluster=cluster).values_list("key", flat=True))
    key = next(k for k in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if k not in taken)
    course = import_pack(packs.write_zip(pack_files(read, key=key)), by=by, at=at, cluster=cluster)
    Course.objects.filter(pk=course.pk).update(published_at=None)
    course.published_at = None
    return course


# Into a lesson


def _named(read: Read, lesson: Lesson) -> list[tuple[ReadTopic, UUID]]:
    """The topics, each with the identifier that it has in this lesson whenever the file comes again."""
    seen: dict[str, int] = {}
    made = []
    for topic in read.topics():
        seen[topic.title] = seen.get(topic.title, 0) + 1
        made.append((topic, uuid5(lesson.uuid, f"exchange/{topic.title}/{seen[topic.title]}")))
    return made


def _newest(topic: Topic) -> Topic:
    return topic.get_latest_revision_as_object() if topic.latest_revision_id else topic


def _blocks(topic: ReadTopic, uuid: UUID) -> list[dict[str, Any]]:
    return json.loads(json.dumps(to_blocks(_pieces(topic, uuid))))


def _pieces(topic: ReadTopic, uuid: UUID) -> list[Piece]:
    made = []
    for material, key in _keyed(topic):
        own = uuid5(uuid, f"material/{key}")
        ending = "md" if material.kind in {"text", "document"} else "yaml"
        questions = tuple(
            Piece(uuid5(own, f"question/{n}"), "exercise", f"{key}-{n}"[:80], q.title[:400], f"{key}-{n}.yaml", q.value)
            for n, q in enumerate(material.questions, 1)
        )
        value = dict(material.value)
        if material.kind == "quiz":
            value["pool"] = [{"file": q.file} for q in questions]
        made.append(Piece(own, material.kind, key, material.title[:400], f"{key}.{ending}", value, questions))
    return made


def _drafts(read: Read, lesson: Lesson, *, by: User, at: datetime) -> Course:
    """Every topic as a draft at the end of the lesson; one that came in before gets a new draft, so that nothing anybody wrote is lost."""
    course = lesson.course
    here = {t.uuid: t for t in Topic.objects.filter(lesson=lesson)}
    slugs = set(course.topics.values_list("slug", flat=True))
    order = (course.topics.filter(lesson=lesson).aggregate(last=Max("order"))["last"] or -1) + 1
    for topic, uuid in _named(read, lesson):
        blocks = _blocks(topic, uuid)
        row = here.get(uuid)
        if row is None:
            slug = _free(keys_for([topic.title[:KEY_LONGEST]])[0], slugs)
            row = Topic(uuid=uuid, lesson=lesson, slug=slug, order=order, live=False, has_unpublished_changes=True)
            order += 1
        elif list(_newest(row).body.raw_data) == blocks:
            continue
        row.title, row.summary, row.minutes = topic.title[:400], topic.summary, minutes_of(topic)
        row.body = json.dumps(blocks)  # type: ignore[assignment]
        if not row.live:
            row.save()
        row.save_revision(user=by, changed=True, clean=False)
        _put_files(course, row.slug, topic.files, by=by, at=at)
    return course


def _free(stem: str, taken: set[str]) -> str:
    made = next(s for s in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if s not in taken)
    taken.add(made)
    return made


def _put_files(course: Course, slug: str, files: Mapping[str, bytes], *, by: User, at: datetime) -> None:
    for name, content in files.items():
        CourseFile.objects.update_or_create(
            course=course,
            path=f"topics/{slug}/{name}",
            defaults={
                "content": content,
                "on_disk": False,
                "sha256": hashlib.sha256(content).hexdigest(),
                "added_at": at,
                "added_by": by,
                "is_source": False,
            },
        )


# Out


def export_course(course: Course, format_key: str, *, site: str) -> bytes:
    """The published course in one of the formats of `formats.OUT`. Whoever calls this has checked that the reader may see the course."""
    return OUT[format_key].write(pack_of(course), f"{site.rstrip('/')}/travel/{course.slug}")


def formats_out() -> Sequence[Any]:
    return tuple(OUT.values())
