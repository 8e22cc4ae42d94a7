"""Moodle XML goes out."""

import re
import xml.etree.ElementTree as ET  # builds only
from collections.abc import Callable, Iterable, Sequence
from functools import singledispatch

from talka.courses.exchange.limits import written_to
from talka.courses.exchange.moodle.reading import TAG_OUTCOME, TAG_TYPE
from talka.courses.exchange.reading import number_text
from talka.courses.exchange.xml import add, clean, write
from talka.courses.rules import materials as m
from talka.courses.rules.packs import GAP, Pack, gaps_of


def write_pack(pack: Pack) -> bytes:
    """All exercises of a course as one Moodle XML file, in categories Module/Lesson/Topic; those that Moodle has no type for are left out."""
    root = ET.Element("quiz")
    for module in pack.course.modules:
        for lesson in module.lessons:
            for key in lesson.topics:
                topic = pack.topics[key]
                exercises = list(written_to("moodle", pack, key))
                if exercises:
                    way = [module.title, lesson.title, topic.title]
                    category = add(root, "question", type="category")
                    add(add(category, "category"), "text", "$course$/top/" + "/".join(w.replace("/", "//") for w in way))
                for path, exercise in exercises:
                    root.append(write_question(exercise, idnumber=path.removeprefix("topics/").rsplit(".", 1)[0]))
    return write(root)


def write_question(exercise: m.Exercise, *, idnumber: str = "") -> ET.Element:
    """One exercise as a <question>."""
    question = ET.Element("question", {"type": TYPES[type(exercise)](exercise)})
    add(add(question, "name"), "text", exercise.title or idnumber.rsplit("/", 1)[-1] or "Question")
    prompt = exercise.prompt if not isinstance(exercise, m.Cloze) else _cloze_text(exercise)
    _put(question, "questiontext", prompt, "markdown")
    _put(question, "generalfeedback", exercise.explanation, "markdown")
    add(question, "defaultgrade", number_text(exercise.points))
    add(question, "penalty", "0")
    add(question, "hidden", "0")
    add(question, "idnumber", idnumber)
    write_parts(exercise, question)
    for hint in exercise.hints:
        _put(question, "hint", hint, "plain_text")
    tags = [TAG_OUTCOME + key for key in exercise.assesses]
    if isinstance(exercise, m.Categorise | m.Match):
        tags.append(TAG_TYPE + exercise.__struct_config__.tag)
    if tags:
        box = add(question, "tags")
        for tag in tags:
            add(add(box, "tag"), "text", tag)
    return question


TYPES: dict[type[m.Exercise], Callable[..., str]] = {
    m.Single: lambda _e: "multichoice", m.Multiple: lambda _e: "multichoice", m.TrueFalse: lambda _e: "truefalse",
    m.Number: lambda _e: "numerical", m.Short: lambda _e: "shortanswer", m.Match: lambda _e: "matching",
    m.Categorise: lambda _e: "matching", m.Order: lambda _e: "ordering", m.Open: lambda _e: "essay", m.Upload: lambda _e: "essay",
    m.Cloze: lambda e: "ddwtos" if e.bank else "cloze",
}  # fmt: skip


def _put(parent: ET.Element, name: str, words: str, shape: str, **attributes: str) -> ET.Element:
    made = add(parent, name, None, **attributes, format=shape)
    add(made, "text", words)
    return made


def _combined(exercise: m.Exercise, question: ET.Element) -> None:
    said = exercise.feedback
    for name, words in (("correctfeedback", said.right), ("partiallycorrectfeedback", said.partly), ("incorrectfeedback", said.wrong)):
        _put(question, name, words, "plain_text")


def _answer(question: ET.Element, words: str, share: float, comment: str = "", shape: str = "plain_text") -> ET.Element:
    made = _put(question, "answer", words, shape, fraction=f"{share * 100:.5f}".rstrip("0").rstrip("."))
    _put(made, "feedback", comment, "plain_text")
    return made


@singledispatch
def write_parts(exercise: m.Exercise, question: ET.Element) -> None:
    """What is particular to this type of exercise."""
    raise TypeError(type(exercise))


@write_parts.register(m.Single)
@write_parts.register(m.Multiple)
def _(exercise: m.Single | m.Multiple, question: ET.Element) -> None:
    one = isinstance(exercise, m.Single)
    add(question, "single", "true" if one else "false")
    add(question, "shuffleanswers", "true" if exercise.shuffle else "false")
    add(question, "answernumbering", "none")
    _combined(exercise, question)
    share = 1.0 if one else 1 / sum(c.right for c in exercise.choices)
    for choice in exercise.choices:
        _answer(question, choice.text, share if choice.right else (0.0 if one else -share), choice.feedback)


@write_parts.register
def _(exercise: m.TrueFalse, question: ET.Element) -> None:
    _answer(question, "true", float(exercise.right), exercise.feedback_true, "moodle_auto_format")
    _answer(question, "false", float(not exercise.right), exercise.feedback_false, "moodle_auto_format")


