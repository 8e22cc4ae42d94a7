"""A topic's body as the editor stores it (StreamField JSON) and the definitions of its materials: the same thing, turned both ways.

Both directions follow the structures in `rules.materials`, so a new field needs no line here.
"""

import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID, uuid5

import msgspec
from django.utils.text import slugify

from talka.courses.rules import materials as m
from talka.courses.rules.marking import readings

# Fields of a block that say where the material stands in its topic.
PLACE_FIELDS = ("key", "title", "file")


@dataclass(frozen=True, slots=True)
class Piece:
    """One material as it stands in a topic's body. `value` is the plain definition, possibly of an unfinished draft."""

    uuid: UUID
    kind: str
    key: str
    title: str
    file: str
    value: dict[str, Any]
    questions: tuple["Piece", ...] = ()

    def definition(self) -> m.Definition:
        """Raises msgspec.ValidationError if something is missing or wrong."""
        return m.parse(self.kind, self.value)


def block_name(kind: str, definition: Mapping[str, Any]) -> str:
    return f"exercise_{definition['type']}" if kind == "exercise" else kind


def structure_of(name: str) -> type[m.Part]:
    return m.EXERCISES[name.removeprefix("exercise_")] if name.startswith("exercise_") else m.STRUCTURES[name]


@cache
def fields_of(structure: type[m.Part]) -> list[tuple[str, Any]]:
    """(name in files, annotation) of a structure's fields, in order."""
    hints = typing.get_type_hints(structure, include_extras=True)
    return [(f.encode_name, hints[f.name]) for f in msgspec.structs.fields(structure)]


def bare(annotation: Any) -> Any:
    """The type itself, without Annotated and without `| None`."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {types.UnionType, typing.Union}:
        rest = [a for a in get_args(annotation) if a is not type(None)]
        if len(rest) == 1:
            return bare(rest[0])
    return annotation


def is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, m.Part)


# Definition to editor


def to_blocks(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """The body's JSON for these materials; block ids are the materials' own."""
    return [to_block(piece) for piece in pieces]


def to_block(piece: Piece) -> dict[str, Any]:
    name = block_name(piece.kind, piece.value)
    value = _raw(structure_of(name), piece.value, piece.uuid)
    if piece.kind == "quiz":
        value["pool"] = [to_block(question) for question in piece.questions]
    value |= {"key": piece.key, "title": piece.title, "file": piece.file}
    return {"type": name, "id": str(piece.uuid), "value": value}


def _raw(structure: type[m.Part], plain: Mapping[str, Any], owner: UUID) -> dict[str, Any]:
    defaults = {f.encode_name: f for f in msgspec.structs.fields(structure)}
    made = {}
    for name, annotation in fields_of(structure):
        if name in plain:
            made[name] = _raw_value(bare(annotation), plain[name], uuid5(owner, name))
        else:
            made[name] = _raw_value(bare(annotation), _default(defaults[name]), owner)
    return made


def _default(field: Any) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return msgspec.to_builtins(field.default)
    return msgspec.to_builtins(field.default_factory()) if field.default_factory is not msgspec.NODEFAULT else None


def _raw_value(kind: Any, value: Any, owner: UUID) -> Any:
    if value is None:
        return None
    if is_part(kind):
        return _raw(kind, value, owner)
    if get_origin(kind) is list:
        inner = bare(get_args(kind)[0])
        return [_item(owner, n, _raw_value(inner, item, uuid5(owner, str(n)))) for n, item in enumerate(value)]
    if get_origin(kind) is dict:
        inner = bare(get_args(kind)[1])
        return [
            _item(owner, n, {"key": key, **(_raw(inner, item, uuid5(owner, str(n))) if is_part(inner) else {"text": item})})
            for n, (key, item) in enumerate(value.items())
        ]
    return value


def _item(owner: UUID, n: int, value: Any) -> dict[str, Any]:
    """An entry of a list. The editor knows one by its id, so it needs one; made from its place, so that the same pack gives the same body."""
    return {"type": "item", "value": value, "id": str(uuid5(owner, f"item/{n}"))}


# Editor to definition


def from_blocks(raw: Sequence[Mapping[str, Any]], *, topic: UUID) -> list[Piece]:
    """The materials in a body's JSON. A block without an id gets one from its topic and key, the same every time."""
    return [_piece(block, owner=topic, n=n) for n, block in enumerate(raw)]


