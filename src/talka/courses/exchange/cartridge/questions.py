"""Questions in QTI 1.2 as cartridges hold them."""

import xml.etree.ElementTree as ET  # builds only
from collections.abc import Iterator

from django.utils.translation import gettext as _

from talka.courses.exchange import banks
from talka.courses.exchange.banks import Answer
from talka.courses.exchange.markup import Converted, Finder, to_markdown, to_plain
from talka.courses.exchange.reading import Made
from talka.courses.exchange.xml import child, children, descendants, local, text

PROFILES = {
    "cc.multiple_choice": "single", "cc.true_false": "truefalse", "cc.multiple_response": "multiple", "cc.fib": "short",
    "cc.pattern_match": "short", "cc.essay": "open", "multiple_choice_question": "single", "true_false_question": "truefalse",
    "multiple_answers_question": "multiple", "short_answer_question": "short", "essay_question": "open", "text_only_question": "text",
}  # fmt: skip
RIGHT, WRONG = ("correct_fb", "correct"), ("general_incorrect_fb", "incorrect_fb", "incorrect")
GENERAL = ("general_fb", "solution", "general")


def fields_of(element: ET.Element) -> dict[str, str]:
    """The metadata of an item or a test by their labels."""
    found = {}
    for box in (child(element, "itemmetadata"), element):
        if box is not None and (inner := child(box, "qtimetadata")) is not None:
            found |= {text(f, "fieldlabel"): text(f, "fieldentry") for f in children(inner, "qtimetadatafield")}
    return found


def question_of(item: ET.Element, *, find: Finder | None = None) -> Made:
    """An <item> as ours."""
    made = Made(title=item.get("title", "").strip()[:400])
    fields = fields_of(item)
    profile = fields.get("cc_profile") or fields.get("question_type") or ""
    kind = PROFILES.get(profile.rsplit(".v", 1)[0], "") if profile else _guess(item)
    if not kind:
        made.refused = _("“{kind}” has no counterpart here").format(kind=profile or "?")
        return made
    presentation = child(item, "presentation")
    prompt = _material(presentation, made, find) if presentation is not None else ""
    weight = fields.get("cc_weighting") or fields.get("points_possible") or ""
    made.value = {"title": made.title, "prompt": prompt}
    if weight.replace(".", "", 1).isdigit() and 0 < float(weight) <= 100:
        made.value["points"] = float(weight)
    if kind == "text":
        made.kind, made.value = "text", {"text": prompt}
        return made
    comments = {f.get("ident", ""): _plain_material(f, made) for f in children(item, "itemfeedback")}
    by_answer = _take_feedback(item, comments, made)
    answers = list(_answers(item, by_answer, made))
    _READERS[kind](answers, made, item)
    return made


def _guess(item: ET.Element) -> str:
    """The type of a question that does not say it, by what it asks for."""
    lists = list(descendants(item, "response_lid"))
    if len(lists) == 1:
        return "multiple" if lists[0].get("rcardinality") == "Multiple" else "single"
    if not lists and next(descendants(item, "render_fib"), None) is not None:
        return "short" if _right(item) else "open"
    return ""


def _text(element: ET.Element) -> str:
    return "".join(element.itertext())


def _texts(box: ET.Element) -> Iterator[ET.Element]:
    """The texts of a box, without those of the answers inside it."""
    for inner in box:
        if local(inner) == "mattext":
            yield inner
        elif local(inner) in {
            "material",
            "flow",
            "flow_mat",
            "presentation_material",
            "solutionmaterial",
            "solution",
            "hint",
            "hintmaterial",
        }:
            yield from _texts(inner)


def _kept(done: Converted, made: Made) -> str:
    made.changes += done.changes
    made.pictures += done.pictures
    return done.text


def _material(box: ET.Element, made: Made, find: Finder | None) -> str:
    parts = []
    for words in _texts(box):
        plain = words.get("texttype", "text/plain") == "text/plain" and "<" not in _text(words)
        parts.append(_text(words).strip() if plain else _kept(to_markdown(_text(words), find=find), made))
    for name in ("matimage", "mataudio", "matvideo"):
        if next(descendants(box, name), None) is not None:
            made.changes.append(_("left out: {names}").format(names=f"<{name}>"))
    return "\n\n".join(p for p in parts if p)


def _plain_material(box: ET.Element, made: Made) -> str:
    parts = []
    for words in _texts(box):
        plain = words.get("texttype", "text/plain") == "text/plain" and "<" not in _text(words)
        parts.append(_text(words).strip() if plain else _kept(to_plain(_text(words)), made))
    return "\n".join(p for p in parts if p)


def _conditions(item: ET.Element) -> list[ET.Element]:
    return list(descendants(item, "respcondition"))


