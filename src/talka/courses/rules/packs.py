"""What a course pack is, and what must hold in it beyond the shape of single files. Values in, a list of problems out."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from talka.courses.rules import materials as m
from talka.courses.rules.materials import Key, Kind, Line, MaybeLine, Part, Prose

FORMAT = "talka-pack/1"
# Addresses of a course's own pages, which a topic can't have; and of the catalogue's, which a course can't have.
RESERVED_TOPICS = frozenset({"glossary", "enrol", "leave", "notes", "lessons", "export", "review"})
RESERVED_COURSES = frozenset({"mine", "import", "films", "new", "exchange", "invited", "reminders", "at-work"})


class OutlineLesson(Part, frozen=True, kw_only=True):
    key: Key
    title: Line
    summary: Prose = ""
    topics: list[Key] = []


class OutlineModule(Part, frozen=True, kw_only=True):
    key: Key
    title: Line
    summary: Prose = ""
    lessons: list[OutlineLesson] = []


class CourseFile(Part, frozen=True, kw_only=True):
    # No default: the first line of every course.yaml says which format it follows, also when written by us.
    format: Literal["talka-pack/1"]
    key: Key
    title: Line
    summary: Prose = ""
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", max_length=10)]
    level: Annotated[int, Meta(ge=1, le=8)] | None = None
    hours: Annotated[float, Meta(ge=0, le=5_000)] | None = None
    audience: Prose = ""
    licence: MaybeLine = ""
    authors: list[Line] = []
    tags: list[Line] = []
    modules: Annotated[list[OutlineModule], Meta(min_length=1)]


class OutcomeEntry(Part, frozen=True, kw_only=True):
    key: Key
    text: Prose
    bloom: Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]
    level: Annotated[int, Meta(ge=1, le=8)] | None = None
    competences: list[Key] = []


class MaterialEntry(Part, frozen=True, kw_only=True):
    kind: Kind
    key: Key
    file: m.FileName
    title: MaybeLine = ""


class TopicFile(Part, frozen=True, kw_only=True):
    key: Key
    title: Line
    minutes: Annotated[int, Meta(ge=1, le=600)]
    outcomes: list[Key] = []
    requires: list[Key] = []
    summary: Prose = ""
    sources: list[Annotated[str, Meta(min_length=1, max_length=600)]] = []
    materials: list[MaterialEntry] = []


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole course as values. Paths are relative to the pack, with forward slashes."""

    course: CourseFile
    outcomes: tuple[OutcomeEntry, ...] = ()
    glossary: tuple[m.Term, ...] = ()
    topics: Mapping[str, TopicFile] = field(default_factory=dict)
    # Definitions of materials and of the questions of quizzes, by path.
    definitions: Mapping[str, m.Definition] = field(default_factory=dict)
    # Every other file: pictures, captions, README.md, LICENSE.md.
    assets: Mapping[str, bytes] = field(default_factory=dict)
    # Translations by (language, path of the source): {path in it: [words, the source words they were made from]}.
    words: Mapping[tuple[str, str], Mapping[str, Sequence[str]]] = field(default_factory=dict)

    def terms(self) -> Iterator[tuple[str, m.Term]]:
        """All terms of the course with the path of the file that holds each."""
        for path, definition in self.definitions.items():
            if isinstance(definition, m.Vocabulary):
                yield from ((path, term) for term in definition.terms)
        yield from (("glossary.yaml", term) for term in self.glossary)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that must be mended: the file, the place in it (a path such as `choices[1].to`, or a line), and what to do."""

    file: str
    place: str
    says: str

    def __str__(self) -> str:
        return f"{self.file}{', ' + self.place if self.place else ''}: {self.says}"


class BadPack(Exception):
    """The pack cannot be used as it is; `problems` lists everything found, nothing was imported."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def with_titles(pack: Pack) -> Pack:
    """The same pack with the title of every material settled: topic.yaml's, or else the definition's own, in both places.

    Two packs that say the same are equal after this, however their authors spread the titles.
    """
    definitions = dict(pack.definitions)
    topics = {}
    for key, topic in pack.topics.items():
        entries = []
        for entry in topic.materials:
            path = f"topics/{key}/{entry.file}"
            definition = definitions.get(path)
            title = entry.title or getattr(definition, "title", "")
            if definition is not None and hasattr(definition, "title"):
                definitions[path] = msgspec.structs.replace(definition, title=title)
            entries.append(msgspec.structs.replace(entry, title=title))
        topics[key] = msgspec.structs.replace(topic, materials=entries)
    return Pack(
        course=pack.course, outcomes=pack.outcomes, glossary=pack.glossary, topics=topics, definitions=definitions, assets=pack.assets,
        words=pack.words,
    )  # fmt: skip


