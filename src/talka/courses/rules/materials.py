"""What a material is made of: one frozen structure per kind. The pack's files, the editor's blocks and the learner's page all follow these.

A field of type `Markdown` is written in Markdown without raw HTML; `FileName` names a file in the topic's folder.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, cast, get_args

import msgspec
from msgspec import Meta, Struct

Key = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Line = Annotated[str, Meta(min_length=1, max_length=400)]
MaybeLine = Annotated[str, Meta(max_length=400)]
Prose = Annotated[str, Meta(max_length=8_000)]
Markdown = Annotated[str, Meta(max_length=120_000, extra={"markdown": True})]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100, extra={"file": True})]
MaybeFileName = Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$", max_length=100, extra={"file": True})]
Source = Annotated[str, Meta(min_length=1, max_length=500)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Seconds = Annotated[float, Meta(gt=0, le=36_000)]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything in a pack: unknown fields are refused, defaults are not written."""


# Text, pictures, films


class Text(Part, frozen=True, kw_only=True):
    text: Markdown


class Slide(Part, frozen=True, kw_only=True):
    seconds: Annotated[float, Meta(gt=0, le=60)]
    title: Line
    lines: list[Line] = []
    say: Annotated[str, Meta(min_length=1, max_length=1_000)]
    figure: MaybeFileName = ""


