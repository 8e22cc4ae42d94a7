"""Exercises of ours as QTI 3.0 items."""

import io
import mimetypes
import re
import xml.etree.ElementTree as ET  # builds only
from collections.abc import Callable, Iterable, Sequence
from functools import singledispatch

from django.utils.translation import gettext as _

from talka.courses.exchange.markup import to_elements
from talka.courses.exchange.reading import number_text
from talka.courses.exchange.xml import add, clean, write
from talka.courses.rules import materials as m
from talka.courses.rules.packs import GAP, gaps_of
from talka.kit.markdown import to_html

ASI = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
PLACE = f"{ASI} https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0p1_v1p0.xsd"
CP = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TEMPLATES = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"
PICTURE_WIDTH = 1000


def ident(key: str) -> str:
    """A key of ours as an identifier, which begins with a letter."""
    return key if re.match(r"[A-Za-z_]", key) else f"k.{key}"


def write_item(
    exercise: m.Exercise, *, identifier: str, language: str = "en", pictures: Callable[[str], tuple[str, bytes]] | None = None
) -> bytes:
    """One exercise as an item. `pictures` gives the address in the package and the bytes of a picture that the exercise names."""
    root = ET.Element("qti-assessment-item", {"xmlns": ASI, XSI: PLACE, "identifier": ident(identifier), LANG: language})
    root.set("title", clean(exercise.title or identifier))
    root.set("adaptive", "false")
    root.set("time-dependent", "false")
    parts = _Parts(root, exercise, pictures)
    declare(exercise, parts)
    return write(parts.finished(), indent=False)


