"""What is wrong in what an author wrote: every fault at once, each at its field, in words for authors.

A place is a path into the material's definition: names of fields, numbers of entries (those of steps of a case too).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args, get_origin
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.courses.body import Piece, bare, fields_of, is_part
from talka.courses.rules import materials as m
from talka.courses.rules.packs import files_named, problems_in

Place = tuple[str | int, ...]
LONGEST_KEY = 80
KEY = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class Fault:
    """`material` is the material (or the question of a quiz), `whole` the material that stands in the topic."""

    whole: UUID
    material: UUID
    title: str
    place: Place
    says: str

    def __str__(self) -> str:
        return f"{self.title}, {written(self.place)}: {self.says}" if self.place else f"{self.title}: {self.says}"


def written(place: Place) -> str:
    """A place as people read it: choices 2, text."""
    made: list[str] = []
    for part in place:
        if isinstance(part, int) and made:
            made[-1] += f" {part + 1}"
        else:
            made.append(str(part))
    return ", ".join(made)


def faults_of(pieces: Sequence[Piece], *, files: Iterable[str] | None = None) -> list[Fault]:
    """All faults of a topic's materials. `files` are the names of the topic's files; None leaves them unchecked."""
    found: list[Fault] = []
    known = None if files is None else frozenset(files)
    for whole in pieces:
        for piece in (whole, *whole.questions):
            found.extend(
                Fault(whole.uuid, piece.uuid, piece.title or piece.key, place, says) for place, says in faults_in(piece, files=known)
            )
    keys = Counter(piece.key for piece in pieces)
    found.extend(
        Fault(piece.uuid, piece.uuid, piece.title or piece.key, ("key",), _("Another material of this topic has the key “{key}” too.").format(key=piece.key))
        for piece in pieces
        if keys[piece.key] > 1
    )  # fmt: skip
    for whole in pieces:
        asked = Counter(question.key for question in whole.questions)
        found.extend(
            Fault(whole.uuid, q.uuid, q.title or q.key, ("key",), _("Another question of this quiz has the key “{key}” too.").format(key=q.key))
            for q in whole.questions
            if asked[q.key] > 1
        )  # fmt: skip
    return found


def faults_in(piece: Piece, *, files: frozenset[str] | None = None) -> list[tuple[Place, str]]:
    """(place, what to mend) of one material."""
    found: list[tuple[Place, str]] = []
    if not re.fullmatch(KEY, piece.key) or len(piece.key) > LONGEST_KEY:
        found.append((("key",), _says("matching")))
    shape: list[tuple[Place, str]] = []
    try:
        definition = piece.definition()
    except msgspec.ValidationError as error:
        # The parser stops at the first fault; an author wants all of them, those behind a field that is still empty too.
        structure = m.EXERCISES[piece.value["type"]] if piece.kind == "exercise" else m.STRUCTURES[piece.kind]
        shape = list(_shape(structure, piece.value, ())) or [((), str(error))]
        definition = cast("m.Definition", _readable(structure, piece.value))
    deeper = [(_path(place, definition), _plainly(says)) for place, says in problems_in(definition)]
    if files is not None and not isinstance(definition, m.Quiz):
        deeper += [
            (_path(place, definition), _("There is no file “{name}” in this topic. Send it, or choose another.").format(name=name))
            for place, name in files_named(definition)
            if name not in files
        ]
    said = {place for place, _says in shape}
    # What is said of a field already is not said of what its stand-in lacks.
    return [*found, *shape, *((place, says) for place, says in deeper if not any(place[:n] in said for n in range(len(place) + 1)))]


def _readable(structure: type[m.Part], value: Mapping[str, Any]) -> m.Part:
    """The definition as far as it can be read: what is missing or wrong is left at its default, or empty."""
    made = {}
    for one, (name, annotation) in zip(msgspec.structs.fields(structure), fields_of(structure), strict=True):
        read = _read(annotation, value.get(name))
        if read is not None:
            made[one.name] = read
        elif one.required:
            made[one.name] = _stand_in(bare(annotation))
    return structure(**made)


def _read(annotation: Any, value: Any) -> Any:
    """The value, entries of a list each by itself; None where it can't be read."""
    kind = bare(annotation)
    if value is None:
        return None
    inner = bare(get_args(kind)[-1]) if get_origin(kind) in {list, dict} else None
    if is_part(kind) and isinstance(value, Mapping):
        return _readable(kind, value)
    if inner is not None and is_part(inner):
        if isinstance(value, Mapping):
            return {key: _readable(inner, entry) for key, entry in value.items()}
        return [_readable(inner, entry) for entry in value]
    try:
        return msgspec.convert(value, annotation)
    except msgspec.ValidationError:
        return None


def _stand_in(kind: Any) -> Any:
    if is_part(kind):
        return _readable(kind, {})
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    return (get_origin(kind) or (kind if isinstance(kind, type) else str))()


def _shape(structure: type[m.Part], value: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, str]]:
    """Every place where the value does not have the structure's shape."""
    required = {f.encode_name for f in msgspec.structs.fields(structure) if f.required}
    for name, annotation in fields_of(structure):
        if name not in value:
            if name in required:
                yield (*place, name), _missing(structure, name)
            continue
        if structure is m.CategoryItem and name == "category" and not re.fullmatch(KEY, str(value[name])):
            # Words that are no group's: its key was looked for before.
            yield (*place, name), _no_group(value[name])
            continue
        yield from _value(annotation, value[name], (*place, name))


