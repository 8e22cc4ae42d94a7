"""Course packs as files: a folder or a zip of it, read with every caution and written with the same bytes every time."""

import io
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.utils.translation import gettext as _

from talka.courses.languages import packs as languages
from talka.courses.languages.rules import overlaid
from talka.courses.media import MediaRefused, check_media
from talka.courses.rules import materials as m
from talka.courses.rules.packs import BadPack, CourseFile, OutcomeEntry, Pack, Problem, TopicFile, files_named, problems_of
from talka.courses.rules.uploads import ENDINGS

MOST_FILES = 3_000
LARGEST_TEXT = 1_000_000
LARGEST_FILE = 60_000_000
LARGEST_PACK = 400_000_000
# Deflate reaches about 1000:1 only on nothing; text of people stays far below this.
HIGHEST_RATIO = 200
CARRIED = ("LICENSE.md", "README.md")
TEXT_ENDINGS = ("yaml", "md", "vtt", "svg")
ASSET_ENDINGS = ("svg", "png", "jpg", "jpeg", "webp", "vtt", "md", "webm", "mp4", "mp3", "ogg", "m4a", *ENDINGS["document"])
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


# Reading bytes


def read_files(path: Path) -> dict[str, bytes]:
    """All files of the folder or zip at `path`, by relative path. Raises BadPack for anything that is not a plain, modest file inside it."""
    if path.is_symlink() or not path.exists():
        raise BadPack([Problem(str(path.name), "", "there is no such folder or zip file")])
    return _read_folder(path) if path.is_dir() else read_zip(path.read_bytes(), name=path.name)


def _read_folder(root: Path) -> dict[str, bytes]:
    problems, files, total = [], {}, 0
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if any(part.startswith(".") for part in name.split("/")):
            continue  # .DS_Store, .git and the like are the author's own
        if path.is_symlink():
            problems.append(Problem(name, "", "is a link to another place; put the file itself here"))
            continue
        if path.is_dir():
            continue
        size = path.stat().st_size
        total += size
        if problem := _name_problem(name) or _size_problem(name, size):
            problems.append(problem)
        elif total > LARGEST_PACK or len(files) >= MOST_FILES:
            raise BadPack([*problems, _too_much()])
        else:
            files[name] = path.read_bytes()
    if problems:
        raise BadPack(problems)
    return files


def read_zip(content: bytes, *, name: str = "pack.zip") -> dict[str, bytes]:
    """All files of a zip, by relative path; one common top folder is taken off. Raises BadPack."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read_archive(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError) as e:
        raise BadPack([Problem(name, "", _("is not a zip file, or is damaged; create it again"))]) from e


def _read_archive(archive: zipfile.ZipFile) -> dict[str, bytes]:
    problems: list[Problem] = []
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.is_dir() or "__MACOSX" in info.filename:
            continue
        if info.filename in entries:
            problems.append(Problem(info.filename, "", _("appears twice")))
        entries[info.filename] = info
    if len(entries) > MOST_FILES or sum(i.file_size for i in entries.values()) > LARGEST_PACK:
        raise BadPack([_too_much()])
    tops = {name.split("/", 1)[0] for name in entries}
    top = f"{tops.pop()}/" if len(tops) == 1 and "course.yaml" not in entries else ""
    files: dict[str, bytes] = {}
    for full, info in entries.items():
        name = full.removeprefix(top)
        if any(part.startswith(".") and part not in {".", ".."} for part in name.split("/")):
            continue
        if problem := _name_problem(name) or _size_problem(name, info.file_size) or _entry_problem(name, info):
            problems.append(problem)
            continue
        # The header may lie about the size: never read more than it promised.
        with archive.open(info) as stream:
            files[name] = stream.read(info.file_size + 1)
        if len(files[name]) != info.file_size:
            problems.append(Problem(name, "", _("does not have the size that the archive says")))
    if problems:
        raise BadPack(problems)
    return files


def _entry_problem(name: str, info: zipfile.ZipInfo) -> Problem | None:
    mode = info.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        return Problem(name, "", _("is a link or a device, not a file"))
    if info.flag_bits & 0x1:
        return Problem(name, "", _("is encrypted; create it without a password"))
    if info.compress_size and info.file_size > 100_000 and info.file_size / info.compress_size > HIGHEST_RATIO:
        return Problem(name, "", _("unpacks to far more than its size; such files are refused"))
    return None


def _name_problem(name: str) -> Problem | None:
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in parts:
        return Problem(name, "", _("leads out of the archive; such files are refused"))
    if not all(NAME.fullmatch(part) for part in parts):
        return Problem(name, "", _("has a name with other characters than letters a to z, digits, dots, hyphens and underscores"))
    return None


def _size_problem(name: str, size: int) -> Problem | None:
    most = LARGEST_TEXT if name.rsplit(".", 1)[-1] in TEXT_ENDINGS else LARGEST_FILE
    return Problem(name, "", _("is larger than {n} MB").format(n=most // 1_000_000)) if size > most else None


def _too_much() -> Problem:
    says = _("has more than {files} files or unpacks to more than {size} MB")
    return Problem("pack", "", says.format(files=MOST_FILES, size=LARGEST_PACK // 1_000_000))


# YAML, strictly: no anchors, no doubled keys, no surprises with dates or yes and no.


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    pass


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"), list("-+0123456789.")
)


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
        # As written: 0 and yes are keys, not numbers or truths.
        key = key_node.value
        if key in made:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key}' stands twice", key_node.start_mark)
        made[key] = loader.construct_object(value_node, deep=True)
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_yaml(content: bytes, *, file: str) -> Any:
    """The value of a YAML file. Raises BadPack with the line."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as e:
        line = content[: e.start].count(b"\n") + 1
        raise BadPack([Problem(file, _("line {n}").format(n=line), _("is not UTF-8; save it as UTF-8"))]) from e
    try:
        # An alias can make a small file enormous; no pack needs one.
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader)):
            says = _("uses a YAML alias (*name); write the value out, or put text that begins with * in quotes")
            raise BadPack([Problem(file, "", says)])
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader, made stricter above
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise BadPack([Problem(file, _("line {n}").format(n=line), f"{_('is not valid YAML')}: {e.problem or e.context}")]) from e
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        raise BadPack([Problem(file, "", _("is not valid YAML"))]) from e


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the base class passes it
        return True


