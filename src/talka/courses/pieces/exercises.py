"""An exercise in one person's own order, with what they answered and what is said about it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any
from uuid import UUID, uuid4

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from talka.courses.models import Material
from talka.courses.queries import Doing
from talka.courses.rules import exercises, marking
from talka.courses.rules import materials as m
from talka.courses.rules.packs import gaps_of


@dataclass(frozen=True, slots=True)
class Trouble:
    """An answer that could not be taken, kept so that nobody types it twice, and what is wrong with it."""

    response: Mapping[str, Any]
    says: str


VARIANTS = 8


def variant_of(person: UUID) -> int:
    """Which of a few orders of the options somebody sees: always the same for one person, and few enough to keep them ready."""
    return person.int % VARIANTS


def unreadable(exercise: object, typed: str) -> str:
    """What to say when an answer can't be read."""
    match exercise:
        case m.Number():
            return _("“{typed}” is not a number. Write it like 12.5 or 12,5. Nothing was counted.").format(typed=typed)
        case m.Order():
            return _("Give every place once, from 1 to {n}. Nothing was counted.").format(n=len(exercise.items))
        case m.Open():
            return _("Too long: {n} characters at most, this has {has}.").format(n=marking.LONGEST_ANSWER, has=len(typed))
        case _:
            return _("“{typed}” is not on the scale. Nothing was counted.").format(typed=typed)


def exercise(material: Material, doing: Doing, *, person: UUID, trouble: Trouble | None = None, prefix: str = "") -> dict[str, Any]:
    """What the template of an exercise needs: the parts in this person's order, what they answered, and what is said about it."""
    definition = m.parse("exercise", material.definition)
    # What is asked and said is in the reader's language; what is answered and right is one and the same in all.
    worded = m.parse("exercise", material.wording)
    if not isinstance(definition, m.Exercise) or not isinstance(worded, m.Exercise):
        raise TypeError(material.kind)
    stand = exercises.standing(definition, tried=doing.tried, solved=doing.solved, gave_up=doing.gave_up)
    last = doing.last
    draft = doing.draft if stand.open and not trouble else {}
    response: Mapping[str, Any] = trouble.response if trouble else draft or (last.response if last else {})
    mark = _mark(definition, last.response) if last and not trouble and not draft else None
    said = marking.part_feedback(worded, last.response) if mark and last else {}
    seed = (variant_of(person), material.uuid)
    parts = _parts(
        worded,
        response,
        _View(mark=mark, said=said, explains=stand.explains, seed=seed, prefix=prefix, shown=material.shown, source=definition),
    )
    return {
        "type": material.definition["type"],
        "prompt_html": material.shown["prompt_html"],
        "shown": material.shown,
        "definition": material.wording,
        "stand": stand,
        "last": last,
        "mark": mark,
        "verdict": mark.verdict if mark else "",
        "feedback": marking.feedback_for(worded, mark) if mark else "",
        "hints": worded.hints[: doing.hints],
        "more_hints": len(definition.hints) > doing.hints and stand.open,
        "explanation_html": material.shown.get("explanation_html", "") if stand.explains else "",
        "trouble": trouble.says if trouble else "",
        "draft": bool(draft),
        "token": uuid4(),
        "since": int(time.time()),
        "prefix": prefix,
        "percent": round(mark.score * 100) if mark else None,
        "has_hint_or_solution": bool(definition.hints) or stand.tried > 0,
        **parts,
    }


def _mark(definition: m.Exercise, response: Mapping[str, Any]) -> marking.Mark | None:
    """The mark of a stored answer, seen through the exercise as it is now; none if it changed so much that the answer no longer fits."""
    try:
        return marking.mark(definition, response)
    except (marking.NoAnswer, marking.Unreadable):
        return None


@dataclass(frozen=True, slots=True)
class _View:
    mark: marking.Mark | None
    said: Mapping[str, str]
    explains: bool
    seed: tuple[Any, ...]
    prefix: str
    shown: Mapping[str, Any]
    # The exercise in the course's own language: its words are what answers are kept in.
    source: m.Exercise

    def state(self, key: str, *, picked: bool) -> str:
        """Right or wrong for a part that was answered, nothing for one that was not."""
        if self.mark is None or not picked or key not in self.mark.parts:
            return ""
        return "right" if self.mark.parts[key] else "wrong"


