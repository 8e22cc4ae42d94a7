"""What can be said in another language, what of it is missing or out of date, and the translation laid over its source. Pure.

A **passage** is one text of a page, known by its path: `choices.mill.text` (parts with a key by their key), `slides.0.say` (others by their place).
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import msgspec

from talka.courses.body import bare, block_name, fields_of, is_part, structure_of
from talka.courses.rules import materials as m
from talka.courses.rules.packs import gaps_of, problems_in

# Languages in their own names, as one meets them in Europe.
NAMES: Mapping[str, str] = {
    "bg": "български", "ca": "català", "cs": "čeština", "da": "dansk", "de": "Deutsch", "el": "ελληνικά", "en": "English", "es": "español",
    "et": "eesti", "eu": "euskara", "fi": "suomi", "fr": "français", "ga": "Gaeilge", "hr": "hrvatski", "hu": "magyar", "is": "íslenska",
    "it": "italiano", "lt": "lietuvių", "lv": "latviešu", "mt": "Malti", "nb": "norsk bokmål", "nl": "Nederlands", "pl": "polski",
    "pt": "português", "ro": "română", "sk": "slovenčina", "sl": "slovenščina", "sq": "shqip", "sr": "српски", "sv": "svenska",
    "tr": "Türkçe", "uk": "українська",
}  # fmt: skip
# The place of a course's own words; every other place is the uuid of a topic or a material.
COURSE = "course"
# Names, numbers and marks that are the same in every language.
_SAME = frozenset(
    {
        "key",
        "type",
        "to",
        "start",
        "category",
        "see",
        "end",
        "kind",
        "language",
        "latex",
        "package",
        "credit",
        "accept",
        "assesses",
        "captions",
    }
)
_LINE_ENDS = re.compile(r"\r\n?")
# [words, the source words they were made from] by path, as a translation keeps them.
Texts = Mapping[str, Sequence[str]]


def name_of(language: str) -> str:
    return NAMES.get(language, language)


def language_for(chosen: str, wanted: str, source: str, others: Sequence[str]) -> str:
    """The language somebody reads a course in: what they chose for it, else the one `wanted` of the whole site, else the course's own."""
    for asked in (chosen, wanted, wanted.split("-", maxsplit=1)[0]):
        if asked == source or asked in others:
            return asked
    return source


@dataclass(frozen=True, slots=True)
class Passage:
    """`kind`: line, prose, markdown, gaps (a text with gaps), variants (accepted answers, one a line), file (of this language's own, optional)."""

    path: str
    text: str
    kind: str = "line"

    @property
    def words(self) -> int:
        return len(self.text.split()) if self.kind != "file" else 0


def _said(text: str) -> bool:
    """A number or a sign is the same in every language."""
    return any(ch.isalpha() for ch in text)


def _mapped(structure: type[m.Part], plain: Mapping[str, Any], prefix: str, change: Callable[[Passage], str]) -> dict[str, Any]:
    """The definition with every passage replaced by what `change` answers for it."""
    made = dict(plain)
    if structure is m.Code:
        return made
    for name, annotation in fields_of(structure):
        value = plain.get(name)
        if name in _SAME or not value:
            continue
        made[name] = _mapped_value(structure, annotation, value, f"{prefix}{name}", change)
    return made


def _mapped_value(structure: type[m.Part], annotation: Any, value: Any, path: str, change: Callable[[Passage], str]) -> Any:  # noqa: PLR0911  # one line per sort of field
    kind = bare(annotation)
    if is_part(kind):
        return _mapped(kind, value, f"{path}.", change)
    if structure is m.Short and path == "accepted":
        return _lines(change(Passage(path, "\n".join(value), "variants")))
    if get_origin(kind) is list:
        inner = bare(get_args(kind)[0])
        if is_part(inner):
            return [_mapped(inner, one, f"{path}.{_key(one, n)}.", change) for n, one in enumerate(value)]
        return [change(Passage(f"{path}.{n}", one)) if _said(one) else one for n, one in enumerate(value)] if inner is str else value
    if get_origin(kind) is dict:
        inner = bare(get_args(kind)[1])
        if is_part(inner):
            return {key: _mapped(inner, one, f"{path}.{key}.", change) for key, one in value.items()}
        return {key: change(Passage(f"{path}.{key}", one)) if _said(one) else one for key, one in value.items()}
    if kind is not str:
        return value
    sort = _sort(structure, annotation, path, value)
    return change(Passage(path, value, sort)) if sort else value


def _key(one: Mapping[str, Any], n: int) -> str:
    return str(one.get("key") or n)