def _write_text(dumper: Any, text: str) -> yaml.ScalarNode:
    block = "\n" in text and not any(line != line.rstrip() for line in text.split("\n")) and not text.startswith((" ", "\n"))
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if block else None)


def _write_float(dumper: Any, value: float) -> yaml.ScalarNode:
    whole = value.is_integer() and abs(value) < 1e15
    return dumper.represent_scalar("tag:yaml.org,2002:int", str(int(value))) if whole else dumper.represent_float(value)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(float, _write_float)


def dump_yaml(value: Any) -> bytes:
    """`value` in our one way to write YAML."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=False).encode()


# From bytes to a pack and back


def _place(error: msgspec.ValidationError) -> tuple[str, str]:
    text = str(error)
    says, _at, place = text.partition(" - at `")
    says = re.sub(r"Expected `str`, got `(int|float|bool)`", r"is a \1; put it in quotes if it is text", says)
    says = re.sub(r"Object missing required field `(\w+)`", r"'\1' is missing", says)
    says = re.sub(r"Object contains unknown field `(.*)`", r"'\1' is not a field here", says)
    return place.rstrip("`").removeprefix("$").removeprefix("."), says


def _convert(content: bytes, structure: Any, *, file: str, problems: list[Problem]) -> Any:
    try:
        return msgspec.convert(load_yaml(content, file=file), structure)
    except BadPack as bad:
        problems.extend(bad.problems)
    except msgspec.ValidationError as error:
        place, says = _place(error)
        problems.append(Problem(file, place, says))
    return None


def parse_files(files: Mapping[str, bytes]) -> Pack:
    """The pack that these files are. Raises BadPack with every problem found."""
    problems: list[Problem] = []
    if "course.yaml" not in files:
        raise BadPack([Problem("course.yaml", "", _("is missing"))])
    used = {"course.yaml", "outcomes.yaml", "glossary.yaml", *CARRIED}
    course = _convert(files["course.yaml"], CourseFile, file="course.yaml", problems=problems)
    outcomes = (
        _convert(files["outcomes.yaml"], list[OutcomeEntry], file="outcomes.yaml", problems=problems) if "outcomes.yaml" in files else []
    )
    glossary = _convert(files["glossary.yaml"], list[m.Term], file="glossary.yaml", problems=problems) if "glossary.yaml" in files else []
    if course is None:
        raise BadPack(problems)
    topics: dict[str, TopicFile] = {}
    definitions: dict[str, m.Definition] = {}
    assets: dict[str, bytes] = {name: files[name] for name in CARRIED if name in files}
    listed = [key for module in course.modules for lesson in module.lessons for key in lesson.topics]
    for key in dict.fromkeys(listed):
        file = f"topics/{key}/topic.yaml"
        if file not in files:
            problems.append(Problem(file, "", _("is missing")))
            continue
        used.add(file)
        topic = _convert(files[file], TopicFile, file=file, problems=problems)
        if topic is not None:
            topics[key] = topic
            _read_materials(topic, key, files, used, definitions, assets, problems)
    draft = Pack(course=course, outcomes=tuple(outcomes or ()), glossary=tuple(glossary or ()), topics=topics, definitions=definitions)
    words = _read_words(draft, files, used, assets, problems)
    for name in sorted(set(files) - used):
        key = name.split("/")[1] if name.startswith("topics/") and name.count("/") > 1 else ""
        if key and key not in listed:
            problems.append(Problem(name, "", _("belongs to a topic that no lesson in course.yaml lists")))
        elif not key or key in topics:
            problems.append(Problem(name, "", _("is not used by any material")))
    pack = Pack(
        course=course, outcomes=tuple(outcomes or ()), glossary=tuple(glossary or ()), topics=topics, definitions=definitions, assets=assets,
        words=words,
    )  # fmt: skip
    problems.extend(p for p in problems_of(pack) if p not in problems)
    if problems:
        raise BadPack(problems)
    return pack


def _read_words(
    pack: Pack, files: Mapping[str, bytes], used: set[str], assets: dict[str, bytes], problems: list[Problem]
) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Translations, with the pictures and films that they bring of their own."""
    try:
        words = languages.read_words(pack, files, used, lambda content, file: load_yaml(content, file=file), problems)
    except BadPack as bad:
        problems.extend(bad.problems)
        return {}
    kinds = {path: kind for path, (kind, _d, _p) in languages.passages_in(pack).items()}
    for (_language, path), texts in words.items():
        if path in pack.definitions and not problems:
            made = m.parse(kinds[path], overlaid(kinds[path], m.plain(pack.definitions[path]), texts))
            _read_assets(made, path.rpartition("/")[0] + "/", path, files, used, assets, problems)
    return words