def _scores(condition: ET.Element) -> float:
    """What a condition adds to the score."""
    total = 0.0
    for setting in children(condition, "setvar"):
        try:
            total += float(text(setting) or 0)
        except ValueError:
            continue
    return total


def _named(condition: ET.Element) -> list[tuple[ET.Element, bool]]:
    """(varequal, wanted) of a condition; those inside <not> are not wanted."""
    box = child(condition, "conditionvar")
    if box is None:
        return []
    unwanted = {id(e) for n in descendants(box, "not") for e in n.iter()}
    return [(e, id(e) not in unwanted) for e in descendants(box, "varequal", "varsubstring")]


def _right(item: ET.Element) -> list[str]:
    """What is right: identifiers of choices, or words."""
    found = [text(e) for c in _conditions(item) if _scores(c) > 0 for e, wanted in _named(c) if wanted]
    return list(dict.fromkeys(found))


def _take_feedback(item: ET.Element, comments: dict[str, str], made: Made) -> dict[str, str]:
    """The exercise's own words, and the feedback to single answers by their identifiers."""
    by_answer: dict[str, str] = {}
    used: set[str] = set()
    said: dict[str, str] = {}
    for name, words in comments.items():
        key = "right" if name in RIGHT else "wrong" if name in WRONG else "explanation" if name in GENERAL else ""
        if key:
            used.add(name)
        if key in {"right", "wrong"} and words:
            said[key] = words
        elif key == "explanation" and words:
            made.value["explanation"] = words
    for condition in _conditions(item):
        shown = [d.get("linkrefid", "") for d in children(condition, "displayfeedback")]
        named = [text(e) for e, wanted in _named(condition) if wanted]
        for name in shown:
            if name not in used and len(named) == 1 and comments.get(name):
                by_answer[named[0]] = comments[name]
                used.add(name)
    if said:
        made.value["feedback"] = said
    if left := [n for n in comments if n not in used and comments[n]]:
        made.changes.append(_("feedback that belongs to no single answer is not kept ({names})").format(names=", ".join(left)[:80]))
    return by_answer


def _answers(item: ET.Element, comments: dict[str, str], made: Made) -> Iterator[Answer]:
    right = _right(item)
    labels = list(descendants(item, "response_label"))
    for label in labels:
        name = label.get("ident", "")
        yield Answer(_plain_material(label, made), float(name in right), comments.get(name, ""))
    if not labels:
        for words in right:
            yield Answer(words, 1.0, comments.get(words, ""))


def _single(answers: list[Answer], made: Made, item: ET.Element) -> None:
    banks.single(answers, made, shuffle=_shuffles(item))


def _shuffles(item: ET.Element) -> bool:
    return any(r.get("shuffle", "").lower() == "yes" for r in descendants(item, "render_choice"))


def _multiple(answers: list[Answer], made: Made, item: ET.Element) -> None:
    right = sum(a.share > 0 for a in answers) or 1
    banks.multiple([Answer(a.text, 1 / right if a.share else -1 / right, a.feedback) for a in answers], made, shuffle=_shuffles(item))
    if right > 1:
        made.changes.append(_("partly right answers earn a part of the points; before all or nothing"))


def _truefalse(answers: list[Answer], made: Made, item: ET.Element) -> None:
    labels = list(descendants(item, "response_label"))
    if len(answers) != 2:
        made.refused = _("A true or false question needs both answers, true and false.")
        return
    words = [a.text.strip().lower() for a in answers]
    true = next((n for n, w in enumerate(words) if w == "true" or labels[n].get("ident", "").lower() == "true"), None)
    if true is None:
        # Its words are others than true and false, perhaps in another language.
        banks.single(answers, made, shuffle=False)
        return
    made.value |= {
        "type": "truefalse",
        "right": answers[true].share > 0,
        "feedback_true": answers[true].feedback,
        "feedback_false": answers[1 - true].feedback,
    }


def _short(answers: list[Answer], made: Made, item: ET.Element) -> None:
    exact = any(e.get("case", "No") == "Yes" for c in _conditions(item) for e, _w in _named(c))
    banks.short(answers, made, ignore_case=not exact)
    if next(descendants(item, "varsubstring"), None) is not None:
        made.changes.append(_("a part of the answer was enough; here the whole counts"))


def _open(_answers_: list[Answer], made: Made, item: ET.Element) -> None:
    made.value["type"] = "open"
    if (solution := next((f for f in children(item, "itemfeedback") if child(f, "solution") is not None), None)) is not None:
        made.value["model_answer"] = made.value.pop("explanation", "") or _plain_material(solution, made)


_READERS = {"single": _single, "multiple": _multiple, "truefalse": _truefalse, "short": _short, "open": _open}