def files_named(definition: m.Definition) -> Iterator[tuple[str, str]]:
    """(place, file name) of every file that a definition names. Addresses on other hosts are not files."""
    for place, name in _names_in(definition):
        if name and not is_address(name):
            yield place, name


def _names_in(definition: m.Definition) -> list[tuple[str, str]]:  # noqa: PLR0911  # one line per kind
    match definition:
        case m.Film():
            return [(f"slides[{n}].figure", s.figure) for n, s in enumerate(definition.slides)]
        case m.Video():
            captions = [(f"captions[{n}].file", c.file) for n, c in enumerate(definition.captions)]
            return [("src", definition.src), *captions, ("transcript", definition.transcript)]
        case m.Audio():
            return [("src", definition.src), ("transcript", definition.transcript)]
        case m.Image():
            return [("src", definition.src)]
        case m.Document():
            return [("attachment", definition.attachment)]
        case m.Infographic() | m.Hotspot():
            return [("image", definition.image)]
        case m.Quiz():
            return [(f"pool[{n}].file", p.file) for n, p in enumerate(definition.pool)]
        case _:
            return []


def is_address(source: str) -> bool:
    return source.startswith("https://")


GAP = re.compile(r"\{([^{}]*)\}")


def gaps_of(text: str) -> list[list[str]]:
    """The accepted words of every gap of a cloze text: `{core|centre}` accepts either; the first is shown as the solution."""
    return [[word.strip() for word in gap.split("|") if word.strip()] for gap in GAP.findall(text)]


def problems_in(definition: m.Definition) -> Iterator[tuple[str, str]]:
    """(place, what to mend) for what the shape alone cannot promise: a right answer, distinct keys, branches that end."""
    for place, keys in _key_lists(definition):
        for key, times in Counter(keys).items():
            if times > 1:
                yield place, f"the key '{key}' is used {times} times; give each its own"
    yield from _own_problems(definition)
    for n, (place, spot) in enumerate(_spots(definition)):
        if spot.x + spot.w > 100.01 or spot.y + spot.h > 100.01:
            yield f"{place}[{n}]", "the spot reaches beyond the picture; x + w and y + h are at most 100"


@singledispatch
def _own_problems(definition: m.Definition) -> Iterator[tuple[str, str]]:
    """What to mend in this kind of material."""
    yield from ()


@_own_problems.register
def _(single: m.Single) -> Iterator[tuple[str, str]]:
    right = sum(c.right for c in single.choices)
    if right == 0:
        yield "choices", "no choice is right; mark one with right: true"
    elif right > 1:
        yield "choices", f"{right} choices are right, but a single choice has one; use type: multiple or mark one only"


@_own_problems.register
def _(multiple: m.Multiple) -> Iterator[tuple[str, str]]:
    if not any(c.right for c in multiple.choices):
        yield "choices", "no choice is right; mark at least one with right: true"


@_own_problems.register
def _(number: m.Number) -> Iterator[tuple[str, str]]:
    if not (math.isfinite(number.right) and math.isfinite(number.tolerance)):
        yield "right", "the right answer must be a finite number"


@_own_problems.register
def _(short: m.Short) -> Iterator[tuple[str, str]]:
    if not any(a.strip() for a in short.accepted):
        yield "accepted", "no accepted answer has a visible character"


@_own_problems.register
def _(hotspot: m.Hotspot) -> Iterator[tuple[str, str]]:
    if not any(s.right for s in hotspot.spots):
        yield "spots", "no spot is right; mark one with right: true"


@_own_problems.register
def _(upload: m.Upload) -> Iterator[tuple[str, str]]:
    if not upload.accept:
        yield "accept", "no kind of file is taken; name one, such as pdf"


@_own_problems.register
def _(categorise: m.Categorise) -> Iterator[tuple[str, str]]:
    known = {c.key for c in categorise.categories}
    for n, item in enumerate(categorise.items):
        if item.category not in known:
            yield f"items[{n}].category", f"there is no category '{item.category}'; known: {', '.join(sorted(known))}"


