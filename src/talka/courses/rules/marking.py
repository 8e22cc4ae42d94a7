"""Marking: an exercise and what a learner answered in, a mark out. Nothing here knows who answered or when."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from itertools import pairwise
from typing import Any

from talka.courses.rules import materials as m
from talka.courses.rules.packs import gaps_of

Response = Mapping[str, Any]
# Characters of an open answer.
LONGEST_ANSWER = 20_000


class NoAnswer(Exception):
    """Nothing was chosen or typed. Nothing is counted."""


class Unreadable(Exception):
    """The answer can't be read as what was asked for. The text is what was typed; nothing is counted."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`score` is a share from 0 to 1. `success` is None where no machine can judge. `parts` says of every part whether it is right."""

    score: float
    success: bool | None
    parts: Mapping[str, bool] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """right, partly, wrong, or noted where no machine judges."""
        if self.success is None:
            return "noted"
        if self.success:
            return "right"
        return "partly" if self.score > 0 else "wrong"


@singledispatch
def mark(exercise: m.Exercise, response: Response) -> Mark:
    """The mark for `response`. Raises NoAnswer, Unreadable."""
    raise TypeError(type(exercise))


def _picked(response: Response, name: str, known: set[str]) -> str:
    value = response.get(name)
    if not isinstance(value, str) or value not in known:
        raise NoAnswer
    return value


@mark.register
def _(exercise: m.Single, response: Response) -> Mark:
    picked = _picked(response, "choice", {c.key for c in exercise.choices})
    right = next(c.key for c in exercise.choices if c.right)
    return Mark(float(picked == right), picked == right, {picked: picked == right})


@mark.register
def _(exercise: m.Multiple, response: Response) -> Mark:
    """Every right choice picked earns its share, every wrong one picked costs the same share; never below zero."""
    picked = set(response.get("choices") or ()) & {c.key for c in exercise.choices}
    if not picked:
        raise NoAnswer
    right = {c.key for c in exercise.choices if c.right}
    score = max(0.0, (len(picked & right) - len(picked - right)) / len(right))
    return Mark(score, picked == right, {c.key: (c.key in picked) == c.right for c in exercise.choices})


@mark.register
def _(exercise: m.TrueFalse, response: Response) -> Mark:
    picked = _picked(response, "choice", {"true", "false"})
    return Mark(
        float((picked == "true") == exercise.right), (picked == "true") == exercise.right, {picked: (picked == "true") == exercise.right}
    )


_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'’]")


def readings(text: str) -> list[float]:
    """The numbers that `text` can mean. "1.234,5" means one; "1,234" may be a thousand or one and a bit, so both are given.

    Signs, spaces and apostrophes between thousands, a per cent sign and a unit behind are understood. Empty if it is no number.
    """
    bare = _SPACES.sub("", text).replace("−", "-").replace("–", "-")
    found = re.match(r"^([^\d+.,-]{0,4})?([+-]?[\d.,]+(?:[eE][+-]?\d{1,3})?)([^\d]{0,12})$", bare)
    if not found:
        return []
    core = found[2]
    candidates = []
    for decimal, thousands in ((".", ","), (",", ".")):
        pattern = rf"[+-]?(?:\d+|\d{{1,3}}(?:\{thousands}\d{{3}})+)?(?:\{decimal}\d*)?(?:[eE][+-]?\d+)?"
        if re.fullmatch(pattern, core) and any(ch.isdigit() for ch in core):
            candidates.append(float(core.replace(thousands, "").replace(decimal, ".")))
    return sorted(set(candidates))


@mark.register
def _(exercise: m.Number, response: Response) -> Mark:
    """Right if any number that the text can mean lies within the tolerance."""
    text = str(response.get("number") or "").strip()
    if not text:
        raise NoAnswer
    numbers = readings(text)
    if not numbers:
        raise Unreadable(text)
    # A hair of slack, since 0.1 + 0.2 is not 0.3.
    slack = exercise.tolerance + 1e-9 * max(1.0, abs(exercise.right))
    right = any(abs(number - exercise.right) <= slack for number in numbers)
    return Mark(float(right), right)


def same_words(given: str, accepted: str, *, ignore_case: bool = True) -> bool:
    """Whether two short answers say the same: spaces, closing points and, if wished, capitals do not count."""

    def bare(text: str) -> str:
        text = " ".join(unicodedata.normalize("NFKC", text).split()).strip(" .,;:!?\"'“”„‘’")
        return text.casefold() if ignore_case else text

    return bare(given) == bare(accepted) != ""


@mark.register
def _(exercise: m.Short, response: Response) -> Mark:
    text = str(response.get("text") or "").strip()
    if not text:
        raise NoAnswer
    right = any(same_words(text, accepted, ignore_case=exercise.ignore_case) for accepted in exercise.accepted)
    return Mark(float(right), right)