class Film(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    slides: Annotated[list[Slide], Meta(min_length=1, max_length=60)]


class Caption(Part, frozen=True, kw_only=True):
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    label: Line
    file: FileName


class Chapter(Part, frozen=True, kw_only=True):
    at: Annotated[float, Meta(ge=0)]
    title: Line


class Video(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    src: Source
    seconds: Seconds
    captions: list[Caption] = []
    transcript: MaybeFileName = ""
    chapters: list[Chapter] = []


class Audio(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    src: Source
    seconds: Seconds
    transcript: MaybeFileName = ""


class Image(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    src: FileName
    alt: Prose
    caption: Prose = ""
    credit: MaybeLine = ""


class InfographicSpot(Part, frozen=True, kw_only=True):
    key: Key
    x: Percent
    y: Percent
    w: Percent
    h: Percent
    label: Line
    text: Markdown


class Infographic(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    image: FileName
    alt: Prose
    spots: Annotated[list[InfographicSpot], Meta(min_length=1)]


class Event(Part, frozen=True, kw_only=True):
    when: Line
    title: Line
    text: Markdown


class Timeline(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    events: Annotated[list[Event], Meta(min_length=1)]


class Document(Part, frozen=True, kw_only=True):
    # Written here, or a file to download, or both.
    text: Markdown = ""
    attachment: MaybeFileName = ""


class SymbolMeaning(Part, frozen=True, kw_only=True):
    symbol: Line
    text: Line


class Formula(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    latex: Prose
    meaning: list[SymbolMeaning] = []


class Code(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    language: Line
    text: Annotated[str, Meta(min_length=1, max_length=60_000)]


# Sheets


class Field(Part, frozen=True, kw_only=True):
    key: Key
    label: Line
    kind: Literal["line", "text", "number", "date", "choice", "table", "check"]
    help: Prose = ""
    options: list[Line] = []
    columns: list[Line] = []
    rows: Annotated[int, Meta(ge=0, le=50)] = 0


class Tool(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    intro: Markdown = ""
    fields: Annotated[list[Field], Meta(min_length=1)]


class Term(Part, frozen=True, kw_only=True):
    key: Key
    term: Line
    definition: Prose
    source: MaybeLine = ""
    see: list[Key] = []


class Vocabulary(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    terms: Annotated[list[Term], Meta(min_length=1)]


# Case studies


class CaseChoice(Part, frozen=True, kw_only=True):
    text: Prose
    to: Key
    say: Prose = ""


class Node(Part, frozen=True, kw_only=True):
    text: Markdown
    choices: list[CaseChoice] = []
    end: Literal["good", "mixed", "poor", ""] = ""
    debrief: Markdown = ""


class Case(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    intro: Markdown = ""
    start: Key
    nodes: Annotated[dict[Key, Node], Meta(min_length=1)]
    debrief: Markdown = ""


# Exercises


class Feedback(Part, frozen=True, kw_only=True):
    right: Prose = ""
    partly: Prose = ""
    wrong: Prose = ""


class Exercise(Part, tag_field="type", frozen=True, kw_only=True):
    """What all exercises share."""

    title: MaybeLine = ""
    prompt: Markdown
    points: Annotated[float, Meta(gt=0, le=100)] = 1
    attempts: Annotated[int, Meta(ge=0, le=100)] = 0
    hints: list[Prose] = []
    feedback: Feedback = Feedback()
    explanation: Markdown = ""
    assesses: list[Key] = []


class Choice(Part, frozen=True, kw_only=True):
    key: Key
    text: Prose
    right: bool = False
    feedback: Prose = ""


class Single(Exercise, tag="single", frozen=True, kw_only=True):
    shuffle: bool = True
    choices: Annotated[list[Choice], Meta(min_length=2)]


class Multiple(Exercise, tag="multiple", frozen=True, kw_only=True):
    shuffle: bool = True
    choices: Annotated[list[Choice], Meta(min_length=2)]


class TrueFalse(Exercise, tag="truefalse", frozen=True, kw_only=True):
    right: bool
    feedback_true: Prose = ""
    feedback_false: Prose = ""


class Number(Exercise, tag="number", frozen=True, kw_only=True):
    right: float
    tolerance: Annotated[float, Meta(ge=0)] = 0
    unit: MaybeLine = ""


class Short(Exercise, tag="short", frozen=True, kw_only=True):
    accepted: Annotated[list[Line], Meta(min_length=1)]
    ignore_case: bool = True


class Cloze(Exercise, tag="cloze", frozen=True, kw_only=True):
    text: Prose
    bank: list[Line] = []


class Pair(Part, frozen=True, kw_only=True):
    key: Key
    left: Line
    right: Line


class Match(Exercise, tag="match", frozen=True, kw_only=True):
    pairs: Annotated[list[Pair], Meta(min_length=2)]
    distractors: list[Line] = []


class Item(Part, frozen=True, kw_only=True):
    key: Key
    text: Line


class Order(Exercise, tag="order", frozen=True, kw_only=True):
    items: Annotated[list[Item], Meta(min_length=2)]


class Category(Part, frozen=True, kw_only=True):
    key: Key
    label: Line


class CategoryItem(Part, frozen=True, kw_only=True):
    key: Key
    text: Prose
    category: Key
    feedback: Prose = ""


class Categorise(Exercise, tag="categorise", frozen=True, kw_only=True):
    categories: Annotated[list[Category], Meta(min_length=2)]
    items: Annotated[list[CategoryItem], Meta(min_length=2)]


class HotspotSpot(Part, frozen=True, kw_only=True):
    key: Key
    x: Percent
    y: Percent
    w: Percent
    h: Percent
    label: Line
    right: bool = False
    feedback: Prose = ""


class Hotspot(Exercise, tag="hotspot", frozen=True, kw_only=True):
    image: FileName
    alt: Prose
    spots: Annotated[list[HotspotSpot], Meta(min_length=2)]


class Scale(Exercise, tag="scale", frozen=True, kw_only=True):
    min: int = 0
    max: int = 10
    labels: dict[str, Line] = {}
    model: float
    tolerance: Annotated[float, Meta(ge=0)] = 0
    model_answer: Markdown = ""


class Criterion(Part, frozen=True, kw_only=True):
    key: Key
    text: Prose


class Open(Exercise, tag="open", frozen=True, kw_only=True):
    model_answer: Markdown = ""
    rubric: list[Criterion] = []


class Upload(Exercise, tag="upload", frozen=True, kw_only=True):
    model_answer: Markdown = ""
    rubric: list[Criterion] = []
    accept: list[Annotated[str, Meta(pattern=r"^[a-z0-9]{1,8}$")]] = msgspec.field(default_factory=lambda: ["pdf"])


AnyExercise = Single | Multiple | TrueFalse | Number | Short | Cloze | Match | Order | Categorise | Hotspot | Scale | Open | Upload


class PoolEntry(Part, frozen=True, kw_only=True):
    file: FileName


class Quiz(Part, frozen=True, kw_only=True):
    title: MaybeLine = ""
    intro: Markdown = ""
    # "pass" is Python's own word, so the field has another name here than in the file.
    pass_mark: Annotated[float, Meta(ge=0, le=1)] = msgspec.field(default=0.8, name="pass")
    minutes: Annotated[int, Meta(ge=0, le=600)] = 0
    pool: Annotated[list[PoolEntry], Meta(min_length=1, max_length=200)]
    draw: Annotated[int, Meta(ge=0)] = 0
    attempts: Annotated[int, Meta(ge=0, le=100)] = 0


class Package(Part, frozen=True, kw_only=True):
    """Content of another program (H5P, cmi5, SCORM), by the identifier of the package that was uploaded to the course."""

    title: MaybeLine = ""
    package: Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    intro: Markdown = ""


class Outside(Part, frozen=True, kw_only=True):
    """A tool of somebody else, opened by LTI: the identifier of its registration, and which content of it."""

    title: MaybeLine = ""
    tool: Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    intro: Markdown = ""
    # The content in the tool; empty: what its registration names.
    address: Annotated[str, Meta(max_length=1_000, pattern=r"^(https?://\S+)?$")] = ""
    parameters: dict[Annotated[str, Meta(max_length=100)], Annotated[str, Meta(max_length=1_000)]] = {}
    # Whether the topic waits for a score from the tool.
    graded: bool = True


Kind = Literal[
    "text", "film", "video", "audio", "image", "infographic", "timeline", "document",
    "tool", "vocabulary", "case", "exercise", "quiz", "formula", "code",
    "package", "outside",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
# Kinds written as one Markdown file; all others are YAML.
MARKDOWN_KINDS = frozenset({"text", "document"})


def ending_of(kind: str, value: Mapping[str, object]) -> str:
    """The ending of a material's file in a pack. A document with a file beside its words needs more than Markdown can say."""
    return "md" if kind in MARKDOWN_KINDS and not value.get("attachment") else "yaml"


Definition = (
    Text | Film | Video | Audio | Image | Infographic | Timeline | Document | Tool | Vocabulary | Case | Quiz | Formula | Code | Package
    | Outside
    | Single | Multiple | TrueFalse | Number | Short | Cloze | Match | Order | Categorise | Hotspot | Scale | Open | Upload
)  # fmt: skip

STRUCTURES: dict[str, type[Part]] = {
    "text": Text, "film": Film, "video": Video, "audio": Audio, "image": Image, "infographic": Infographic, "timeline": Timeline,
    "document": Document, "tool": Tool, "vocabulary": Vocabulary, "case": Case, "quiz": Quiz, "formula": Formula, "code": Code,
    "package": Package, "outside": Outside,
}  # fmt: skip
EXERCISES: dict[str, type[Exercise]] = {cls.__struct_config__.tag: cls for cls in get_args(AnyExercise)}


def parse(kind: str, value: object) -> Definition:
    """`value` (nested dicts and lists) as the structure of `kind`. Raises msgspec.ValidationError with the place in it."""
    return cast("Definition", msgspec.convert(value, AnyExercise if kind == "exercise" else STRUCTURES[kind]))


def plain(definition: Part) -> dict:
    """The structure as nested dicts and lists, without defaults."""
    return msgspec.to_builtins(definition)