def _read_materials(topic, key, files, used, definitions, assets, problems) -> None:  # type: ignore[no-untyped-def]
    folder, file = f"topics/{key}/", f"topics/{key}/topic.yaml"
    for n, entry in enumerate(topic.materials):
        path = folder + entry.file
        if path not in files:
            problems.append(Problem(file, f"materials[{n}].file", _("refers to “{name}”, which is missing").format(name=entry.file)))
            continue
        if path in definitions:
            problems.append(Problem(file, f"materials[{n}].file", _("“{name}” is used twice").format(name=entry.file)))
            continue
        used.add(path)
        definition = _definition(entry.kind, files[path], path, problems)
        if definition is None:
            continue
        definitions[path] = definition
        if isinstance(definition, m.Quiz):
            _read_pool(definition, folder, path, files, used, definitions, assets, problems)
        _read_assets(definition, folder, path, files, used, assets, problems)


def _read_pool(quiz, folder, path, files, used, definitions, assets, problems) -> None:  # type: ignore[no-untyped-def]
    for n, entry in enumerate(quiz.pool):
        question = folder + entry.file
        if question in definitions:
            problems.append(Problem(path, f"pool[{n}].file", _("“{name}” is used twice").format(name=entry.file)))
        elif question in files:
            used.add(question)
            definition = _definition("exercise", files[question], question, problems)
            if definition is not None:
                definitions[question] = definition
                _read_assets(definition, folder, question, files, used, assets, problems)


def _read_assets(definition, folder, path, files, used, assets, problems) -> None:  # type: ignore[no-untyped-def]
    for place, name in files_named(definition):
        asset = folder + name
        if asset not in files:
            problems.append(Problem(path, place, _("refers to “{name}”, which is missing").format(name=name)))
        elif name.rsplit(".", 1)[-1].lower() not in ASSET_ENDINGS and not isinstance(definition, m.Quiz):
            problems.append(Problem(path, place, _("“{kind}” has no counterpart here").format(kind=name)))
        elif not isinstance(definition, m.Quiz) and asset not in assets:
            used.add(asset)
            try:
                check_media(name, files[asset])
            except MediaRefused as refused:
                problems.append(Problem(asset, "", str(refused)))
            assets[asset] = files[asset]


def _definition(kind: str, content: bytes, path: str, problems: list[Problem]) -> m.Definition | None:
    if kind in m.MARKDOWN_KINDS and not path.endswith(".yaml"):
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            problems.append(Problem(path, "", _("is not UTF-8; save it as UTF-8")))
            return None
        try:
            return m.parse(kind, {"text": text})
        except msgspec.ValidationError as error:
            problems.append(Problem(path, "", _place(error)[1]))
            return None
    try:
        return m.parse(kind, load_yaml(content, file=path))
    except BadPack as bad:
        problems.extend(bad.problems)
    except msgspec.ValidationError as error:
        place, says = _place(error)
        problems.append(Problem(path, place, says))
    return None


def write_files(pack: Pack) -> Iterator[tuple[str, bytes, Any]]:
    """(path, canonical bytes, the value they hold) of every file of the pack. The value lets a caller keep an author's own way to write it."""
    yield "course.yaml", dump_yaml(m.plain(pack.course)), pack.course
    if pack.outcomes:
        yield "outcomes.yaml", dump_yaml([m.plain(o) for o in pack.outcomes]), pack.outcomes
    if pack.glossary:
        yield "glossary.yaml", dump_yaml([m.plain(t) for t in pack.glossary]), pack.glossary
    for key, topic in pack.topics.items():
        yield f"topics/{key}/topic.yaml", dump_yaml(m.plain(topic)), topic
    for path, definition in pack.definitions.items():
        words = isinstance(definition, m.Text | m.Document) and not path.endswith(".yaml")
        content = definition.text.encode() if words else dump_yaml(m.plain(definition))
        yield path, content, definition
    for path, value in languages.write_words(pack):
        yield path, value.encode() if isinstance(value, str) else dump_yaml(value), value
    for path, content in pack.assets.items():
        yield path, content, content


def values_by_path(pack: Pack) -> dict[str, Any]:
    """The value that every file of the pack holds."""
    return {path: value for path, _content, value in write_files(pack)}


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip with the same bytes for the same files, whenever and wherever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    return out.getvalue()