def _piece(block: Mapping[str, Any], *, owner: UUID, n: int) -> Piece:
    name, value = block["type"], block["value"]
    kind = "exercise" if name.startswith("exercise_") else name
    key = value.get("key") or f"{kind}-{n + 1}"
    uuid = UUID(block["id"]) if block.get("id") else uuid5(owner, key)
    title, structure = value.get("title") or "", structure_of(name)
    ending = m.ending_of(kind, value)
    file = value.get("file") or f"{key}.{ending}"
    if kind in m.MARKDOWN_KINDS and file.rsplit(".", 1)[-1] in {"md", "yaml"}:
        file = f"{file.rsplit('.', 1)[0]}.{ending}"
    questions: tuple[Piece, ...] = ()
    if kind == "quiz":
        questions = tuple(_piece(question, owner=uuid, n=i) for i, question in enumerate(value.get("pool") or ()))
        value = {**value, "pool": [{"type": "item", "value": {"file": q.file}} for q in questions]}
    plain = _plain(structure, {**value, "title": title})
    if structure is m.Categorise:
        _groups_by_name(plain)
    if kind == "exercise":
        plain = {"type": name.removeprefix("exercise_"), **plain}
    return Piece(uuid, kind, key, title, file, plain, questions)


def _groups_by_name(plain: dict[str, Any]) -> None:
    """Authors may name a group by its words instead of its key."""
    keys = {str(c.get("label", "")).strip().casefold(): c["key"] for c in plain.get("categories", ())}
    known = set(keys.values())
    for item in plain.get("items", ()):
        if (named := str(item.get("category", "")).strip()) not in known and named.casefold() in keys:
            item["category"] = keys[named.casefold()]


def _plain(structure: type[m.Part], raw: Mapping[str, Any]) -> dict[str, Any]:
    made = {}
    for name, annotation in fields_of(structure):
        value = _plain_value(bare(annotation), raw.get(name))
        # An empty field in the editor means "not given"; a required one is then missing and named as such.
        if value is not None and value != "":
            made[name] = value
    return made


def _plain_value(kind: Any, value: Any) -> Any:  # noqa: PLR0911  # one line per kind of field
    if value is None:
        return None
    if is_part(kind):
        return _plain(kind, value)
    if get_origin(kind) in {list, dict}:
        inner = bare(get_args(kind)[-1])
        if get_origin(kind) is list and is_part(inner):
            return [_entry(inner, item, n) for n, item in enumerate(value)]
        items = [item["value"] if isinstance(item, Mapping) and "value" in item else item for item in value]
        if get_origin(kind) is list:
            return [_plain_value(inner, item) for item in items]
        made: dict[str, Any] = {}
        for item in items:
            name = str(item.get("key") or "").strip()
            # Two steps of one name: both are kept, and the second is named as a fault.
            name = name if name not in made else f"{name}#{len(made) + 1}"
            made[name] = _plain(inner, item) if is_part(inner) else item.get("text")
        return made
    if kind in {float, int} and isinstance(value, str):
        return number_in(value, whole=kind is int)
    if kind is float and isinstance(value, int):
        return float(value)
    return value


def _entry(structure: type[m.Part], item: Any, n: int) -> dict[str, Any]:
    """An entry of a list. One whose author gave it no key gets one from its own mark in the editor, which stays when it is moved or reworded."""
    mark, raw = (item.get("id"), item["value"]) if isinstance(item, Mapping) and "value" in item else (None, item)
    made = _plain(structure, raw)
    if "key" not in made and "key" in structure.__struct_fields__:
        word = slugify(str(made.get("term") or made.get("label") or "")) if structure in {m.Term, m.Category} else ""
        made["key"] = word[:80].strip("-_").replace("_", "-") or (f"k{str(mark).replace('-', '')[:10]}" if mark else f"n{n + 1}")
    return made


def number_in(text: str, *, whole: bool = False) -> float | int | str:
    """The number that somebody typed, "1.234,5" and "1,5" too; the text itself if it is none, or could be two."""
    found = readings(text)
    if len(found) != 1 or not math.isfinite(found[0]) or (whole and not found[0].is_integer()):
        return text
    return int(found[0]) if whole else found[0]
