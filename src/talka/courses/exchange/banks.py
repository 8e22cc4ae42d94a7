"""What the question banks have in common: categories as a way to a topic, answers with shares of the points."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from talka.courses.exchange.reading import MOST_IN_TOPIC, Made, Read, ReadTopic, feedback, keys_for

GAPS_PROMPT = "Fill in the gaps."
UNTITLED = "Questions"


@dataclass(slots=True)
class Answer:
    """An answer of a bank: `share` is the part of the points that it earns, 1 for all."""

    text: str
    share: float
    feedback: str = ""
    tolerance: float | None = None
    changes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Shelf:
    """Where the next questions go: the topic of the current category, continued when it is full."""

    read: Read
    module: str = UNTITLED
    lesson: str = UNTITLED
    title: str = UNTITLED

    def turn_to(self, path: str) -> None:
        """A category such as `$course$/top/Module/Lesson/Topic`; a slash in a name is doubled."""
        parts = [p.replace("\x00", "/").strip() for p in path.replace("//", "\x00").split("/")]
        parts = [p for p in parts if p and not re.fullmatch(r"\$\w+\$|top", p)]
        names = parts or [UNTITLED]
        self.title = names[-1][:400]
        self.lesson = (names[-2] if len(names) > 1 else self.title)[:400]
        self.module = (" / ".join(names[:-2]) if len(names) > 2 else self.lesson)[:400]

    @property
    def topic(self) -> ReadTopic:
        n, title = 1, self.title
        while True:
            found = self.read.topic(self.module, self.lesson, title)
            if len(found.materials) < MOST_IN_TOPIC:
                return found
            n += 1
            title = f"{self.title} ({n})"


def choices(answers: Sequence[Answer], made: Made) -> list[dict[str, Any]]:
    keys = keys_for([a.text for a in answers])
    for answer in answers:
        made.changes += answer.changes
    return [
        {"key": key, "text": a.text} | ({"right": True} if a.share > 0 else {}) | ({"feedback": a.feedback} if a.feedback else {})
        for key, a in zip(keys, answers, strict=True)
    ]


def single(answers: Sequence[Answer], made: Made, *, shuffle: bool) -> None:
    """Exactly one answer earns everything; what earns a part earns nothing here, and the report says so."""
    best = max((a.share for a in answers), default=0)
    full = [a for a in answers if a.share == best and best > 0]
    if len(full) > 1:
        made.changes.append(_("several answers earn all points: it became a multiple choice, where all of them are wanted"))
        multiple([Answer(a.text, float(a in full), a.feedback, changes=a.changes) for a in answers], made, shuffle=shuffle)
        return
    if not full:
        made.refused = _("No answer is marked as right.")
        return
    partial = [f"“{a.text[:40]}” ({a.share:.0%})" for a in answers if 0 < a.share < best]
    if partial:
        made.changes.append(_("no part of the points any more for {answers}").format(answers=", ".join(partial)))
    made.value |= {
        "type": "single",
        "choices": choices([Answer(a.text, float(a in full), a.feedback, changes=a.changes) for a in answers], made),
    }
    if not shuffle:
        made.value["shuffle"] = False


def multiple(answers: Sequence[Answer], made: Made, *, shuffle: bool) -> None:
    """Every right choice earns the same share, every wrong one costs as much; other weights are evened out, and the report says so."""
    right = [a for a in answers if a.share > 0]
    even = all(abs(a.share - 1 / len(right)) < 0.005 for a in right) if right else True
    if not even:
        made.changes.append(_("unequal weights of right answers became equal"))
    if right and any(abs(a.share + 1 / len(right)) > 0.005 for a in answers if a.share <= 0):
        made.changes.append(_("a wrong choice costs as much as a right one earns; before it cost more or less"))
    made.value |= {"type": "multiple", "choices": choices(answers, made)}
    if not shuffle:
        made.value["shuffle"] = False


def short(answers: Sequence[Answer], made: Made, *, ignore_case: bool) -> None:
    full = [a for a in answers if a.share >= 1]
    for a in answers:
        made.changes += a.changes
        if 0 < a.share < 1:
            made.changes.append(
                _("“{text}” earned {share} %; here it is not accepted").format(text=a.text[:40], share=round(a.share * 100))
            )
        elif a.share <= 0 and a.text != "*":
            made.changes.append(_("the feedback to the wrong answer “{text}” is not kept").format(text=a.text[:40]))
    if any("*" in a.text.replace("\\*", "") for a in full):
        made.changes.append(_("a star stood for any text; here it stands for itself"))
    made.value |= {"type": "short", "accepted": [a.text.replace("\\*", "*") for a in full]}
    if not ignore_case:
        made.value["ignore_case"] = False
    verdicts(answers, made)


def number(answers: Sequence[Answer], made: Made) -> None:
    full = [a for a in answers if a.share >= 1]
    if not full or not full[0].text:
        made.refused = _("No answer is marked as right.")
        return
    for a in answers:
        made.changes += a.changes
        if a is not full[0] and a.text != "*":
            made.changes.append(_("the answer “{text}” ({share} %) is not kept").format(text=a.text[:40], share=round(a.share * 100)))
    try:
        made.value |= {"type": "number", "right": float(full[0].text), "tolerance": abs(full[0].tolerance or 0)}
    except ValueError:
        made.refused = _("“{value}” is not a number.").format(value=full[0].text[:40])
        return
    verdicts(answers, made)


def verdicts(answers: Sequence[Answer], made: Made) -> None:
    """The feedback to the right answer, and that to anything else, as the exercise's own words."""
    right = next((a.feedback for a in answers if a.share >= 1 and a.feedback), "")
    wrong = next((a.feedback for a in answers if a.text == "*" and a.share <= 0 and a.feedback), "")
    if said := feedback(right=right, wrong=wrong):
        made.value["feedback"] = said


def match(pairs: Sequence[tuple[str, str]], made: Made, *, categorise: bool | None = None) -> None:
    """Pairs of (left, right); an empty left is a distractor. Rights that repeat make it a sorting into categories, unless told otherwise."""
    whole = [(left, right) for left, right in pairs if left]
    rights = [right for _left, right in whole]
    spare = [right for left, right in pairs if not left and right]
    if categorise is None:
        categorise = len(set(rights)) < len(rights)
    if categorise:
        labels = list(dict.fromkeys([*rights, *spare]))
        names = dict(zip(labels, keys_for(labels), strict=True))
        made.value |= {
            "type": "categorise",
            "categories": [{"key": names[label], "label": label} for label in labels],
            "items": [
                {"key": k, "text": t, "category": names[r]} for k, (t, r) in zip(keys_for([t for t, _ in whole]), whole, strict=True)
            ],
        }
        return
    made.value |= {
        "type": "match",
        "pairs": [{"key": k, "left": t, "right": r} for k, (t, r) in zip(keys_for([t for t, _ in whole]), whole, strict=True)],
        "distractors": spare,
    }


_BRACES = str.maketrans("{}|", "()/")


def gap(words: Sequence[str]) -> str:
    """A gap of ours; its own signs inside a word are replaced."""
    return "{" + "|".join(word(w) for w in words) + "}"


def word(words: str) -> str:
    """A word as it can stand in a gap and in its bank."""
    return " ".join(words.translate(_BRACES).split())


def outside_gaps(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")