def _share(parts: Mapping[str, bool]) -> Mark:
    return Mark(sum(parts.values()) / len(parts), all(parts.values()), parts)


@mark.register
def _(exercise: m.Cloze, response: Response) -> Mark:
    given = list(response.get("gaps") or ())
    if not any(str(g).strip() for g in given):
        raise NoAnswer
    gaps = gaps_of(exercise.text)
    given += [""] * (len(gaps) - len(given))
    return _share({str(n): any(same_words(str(given[n]), word) for word in words) for n, words in enumerate(gaps)})


@mark.register
def _(exercise: m.Match, response: Response) -> Mark:
    """A pair is right if the chosen text is its own, also when two pairs share one text."""
    given = response.get("pairs") or {}
    if not any(given.get(p.key) for p in exercise.pairs):
        raise NoAnswer
    return _share({p.key: given.get(p.key) == p.right for p in exercise.pairs})


@mark.register
def _(exercise: m.Order, response: Response) -> Mark:
    """Credit for every item that follows its right predecessor, so that a block moved as a whole costs little."""
    right = [item.key for item in exercise.items]
    given = list(response.get("order") or ())
    if not given:
        raise NoAnswer
    if sorted(given) != sorted(right):
        raise Unreadable(", ".join(map(str, given)))
    follows = set(pairwise(right))
    links = sum(pair in follows for pair in pairwise(given))
    parts = {key: given[place] == key for place, key in enumerate(right)}
    return Mark(links / (len(right) - 1), given == right, parts)


@mark.register
def _(exercise: m.Categorise, response: Response) -> Mark:
    given = response.get("items") or {}
    if not any(given.get(item.key) for item in exercise.items):
        raise NoAnswer
    return _share({item.key: given.get(item.key) == item.category for item in exercise.items})


@mark.register
def _(exercise: m.Hotspot, response: Response) -> Mark:
    picked = _picked(response, "spot", {s.key for s in exercise.spots})
    right = any(s.right for s in exercise.spots if s.key == picked)
    return Mark(float(right), right, {picked: right})


@mark.register
def _(exercise: m.Scale, response: Response) -> Mark:
    """Full within the tolerance; beyond it the score falls evenly to zero at the far end of the scale."""
    text = str(response.get("value", "")).strip()
    if not text:
        raise NoAnswer
    numbers = readings(text)
    if not numbers or not exercise.min <= numbers[0] <= exercise.max:
        raise Unreadable(text)
    away = max(0.0, abs(numbers[0] - exercise.model) - exercise.tolerance)
    farthest = max(exercise.model - exercise.min, exercise.max - exercise.model) - exercise.tolerance
    return Mark(1.0 if not away else max(0.0, 1 - away / farthest), not away)


@mark.register
def _(exercise: m.Open, response: Response) -> Mark:
    """Nobody but the learner judges: the score is the share of the rubric that they found met."""
    text = str(response.get("text") or "").strip()
    if not text:
        raise NoAnswer
    if len(text) > LONGEST_ANSWER:
        # Never cut: its writer shortens it.
        raise Unreadable(text)
    met = set(response.get("met") or ()) & {c.key for c in exercise.rubric}
    return Mark(len(met) / len(exercise.rubric) if exercise.rubric else 1.0, None, {c.key: c.key in met for c in exercise.rubric})


@mark.register
def _(exercise: m.Upload, response: Response) -> Mark:
    """Handing in earns nothing yet: a person reviews it."""
    if not response.get("name"):
        raise NoAnswer
    return Mark(0.0, None)


def feedback_for(exercise: m.Exercise, mark_: Mark) -> str:
    """The exercise's words for this verdict; for a partly right answer without words of its own, those for a wrong one."""
    words = exercise.feedback
    return {"right": words.right, "partly": words.partly or words.wrong, "wrong": words.wrong, "noted": words.right}[mark_.verdict]


def part_feedback(exercise: m.Exercise, response: Response) -> dict[str, str]:
    """What the author says about each chosen part, by its key."""
    match exercise:
        case m.Single():
            return {c.key: c.feedback for c in exercise.choices if c.feedback and c.key == response.get("choice")}
        case m.Multiple():
            return {c.key: c.feedback for c in exercise.choices if c.feedback and c.key in (response.get("choices") or ())}
        case m.TrueFalse():
            picked = str(response.get("choice"))
            said = exercise.feedback_true if picked == "true" else exercise.feedback_false
            return {picked: said} if said else {}
        case m.Categorise():
            return {i.key: i.feedback for i in exercise.items if i.feedback and (response.get("items") or {}).get(i.key)}
        case m.Hotspot():
            return {s.key: s.feedback for s in exercise.spots if s.feedback and s.key == response.get("spot")}
        case _:
            return {}