class _Parts:
    """The parts of an item, put together at the end in the order that the standard asks for."""

    def __init__(self, root: ET.Element, exercise: m.Exercise, pictures: Callable[[str], tuple[str, bytes]] | None) -> None:
        self.root, self.exercise, self.pictures = root, exercise, pictures
        self.declarations: list[ET.Element] = []
        self.body = ET.Element("qti-item-body")
        self.marking = ET.Element("qti-response-processing")
        self.part_feedback: list[tuple[str, str]] = []
        self.choice_outcome = ""
        _prose(self.body, exercise.prompt)

    def response(self, cardinality: str, base: str, correct: Sequence[str], *, name: str = "RESPONSE") -> ET.Element:
        made = ET.Element("qti-response-declaration", {"identifier": name, "cardinality": cardinality, "base-type": base})
        if correct:
            box = add(made, "qti-correct-response")
            for value in correct:
                add(box, "qti-value", value)
        self.declarations.append(made)
        return made

    def mapping(self, response: ET.Element, entries: Iterable[tuple[str, float]], *, case: bool | None = None) -> None:
        box = add(response, "qti-mapping", default_value="0", lower_bound="0", upper_bound=number_text(self.exercise.points))
        for key, value in entries:
            entry = add(box, "qti-map-entry", map_key=key, mapped_value=number_text(value))
            if case is not None:
                entry.set("case-sensitive", "true" if case else "false")

    def score_mapped(self, names: Sequence[str]) -> None:
        """The score is what the mappings of these responses give."""
        box = add(self.marking, "qti-set-outcome-value", identifier="SCORE")
        if len(names) > 1:
            box = add(box, "qti-sum")
        for name in names:
            add(box, "qti-map-response", identifier=name)
        self._verdict(names)

    def score_if(self, test: Callable[[ET.Element], object]) -> None:
        """All points if the test holds."""
        condition = add(self.marking, "qti-response-condition")
        hit = add(condition, "qti-response-if")
        test(hit)
        _set(hit, "SCORE", "float", number_text(self.exercise.points))
        _set(hit, "FEEDBACK", "identifier", "right")
        _set(add(condition, "qti-response-else"), "FEEDBACK", "identifier", "wrong")

    def _verdict(self, names: Sequence[str]) -> None:
        condition = add(self.marking, "qti-response-condition")
        hit = add(condition, "qti-response-if")
        box = add(hit, "qti-and") if len(names) > 1 else hit
        for name in names:
            match = add(box, "qti-match")
            add(match, "qti-variable", identifier=name)
            add(match, "qti-correct", identifier=name)
        _set(hit, "FEEDBACK", "identifier", "right")
        some = add(condition, "qti-response-else-if")
        more = add(some, "qti-gt")
        add(more, "qti-variable", identifier="SCORE")
        add(more, "qti-base-value", "0", base_type="float")
        _set(some, "FEEDBACK", "identifier", "partly")
        _set(add(condition, "qti-response-else"), "FEEDBACK", "identifier", "wrong")

    def chosen(self, cardinality: str) -> None:
        """What was chosen is an outcome too, so that feedback to single choices can follow it."""
        self.choice_outcome = cardinality
        add(add(self.marking, "qti-set-outcome-value", identifier="CHOICE"), "qti-variable", identifier="RESPONSE")

    def finished(self) -> ET.Element:
        root, exercise = self.root, self.exercise
        root.extend(self.declarations)
        score = add(root, "qti-outcome-declaration", identifier="SCORE", cardinality="single", base_type="float")
        score.set("normal-maximum", number_text(exercise.points))
        add(add(score, "qti-default-value"), "qti-value", "0")
        for name in ("FEEDBACK", "HINT", "SOLUTION"):
            add(root, "qti-outcome-declaration", identifier=name, cardinality="single", base_type="identifier")
        if self.choice_outcome:
            add(root, "qti-outcome-declaration", identifier="CHOICE", cardinality=self.choice_outcome, base_type="identifier")
        root.append(self.body)
        root.append(self.marking)
        said = exercise.feedback
        for name, words in (("right", said.right), ("partly", said.partly), ("wrong", said.wrong)):
            self._modal("FEEDBACK", name, words)
        for key, words in self.part_feedback:
            self._modal("CHOICE", key, words)
        for n, hint in enumerate(exercise.hints, 1):
            self._modal("HINT", f"hint-{n}", hint)
        if exercise.explanation.strip():
            _prose(add(self._modal_box("SOLUTION", "explanation"), "qti-content-body"), exercise.explanation)
        return root

    def _modal_box(self, outcome: str, name: str) -> ET.Element:
        return add(self.root, "qti-modal-feedback", outcome_identifier=outcome, identifier=name, show_hide="show")

    def _modal(self, outcome: str, name: str, words: str) -> None:
        if words:
            _lines(add(self._modal_box(outcome, name), "qti-content-body"), words)


def _set(parent: ET.Element, name: str, base: str, value: str) -> None:
    add(add(parent, "qti-set-outcome-value", identifier=name), "qti-base-value", value, base_type=base)


def _prose(parent: ET.Element, markdown: str) -> None:
    for element in to_elements(str(to_html(markdown))):
        element.tail = None
        parent.append(element)


def _lines(parent: ET.Element, words: str) -> None:
    """Plain words, one paragraph a line."""
    for line in words.strip().split("\n"):
        if line.strip():
            add(parent, "p", line.strip())


def _choice(parent: ET.Element, tag: str, key: str, words: str, comment: str = "", **more: str) -> ET.Element:
    made = add(parent, tag, None, identifier=ident(key), **more)
    made.text = clean(" ".join(words.split()))
    if comment:
        add(made, "qti-feedback-inline", " ".join(comment.split()), outcome_identifier="CHOICE", identifier=ident(key), show_hide="show")
    return made


@singledispatch
def declare(exercise: m.Exercise, parts: _Parts) -> None:
    """Response, interaction and marking of this type of exercise."""
    raise TypeError(type(exercise))


