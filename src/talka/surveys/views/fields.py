"""A question as the page draws it."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from talka.surveys.actions import words
from talka.surveys.queries import Asking, choices_said, said
from talka.surveys.rules.files import Refusal
from talka.surveys.rules.questions import IMPACT_PARTS, SEPARATOR, SUS_ITEMS, BadCell, Question, write

# Seconds that people need for one question, measured generously: reading counts.
SECONDS = {
    "need": 28,
    "likert": 9,
    "choice": 10,
    "choices": 15,
    "ranking": 30,
    "number": 12,
    "text": 60,
    "nps": 10,
    "sus": 75,
    "impact": 120,
}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of steps to choose from, or one box to write in. `low` and `high` name the ends."""

    name: str
    label: str
    options: tuple[Option, ...] = ()
    value: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A question with what was answered. `lines` for kinds with several parts; `options` for choices."""

    code: str
    kind: str
    text: str
    help: str
    required: bool
    lines: tuple[Line, ...] = ()
    options: tuple[Option, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    places: tuple[int, ...] = ()
    error: str = ""
    cells: Mapping[str, str] = default(default_factory=dict)


def missing() -> str:
    return _("This needs an answer.")


def why(error: BadCell) -> str:
    """What is wrong with an answer, in the words of the import."""
    if error.code == "twice":
        return _("Two have the same place. Give each its own.")
    return words(Refusal(0, error.column, error.code, error.told))


def minutes(asked: Asking) -> int:
    """How long answering takes, in whole minutes, one at least."""
    return max(1, round(sum(SECONDS[item.kind] for item in asked.items.values()) / 60))


def agreement() -> list[str]:
    return [_("strongly disagree"), _("disagree"), _("neither"), _("agree"), _("strongly agree")]


def sus_words(system: str) -> list[str]:
    """Brooke's ten sentences about `system`."""
    texts = [
        _("I think that I would like to use {system} often."),
        _("I found {system} unnecessarily complex."),
        _("I thought {system} was easy to use."),
        _("I think that I would need the support of a technical person to be able to use {system}."),
        _("I found the various functions in {system} were well integrated."),
        _("I thought there was too much inconsistency in {system}."),
        _("I would imagine that most people would learn to use {system} very quickly."),
        _("I found {system} very cumbersome to use."),
        _("I felt very confident using {system}."),
        _("I needed to learn a lot of things before I could get going with {system}."),
    ]
    return [text.format(system=system) for text in texts]


def field(asked: Asking, code: str, *, cells: Mapping[str, str] | None, wrong: Mapping[str, str]) -> Field:  # noqa: PLR0911  # one per kind
    """The question `code` with its answer, or with the `cells` that were just sent and have to be mended."""
    item, question = asked.items[code], asked.questions[code]
    own = {c: (cells or {}).get(c, "") for c in question.columns} if cells is not None else write(question, asked.answers.get(code))
    shared: dict[str, Any] = {
        "code": code,
        "kind": item.kind,
        "text": asked.text(item),
        "help": said(item, "help", asked.language),
        "required": item.required,
        "error": wrong.get(code, ""),
        "cells": own,
    }
    match item.kind:
        case "need":
            return Field(**shared, lines=_pair(asked, question.columns, own))
        case "likert":
            labels = item.translations.get(asked.language, {}).get("labels")
            names = labels or item.options.get("labels") or (agreement() if (question.low, question.high) == (1, 5) else [])
            return Field(**shared, lines=(_steps(code, "", int(question.low or 1), int(question.high or 5), names, own[code]),))
        case "nps":
            return Field(**shared, lines=(_steps(code, "", 0, 10, [_("not at all likely"), _("very likely")], own[code]),))
        case "sus":
            lines = [
                _steps(f"{code}.{n}", text, 1, 5, agreement(), own[f"{code}.{n}"])
                for n, text in zip(range(1, SUS_ITEMS + 1), sus_words(item.text), strict=True)
            ]
            return Field(**shared, lines=tuple(lines))
        case "impact":
            parts = {"before": _("Before"), "contribution": _("What helped"), "after": _("Now")}
            return Field(**shared, lines=tuple(Line(f"{code}.{p}", parts[p], value=own[f"{code}.{p}"]) for p in IMPACT_PARTS))
        case "choice" | "choices":
            chosen = own[code].split("|")
            return Field(**shared, options=tuple(Option(c, text, c in chosen) for c, text in choices_said(item, asked.language)))
        case "ranking":
            order = [c for c in own[code].split("|") if c]
            choices = choices_said(item, asked.language)
            lines = [Line(f"{code}.{c}", text, value=str(order.index(c) + 1) if c in order else "") for c, text in choices]
            return Field(**shared, lines=tuple(lines), places=tuple(range(1, len(choices) + 1)))
        case _:
            return Field(**shared, unit=item.options.get("unit", ""), low=question.low, high=question.high)


def _pair(asked: Asking, columns: tuple[str, ...], own: Mapping[str, str]) -> tuple[Line, ...]:
    scale = asked.scale
    prompts = asked.questionnaire.translations.get(asked.language, {}).get("prompts") or asked.questionnaire.prompts
    usual = {"importance": _("How important is this?"), "ability": _("How well can you do it?")}
    return tuple(
        _steps(column, prompts.get(half) or usual[half], scale.low, scale.high, _names(scale.labels, half, asked.language), own[column])
        for column, half in zip(columns, ("importance", "ability"), strict=True)
    )


def _names(labels: Mapping[str, Any], half: str, language: str) -> list[str]:
    """Names of the steps; labels that ship with us are known to the translations, others are shown as they were written."""
    found: list[str] = list(labels.get(f"{half}:{language}") or labels.get(half) or [])
    return [_(name) for name in found] if found else []


def _steps(name: str, label: str, low: int, high: int, names: list[str], value: str) -> Line:
    steps = range(low, high + 1)
    every = len(names) == len(steps)
    options = tuple(Option(str(n), names[i] if every else "", str(n) == value) for i, n in enumerate(steps))
    return Line(name, label, options, value, low=names[0] if names else "", high=names[-1] if names else "")


def cells_sent(sent: QueryDict, question: Question) -> dict[str, str]:
    """What a form sent, in the cells that the rules read."""
    if question.kind == "choices":
        return {question.code: SEPARATOR.join(sent.getlist(question.code))}
    if question.kind == "ranking":
        places = [(sent.get(f"{question.code}.{choice}", ""), choice) for choice in question.choices]
        placed = sorted((int(p), c) for p, c in places if p.isascii() and p.isdigit())
        # Two on the same place: read as named twice, so that the respondent is told.
        twice = len({p for p, _c in placed}) != len(placed)
        return {question.code: SEPARATOR.join([c for _p, c in placed] + ([placed[0][1]] if twice else []))}
    return {column: sent.get(column, "") for column in question.columns}