@singledispatch
def _parts(definition: m.Exercise, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    """The parts of this type of exercise as rows for its template."""
    return {"value": response.get("text", "")}


def _choices(rows: Sequence[m.Choice | m.HotspotSpot], picked: set[str], view: _View, *, shuffle: bool) -> list[dict[str, Any]]:
    by_key = {row.key: row for row in rows}
    keys = exercises.shuffled(list(by_key), *view.seed) if shuffle else list(by_key)
    return [
        {
            "key": key,
            "text": getattr(by_key[key], "text", "") or getattr(by_key[key], "label", ""),
            "picked": key in picked,
            "state": view.state(key, picked=key in picked),
            "solution": view.explains and by_key[key].right,
            "feedback": view.said.get(key, ""),
        }
        for key in keys
    ]


@_parts.register
def _single_parts(definition: m.Single, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    return {"choices": _choices(definition.choices, {str(response.get("choice"))}, view, shuffle=definition.shuffle), "field": "choice"}


@_parts.register
def _multiple_parts(definition: m.Multiple, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    picked = set(response.get("choices") or ())
    return {"choices": _choices(definition.choices, picked, view, shuffle=definition.shuffle), "field": "choices", "many": True}


@_parts.register
def _truefalse_parts(definition: m.TrueFalse, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    picked = response.get("choice")
    rows = []
    for key, text in (("true", _("True")), ("false", _("False"))):
        right = (key == "true") == definition.right
        rows.append(
            {
                "key": key,
                "text": text,
                "picked": key == picked,
                "state": view.state(key, picked=key == picked),
                "solution": view.explains and right,
                "feedback": view.said.get(key, ""),
            }
        )
    return {"choices": rows, "field": "choice"}


@_parts.register
def _hotspot_parts(definition: m.Hotspot, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    rows = _choices(definition.spots, {str(response.get("spot"))}, view, shuffle=False)
    places = {s.key: s for s in definition.spots}
    for row in rows:
        spot = places[row["key"]]
        row |= {"x": spot.x, "y": spot.y, "w": spot.w, "h": spot.h}
    return {"choices": rows, "field": "spot", "svg": view.shown.get("svg", ""), "src": view.shown.get("src", ""), "alt": definition.alt}


@_parts.register
def _number_parts(definition: m.Number, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    return {
        "value": response.get("number", ""),
        "unit": definition.unit,
        "solution": number_format(f"{definition.right:g}") if view.explains else "",
    }


@_parts.register
def _short_parts(definition: m.Short, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    return {"value": response.get("text", ""), "solution": definition.accepted[0] if view.explains else ""}


@_parts.register
def _cloze_parts(definition: m.Cloze, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    given = list(response.get("gaps") or ())
    gaps = gaps_of(definition.text)
    parts = []
    for part in view.shown["parts"]:
        if "gap" not in part:
            parts.append(part)
            continue
        n = part["gap"]
        value = given[n] if n < len(given) else ""
        state = view.state(str(n), picked=bool(value))
        parts.append(
            part | {"value": value, "state": state, "solution": gaps[n][0] if view.explains and state != "right" else "", "number": n + 1}
        )
    return {"parts": parts, "bank": exercises.shuffled(_values(view.source, definition, "bank"), *view.seed) if definition.bank else []}


@_parts.register
def _match_parts(definition: m.Match, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    given = response.get("pairs") or {}
    words = dict(_values(view.source, definition, "distractors"))
    if isinstance(view.source, m.Match):
        words |= {source.right: pair.right for source, pair in zip(view.source.pairs, definition.pairs, strict=True)}
    rows = [_row(p.key, p.left, given.get(p.key, ""), p.right, view) for p in definition.pairs]
    return {"rows": rows, "options": [(o, words[o]) for o in exercises.shuffled(sorted(words), *view.seed)], "field": "pair"}


def _values(source: m.Exercise, definition: m.Exercise, name: str) -> list[tuple[str, str]]:
    """(the word that an answer holds, the word that is read) of a list of words."""
    return list(zip(getattr(source, name), getattr(definition, name), strict=True))


@_parts.register
def _categorise_parts(definition: m.Categorise, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    given = response.get("items") or {}
    labels = {c.key: c.label for c in definition.categories}
    by_key = {i.key: i for i in definition.items}
    rows = []
    for key in exercises.shuffled(list(by_key), *view.seed):
        row = _row(key, by_key[key].text, given.get(key, ""), by_key[key].category, view)
        rows.append(row | {"solution": labels[row["solution"]] if row["solution"] else ""})
    return {"rows": rows, "options": list(labels.items()), "field": "item"}


def _row(key: str, text: str, value: str, right: str, view: _View) -> dict[str, Any]:
    state = view.state(key, picked=bool(value))
    return {
        "key": key, "text": text, "value": value, "state": state, "solution": right if view.explains and state != "right" else "",
        "feedback": view.said.get(key, ""),
    }  # fmt: skip


@_parts.register
def _order_parts(definition: m.Order, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    texts = {item.key: item.text for item in definition.items}
    typed = response.get("places") or {}
    answered = list(response.get("order") or ())
    keys = answered if sorted(answered) == sorted(texts) else exercises.shuffled(list(texts), *view.seed)
    rows = [
        {
            "key": key,
            "text": texts[key],
            "place": typed.get(key, str(n)) if typed else str(n),
            "state": view.state(key, picked=bool(answered)),
        }
        for n, key in enumerate(keys, 1)
    ]
    return {"rows": rows, "places": [str(n) for n in range(1, len(rows) + 1)], "solution": list(texts.values()) if view.explains else []}


@_parts.register
def _scale_parts(definition: m.Scale, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    value = str(response.get("value", ""))
    steps = [
        {"value": str(n), "label": definition.labels.get(str(n), ""), "picked": str(n) == value}
        for n in range(definition.min, definition.max + 1)
    ]
    ends = (definition.labels.get(str(definition.min), ""), definition.labels.get(str(definition.max), ""))
    return {
        "steps": steps if len(steps) <= 21 else [], "value": value, "min": definition.min, "max": definition.max, "ends": ends,
        "solution": number_format(f"{definition.model:g}") if view.explains else "",
        "model_html": view.shown.get("model_answer_html", "") if view.mark or view.explains else "",
    }  # fmt: skip


@_parts.register(m.Open)
@_parts.register(m.Upload)
def _open_parts(definition: m.Open | m.Upload, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    met = set(response.get("met") or ())
    return {
        "value": response.get("text", ""),
        "rubric": [{"key": c.key, "text": c.text, "met": c.key in met} for c in definition.rubric],
        "model_html": view.shown.get("model_answer_html", "") if view.mark or view.explains else "",
        "accept": ",".join(f".{ending}" for ending in getattr(definition, "accept", ())),
    }
