"""The editor's blocks, one per kind of material and type of exercise, made from the structures in `rules.materials`."""

from typing import Any, Literal, get_args, get_origin

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import BlockGroup
from wagtail.fields import StreamField

from talka.courses.body import bare, fields_of, is_part, number_in
from talka.courses.editing.comparing import MaterialBlock, PartBlock
from talka.courses.rules import materials as m
from talka.courses.rules.uploads import ENDINGS, LIMITS, MB

KIND_NAMES = {
    "text": _("Text"), "film": _("Slide film"), "video": _("Video"), "audio": _("Audio"), "image": _("Picture"),
    "infographic": _("Interactive infographic"), "timeline": _("Timeline"), "document": _("Document"), "tool": _("Tool sheet"),
    "vocabulary": _("Vocabulary sheet"), "case": _("Case study"), "exercise": _("Exercise"), "quiz": _("Quiz"), "formula": _("Formula"),
    "code": _("Code"), "package": _("Package (H5P, cmi5, SCORM)"), "outside": _("Outside tool (LTI)"),
}  # fmt: skip
EXERCISE_NAMES = {
    "single": _("Single choice"), "multiple": _("Multiple choice"), "truefalse": _("True or false"), "number": _("Number"),
    "short": _("Short text"), "cloze": _("Cloze"), "match": _("Matching"), "order": _("Ordering"), "categorise": _("Categorising"),
    "hotspot": _("Hotspot"), "scale": _("Scale"), "open": _("Open answer"), "upload": _("Hand-in"),
}  # fmt: skip
BLOCK_NAMES = KIND_NAMES | {f"exercise_{name}": label for name, label in EXERCISE_NAMES.items()}
KIND_ICONS = {
    "text": "pilcrow", "film": "media", "video": "media", "audio": "media", "image": "image", "infographic": "view", "timeline": "calendar-alt",
    "document": "doc-full", "tool": "form", "vocabulary": "openquote", "case": "resubmit", "quiz": "tasks", "formula": "plus", "code": "code", "package": "download",
    "outside": "link-external",
}  # fmt: skip
HELP = {
    "key": _("Lower case, digits and hyphens; once in this topic. Left empty, it is made for you. What people did belongs to it."),
    "prompt": _("The task, in Markdown."),
    "explanation": _("Shown when solved or given up. Say why."),
    "hints": _("Given one after the other."),
    "attempts": _("0: as many as the learner likes."),
    "image": _("A picture of this topic: choose one, or send a new one."),
    "figure": _("A picture beside the words of this slide, if you like."),
    "image.src": _("PNG, JPEG, WebP, or a drawing as SVG."),
    "src": _("Send a file, or write an address that begins with https://"),
    "alt": _("What the picture shows, in words, for those who do not see it."),
    "assesses": _("Keys of the course's outcomes."),
    "say": _("What is said. Becomes captions and transcript."),
    "accepted": _("Every spelling that counts as right. The first is shown as the solution."),
    "to": _("Name of the step that follows."),
    "start": _("Name of the step that the case begins with."),
    "nodes": _("Each step has a name of its own, and either choices that lead to other steps, or an end."),
    "x": _("Left edge, in percent of the picture's width."),
    "y": _("Upper edge, in percent of the picture's height."),
    "w": _("Percent of the picture's width."),
    "h": _("Percent of the picture's height."),
    "pass": _("Share of the points, such as 0.8."),
    "package": _("The identifier of a package of this course; the course's page of packages puts it here for you."),
    "outside.tool": _("The identifier of a registered tool; the course's page of outside tools puts it here for you."),
    "address": _("Which content of the tool. Left empty, it is what the tool's registration names."),
    "graded": _("The topic is done once the tool has sent a score."),
    "draw": _("How many questions each person gets; 0: all."),
    "minutes": _("0: no limit. Extra time for a person is given in the course's list of learners."),
    "captions": _("WebVTT files (.vtt), one for each language."),
    "transcript": _("Plain text or Markdown. Left empty, it is made from the captions."),
    "chapters": _("Where a part begins, for jumping there."),
    "at": _("Seconds from the beginning."),
    "seconds": _("How long it plays. A film or recording that you send fills this in."),
    "category": _("Name of the group that is right for it."),
    "bank": _("Words to choose from. Left empty, learners type."),
    "cloze.text": _("Write the missing words in braces: A cluster has a {core|centre} and {members}."),
    "labels": _("Words at some steps of the scale, such as 0 and 10."),
    "tolerance": _("How far off still counts as right."),
    "points": _("What it is worth in a quiz. Parts that are right count in part."),
    "accept": _("Kinds of file, such as pdf or docx."),
    "rubric": _("What learners check their answer against, or reviewers a hand-in."),
    "attachment": _("A file to download, such as a PDF or a table."),
    "document.text": _("In Markdown. Readers see it here and get it as PDF; may be empty if there is a file."),
    "columns": _("Headings of a table's columns."),
    "options": _("What can be chosen."),
    "see": _("Keys of other terms."),
    "model": _("The answer that counts as right."),
    "shuffle": _("In another order for each person."),
    "end": _("How the case ends here. Leave it empty where the case goes on."),
    "single.choices": _("Exactly one is right. Say for each why it is right or wrong."),
    "multiple.choices": _("One or more are right. Say for each why it is right or wrong."),
    "distractors": _("Wrong partners that are offered too."),
    "language": _("A code such as en or de."),
    "code.language": _("Such as python or sql."),
}
LABELS = {
    "prompt": _("Task"), "explanation": _("Explanation"), "hints": _("Hints"), "attempts": _("Attempts"), "image": _("Picture"),
    "figure": _("Picture"), "src": _("File or address"), "image.src": _("Picture"), "alt": _("Description in words"), "assesses": _("Shows outcomes"),
    "say": _("Spoken words"), "casechoice.say": _("What happens then"), "accepted": _("Right answers"), "to": _("Leads to"),
    "start": _("Begins with"), "nodes": _("Steps"), "x": _("From the left"), "y": _("From above"), "w": _("Width"), "h": _("Height"),
    "pass": _("Pass mark"), "draw": _("Questions for each person"), "minutes": _("Minutes"), "captions": _("Captions"),
    "transcript": _("Transcript"), "chapters": _("Chapters"), "at": _("Second"), "seconds": _("Seconds"), "category": _("Belongs to"),
    "bank": _("Words to choose from"), "labels": _("Labels"), "tolerance": _("Tolerance"), "points": _("Points"), "accept": _("Kinds of file"),
    "rubric": _("Criteria"), "attachment": _("File to download"), "columns": _("Columns"), "options": _("Options"), "see": _("See also"),
    "model": _("Right answer"), "model_answer": _("Model answer"), "shuffle": _("Shuffle"), "end": _("End of the case"), "choices": _("Choices"),
    "distractors": _("Wrong partners"), "language": _("Language"), "text": _("Text"), "file": _("File in packs"), "caption.file": _("File"), "key": _("Key"),
    "node.key": _("Name of the step"), "title": _("Title"), "lines": _("Lines"), "slides": _("Slides"), "label": _("Label"), "spots": _("Places"),
    "caption": _("Words below"), "credit": _("Whose picture"), "events": _("Events"), "when": _("When"), "latex": _("Formula in LaTeX"),
    "meaning": _("What the signs mean"), "symbol": _("Sign"), "kind": _("Kind"), "help": _("Help"), "rows": _("Rows"), "intro": _("Introduction"),
    "fields": _("Fields"), "term": _("Term"), "definition": _("Explanation"), "source": _("Source"), "terms": _("Terms"),
    "debrief": _("Looking back"), "feedback": _("Feedback"), "right": _("Right"), "partly": _("Partly right"), "wrong": _("Wrong"),
    "number.right": _("Right number"), "truefalse.right": _("The statement is true"), "feedback.right": _("When it is right"),
    "feedback.partly": _("When it is partly right"), "feedback.wrong": _("When it is wrong"), "feedback_true": _("Feedback on “true”"),
    "feedback_false": _("Feedback on “false”"), "unit": _("Unit"), "ignore_case": _("Capitals don't matter"), "pairs": _("Pairs"),
    "left": _("Left"), "pair.right": _("Right partner"), "items": _("Items"), "categories": _("Groups"), "min": _("Smallest"), "max": _("Largest"),
    "pool": _("Questions"), "tool": _("Tool"), "address": _("Address"), "parameters": _("Parameters"), "graded": _("Sends a score"),
}  # fmt: skip
CHOICES = {
    "line": _("one line"), "text": _("several lines"), "number": _("number"), "date": _("date"), "choice": _("choice"), "table": _("table"),
    "check": _("box to tick"), "good": _("good"), "mixed": _("mixed"), "poor": _("poor"),
}  # fmt: skip
# What a field that names a file takes.
WANTED = {
    "image": "picture", "figure": "picture", "image.src": "picture", "video.src": "film", "audio.src": "audio", "caption.file": "captions",
    "transcript": "transcript", "attachment": "document",
}  # fmt: skip
# Rarely needed: folded away under every material.
SETTINGS = ("key", "file", "assesses", "credit", "source")


