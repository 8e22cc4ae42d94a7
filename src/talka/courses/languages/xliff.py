"""Texts for translators with programs of their own: XLIFF 2.0 out, 2.0 and 1.2 in (OASIS standards)."""

import xml.etree.ElementTree as ET  # builds only; strangers' bytes go through `exchange.xml`
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from talka.courses.exchange import xml
from talka.courses.languages import rules
from talka.courses.languages.queries import Source
from talka.courses.languages.rules import Texts
from talka.courses.models import Course
from talka.kit.imports import Row, State

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
LONGEST = 200_000
_STATES = {"missing": "initial", "stale": "initial", "done": "translated"}


def write(course: Course, language: str, sources: Sequence[Source], kept: Mapping[str, Texts]) -> bytes:
    """One file per part, one unit per text. What was made from an older source is marked and carries a note."""
    root = ET.Element("xliff", {"xmlns": NAMESPACE, "version": "2.0", "srcLang": course.language, "trgLang": language})
    for n, source in enumerate(sources, 1):
        texts = kept.get(source.place, {})
        passages = [p for p in source.passages if p.kind != "file"]
        if not passages:
            continue
        file = xml.add(root, "file", id=f"f{n}", original=source.place)
        for i, passage in enumerate(passages, 1):
            state = rules.state_of(passage, texts)
            unit = xml.add(file, "unit", id=f"u{i}", name=passage.path)
            notes = xml.add(unit, "notes")
            xml.add(notes, "note", f"{source.topic.title} · {source.title}" if source.topic else source.title)
            if passage.kind == "gaps":
                xml.add(notes, "note", "Gaps stay in braces, in their number and order; alternatives are divided by |.")
            if passage.kind == "variants":
                xml.add(notes, "note", "One accepted answer a line; as many as there are in your language.")
            if state == "stale":
                xml.add(notes, "note", f"The source has changed. The translation was made from: {texts[passage.path][1]}")
            segment = xml.add(unit, "segment", state=_STATES[state])
            xml.add(segment, "source", passage.text).set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            if state != "missing":
                words = rules.words_in(texts, passage.path)
                xml.add(segment, "target", words).set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return xml.write(root, indent=False)


@dataclass(frozen=True, slots=True)
class Unit:
    """One text of a file: where it belongs, the source it was made from, the translation."""

    number: int
    place: str
    path: str
    source: str
    target: str


def read(content: bytes, *, course: Course, language: str) -> list[Unit]:
    """The units of an XLIFF file in order. Raises Unreadable for what is none, or is for another language."""
    name = "translation.xlf"
    root = xml.parse(content, file=name)
    if xml.local(root) != "xliff":
        raise xml.unreadable(name, _("is not an XLIFF file (2.0 or 1.2)"))
    newer = xml.attribute(root, "version").startswith("2")
    if not newer and not xml.attribute(root, "version").startswith("1"):
        raise xml.unreadable(name, _("is not an XLIFF file (2.0 or 1.2)"))
    units: list[Unit] = []
    for file in xml.descendants(root, "file"):
        source, target = (xml.attribute(root, "srcLang"), xml.attribute(root, "trgLang")) if newer else (
            xml.attribute(file, "source-language"), xml.attribute(file, "target-language")
        )  # fmt: skip
        for said, wanted in ((source, course.language), (target, language)):
            if said and not _same(said, wanted):
                raise xml.unreadable(name, _("is for {found}, not for {wanted}").format(found=said, wanted=wanted))
        for unit in xml.descendants(file, "unit" if newer else "trans-unit"):
            segments = xml.children(unit, "segment") if newer else [unit]
            units.append(
                Unit(
                    number=len(units) + 1,
                    place=xml.attribute(file, "original"),
                    path=xml.attribute(unit, "name") or xml.attribute(unit, "resname") or xml.attribute(unit, "id"),
                    source="".join(_text(one, "source") for one in segments),
                    target="".join(_text(one, "target") for one in segments),
                )
            )
    if not units:
        raise xml.unreadable(name, _("is empty"))
    return units


def _same(said: str, wanted: str) -> bool:
    return said.lower().split("-")[0] == wanted.lower().split("-")[0]


def _text(element: ET.Element, name: str) -> str:
    found = xml.child(element, name)
    return "".join(found.itertext()) if found is not None else ""


def compared(
    units: Sequence[Unit], sources: Sequence[Source], kept: Mapping[str, Texts]
) -> tuple[list[Row], dict[str, dict[str, list[str]]]]:
    """What taking the units in would do, row by row, and the texts to take: {place: {path: [words, the source they were made from]}}."""
    known = {source.place: source for source in sources}
    taken: dict[str, dict[str, list[str]]] = {}
    rows = []
    for unit in units:
        source = known.get(unit.place)
        passage = next((p for p in source.passages if p.path == unit.path), None) if source else None
        words, key = rules.normal(unit.target), f"{source.title if source else unit.place} · {unit.path}"
        before = kept.get(unit.place, {}).get(unit.path)
        if source is None or passage is None or passage.kind == "file":
            rows.append(Row(unit.number, State.REFUSED, key, words[:200], _("The course has no such text.")))
        elif len(words) > LONGEST:
            rows.append(Row(unit.number, State.REFUSED, key, words[:200], _("This text is too long.")))
        elif not words or (before and before[0] == words):
            rows.append(Row(unit.number, State.SAME, key))
        elif wrong := _wrong(source, {**kept.get(unit.place, {}), unit.path: [words, passage.text]}, unit.path):
            rows.append(Row(unit.number, State.REFUSED, key, words[:200], wrong))
        else:
            of = rules.normal(unit.source) or rules.normal(passage.text)
            taken.setdefault(unit.place, {})[unit.path] = [words, of]
            why = "" if of == rules.normal(passage.text) else _("made from an older text")
            rows.append(Row(unit.number, State.CHANGED if before else State.NEW, key, words[:200], why))
    return rows, taken


def _wrong(source: Source, texts: Texts, path: str) -> str:
    """What is wrong with this text alone; what is only unfinished is no reason to refuse it."""
    if source.kind in {"course", "topic"}:
        return ""
    alone = {path: texts[path]}
    return next((says for place, says in rules.faults_in(source.kind, source.definition, alone) if place == path), "")
