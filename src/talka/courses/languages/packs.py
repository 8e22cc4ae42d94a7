"""Translations in a pack: companions beside the files they translate (docs/course-packs.md).

`course.de.yaml` beside `course.yaml`, `topic.de.yaml` beside a `topic.yaml`, `sort.de.yaml` or `read.de.md` beside a material's file. A companion
has the texts only, nested as in its source: parts with a key under their key, others as a list in the same order.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from talka.courses.languages import rules
from talka.courses.languages.rules import Passage
from talka.courses.rules import materials as m
from talka.courses.rules.packs import Pack, Problem

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
Words = Mapping[tuple[str, str], Mapping[str, Sequence[str]]]


def companion(path: str, language: str) -> str:
    """`topics/a/sort.yaml` in German: `topics/a/sort.de.yaml`."""
    stem, _dot, ending = path.rpartition(".")
    return f"{stem}.{language}.{ending}"


def source_of(path: str) -> tuple[str, str] | None:
    """(language, path of the source) of what looks like a companion."""
    stem, _dot, ending = path.rpartition(".")
    stem, _dot, language = stem.rpartition(".")
    return (language, f"{stem}.{ending}") if stem and ending in {"yaml", "md"} and LANGUAGE.fullmatch(language) else None


def passages_in(pack: Pack) -> dict[str, tuple[str, Mapping[str, Any], list[Passage]]]:
    """(kind, definition, passages) of everything that can be translated, by the path of its file."""
    head = pack.course
    lessons = [lesson for module in head.modules for lesson in module.lessons]
    made: dict[str, tuple[str, Mapping[str, Any], list[Passage]]] = {
        "course.yaml": (
            "course",
            {},
            rules.course_passages(
                title=head.title,
                summary=head.summary,
                audience=head.audience,
                outcomes=[(o.key, o.text) for o in pack.outcomes],
                modules=[(one.key, one.title, one.summary) for one in head.modules],
                lessons=[(one.key, one.title, one.summary) for one in lessons],
                glossary=[(t.key, t.term, t.definition, t.source) for t in pack.glossary],
            ),
        )
    }
    for key, topic in pack.topics.items():
        made[f"topics/{key}/topic.yaml"] = ("topic", {}, rules.topic_passages(title=topic.title, summary=topic.summary))
        for entry in topic.materials:
            path = f"topics/{key}/{entry.file}"
            if (definition := pack.definitions.get(path)) is None:
                continue
            plain = m.plain(definition)
            title = entry.title or plain.get("title", "")
            made[path] = (entry.kind, plain, rules.passages_of(entry.kind, plain, title=title))
            for question in definition.pool if isinstance(definition, m.Quiz) else ():
                its = f"topics/{key}/{question.file}"
                if its in pack.definitions:
                    plain = m.plain(pack.definitions[its])
                    made[its] = ("exercise", plain, rules.passages_of("exercise", plain, title=plain.get("title", "")))
    return made


def read_words(
    pack: Pack, files: Mapping[str, bytes], used: set[str], load: Callable[[bytes, str], Any], problems: list[Problem]
) -> dict[tuple[str, str], dict[str, list[str]]]:
    """The texts of all companions by (language, path of the source); their paths go to `used`. `load` reads YAML and may raise BadPack."""
    known = passages_in(pack)
    made: dict[tuple[str, str], dict[str, list[str]]] = {}
    older: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(set(files) - used):
        found = source_of(path)
        if found is None or found[1] not in known:
            continue
        language, source = found
        used.add(path)
        if language == pack.course.language:
            problems.append(Problem(path, "", "is in the course's own language; the source itself says that"))
            continue
        try:
            texts = {"text": files[path].decode("utf-8")} if path.endswith(".md") else dict(load(files[path], path) or {})
            for extra in ("made_from", "titles"):
                _set_aside(extra, texts.pop(extra, None), source, language, pack, made, older, known)
            flat = rules.flat(texts)
        except (UnicodeDecodeError, ValueError, TypeError, AttributeError) as wrong:
            problems.append(Problem(path, "", f"has something else than texts: {wrong}" if str(wrong) else "has something else than texts"))
            continue
        _take(flat, path, source, language, known, made, problems)
    for (language, source), before in older.items():
        for place, text in before.items():
            if place in made.get((language, source), {}):
                made[language, source][place][1] = rules.normal(text)
    return made


def _set_aside(
    extra: str, value: Any, source: str, language: str, pack: Pack, made: Any, older: Any, known: Any
) -> None:  # one file's two side tables
    """Titles of Markdown materials, and the older words that a translation was made from."""
    if not value:
        return
    folder = source.rpartition("/")[0]
    if extra == "made_from":
        for name, texts in (value if folder else {"course.yaml": value}).items():
            older.setdefault((language, f"{folder}/{name}" if folder else name), {}).update(rules.flat(texts))
        return
    topic = pack.topics[folder.rpartition("/")[2]]
    for entry in topic.materials:
        path = f"{folder}/{entry.file}"
        if entry.key in value and path in known:
            of = next((p.text for p in known[path][2] if p.path == "title"), "")
            made.setdefault((language, path), {})["title"] = [rules.normal(value[entry.key]), rules.normal(of)]


def _take(
    flat: Mapping[str, str], path: str, source: str, language: str, known: Any, made: Any, problems: list[Problem]
) -> None:  # one companion
    kind, definition, passages = known[source]
    there = {passage.path: passage for passage in passages}
    texts = made.setdefault((language, source), {})
    for place, text in flat.items():
        if place not in there:
            problems.append(Problem(path, place, "the source has no such text"))
        elif rules.normal(text):
            texts[place] = [rules.normal(text), rules.normal(there[place].text)]
    if kind not in {"course", "topic"}:
        problems.extend(Problem(path, place, says) for place, says in rules.faults_in(kind, definition, texts))


def write_words(pack: Pack) -> Iterator[tuple[str, Any]]:
    """(path, value) of every companion; the value of a Markdown one is its text."""
    known = passages_in(pack)
    heads: dict[tuple[str, str], dict[str, Any]] = {}
    for (language, source), texts in pack.words.items():
        if source not in known:
            continue
        _kind, _definition, passages = known[source]
        folder, _slash, name = source.rpartition("/")
        plain = {path: words[0] for path, words in texts.items()}
        older = {
            p.path: texts[p.path][1] for p in passages if p.path in texts and texts[p.path][1] != rules.normal(p.text) and p.kind != "file"
        }
        if older:
            head = heads.setdefault((language, f"{folder}/topic.yaml" if folder else "course.yaml"), {})
            head.setdefault("made_from", {}).update({name: older} if folder else older)
        if source.endswith(".md"):
            if title := plain.pop("title", ""):
                topic = pack.topics[folder.rpartition("/")[2]]
                key = next(entry.key for entry in topic.materials if entry.file == name)
                heads.setdefault((language, f"{folder}/topic.yaml"), {}).setdefault("titles", {})[key] = title
            if "text" in plain:
                yield companion(source, language), plain["text"] + "\n"
        elif name in {"topic.yaml", "course.yaml"}:
            head = heads.setdefault((language, source), {})
            heads[language, source] = rules.nested(plain, passages) | head
        elif value := rules.nested(plain, passages):
            yield companion(source, language), value
    for (language, source), value in heads.items():
        yield companion(source, language), value