@declare.register
def _single(exercise: m.Single, parts: _Parts) -> None:
    right = [ident(c.key) for c in exercise.choices if c.right]
    parts.mapping(parts.response("single", "identifier", right), [(key, exercise.points) for key in right])
    box = add(parts.body, "qti-choice-interaction", response_identifier="RESPONSE", max_choices="1", shuffle=_truth(exercise.shuffle))
    for c in exercise.choices:
        _choice(box, "qti-simple-choice", c.key, c.text, c.feedback)
    parts.score_mapped(["RESPONSE"])
    parts.chosen("single")


def _truth(value: bool) -> str:
    return "true" if value else "false"


@declare.register
def _multiple(exercise: m.Multiple, parts: _Parts) -> None:
    right = [ident(c.key) for c in exercise.choices if c.right]
    share = exercise.points / len(right)
    parts.mapping(parts.response("multiple", "identifier", right), [(ident(c.key), share if c.right else -share) for c in exercise.choices])
    box = add(parts.body, "qti-choice-interaction", response_identifier="RESPONSE", max_choices="0", shuffle=_truth(exercise.shuffle))
    for c in exercise.choices:
        _choice(box, "qti-simple-choice", c.key, c.text, c.feedback)
    parts.score_mapped(["RESPONSE"])
    parts.chosen("multiple")


@declare.register
def _truefalse(exercise: m.TrueFalse, parts: _Parts) -> None:
    right = _truth(exercise.right)
    parts.mapping(parts.response("single", "identifier", [right]), [(right, exercise.points)])
    box = add(parts.body, "qti-choice-interaction", response_identifier="RESPONSE", max_choices="1", shuffle="false")
    _choice(box, "qti-simple-choice", "true", _("True"), exercise.feedback_true)
    _choice(box, "qti-simple-choice", "false", _("False"), exercise.feedback_false)
    parts.score_mapped(["RESPONSE"])
    parts.chosen("single")


def _within(tolerance: float) -> Callable[[ET.Element], object]:
    def test(parent: ET.Element) -> None:
        equal = add(parent, "qti-equal", tolerance_mode="absolute" if tolerance else "exact")
        if tolerance:
            equal.set("tolerance", f"{number_text(tolerance)} {number_text(tolerance)}")
        add(equal, "qti-variable", identifier="RESPONSE")
        add(equal, "qti-correct", identifier="RESPONSE")

    return test


@declare.register
def _number(exercise: m.Number, parts: _Parts) -> None:
    parts.response("single", "float", [number_text(exercise.right)])
    entry = add(add(parts.body, "p"), "qti-text-entry-interaction", response_identifier="RESPONSE", expected_length="12")
    if exercise.unit:
        entry.tail = f" {clean(exercise.unit)}"
    parts.score_if(_within(exercise.tolerance))


@declare.register
def _short(exercise: m.Short, parts: _Parts) -> None:
    response = parts.response("single", "string", exercise.accepted[:1])
    parts.mapping(response, [(a, exercise.points) for a in exercise.accepted], case=not exercise.ignore_case)
    add(add(parts.body, "p"), "qti-text-entry-interaction", response_identifier="RESPONSE")
    parts.score_mapped(["RESPONSE"])


@declare.register
def _cloze(exercise: m.Cloze, parts: _Parts) -> None:
    gaps = gaps_of(exercise.text)
    if exercise.bank:
        _gap_match(exercise, parts, gaps)
        return
    names = [f"RESPONSE{n}" for n in range(1, len(gaps) + 1)]
    for name, words in zip(names, gaps, strict=True):
        response = parts.response("single", "string", words[:1], name=name)
        parts.mapping(response, [(w, exercise.points / len(gaps)) for w in words], case=False)
    _gap_text(add(parts.body, "div"), exercise.text, lambda n: ET.Element("qti-text-entry-interaction", {"response-identifier": names[n]}))
    parts.score_mapped(names)


