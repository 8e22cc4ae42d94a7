"""What an answer may be, kind by kind: from the cells of a form or a file to a value, and back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_TEXT = 5000
SUS_ITEMS = 10
IMPACT_PARTS = ("before", "contribution", "after")
SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Question:
    """An item as these rules need it. `low` and `high` bound numbers; None leaves the end open. `audiences`: empty means all."""

    code: str
    kind: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    audiences: frozenset[str] = frozenset()
    required: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the cells that hold the answer."""
        match self.kind:
            case "need":
                return (f"{self.code}.importance", f"{self.code}.ability")
            case "sus":
                return tuple(f"{self.code}.{n}" for n in range(1, SUS_ITEMS + 1))
            case "impact":
                return tuple(f"{self.code}.{part}" for part in IMPACT_PARTS)
            case _:
                return (self.code,)

    def asked_of(self, audience: str) -> bool:
        return not self.audiences or audience in self.audiences


class BadCell(ValueError):
    """A cell holds what cannot be an answer. `code` says why, `told` holds what the words need."""

    def __init__(self, column: str, code: str, **told: Any) -> None:
        super().__init__(f"{column}: {code}")
        self.column, self.code, self.told = column, code, told


def read(question: Question, cells: Mapping[str, str]) -> Any:
    """The answer in `cells` (by column name), or None where nothing was answered.

    need: (importance, ability), each int or None · likert, nps: int · number: float · choice: code · choices, ranking: list of
    codes · text: str · sus: list of ten, int or None · impact: dict of its three parts. Raises BadCell.
    """
    given = [(column, _clean(column, cells.get(column, ""))) for column in question.columns]
    if not any(text for _column, text in given):
        return None
    match question.kind:
        case "need":
            return tuple(_whole(c, t, question.low, question.high) for c, t in given)
        case "sus":
            return [_whole(c, t, 1, 5) for c, t in given]
        case "impact":
            return {part: t for part, (_c, t) in zip(IMPACT_PARTS, given, strict=True)}
        case _:
            return _single(question, *given[0])


def _single(question: Question, column: str, text: str) -> Any:
    match question.kind:
        case "likert":
            return _whole(column, text, question.low, question.high)
        case "nps":
            return _whole(column, text, 0, 10)
        case "number":
            return _number(column, text, question.low, question.high)
        case "choice":
            return _choice(column, text, question.choices)
        case "choices" | "ranking":
            picked = [_choice(column, part.strip(), question.choices) for part in text.split(SEPARATOR) if part.strip()]
            if len(set(picked)) != len(picked):
                raise BadCell(column, "twice", value=text)
            return picked or None
        case "text":
            return text
    raise ValueError(f"unknown kind of question: {question.kind}")


def write(question: Question, value: Any) -> dict[str, str]:
    """The cells that `read` makes `value` of."""
    if value is None:
        return dict.fromkeys(question.columns, "")
    match question.kind:
        case "need" | "sus":
            parts = ["" if v is None else str(v) for v in value]
        case "impact":
            parts = [value.get(part, "") for part in IMPACT_PARTS]
        case "choices" | "ranking":
            parts = [SEPARATOR.join(value)]
        case "number":
            parts = [f"{value:g}" if float(f"{value:g}") == value else repr(value)]
        case _:
            parts = [str(value)]
    return dict(zip(question.columns, parts, strict=True))


def _clean(column: str, text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\x00" in text:
        raise BadCell(column, "nul")
    if len(text) > MOST_TEXT:
        raise BadCell(column, "too_long", length=len(text), most=MOST_TEXT)
    return text


def _number(column: str, text: str, low: float | None, high: float | None) -> float:
    # A comma is how half of Europe writes a decimal point.
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise BadCell(column, "not_a_number", value=text)
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadCell(column, "off_scale", value=text, low=low, high=high)
    return value


def _whole(column: str, text: str, low: float | None, high: float | None) -> int | None:
    if not text:
        return None
    value = _number(column, text, None, None)
    if value != int(value):
        raise BadCell(column, "not_whole", value=text)
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadCell(column, "off_scale", value=text, low=low, high=high)
    return int(value)


def _choice(column: str, text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise BadCell(column, "unknown_choice", value=text, choices=choices)
    return text
