"""What a reader hands back: modules of lessons of topics as a pack describes them, and a line about everything that it met."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from django.utils.text import slugify
from django.utils.translation import gettext as _

from talka.courses.media import MediaRefused, check_media
from talka.courses.rules import materials as m
from talka.courses.rules.packs import problems_in
from talka.kit.text import shortened

# A page of exercises stays a page: a longer bank is cut into several topics.
MOST_IN_TOPIC = 30
MOST_LINES = 20_000


class Unreadable(Exception):
    """The file as a whole cannot be read. The text names the file, the place in it, and what to do."""


def unreadable(place: str, says: str) -> Unreadable:
    """`place` is the file, with the path or line in it where there is one; `says` is in the reader's language."""
    return Unreadable(f"{place}: {says}")


class Fate(StrEnum):
    TAKEN = "taken"
    CHANGED = "changed"
    LEFT = "not understood"


def line_of(number: int) -> str:
    """A place in a file of text."""
    return _("line {n}").format(n=number)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one thing of the file: `place` says where it stands, `what` is its name, `why` what changed or could not be understood."""

    place: str
    what: str
    fate: Fate
    why: str = ""


@dataclass(slots=True)
class ReadMaterial:
    """A material as a pack's file says it. `line` is the number of its line in the report."""

    kind: str
    title: str
    value: dict[str, Any]
    line: int
    questions: list["ReadMaterial"] = field(default_factory=list)


@dataclass(slots=True)
class ReadTopic:
    title: str
    summary: str = ""
    minutes: int = 0
    materials: list[ReadMaterial] = field(default_factory=list)
    # Pictures, recordings and captions by file name.
    files: dict[str, bytes] = field(default_factory=dict)

    def add_file(self, name: str, content: bytes) -> str:
        """Keeps a file of this topic under a name that packs allow, and answers the name. The same bytes are kept once."""
        stem, _dot, ending = name.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")
        stem = slugify(stem)[:60] or "file"
        ending = re.sub(r"[^a-z0-9]", "", ending.lower())[:8]
        candidate, n = f"{stem}.{ending}", 1
        while candidate in self.files and self.files[candidate] != content:
            n += 1
            candidate = f"{stem}-{n}.{ending}"
        self.files[candidate] = content
        return candidate


@dataclass(slots=True)
class ReadLesson:
    title: str
    summary: str = ""
    topics: list[ReadTopic] = field(default_factory=list)


@dataclass(slots=True)
class ReadModule:
    title: str
    summary: str = ""
    lessons: list[ReadLesson] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    content: bytes
    alt: str


@dataclass(slots=True)
class Made:
    """One question of another program as ours: its definition, the pictures that stand before it, what had to change.

    `refused` says why it could not be understood at all.
    """

    value: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    kind: str = "exercise"
    pictures: list[Picture] = field(default_factory=list)
    # The picture that the exercise itself is about, as in a hotspot.
    shown: Picture | None = None
    changes: list[str] = field(default_factory=list)
    refused: str = ""