def _gap_match(exercise: m.Cloze, parts: _Parts, gaps: Sequence[Sequence[str]]) -> None:
    words = {word: f"w{n}" for n, word in enumerate(exercise.bank, 1)}
    pairs = [f"{words[w]} g{n}" for n, gap in enumerate(gaps, 1) for w in gap[:] if w in words]
    first = [f"{words[next(w for w in gap if w in words)]} g{n}" for n, gap in enumerate(gaps, 1)]
    parts.mapping(parts.response("multiple", "directedPair", first), [(pair, exercise.points / len(gaps)) for pair in pairs])
    box = add(parts.body, "qti-gap-match-interaction", response_identifier="RESPONSE", shuffle="true")
    for word, name in words.items():
        add(box, "qti-gap-text", word, identifier=name, match_max="0")
    _gap_text(add(box, "div"), exercise.text, lambda n: ET.Element("qti-gap", {"identifier": f"g{n + 1}"}))
    parts.score_mapped(["RESPONSE"])


def _gap_text(parent: ET.Element, words: str, gap: Callable[[int], ET.Element]) -> None:
    """Paragraphs with a gap wherever the text has one."""
    number = 0
    for line in words.strip().split("\n"):
        if not line.strip():
            continue
        paragraph, last = add(parent, "p"), None
        for piece in re.split(r"(\{[^{}]*\})", line):
            if GAP.fullmatch(piece):
                last = gap(number)
                paragraph.append(last)
                number += 1
            elif last is None:
                paragraph.text = clean(piece)
            else:
                last.tail = clean(piece)


@declare.register
def _match(exercise: m.Match, parts: _Parts) -> None:
    pairs = [f"{ident(p.key)} r.{p.key}" for p in exercise.pairs]
    # A pair is right also with the same words of another pair.
    same = [
        (f"{ident(a.key)} r.{b.key}", exercise.points / len(exercise.pairs))
        for a in exercise.pairs
        for b in exercise.pairs
        if a.right == b.right
    ]
    parts.mapping(parts.response("multiple", "directedPair", pairs), [s for s in same if s[0] in pairs])
    box = add(parts.body, "qti-match-interaction", response_identifier="RESPONSE", shuffle="true", max_associations=str(len(pairs)))
    left, right = add(box, "qti-simple-match-set"), add(box, "qti-simple-match-set")
    for p in exercise.pairs:
        _choice(left, "qti-simple-associable-choice", p.key, p.left, match_max="1")
        _choice(right, "qti-simple-associable-choice", f"r.{p.key}", p.right, match_max="1")
    for n, words in enumerate(exercise.distractors, 1):
        _choice(right, "qti-simple-associable-choice", f"d{n}", words, match_max="1")
    parts.score_mapped(["RESPONSE"])


@declare.register
def _categorise(exercise: m.Categorise, parts: _Parts) -> None:
    pairs = [f"i.{i.key} {ident(i.category)}" for i in exercise.items]
    parts.mapping(parts.response("multiple", "directedPair", pairs), [(p, exercise.points / len(pairs)) for p in pairs])
    box = add(parts.body, "qti-match-interaction", response_identifier="RESPONSE", shuffle="true", max_associations=str(len(pairs)))
    left, right = add(box, "qti-simple-match-set"), add(box, "qti-simple-match-set")
    for i in exercise.items:
        _choice(left, "qti-simple-associable-choice", f"i.{i.key}", i.text, i.feedback, match_max="1")
    for c in exercise.categories:
        _choice(right, "qti-simple-associable-choice", c.key, c.label, match_max="0")
    parts.score_mapped(["RESPONSE"])


@declare.register
def _order(exercise: m.Order, parts: _Parts) -> None:
    parts.response("ordered", "identifier", [ident(i.key) for i in exercise.items])
    box = add(parts.body, "qti-order-interaction", response_identifier="RESPONSE", shuffle="true")
    for i in exercise.items:
        _choice(box, "qti-simple-choice", i.key, i.text)

    def test(parent: ET.Element) -> None:
        match = add(parent, "qti-match")
        add(match, "qti-variable", identifier="RESPONSE")
        add(match, "qti-correct", identifier="RESPONSE")

    parts.score_if(test)