@_own_problems.register
def _(scale: m.Scale) -> Iterator[tuple[str, str]]:
    if scale.min >= scale.max:
        yield "min", "min must be smaller than max"
    elif scale.max - scale.min > 100:
        yield "max", "a scale has at most 101 steps"
    elif not scale.min <= scale.model <= scale.max:
        yield "model", f"the model answer {scale.model:g} lies outside {scale.min} to {scale.max}"
    for label in scale.labels:
        if not re.fullmatch(r"-?\d+", label) or not scale.min <= int(label) <= scale.max:
            yield f"labels.{label}", "a label belongs to a whole number on the scale"


@_own_problems.register
def _(quiz: m.Quiz) -> Iterator[tuple[str, str]]:
    if quiz.draw > len(quiz.pool):
        yield "draw", f"draws {quiz.draw} of {len(quiz.pool)} questions"


@_own_problems.register
def _(tool: m.Tool) -> Iterator[tuple[str, str]]:
    for n, sheet_field in enumerate(tool.fields):
        if sheet_field.kind == "choice" and not sheet_field.options:
            yield f"fields[{n}].options", "a choice needs options"
        if sheet_field.kind == "table" and not sheet_field.columns:
            yield f"fields[{n}].columns", "a table needs columns"


@_own_problems.register
def _(document: m.Document) -> Iterator[tuple[str, str]]:
    if not document.text.strip() and not document.attachment:
        yield "text", "a document needs a text, or a file to download"


@_own_problems.register(m.Video)
@_own_problems.register(m.Audio)
def _(played: m.Video | m.Audio) -> Iterator[tuple[str, str]]:
    if not is_address(played.src) and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", played.src):
        yield "src", "names neither a file of this folder nor an address that begins with https://"


def _key_lists(definition: m.Definition) -> Iterator[tuple[str, list[str]]]:
    for name in ("choices", "pairs", "items", "categories", "spots", "fields", "terms", "rubric"):
        parts = getattr(definition, name, None)
        if isinstance(parts, list):
            yield name, [p.key for p in parts]


def _spots(definition: m.Definition) -> list[tuple[str, m.InfographicSpot | m.HotspotSpot]]:
    return [("spots", spot) for spot in definition.spots] if isinstance(definition, m.Infographic | m.Hotspot) else []


@_own_problems.register
def _(cloze: m.Cloze) -> Iterator[tuple[str, str]]:
    gaps = gaps_of(cloze.text)
    if not gaps:
        yield "text", "there is no gap; write the missing word in braces, such as {core}"
    if not all(gaps):
        yield "text", "a gap is empty; write at least one accepted word between the braces"
    rest = GAP.sub("", cloze.text)
    if "{" in rest or "}" in rest:
        yield "text", "a brace is open; every gap begins with { and ends with }"
    if cloze.bank:
        missing = [gap[0] for gap in gaps if gap and not set(gap) & set(cloze.bank)]
        if missing:
            yield "bank", f"the bank lacks a right word for: {', '.join(missing)}"


@_own_problems.register
def _(case: m.Case) -> Iterator[tuple[str, str]]:
    nodes = case.nodes
    if case.start not in nodes:
        yield "start", f"there is no node '{case.start}'"
    broken = list(_node_problems(case))
    yield from broken
    if broken or case.start not in nodes:
        return
    seen = _reached(case)
    for key in nodes:
        if key not in seen:
            yield f"nodes.{key}", "no choice leads to this node"
    ending = {key for key, node in nodes.items() if node.end}
    while more := {key for key, node in nodes.items() if key not in ending and any(c.to in ending for c in node.choices)}:
        ending |= more
    for key in sorted(seen - ending):
        yield f"nodes.{key}", "from here the case never ends"


def _node_problems(case: m.Case) -> Iterator[tuple[str, str]]:
    for key, node in case.nodes.items():
        for n, choice in enumerate(node.choices):
            if choice.to not in case.nodes:
                yield f"nodes.{key}.choices[{n}].to", f"there is no node '{choice.to}'"
        if node.end and node.choices:
            yield f"nodes.{key}", "a node either ends the case or offers choices, not both"
        if not node.end and not node.choices:
            yield f"nodes.{key}", "this branch leads nowhere; add choices, or end: good, mixed or poor"