def _sort(structure: type[m.Part], annotation: Any, path: str, value: str) -> str:
    extra = next((a.extra for a in get_args(annotation) if isinstance(a, msgspec.Meta) and a.extra), None) or {}
    if extra.get("file") or (structure is m.Image and path == "src"):
        return "file"
    if structure in {m.Video, m.Audio} and path == "src":
        return "" if value.startswith("https://") else "file"
    if not _said(value):
        return ""
    if extra.get("markdown"):
        return "markdown"
    if structure is m.Cloze and path == "text":
        return "gaps"
    longest = next((a.max_length for a in get_args(annotation) if isinstance(a, msgspec.Meta) and a.max_length), 0)
    return "prose" if longest > 400 else "line"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def passages_of(kind: str, definition: Mapping[str, Any], *, title: str = "") -> list[Passage]:
    """Everything in a material that is said in a language, in the order in which it is read."""
    found: list[Passage] = []

    def keep(passage: Passage) -> str:
        found.append(passage)
        return passage.text

    if kind != "quiz":  # whose pool names files
        _mapped(structure_of(block_name(kind, definition)), {k: v for k, v in definition.items() if k != "title"}, "", keep)
    elif definition.get("intro"):
        found.append(Passage("intro", definition["intro"], "markdown"))
    return [*([Passage("title", title)] if _said(title) else []), *found]


def overlaid(kind: str, definition: Mapping[str, Any], texts: Texts) -> dict[str, Any]:
    """The definition in the words of `texts`; what they lack stays as it is. Keys, places, numbers and right answers never change."""

    def change(passage: Passage) -> str:
        return words_in(texts, passage.path) or passage.text

    if kind == "quiz":
        return {**definition, **({"intro": change(Passage("intro", definition["intro"]))} if definition.get("intro") else {})}
    made = _mapped(structure_of(block_name(kind, definition)), definition, "", change)
    if definition.get("title"):
        made["title"] = change(Passage("title", definition["title"]))
    return made


def words_in(texts: Texts, path: str) -> str:
    found = texts.get(path)
    return found[0] if found else ""


def normal(text: str) -> str:
    """The words as they are kept: one kind of line end, nothing around."""
    return _LINE_ENDS.sub("\n", text).strip()


# Where a translation stands


def state_of(passage: Passage, texts: Texts) -> str:
    """missing, stale (the source has changed since) or done. A file of a language's own is never missing: the source's serves all."""
    found = texts.get(passage.path)
    if not found or not found[0]:
        return "done" if passage.kind == "file" else "missing"
    return "done" if passage.kind == "file" or found[1] == normal(passage.text) else "stale"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the translation of some passages is. `words_left` are the source words of what is missing or out of date."""

    total: int = 0
    missing: int = 0
    stale: int = 0
    words_left: int = 0

    @property
    def done(self) -> int:
        return self.total - self.missing - self.stale

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100

    def __add__(self, other: "Standing") -> "Standing":
        return Standing(
            self.total + other.total, self.missing + other.missing, self.stale + other.stale, self.words_left + other.words_left
        )


def standing(passages: Iterable[Passage], texts: Texts) -> Standing:
    """Counts of all passages but files."""
    total = missing = stale = left = 0
    for passage in passages:
        if passage.kind == "file":
            continue
        state = state_of(passage, texts)
        total, missing, stale = total + 1, missing + (state == "missing"), stale + (state == "stale")
        left += passage.words if state != "done" else 0
    return Standing(total, missing, stale, left)


def faults_in(kind: str, definition: Mapping[str, Any], texts: Texts) -> list[tuple[str, str]]:
    """(path, what to mend) of a translation that would change what can be answered, or that no reader could be shown."""
    if kind == "course":
        return []
    made = overlaid(kind, definition, texts)
    found: list[tuple[str, str]] = []
    if definition.get("type") == "cloze":
        here, there = gaps_of(made["text"]), gaps_of(definition["text"])
        if len(here) != len(there):
            found.append(("text", f"has {len(here)} gaps, but the source has {len(there)}; gaps keep their number and their order"))
    if definition.get("type") == "match":
        found += _merged([(p["right"], f"pairs.{p['key']}.right") for p in definition["pairs"]], [p["right"] for p in made["pairs"]])
    for list_ in ("bank", "distractors"):
        if definition.get(list_) and len(set(made[list_])) != len(set(definition[list_])):
            found.append((f"{list_}.0", "two of these words are the same now; each keeps a word of its own"))
    try:
        parsed = m.parse(kind, made)
    except msgspec.ValidationError as error:
        says, _at, place = str(error).partition(" - at `")
        return [*found, (_path(place), says)]
    if not found:
        before = {says for _place, says in problems_in(m.parse(kind, definition))}
        found += [(_path(place), says) for place, says in problems_in(parsed) if says not in before]
    return found


def _merged(source: Sequence[tuple[str, str]], made: Sequence[str]) -> list[tuple[str, str]]:
    """Different answers of the source that became one."""
    first: dict[str, str] = {}
    found = []
    for (text, path), words in zip(source, made, strict=True):
        if first.setdefault(words, text) != text:
            found.append((path, "says the same as another pair now, but in the source they differ"))
    return found


def _path(place: str) -> str:
    return re.sub(r"\[(?:\.\.\.|(\d+))\]", r".\1", place.rstrip("`").removeprefix("$").removeprefix("."))


# Answers in any language


def with_variants(definition: Mapping[str, Any], others: Iterable[Texts]) -> dict[str, Any]:
    """The source's exercise, accepting what the published translations accept too: one exercise, marked alike whatever language it is read in."""
    made = dict(definition)
    match definition.get("type"):
        case "short":
            more = [line for texts in others for line in _lines(words_in(texts, "accepted"))]
            made["accepted"] = list(dict.fromkeys([*definition["accepted"], *more]))
        case "cloze":
            gaps = gaps_of(definition["text"])
            for texts in others:
                theirs = gaps_of(words_in(texts, "text"))
                if len(theirs) == len(gaps):
                    gaps = [list(dict.fromkeys([*mine, *more])) for mine, more in zip(gaps, theirs, strict=True)]
            rest = iter(gaps)
            made["text"] = re.sub(r"\{[^{}]*\}", lambda _gap: "{" + "|".join(next(rest)) + "}", definition["text"])
        case _:
            pass
    return made