@declare.register
def _hotspot(exercise: m.Hotspot, parts: _Parts) -> None:
    address, content = parts.pictures(exercise.image) if parts.pictures else (exercise.image, b"")
    width, height = shown_size(exercise.image, content)
    right = [ident(s.key) for s in exercise.spots if s.right]
    parts.mapping(parts.response("single", "identifier", right[:1]), [(key, exercise.points) for key in right])
    box = add(parts.body, "qti-hotspot-interaction", response_identifier="RESPONSE", max_choices="1")
    add(box, "img", src=address, alt=exercise.alt, width=str(width), height=str(height))
    for s in exercise.spots:
        coords = pixels(s, width, height)
        add(box, "qti-hotspot-choice", identifier=ident(s.key), shape="rect", coords=",".join(map(str, coords)), hotspot_label=s.label)
        if s.feedback:
            parts.part_feedback.append((ident(s.key), s.feedback))
    parts.score_mapped(["RESPONSE"])
    parts.chosen("single")


def pixels(spot: m.HotspotSpot, width: int, height: int) -> tuple[int, int, int, int]:
    return (
        round(spot.x * width / 100),
        round(spot.y * height / 100),
        round((spot.x + spot.w) * width / 100),
        round((spot.y + spot.h) * height / 100),
    )


def shown_size(name: str, content: bytes) -> tuple[int, int]:
    """Width and height in which the package shows a picture, in its own proportions."""
    ratio = 0.6
    if name.endswith(".svg"):
        if box := re.search(rb'viewBox\s*=\s*["\']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)', content):
            ratio = float(box[2]) / float(box[1])
    elif content:
        from PIL import Image

        with Image.open(io.BytesIO(content)) as picture:
            ratio = picture.height / picture.width
    return PICTURE_WIDTH, max(1, round(PICTURE_WIDTH * ratio))


@declare.register
def _scale(exercise: m.Scale, parts: _Parts) -> None:
    parts.response("single", "float", [number_text(exercise.model)])
    box = add(
        parts.body,
        "qti-slider-interaction",
        response_identifier="RESPONSE",
        lower_bound=str(exercise.min),
        upper_bound=str(exercise.max),
        step="1",
    )
    if exercise.labels:
        # The standard has no labels; other programs skip an attribute that begins with data-.
        box.set("data-labels", clean(" | ".join(f"{k}: {v}" for k, v in exercise.labels.items())))
    _for_markers(parts, exercise.model_answer, ())
    parts.score_if(_within(exercise.tolerance))


def _for_markers(parts: _Parts, answer: str, rubric: Sequence[m.Criterion]) -> None:
    if not answer.strip() and not rubric:
        return
    box = add(add(parts.body, "qti-rubric-block", view="scorer", use="scoring"), "qti-content-body")
    _prose(box, answer)
    if rubric:
        criteria = add(box, "ul", class_="criteria")
        for c in rubric:
            add(criteria, "li", " ".join(c.text.split()), id=ident(c.key))


@declare.register
def _open(exercise: m.Open, parts: _Parts) -> None:
    parts.response("single", "string", [])
    add(parts.body, "qti-extended-text-interaction", response_identifier="RESPONSE", expected_lines="8")
    _for_markers(parts, exercise.model_answer, exercise.rubric)


@declare.register
def _upload(exercise: m.Upload, parts: _Parts) -> None:
    parts.response("single", "file", [])
    types = [mimetypes.guess_type(f"x.{kind}")[0] or f"application/x-{kind}" for kind in exercise.accept]
    add(parts.body, "qti-upload-interaction", response_identifier="RESPONSE", type_=" ".join(types))
    _for_markers(parts, exercise.model_answer, exercise.rubric)