def _reached(case: m.Case) -> set[str]:
    """The nodes to which some way leads from the start."""
    seen: set[str] = set()
    waiting = [case.start]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting.extend(c.to for c in case.nodes[key].choices)
    return seen


def problems_of(pack: Pack) -> list[Problem]:
    """Everything in the pack that does not fit together: outline against topics, keys against their targets, prerequisites."""
    found: list[Problem] = []
    found.extend(_outline_problems(pack))
    outcome_keys = [o.key for o in pack.outcomes]
    found.extend(
        Problem("outcomes.yaml", f"key {key}", f"this key is used {times} times; give each outcome its own")
        for key, times in Counter(outcome_keys).items()
        if times > 1
    )
    known = set(outcome_keys)
    for key, topic in pack.topics.items():
        file = f"topics/{key}/topic.yaml"
        found.extend(
            Problem(file, f"outcomes[{n}]", f"outcomes.yaml has no outcome '{outcome}'")
            for n, outcome in enumerate(topic.outcomes)
            if outcome not in known
        )
        found.extend(
            Problem(file, f"requires[{n}]", f"the course has no topic '{other}'")
            for n, other in enumerate(topic.requires)
            if other not in pack.topics
        )
        found.extend(_twice(file, "materials", [e.key for e in topic.materials]))
    for path, definition in pack.definitions.items():
        found.extend(Problem(path, place, says) for place, says in problems_in(definition))
        if isinstance(definition, m.Exercise):
            found.extend(
                Problem(path, f"assesses[{n}]", f"outcomes.yaml has no outcome '{outcome}'")
                for n, outcome in enumerate(definition.assesses)
                if outcome not in known
            )
    found.extend(_cycle_problems(pack))
    found.extend(_term_problems(pack))
    return found


def _twice(file: str, place: str, keys: list[str]) -> list[Problem]:
    return [
        Problem(file, place, f"the key '{key}' is used {times} times; give each its own")
        for key, times in Counter(keys).items()
        if times > 1
    ]


def _outline_problems(pack: Pack) -> Iterator[Problem]:
    modules = pack.course.modules
    yield from _twice("course.yaml", "modules", [mod.key for mod in modules])
    yield from _twice("course.yaml", "lessons", [lesson.key for mod in modules for lesson in mod.lessons])
    if pack.course.key in RESERVED_COURSES:
        yield Problem("course.yaml", "key", f"'{pack.course.key}' is an address of the site itself; choose another key")
    placed = [key for mod in modules for lesson in mod.lessons for key in lesson.topics]
    yield from _twice("course.yaml", "topics", placed)
    for key, topic in pack.topics.items():
        if topic.key != key:
            yield Problem(f"topics/{key}/topic.yaml", "key", f"the key is '{topic.key}', but the folder is called '{key}'")
        if key in RESERVED_TOPICS:
            yield Problem(f"topics/{key}/topic.yaml", "key", f"'{key}' is an address of the course itself; choose another key")
        if key not in set(placed):
            yield Problem(f"topics/{key}/topic.yaml", "", "no lesson in course.yaml lists this topic")


def _cycle_problems(pack: Pack) -> Iterator[Problem]:
    cycle = cycle_in({key: [r for r in topic.requires if r in pack.topics] for key, topic in pack.topics.items()})
    if cycle:
        yield Problem(f"topics/{cycle[0]}/topic.yaml", "requires", f"prerequisites run in a circle: {' → '.join(cycle)}")


def cycle_in(requires: Mapping[str, Iterable[str]]) -> list[str] | None:
    """One cycle among prerequisites as a list that begins and ends with the same key, or None."""
    done: set[str] = set()
    for start in requires:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(requires[start]))] if start not in done else []
        if stack:
            path.append(start)
        while stack:
            _key, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                done.add(path.pop())
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                stack.append((following, iter(requires.get(following, ()))))
    return None


def _term_problems(pack: Pack) -> Iterator[Problem]:
    terms = list(pack.terms())
    for key, times in Counter(term.key for _path, term in terms).items():
        if times > 1:
            places = [path for path, term in terms if term.key == key]
            yield Problem(places[-1], f"terms, key {key}", f"this term is explained {times} times in the course: {', '.join(places)}")
    known = {term.key for _path, term in terms}
    for path, term in terms:
        for other in term.see:
            if other not in known:
                yield Problem(path, f"terms, key {term.key}", f"see: there is no term '{other}' in this course")