@dataclass(slots=True)
class Read:
    """All that was found in a file."""

    title: str
    language: str = ""
    summary: str = ""
    modules: list[ReadModule] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    # What concerns the whole file, with how often it was met.
    remarks: dict[str, int] = field(default_factory=dict)

    def topics(self) -> Iterator[ReadTopic]:
        for module in self.modules:
            for lesson in module.lessons:
                yield from lesson.topics

    def remark(self, text: str) -> None:
        self.remarks[text] = self.remarks.get(text, 0) + 1

    def note(self, place: str, what: str, fate: Fate, why: str = "") -> int:
        """Adds a line to the report and answers its number."""
        if len(self.lines) >= MOST_LINES:
            raise unreadable(place, _("has more than {n} items; split it into several files").format(n=MOST_LINES))
        self.lines.append(Line(place, shortened(what, 120), fate, shortened(why, 600)))
        return len(self.lines) - 1

    def topic(self, module: str, lesson: str, topic: str) -> ReadTopic:
        """The topic of that name in its place; made where it is missing."""
        mod = next((x for x in self.modules if x.title == module), None)
        if mod is None:
            self.modules.append(mod := ReadModule(module))
        les = next((x for x in mod.lessons if x.title == lesson), None)
        if les is None:
            mod.lessons.append(les := ReadLesson(lesson))
        found = next((x for x in les.topics if x.title == topic), None)
        if found is None:
            les.topics.append(found := ReadTopic(topic))
        return found

    def take(self, topic: ReadTopic, made: Made, *, place: str, into: ReadMaterial | None = None) -> ReadMaterial | None:
        """Puts a question (or a text) into the topic, or into the quiz `into`, if it is one that we can use; says so in the report either way."""
        what = made.title or place
        if made.refused:
            self.note(place, what, Fate.LEFT, made.refused)
            return None
        value = without_empty(made.value)
        if made.shown is not None:
            if broken := _media_problem(made.shown.name, made.shown.content):
                self.note(place, what, Fate.LEFT, broken)
                return None
            value["image"] = topic.add_file(made.shown.name, made.shown.content)
        if problem := problem_of(made.kind, value, topic.files):
            self.note(place, what, Fate.LEFT, problem)
            return None
        for picture in made.pictures:
            self._place_picture(topic, picture, place, before=into)
        changes = list(dict.fromkeys(made.changes))
        line = self.note(place, what, Fate.CHANGED if changes else Fate.TAKEN, "; ".join(changes))
        material = ReadMaterial(made.kind, made.title, value, line)
        (topic.materials if into is None else into.questions).append(material)
        return material

    def _place_picture(self, topic: ReadTopic, picture: Picture, place: str, *, before: ReadMaterial | None) -> None:
        if broken := _media_problem(picture.name, picture.content):
            self.note(place, picture.name, Fate.LEFT, broken)
            return
        name = topic.add_file(picture.name, picture.content)
        alt = picture.alt or picture.name.rsplit(".", 1)[0]
        made = ReadMaterial("image", "", {"src": name, "alt": alt[:2000]}, len(self.lines))
        if before is None:
            topic.materials.append(made)
        else:
            place_at = topic.materials.index(before) if before in topic.materials else len(topic.materials)
            topic.materials.insert(place_at, made)


def _media_problem(name: str, content: bytes) -> str:
    try:
        check_media(name, content)
    except MediaRefused as refused:
        return str(refused)
    return ""


def problem_of(kind: str, value: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Why this material cannot be one of ours, or nothing."""
    try:
        definition = m.parse(kind, value)
    except msgspec.ValidationError as error:
        says, _at, place = str(error).partition(" - at ")
        return f"{says}{' at ' + place.strip('`').removeprefix('$.') if place else ''}"
    problems = [f"{place}: {says}" for place, says in problems_in(definition)]
    if image := getattr(definition, "image", ""):
        problems += [] if image in files else [_("refers to “{name}”, which is missing").format(name=image)]
    return "; ".join(problems)


def without_empty(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same without empty texts and lists, which say nothing in a pack; a prompt stays, since every exercise has one."""
    return {k: v for k, v in value.items() if k == "prompt" or not (v is None or v in ("", [], {}))}


def keys_for(texts: Sequence[str]) -> list[str]:
    """A key for each text, in words where they fit, each different."""
    made: list[str] = []
    for n, text in enumerate(texts):
        stem = "-".join(slugify(text)[:40].strip("-").split("-")[:5]) or f"k{n + 1}"
        stem = re.sub(r"[^a-z0-9-]|-+$|^-+", "", stem.replace("_", "-"))
        stem = re.sub(r"-{2,}", "-", stem).strip("-") or f"k{n + 1}"
        key, again = stem, 1
        while key in made:
            again += 1
            key = f"{stem}-{again}"
        made.append(key)
    return made


def feedback(**words: str) -> dict[str, str]:
    return {k: v for k, v in words.items() if v}


def number_text(value: float) -> str:
    return f"{value:.10g}"