@write_parts.register
def _(exercise: m.Number, question: ET.Element) -> None:
    add(_answer(question, number_text(exercise.right), 1, exercise.feedback.right), "tolerance", number_text(exercise.tolerance))
    if exercise.feedback.wrong:
        add(_answer(question, "*", 0, exercise.feedback.wrong), "tolerance", "0")
    if exercise.unit:
        unit = add(add(question, "units"), "unit")
        add(unit, "multiplier", "1")
        add(unit, "unit_name", exercise.unit)
    add(question, "unitgradingtype", "0")
    add(question, "showunits", "3")


@write_parts.register
def _(exercise: m.Short, question: ET.Element) -> None:
    add(question, "usecase", "0" if exercise.ignore_case else "1")
    for n, accepted in enumerate(exercise.accepted):
        _answer(question, accepted.replace("*", "\\*"), 1, exercise.feedback.right if n == 0 else "")
    if exercise.feedback.wrong:
        _answer(question, "*", 0, exercise.feedback.wrong)


def _pairs(question: ET.Element, pairs: Iterable[tuple[str, str]]) -> None:
    add(question, "shuffleanswers", "true")
    for left, right in pairs:
        sub = _put(question, "subquestion", left, "plain_text")
        add(add(sub, "answer"), "text", right)


@write_parts.register
def _(exercise: m.Match, question: ET.Element) -> None:
    _combined(exercise, question)
    _pairs(question, [*((p.left, p.right) for p in exercise.pairs), *(("", d) for d in exercise.distractors)])


@write_parts.register
def _(exercise: m.Categorise, question: ET.Element) -> None:
    _combined(exercise, question)
    labels = {c.key: c.label for c in exercise.categories}
    used = {i.category for i in exercise.items}
    empty = [("", c.label) for c in exercise.categories if c.key not in used]
    _pairs(question, [*((i.text, labels[i.category]) for i in exercise.items), *empty])


@write_parts.register
def _(exercise: m.Order, question: ET.Element) -> None:
    for name, words in (
        ("layouttype", "VERTICAL"),
        ("selecttype", "ALL"),
        ("selectcount", str(len(exercise.items))),
        # Credit for every item that follows its right predecessor, as ours.
        ("gradingtype", "RELATIVE_NEXT_EXCLUDE_LAST"),
        ("showgrading", "SHOW"),
        ("numberingstyle", "none"),
    ):
        add(question, name, words)
    _combined(exercise, question)
    for n, item in enumerate(exercise.items, 1):
        _answer(question, item.text, n / 100)


@write_parts.register(m.Open)
@write_parts.register(m.Upload)
def _(exercise: m.Open | m.Upload, question: ET.Element) -> None:
    upload = isinstance(exercise, m.Upload)
    add(question, "responseformat", "noinline" if upload else "editor")
    add(question, "responserequired", "0" if upload else "1")
    add(question, "responsefieldlines", "10")
    add(question, "attachments", "1" if upload else "0")
    add(question, "attachmentsrequired", "1" if upload else "0")
    if isinstance(exercise, m.Upload):
        add(question, "filetypeslist", ",".join(f".{kind}" for kind in exercise.accept))
    boxes = "\n".join(f"- [ ] {' '.join(c.text.split())}" for c in exercise.rubric)
    _put(question, "graderinfo", "\n\n".join(part for part in (exercise.model_answer, boxes) if part), "markdown")


@write_parts.register
def _(exercise: m.Cloze, question: ET.Element) -> None:
    if not exercise.bank:
        return
    _combined(exercise, question)
    add(question, "shuffleanswers", "1")
    rights = [_word_in_bank(words, exercise.bank) for words in gaps_of(exercise.text)]
    for word in exercise.bank:
        box = add(question, "dragbox")
        add(box, "text", word)
        add(box, "group", "1")
        if rights.count(word) > 1:
            add(box, "infinite")


def _word_in_bank(words: Sequence[str], bank: Sequence[str]) -> str:
    return next(w for w in words if w in bank)


def _cloze_text(exercise: m.Cloze) -> str:
    gaps = gaps_of(exercise.text)
    numbers = iter(range(len(gaps)))

    def gap(_found: re.Match[str]) -> str:
        words = gaps[next(numbers)]
        if exercise.bank:
            return f"[[{exercise.bank.index(_word_in_bank(words, exercise.bank)) + 1}]]"
        return "{1:SHORTANSWER:" + "~".join("=" + re.sub(r"([}#~/\"\\])", r"\\\1", w) for w in words) + "}"

    pieces = re.split(r"(\{[^{}]*\})", exercise.text)
    body = "".join(GAP.sub(gap, p) if GAP.fullmatch(p) else _escaped(p) for p in pieces)
    return clean(f"{exercise.prompt.strip()}\n\n{body}")


def _escaped(words: str) -> str:
    """Plain text inside Markdown: signs that would format are led by a backslash."""
    return re.sub(r"([\\*_`\[\]<>#])", r"\\\1", words)