def _said(table: dict[str, Any], structure: type[m.Part], name: str, otherwise: Any = "") -> Any:
    """What is said about a field: for this structure, or for fields of that name."""
    return table.get(f"{structure.__name__.lower()}.{name}", table.get(name, otherwise))


class FileInput(forms.TextInput):
    """The name of a file of this topic, and a way to send one; the script beside the editor does the sending."""

    template_name = "courses/editor/file.html"

    def __init__(self, *, wanted: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.wanted = wanted

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        made = super().get_context(name, value, attrs)
        endings = ",".join(f".{ending}" for ending in ENDINGS[self.wanted])
        return made | {
            "wanted": self.wanted,
            "most": LIMITS[self.wanted] // MB,
            "accept": f"{endings},.txt" if self.wanted == "transcript" else endings,
        }


class FileBlock(blocks.FieldBlock):
    """Names a file of the topic (or, for films and recordings, an address)."""

    def __init__(self, *, wanted: str, required: bool = True, help_text: Any = "", **kwargs: Any) -> None:
        self.field = forms.CharField(required=required, help_text=help_text, widget=FileInput(wanted=wanted))
        super().__init__(**kwargs)


class Numeral(forms.CharField):
    """A number as people write it. What can't be read stays as it was typed: a draft keeps everything, publishing says what is wrong."""

    def __init__(self, *, whole: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.whole = whole
        self.widget.attrs["inputmode"] = "numeric" if whole else "decimal"

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.12g}" if isinstance(value, float) else value

    def clean(self, value: Any) -> Any:
        text = str(super().clean(self.prepare_value(value)) or "").strip()
        return number_in(text, whole=self.whole) if text else None


class NumberBlock(blocks.FieldBlock):
    def __init__(self, *, whole: bool, required: bool = True, help_text: Any = "", **kwargs: Any) -> None:
        self.field = Numeral(whole=whole, required=required, help_text=help_text)
        super().__init__(**kwargs)


def _is_markdown(annotation: Any) -> bool:
    return any((a.extra or {}).get("markdown") for a in get_args(annotation) if isinstance(a, msgspec.Meta))


def _is_code(annotation: Any) -> bool:
    return any(a.pattern for a in get_args(annotation) if isinstance(a, msgspec.Meta))


def _least(annotation: Any) -> int:
    """How many entries a list needs; so many stand there when the material is begun."""
    return next((a.min_length for a in get_args(annotation) if isinstance(a, msgspec.Meta) and a.min_length), 0)


def _leaf(structure: type[m.Part], name: str, annotation: Any, *, required: bool, default: Any) -> blocks.Block:
    # What is needed is said when it is to be published, at the field; a draft may leave anything open.
    meta: dict[str, Any] = {"required": False, "help_text": _said(HELP, structure, name), "label": _said(LABELS, structure, name, name)}
    if default is not None:
        meta["default"] = default
    kind = bare(annotation)
    if wanted := _said(WANTED, structure, name):
        return FileBlock(wanted=wanted, **meta)
    if kind is bool:
        return blocks.BooleanBlock(**meta)
    if kind in {int, float}:
        return NumberBlock(whole=kind is int, **meta)
    if get_origin(kind) is Literal:
        values = get_args(kind)
        return blocks.ChoiceBlock(choices=[(v, CHOICES.get(v, v)) for v in values if v], **meta)
    if required:
        meta["form_classname"] = "needed"
    if _is_markdown(annotation):
        block = blocks.TextBlock(rows=4, **meta)
        # The script beside the editor puts its buttons above.
        block.field.widget.attrs["data-markdown"] = ""
        return block
    longest = next(
        (a.max_length for a in get_args(annotation) if isinstance(a, msgspec.Meta) and a.max_length), 400 if _is_code(annotation) else 8_000
    )
    return blocks.CharBlock(**meta) if longest <= 500 else blocks.TextBlock(rows=2 if longest <= 8_000 else 4, **meta)


def _block(structure: type[m.Part], name: str, annotation: Any, *, required: bool, default: Any) -> blocks.Block:
    kind = bare(annotation)
    about = {"label": _said(LABELS, structure, name, name), "help_text": _said(HELP, structure, name)}
    if is_part(kind):
        return PartBlock(_children(kind), **about)
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        part = bare(inner)
        child = _struct(part) if is_part(part) else _leaf(structure, name, inner, required=True, default=None)
        begun = child.get_default() if is_part(part) else ""
        return blocks.ListBlock(child, default=default or [begun] * _least(annotation), collapsed=True, **about)
    if get_origin(kind) is dict:
        inner = bare(get_args(kind)[1])
        key = (
            "key",
            blocks.CharBlock(
                required=False, label=_said(LABELS, inner if is_part(inner) else structure, "key") if is_part(inner) else _("Step")
            ),
        )
        rest = _children(inner) if is_part(inner) else [("text", blocks.CharBlock(required=False, label=_("Label")))]
        step = PartBlock([key, *rest], label_format="{key}")
        return blocks.ListBlock(step, default=[step.get_default()] * _least(annotation), collapsed=True, **about)
    return _leaf(structure, name, annotation, required=required, default=default)


def _struct(structure: type[m.Part]) -> blocks.StructBlock:
    """An entry of a list: its words first, its key folded away."""
    children = _children(structure)
    names = [name for name, _block in children]
    # The file of an entry is its content, such as captions; that of a material is its name in packs.
    folded = [name for name in names if name in SETTINGS and name != "file"]
    if not folded or folded == names:
        return PartBlock(children)
    return PartBlock(children, form_layout=BlockGroup([n for n in names if n not in folded], settings=folded))


def _children(structure: type[m.Part]) -> list[tuple[str, blocks.Block]]:
    fields = {f.encode_name: f for f in msgspec.structs.fields(structure)}
    made = []
    for name, annotation in fields_of(structure):
        field = fields[name]
        default = field.default if isinstance(field.default, bool | int | float | str) else None
        if field.default_factory is not msgspec.NODEFAULT and get_origin(bare(annotation)) is list:
            default = field.default_factory()
        made.append((name, _block(structure, name, annotation, required=field.required, default=default)))
    return made


def _material(structure: type[m.Part], *, label: Any, icon: str, group: Any) -> blocks.StructBlock:
    children = dict(_children(structure))
    children.pop("title", None)
    if structure is m.Quiz:
        children["pool"] = blocks.StreamBlock(_EXERCISES, label=_("Questions"), required=False)
    first = {"title": blocks.CharBlock(required=False, label=_("Title"))}
    last = {
        "key": blocks.CharBlock(required=False, label=_("Key"), help_text=HELP["key"]),
        "file": blocks.CharBlock(
            required=False, label=_("File in packs"), help_text=_("The file in a course pack; left empty, it follows the key.")
        ),
    }
    # What is said about an exercise comes after the exercise itself.
    about = {name: children.pop(name) for name in ("hints", "feedback", "explanation", "points", "attempts") if name in children}
    whole = first | children | about | last
    folded = [name for name in whole if name in SETTINGS]
    layout = BlockGroup([name for name in whole if name not in folded], settings=folded)
    return MaterialBlock(list(whole.items()), label=label, icon=icon, group=group, form_layout=layout, label_format="{title}")


_EXERCISES: list[tuple[str, blocks.Block]] = [
    (f"exercise_{name}", _material(structure, label=EXERCISE_NAMES[name], icon="help", group=_("Exercises")))
    for name, structure in m.EXERCISES.items()
]
_SHEETS = frozenset({"tool", "vocabulary", "document", "case"})
BODY_BLOCKS: list[tuple[str, blocks.Block]] = [
    *(
        (
            kind,
            _material(
                m.STRUCTURES[kind],
                label=KIND_NAMES[kind],
                icon=KIND_ICONS[kind],
                group=_("Sheets and cases") if kind in _SHEETS else _("To read and watch"),
            ),
        )
        for kind in m.KINDS
        if kind not in {"exercise", "quiz"}
    ),
    *_EXERCISES,
    ("quiz", _material(m.Quiz, label=KIND_NAMES["quiz"], icon=KIND_ICONS["quiz"], group=_("Exercises"))),
]


class Body(StreamField):
    """A stream whose blocks stay out of migrations: the column is JSON whatever the blocks are."""

    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs
