"""Moodle XML comes in."""

import base64
import binascii
import re
import xml.etree.ElementTree as ET  # builds only
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from talka.courses.exchange import banks
from talka.courses.exchange.banks import Answer, Shelf
from talka.courses.exchange.markup import Converted, to_markdown, to_plain
from talka.courses.exchange.reading import Fate, Made, Read, feedback, keys_for, unreadable
from talka.courses.exchange.xml import child, children, local, parse, text

NAME = "Moodle XML"
# What belongs to a question of every type and says nothing that we could keep; `penalty` gets a remark of its own.
SILENT = frozenset([
    "name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber", "tags", "hint",
    "correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "shownumcorrect", "answer", "shuffleanswers", "single",
    "answernumbering", "showstandardinstruction", "usecase", "subquestion", "unitgradingtype", "unitpenalty", "showunits",
    "unitsleft", "units", "instructions", "graderinfo", "responseformat", "responserequired", "responsefieldlines",
    "responsetemplate", "attachments", "attachmentsrequired", "filetypeslist", "minwordlimit", "maxwordlimit", "maxbytes",
    "dragbox", "selectoption", "layouttype", "selecttype", "selectcount", "gradingtype", "showgrading", "numberingstyle",
    "image", "image_base64", "coursetags", "versionnumber", "version",
])  # fmt: skip
TAG_OUTCOME, TAG_TYPE = "outcome: ", "exercise: "
PENALTY = gettext_noop("Points taken off for further tries are not kept: here every try counts fully.")


def read(content: bytes, *, name: str) -> Read:
    """The questions of a Moodle XML file. Raises Unreadable."""
    root = parse(content, file=name)
    if local(root) != "quiz":
        raise unreadable(name, _("begins with <{found}>, not with <{wanted}>").format(found=local(root), wanted="quiz"))
    found = Read(title=name.rsplit(".", 1)[0])
    read_questions(children(root, "question"), found, Shelf(found), name)
    for other in root:
        if isinstance(other.tag, str) and local(other) != "question":
            found.note(name, local(other), Fate.LEFT, _("“{kind}” has no counterpart here").format(kind=f"<{local(other)}>"))
    return found


def read_questions(questions: Iterable[ET.Element], found: Read, shelf: Shelf, file: str) -> None:
    number = 0
    for question in questions:
        kind = question.get("type", "")
        if kind == "category":
            shelf.turn_to(text(question, "category", "text") or text(question, "category"))
            continue
        number += 1
        topic = shelf.topic
        found.take(topic, question_of(question, kind, found), place=f"{file}, question {number}")


def question_of(question: ET.Element, kind: str, found: Read) -> Made:
    """One <question> as ours."""
    made = Made(title=text(question, "name", "text") or text(question, "name"))
    if kind not in READERS:
        made.refused = _("“{kind}” has no counterpart here").format(kind=kind)
        return made
    prompt = _markdown(question, "questiontext", made)
    made.value = {"title": made.title, "prompt": prompt, "explanation": _markdown(question, "generalfeedback", made)}
    made.value["hints"] = [h for hint in children(question, "hint") if (h := _plain_of(hint, made))]
    points = _number(text(question, "defaultgrade"), 1.0)
    if points > 0:
        made.value["points"] = points
    elif kind != "description":
        made.changes.append(_("it earned no points; here it earns one"))
    if _number(text(question, "penalty"), 0) > 0.001 and kind not in {"description", "essay"}:
        found.remark(_(PENALTY))
    tags = [text(tag, "text") for tag in children(child(question, "tags") or ET.Element("none"), "tag")]
    made.value["assesses"] = [t.removeprefix(TAG_OUTCOME) for t in tags if t.startswith(TAG_OUTCOME)]
    if kept := [t for t in tags if t and not t.startswith((TAG_OUTCOME, TAG_TYPE))]:
        made.changes.append(_("tags are not kept: {names}").format(names=", ".join(kept)))
    if said := feedback(
        right=_plain(question, "correctfeedback", made),
        partly=_plain(question, "partiallycorrectfeedback", made),
        wrong=_plain(question, "incorrectfeedback", made),
    ):
        made.value["feedback"] = said
    READERS[kind](question, made, next((t.removeprefix(TAG_TYPE) for t in tags if t.startswith(TAG_TYPE)), ""))
    strange = sorted({local(c) for c in question if isinstance(c.tag, str)} - SILENT)
    if strange:
        made.changes.append(_("left out: {names}").format(names=", ".join(strange)))
    return made


def _number(words: str, default: float) -> float:
    try:
        return float(words)
    except ValueError:
        return default


def _field(element: ET.Element | None, made: Made, convert: Callable[..., Converted], plain_format: str) -> str:
    if element is None:
        return ""
    inner = child(element, "text")
    words = "".join(inner.itertext()) if inner is not None else (element.text or "")
    shape = element.get("format", "html")
    if shape == plain_format or not words.strip():
        return words if words.strip() else ""
    words = words.strip()
    files = {f.get("name", ""): _decoded(f) for f in children(element, "file")}
    if shape in {"plain_text", "markdown", "moodle_auto_format", "wiki_like"} and "<" not in words:
        return words
    done = convert(words, find=lambda src: files.get(_file_name(src)))
    made.changes += done.changes
    made.pictures += done.pictures
    return done.text


def _file_name(source: str) -> str:
    from urllib.parse import unquote

    return unquote(source.split("?", 1)[0].replace("@@PLUGINFILE@@/", "")).rsplit("/", 1)[-1]


def _decoded(file: ET.Element) -> bytes | None:
    try:
        return base64.b64decode("".join(file.itertext()), validate=False)
    except (binascii.Error, ValueError):
        return None


def _markdown(question: ET.Element, name: str, made: Made) -> str:
    return _field(child(question, name), made, to_markdown, "markdown")


def _plain_of(element: ET.Element | None, made: Made) -> str:
    return _field(element, made, to_plain, "plain_text")


def _plain(question: ET.Element, name: str, made: Made) -> str:
    return _plain_of(child(question, name), made)


def _answers(question: ET.Element) -> list[Answer]:
    found = []
    for element in children(question, "answer"):
        part = Made()
        said = _plain_of(element, part)
        comment = _plain(element, "feedback", part)
        if part.pictures:
            part.changes.append(_("left out: a picture in an answer"))
        tolerance = _number(text(element, "tolerance"), 0.0)
        found.append(Answer(said, _number(element.get("fraction", "0"), 0.0) / 100, comment, tolerance, part.changes))
    return found


def _shuffles(question: ET.Element) -> bool:
    return text(question, "shuffleanswers").lower() not in {"0", "false"}


def _multichoice(question: ET.Element, made: Made, _tag: str) -> None:
    one = text(question, "single").lower() not in {"false", "0"}
    (banks.single if one else banks.multiple)(_answers(question), made, shuffle=_shuffles(question))


def _truefalse(question: ET.Element, made: Made, _tag: str) -> None:
    answers = {a.text.strip().lower(): a for a in _answers(question)}
    if set(answers) != {"true", "false"}:
        made.refused = _("A true or false question needs both answers, true and false.")
        return
    made.value |= {
        "type": "truefalse",
        "right": answers["true"].share > 0,
        "feedback_true": answers["true"].feedback,
        "feedback_false": answers["false"].feedback,
    }


def _shortanswer(question: ET.Element, made: Made, _tag: str) -> None:
    banks.short(_answers(question), made, ignore_case=text(question, "usecase").lower() not in {"1", "true"})


def _numerical(question: ET.Element, made: Made, _tag: str) -> None:
    banks.number(_answers(question), made)
    units = [text(u, "unit_name") for u in children(child(question, "units") or ET.Element("none"), "unit")]
    if units:
        made.value["unit"] = units[0]
    if len(units) > 1:
        made.changes.append(_("only {kept} is kept, not {others}").format(kept=units[0], others=", ".join(units[1:])))


def _matching(question: ET.Element, made: Made, tag: str) -> None:
    pairs = [(_plain_of(sub, made).strip(), text(sub, "answer", "text")) for sub in children(question, "subquestion")]
    banks.match(pairs, made, categorise={"categorise": True, "match": False}.get(tag))


def _ordering(question: ET.Element, made: Made, _tag: str) -> None:
    answers = sorted(enumerate(_answers(question)), key=lambda pair: (pair[1].share, pair[0]))
    texts = [a.text for _n, a in answers]
    made.value |= {"type": "order", "items": [{"key": k, "text": t} for k, t in zip(keys_for(texts), texts, strict=True)]}
    if text(question, "selecttype").upper() not in {"", "ALL", "0"}:
        made.changes.append(_("all items are asked for; before only some of them"))


def _essay(question: ET.Element, made: Made, tag: str) -> None:
    notes = _markdown(question, "graderinfo", made)
    answer, rubric = split_rubric(notes)
    uploads = _number(text(question, "attachments"), 0) != 0
    made.value |= {"model_answer": answer, "rubric": rubric}
    if text(question, "responsetemplate", "text"):
        made.changes.append(_("the text given to begin with is not kept"))
    if (uploads and text(question, "responseformat") == "noinline") or tag == "upload":
        kinds = re.findall(r"\.?([a-z0-9]{1,8})\b", text(question, "filetypeslist").lower())
        made.value |= {"type": "upload", "accept": kinds or ["pdf"]}
    else:
        made.value["type"] = "open"
        if uploads:
            made.changes.append(_("files can't be handed in with the text any more"))


def split_rubric(notes: str) -> tuple[str, list[dict[str, str]]]:
    """(model answer, criteria) of notes for those who mark: a list of boxes to tick at the end is the rubric."""
    lines = notes.rstrip().split("\n")
    criteria: list[str] = []
    while lines and (box := re.fullmatch(r"\s*[-*] \\?\[ ?\\?\] (.+)", lines[-1])):
        criteria.insert(0, box[1])
        lines.pop()
    return "\n".join(lines).strip(), [{"key": k, "text": t} for k, t in zip(keys_for(criteria), criteria, strict=True)]


def _description(_question: ET.Element, made: Made, _tag: str) -> None:
    made.kind, made.value = "text", {"text": made.value["prompt"]}
    if not made.value["text"]:
        made.refused = _("is empty")


# A gap of a cloze question: {weight:TYPE:answers}; a brace, a tilde and the like inside are escaped.
_EMBEDDED = re.compile(r"\{(\d*):([A-Z_]+):((?:\\.|[^\\}])*)\}", re.DOTALL)
_CHOICE_GAPS = ("MULTICHOICE", "MC")


@dataclass(slots=True)
class _Gaps:
    """The gaps of a cloze question while its text is read."""

    made: Made
    gaps: list[str] = field(default_factory=list)
    bank: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)

    def take(self, found: re.Match[str]) -> str:
        """Keeps one {weight:TYPE:answers} and answers the mark that stands for it until the text is clean."""
        weight, kind = found[1], found[2]
        answers = [_embedded_answer(part, self.made) for part in re.split(r"(?<!\\)~", found[3]) if part]
        self.kinds.add("choice" if kind.startswith(_CHOICE_GAPS) else "number" if kind.startswith(("NUMERICAL", "NM")) else "text")
        if kind.startswith(("MULTIRESPONSE", "MR")):
            self.made.refused = _("“{kind}” has no counterpart here").format(kind="MULTIRESPONSE")
        if any(0 < a.share < 1 for a in answers):
            self.made.changes.append(_("answers to a gap that earned a part of the points are not accepted"))
        if any(a.feedback for a in answers):
            self.made.changes.append(_("feedback to single gaps is not kept"))
        if weight not in {"", "1"}:
            self.made.changes.append(_("all gaps weigh the same"))
        right = [a.text for a in answers if a.share >= 1]
        if not right:
            self.made.refused = _("A gap has no right answer.")
        self.bank += [a.text for a in answers if a.text not in self.bank]
        self.gaps.append(banks.gap(right))
        return f"\x01{len(self.gaps) - 1}\x02"


def _cloze(question: ET.Element, made: Made, _tag: str) -> None:
    element = child(question, "questiontext")
    raw, shape = (text(element, "text"), element.get("format", "html")) if element is not None else ("", "html")
    gaps = _Gaps(made)
    marked = _EMBEDDED.sub(gaps.take, raw)
    if not gaps.gaps:
        made.refused = made.refused or _("There is no gap in the text.")
        return
    _lay_out(marked, shape, gaps.gaps, made, element)
    if gaps.kinds == {"choice"}:
        made.value["bank"] = [banks.word(w) for w in gaps.bank]
        if len(gaps.gaps) > 1:
            made.changes.append(_("the gaps share one list of words; before each had its own"))
    elif "choice" in gaps.kinds:
        made.changes.append(_("gaps to choose from became gaps to fill in"))
    if "number" in gaps.kinds:
        made.changes.append(_("numbers in gaps are compared as words, without tolerance"))
    made.value["type"] = "cloze"


