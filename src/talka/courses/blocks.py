"""The editor's blocks, one per kind of material and type of exercise, made from the structures in `rules.materials`."""

from typing import Any, Literal, get_args, get_origin

import msgspec
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.fields import StreamField

from talka.courses.body import bare, fields_of, is_part
from talka.courses.rules import materials as m

KIND_NAMES = {
    "text": _("Text"), "film": _("Slide film"), "video": _("Video"), "audio": _("Audio"), "image": _("Picture"),
    "infographic": _("Interactive infographic"), "timeline": _("Timeline"), "document": _("Document"), "tool": _("Tool sheet"),
    "vocabulary": _("Vocabulary sheet"), "case": _("Case study"), "exercise": _("Exercise"), "quiz": _("Quiz"), "formula": _("Formula"),
    "code": _("Code"), "package": _("Package (H5P, cmi5, SCORM)"),
}  # fmt: skip
EXERCISE_NAMES = {
    "single": _("Single choice"), "multiple": _("Multiple choice"), "truefalse": _("True or false"), "number": _("Number"),
    "short": _("Short text"), "cloze": _("Cloze"), "match": _("Matching"), "order": _("Ordering"), "categorise": _("Categorising"),
    "hotspot": _("Hotspot"), "scale": _("Scale"), "open": _("Open answer"), "upload": _("Hand-in"),
}  # fmt: skip
KIND_ICONS = {
    "text": "pilcrow", "film": "media", "video": "media", "audio": "media", "image": "image", "infographic": "view", "timeline": "calendar-alt",
    "document": "doc-full", "tool": "form", "vocabulary": "openquote", "case": "resubmit", "quiz": "tasks", "formula": "plus", "code": "code", "package": "download",
}  # fmt: skip
HELP = {
    "key": _("Lower case, digits and hyphens; once in this topic. Left empty, it is made from the place."),
    "prompt": _("The task, in Markdown."),
    "explanation": _("Shown when solved or given up. Say why."),
    "hints": _("Given one after the other."),
    "attempts": _("0: as many as the learner likes."),
    "image": _("The name of a file of this topic."),
    "figure": _("The name of a file of this topic, or empty."),
    "src": _("The name of a file of this topic, or an address that begins with https://"),
    "assesses": _("Keys of the course's outcomes."),
    "say": _("What is said. Becomes captions and transcript."),
    "accepted": _("Every spelling that counts as right."),
    "to": _("Key of the step that follows."),
    "x": _("Percent of the picture's width."),
    "y": _("Percent of the picture's height."),
    "pass": _("Share of the points, such as 0.8."),
    "package": _("The identifier of a package of this course; the course's page of packages puts it here for you."),
    "draw": _("How many questions each person gets; 0: all."),
    "text": "",
}


def _leaf(name: str, annotation: Any, *, required: bool, default: Any) -> blocks.Block:
    meta = {"required": required, "help_text": HELP.get(name, "")}
    if default is not None:
        meta["default"] = default
    kind = bare(annotation)
    if kind is bool:
        return blocks.BooleanBlock(**(meta | {"required": False}))
    if kind is int:
        return blocks.IntegerBlock(**meta)
    if kind is float:
        return blocks.FloatBlock(**meta)
    if get_origin(kind) is Literal:
        return blocks.ChoiceBlock(choices=[(v, v) for v in get_args(kind) if v], **meta)
    longest = next((a.max_length for a in get_args(annotation) if isinstance(a, msgspec.Meta) and a.max_length), 8_000)
    return blocks.CharBlock(**meta) if longest <= 500 else blocks.TextBlock(rows=3 if longest <= 8_000 else 10, **meta)


def _block(name: str, annotation: Any, *, required: bool, default: Any) -> blocks.Block:
    kind = bare(annotation)
    if is_part(kind):
        return blocks.StructBlock(_children(kind))
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        child = blocks.StructBlock(_children(bare(inner))) if is_part(bare(inner)) else _leaf(name, inner, required=True, default=None)
        return blocks.ListBlock(child, default=[], collapsed=True, help_text=HELP.get(name, ""))
    if get_origin(kind) is dict:
        inner = bare(get_args(kind)[1])
        children = [("key", blocks.CharBlock()), *(_children(inner) if is_part(inner) else [("text", blocks.CharBlock())])]
        return blocks.ListBlock(blocks.StructBlock(children), default=[], collapsed=True)
    return _leaf(name, annotation, required=required, default=default)


def _children(structure: type[m.Part]) -> list[tuple[str, blocks.Block]]:
    fields = {f.encode_name: f for f in msgspec.structs.fields(structure)}
    made = []
    for name, annotation in fields_of(structure):
        field = fields[name]
        default = field.default if isinstance(field.default, bool | int | float | str) else None
        made.append((name, _block(name, annotation, required=field.required, default=default)))
    return made


def _material(structure: type[m.Part], *, label: Any, icon: str, group: Any) -> blocks.StructBlock:
    children = dict(_children(structure))
    children.pop("title", None)
    if structure is m.Quiz:
        children["pool"] = blocks.StreamBlock(_EXERCISES, label=_("Questions"))
    place = [
        ("title", blocks.CharBlock(required=False)),
        ("key", blocks.RegexBlock(r"^[a-z0-9]+(-[a-z0-9]+)*$", required=False, help_text=HELP["key"])),
    ]
    hidden = [("file", blocks.CharBlock(required=False, help_text=_("The file in a course pack; left empty, it follows the key.")))]
    return blocks.StructBlock([*place, *children.items(), *hidden], label=label, icon=icon, group=group)


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