# What changed


@dataclass(frozen=True, slots=True)
class Change:
    """Some words that stayed ("same"), went ("out") or came ("in")."""

    how: str
    text: str


def changes(before: str, after: str) -> list[Change]:
    """The way from one text to another, word by word."""
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    made: list[Change] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            made.append(Change("same", "".join(old[a:b])))
            continue
        if b > a:
            made.append(Change("out", "".join(old[a:b])))
        if d > c:
            made.append(Change("in", "".join(new[c:d])))
    return made


# The course's own words


def course_passages(
    *,
    title: str,
    summary: str,
    audience: str,
    outcomes: Iterable[tuple[str, str]],
    modules: Iterable[tuple[str, str, str]],
    lessons: Iterable[tuple[str, str, str]],
    glossary: Iterable[tuple[str, str, str, str]],
) -> list[Passage]:
    """What a course says about itself: outcomes as (key, text), modules and lessons as (key, title, summary), terms as (key, term, definition, source)."""
    rows = [("title", title, "line"), ("summary", summary, "prose"), ("audience", audience, "prose")]
    rows += [(f"outcomes.{key}", text, "prose") for key, text in outcomes]
    for name, parts in (("modules", modules), ("lessons", lessons)):
        for key, its_title, its_summary in parts:
            rows += [(f"{name}.{key}.title", its_title, "line"), (f"{name}.{key}.summary", its_summary, "prose")]
    for key, term, definition, source in glossary:
        rows += [
            (f"glossary.{key}.term", term, "line"),
            (f"glossary.{key}.definition", definition, "prose"),
            (f"glossary.{key}.source", source, "line"),
        ]
    return [Passage(path, text, kind) for path, text, kind in rows if _said(text)]


def topic_passages(*, title: str, summary: str) -> list[Passage]:
    return [p for p in (Passage("title", title), Passage("summary", summary, "prose")) if _said(p.text)]


# Paths as nested values, the form in which files hold them


def nested(texts: Mapping[str, str], passages: Sequence[Passage]) -> dict[str, Any]:
    """`{"slides.0.say": ...}` as `{"slides": [{"say": ...}]}`: places become lists where none is left out, keys become mappings."""
    made: dict[str, Any] = {}
    for passage in passages:
        if passage.path not in texts:
            continue
        *way, last = passage.path.split(".")
        here = made
        for step in way:
            here = here.setdefault(step, {})
        here[last] = _lines(texts[passage.path]) if passage.kind == "variants" else texts[passage.path]
    return _listed(made)


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = {key: _listed(one) for key, one in value.items()}
    return list(made.values()) if made and list(made) == [str(n) for n in range(len(made))] else made


def flat(value: Any, prefix: str = "") -> dict[str, str]:
    """The same back: every text under its path. A list of plain lines under `accepted` is one text. Raises ValueError for what is no text."""
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list):
        if prefix == "accepted." and all(isinstance(one, str) for one in value):
            return {"accepted": "\n".join(value)}
        pairs = enumerate(value)
    elif isinstance(value, str):
        return {prefix.rstrip("."): value.rstrip("\n") if "\n" in value else value}
    else:
        raise ValueError(prefix.rstrip("."))  # noqa: TRY004  # what is wrong is the file, not the call
    made: dict[str, str] = {}
    for key, one in pairs:
        made |= flat(one, f"{prefix}{key}.")
    return made