def _value(annotation: Any, value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    kind = bare(annotation)
    if is_part(kind):
        yield from _shape(kind, value, place)
        return
    inner = bare(get_args(kind)[-1]) if get_origin(kind) in {list, dict} else None
    if inner is not None and is_part(inner):
        entries = list(value.values()) if isinstance(value, Mapping) else list(value)
        if isinstance(value, Mapping):
            yield from _names(value, place)
        least = next((a.min_length for a in get_args(annotation) if isinstance(a, msgspec.Meta) and a.min_length), 0)
        if len(entries) < least:
            yield place, ngettext("At least {n} is needed here.", "At least {n} are needed here.", least).format(n=least)
        for n, entry in enumerate(entries):
            yield from _shape(inner, entry, (*place, n))
        return
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        text, _at, where = str(error).partition(" - at ")
        deeper = tuple(int(n) for n in re.findall(r"\[(\d+)\]", where))
        yield (*place, *deeper), _says(text, value)


def _names(steps: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, str]]:
    for n, key in enumerate(steps):
        if not key:
            yield (*place, n, "key"), _("Give this step a name.")
        elif "#" in key:
            yield (*place, n, "key"), _("Another step has this name too. Give it one of its own.")
        elif not re.fullmatch(KEY, key):
            yield (*place, n, "key"), _says("matching")


def _missing(structure: type[m.Part], name: str) -> str:
    if name == "right" and structure is m.Number:
        return _("Write the right number.")
    return {
        "alt": _("Describe in words what the picture shows, for those who do not see it."),
        "prompt": _("Write the task."),
        "text": _("Write the text."),
        "to": _("This choice leads nowhere: write the name of the step that follows."),
        "image": _("Choose a picture, or send one."),
        "src": _("Choose a file, send one, or write an address that begins with https://"),
        "file": _("Choose a file, or send one."),
        "seconds": _("Say how many seconds it plays."),
        "category": _("Say to which group it belongs."),
        "start": _("Say with which step the case begins."),
        "say": _("Write what is said; it becomes the captions."),
    }.get(name, _("This is needed."))


def _no_group(name: str) -> str:
    return _("There is no group “{name}”. Write the words of one of the groups above.").format(name=name)


def _says(text: str, value: Any = "") -> str:
    """Words for authors in place of the parser's."""
    if match := re.search(r"length <= (\d+)", text):
        return _("Too long: {n} characters at most, this has {has}.").format(
            n=match[1], has=len(value) if isinstance(value, str | list) else "?"
        )
    if match := re.search(r"length >= (\d+)", text):
        return _("This is needed.") if match[1] == "1" else _("At least {n} are needed here.").format(n=match[1])
    if re.search(r"Expected `(float|int)[^`]*`, got", text):
        return _("“{value}” is not a number that can be read in only one way. Write it like 1234.5 or 1234,5.").format(value=value)
    if match := re.search(r"(>=|<=|>|<) ([-\d.e]+)", text):
        sign = {">=": _("at least"), "<=": _("at most"), ">": _("more than"), "<": _("less than")}[match[1]]
        return _("It has to be {sign} {n}.").format(sign=sign, n=f"{float(match[2]):g}")
    if "matching" in text:
        return _("Lower case letters, digits and hyphens only; a file's name may have dots too.")
    return _("This does not fit here.")


def _plainly(says: str) -> str:  # noqa: C901, PLR0911, PLR0912  # one line per message
    """What `rules.packs` says to writers of files, for those who write in the editor."""

    def like(pattern: str) -> re.Match[str] | None:
        return re.fullmatch(pattern, says)

    if like(r"no choice is right; .*one.* right: true") or like(r"no choice is right.*"):
        return _("No choice is right. Mark one as right.")
    if found := like(r"(\d+) choices are right, but.*"):
        return _("{n} choices are right, but a single choice has one. Mark one only, or use Multiple choice.").format(n=found[1])
    if like(r"no spot is right.*"):
        return _("No place is right. Mark one as right.")
    if like(r"no kind of file is taken.*"):
        return ngettext("At least {n} is needed here.", "At least {n} are needed here.", 1).format(n=1)
    if found := like(r"there is no node '(.*)'"):
        return _("There is no step named “{name}”. Write the name of a step of this case.").format(name=found[1])
    if like(r"this branch leads nowhere.*"):
        return _("This step leads nowhere. Add choices, or say how the case ends here.")
    if like(r"a node either ends.*"):
        return _("A step either ends the case or offers choices, not both.")
    if like(r"no choice leads to this node"):
        return _("No choice leads to this step.")
    if like(r"from here the case never ends"):
        return _("From here the case never ends: let some choice lead to an end.")
    if found := like(r"there is no category '(.*)'; known: (.*)"):
        return _no_group(found[1])
    if like(r"there is no gap.*"):
        return _("There is no gap. Write the missing word in braces, such as {core}.").replace("{{", "{").replace("}}", "}")
    if found := like(r"the bank lacks a right word for: (.*)"):
        return _("Among the words to choose from, a right one is missing for: {words}").format(words=found[1])
    if found := like(r"the key '(.*)' is used (\d+) times; .*"):
        return _("The key “{key}” is used {n} times. Give each its own, or leave it empty.").format(key=found[1], n=found[2])
    if found := like(r"draws (\d+) of (\d+) questions"):
        return _("It draws {n} questions, but there are {of}.").format(n=found[1], of=found[2])
    return says[:1].upper() + says[1:]


def _path(place: str, definition: Any) -> Place:
    """A place as `rules.packs` writes it, such as nodes.start.choices[1].to, as a path."""
    made: list[str | int] = []
    for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", place):
        if number:
            made.append(int(number))
        elif made and made[-1] in {"nodes", "labels"} and len(made) == 1:
            entries = list(getattr(definition, str(made[0])))
            made.append(entries.index(word) if word in entries else 0)
        else:
            made.append(word)
    return tuple(made)