def _lay_out(marked: str, shape: str, gaps: Sequence[str], made: Made, element: ET.Element | None) -> None:
    r"""Paragraphs before the first gap are the task, the rest is the text with its gaps. \\x01n\\x02 stands for gap n."""
    if shape == "html" or "<" in marked:
        files = {f.get("name", ""): _decoded(f) for f in children(element, "file")} if element is not None else {}
        made.pictures.clear()
        made.changes[:] = [c for c in made.changes if "picture" not in c]
        done = to_plain(marked, find=lambda src: files.get(_file_name(src)))
        made.changes += [c for c in done.changes if c not in made.changes]
        made.pictures += done.pictures
        parts = done.text.split("\n")
    else:
        parts = marked.replace("\r\n", "\n").split("\n\n")
    first = next(n for n, part in enumerate(parts) if "\x01" in part)
    glue = "\n\n" if shape != "html" else "\n"
    made.value["prompt"] = "\n\n".join(parts[:first]).strip() or banks.GAPS_PROMPT
    body = banks.outside_gaps(_unescaped(glue.join(parts[first:])) if shape == "markdown" else glue.join(parts[first:]))
    made.value["text"] = re.sub(r"\x01(\d+)\x02", lambda found: gaps[int(found[1])], body)


def _embedded_answer(part: str, made: Made) -> Answer:
    share = 0.0
    if found := re.match(r"%(-?[\d.]+)%", part):
        share, part = float(found[1]) / 100, part[found.end() :]
    elif part.startswith("="):
        share, part = 1.0, part[1:]
    said, comment = [*re.split(r"(?<!\\)#", part, maxsplit=1), ""][:2]
    plain = to_plain(re.sub(r"\\(.)", r"\1", said).strip())
    made.changes += plain.changes
    return Answer(plain.text.split(":")[0] if re.fullmatch(r"-?[\d.]+:[\d.]+", plain.text) else plain.text, share, comment.strip())


def _words_into_gaps(question: ET.Element, made: Made, _tag: str) -> None:
    """Drag and drop into text, and select missing words: [[n]] stands for the n-th word of the list."""
    words = [_plain_of(box, made) for box in (*children(question, "dragbox"), *children(question, "selectoption"))]
    element = child(question, "questiontext")
    raw, shape = (text(element, "text"), element.get("format", "html")) if element is not None else ("", "html")
    gaps: list[str] = []

    def place(found: re.Match[str]) -> str:
        n = int(found[1])
        if not 1 <= n <= len(words):
            made.refused = _("A gap has no right answer.")
            return ""
        gaps.append(banks.gap([words[n - 1]]))
        return f"\x01{len(gaps) - 1}\x02"

    marked = re.sub(r"\[\[(\d+)\]\]", place, raw)
    if made.refused or not gaps:
        made.refused = made.refused or _("There is no gap in the text.")
        return
    _lay_out(marked, shape, gaps, made, element)
    groups = {text(b, "group") for b in (*children(question, "dragbox"), *children(question, "selectoption"))}
    if len(groups) > 1:
        made.changes.append(_("the gaps share one list of words; before each had its own"))
    made.value |= {"type": "cloze", "bank": [banks.word(w) for w in dict.fromkeys(words)]}


READERS: dict[str, Callable[[ET.Element, Made, str], None]] = {
    "multichoice": _multichoice, "truefalse": _truefalse, "shortanswer": _shortanswer, "numerical": _numerical, "matching": _matching,
    "ordering": _ordering, "essay": _essay, "description": _description, "cloze": _cloze, "multianswer": _cloze,
    "ddwtos": _words_into_gaps, "gapselect": _words_into_gaps, "match": _matching,
}  # fmt: skip


def _unescaped(words: str) -> str:
    return re.sub(r"\\([\\*_`\[\]<>#])", r"\1", words)
