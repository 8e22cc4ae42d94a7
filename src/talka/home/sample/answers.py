"""Answers that sample people give: for every exercise the right one and some wrong ones, each marked by the course's own rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

from talka.courses.rules import cases, marking
from talka.courses.rules import materials as m
from talka.courses.rules.packs import gaps_of

Response = Mapping[str, Any]
_OPEN = (
    "We tried it with two members and wrote down what they said.",
    "First I would ask three firms, then compare with the list from last year.",
    "Our cluster has the list but nobody looks at it; I would start there.",
    "I would keep the first two points and leave out the third for now.",
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An exercise with its answers, the best one first; `marks` in the same order."""

    definition: m.Exercise
    responses: tuple[Response, ...]
    marks: tuple[marking.Mark, ...]

    @property
    def judged(self) -> bool:
        return self.marks[0].success is not None


def prepare(definition: Mapping[str, Any], chance: Random) -> Prepared:
    """The exercise of a material with the answers that people of the sample choose from."""
    exercise = m.parse("exercise", definition)
    if not isinstance(exercise, m.Exercise):
        raise TypeError(type(exercise))
    right, wrong = _answers(exercise, chance)
    marked = [(r, marking.mark(exercise, r)) for r in (right, *wrong)]
    kept = [marked[0], *(pair for pair in marked[1:] if pair[1].success is not True)]
    return Prepared(exercise, tuple(r for r, _m in kept), tuple(mark for _r, mark in kept))


def _answers(exercise: m.Exercise, chance: Random) -> tuple[Response, list[Response]]:  # noqa: C901, PLR0911, PLR0912  # one short case per type
    match exercise:
        case m.Single():
            rights = [c.key for c in exercise.choices if c.right]
            return {"choice": rights[0]}, [{"choice": c.key} for c in exercise.choices if not c.right]
        case m.Multiple():
            rights = [c.key for c in exercise.choices if c.right]
            others = [c.key for c in exercise.choices if not c.right]
            missing = [{"choices": rights[:n] + rights[n + 1 :]} for n in range(len(rights)) if len(rights) > 1]
            return {"choices": rights}, missing[:3] + [{"choices": [*rights, o]} for o in others[:3]]
        case m.TrueFalse():
            return {"choice": str(exercise.right).lower()}, [{"choice": str(not exercise.right).lower()}]
        case m.Hotspot():
            return {"spot": next(s.key for s in exercise.spots if s.right)}, [{"spot": s.key} for s in exercise.spots if not s.right]
        case m.Number():
            off = max(1.0, abs(exercise.right) * 0.2) + exercise.tolerance
            return {"number": f"{exercise.right:g}"}, [
                {"number": f"{exercise.right + off:g}"},
                {"number": f"{exercise.right - off:g}"},
                {"number": f"{exercise.right * 10 + 3:g}"},
            ]
        case m.Short():
            return {"text": exercise.accepted[0]}, [{"text": "network"}, {"text": "I do not know"}]
        case m.Cloze():
            gaps = [words[0] for words in gaps_of(exercise.text)]
            return {"gaps": gaps}, [
                {"gaps": [*gaps[:n], exercise.bank[0] if exercise.bank else "members", *gaps[n + 1 :]]} for n in range(min(3, len(gaps)))
            ]
        case m.Order():
            keys = [i.key for i in exercise.items]
            swapped = [[*keys[:n], keys[n + 1], keys[n], *keys[n + 2 :]] for n in range(len(keys) - 1)]
            return {"order": keys}, [{"order": order} for order in chance.sample(swapped, min(3, len(swapped)))]
        case m.Match():
            pairs = {p.key: p.right for p in exercise.pairs}
            keys = list(pairs)
            crossed = [pairs | {a: pairs[b], b: pairs[a]} for a, b in pairwise(keys)]
            return {"pairs": pairs}, [{"pairs": c} for c in crossed[:3]]
        case m.Categorise():
            items = {i.key: i.category for i in exercise.items}
            labels = [c.key for c in exercise.categories]
            moved = [items | {key: next(x for x in labels if x != items[key])} for key in list(items)[:4]]
            return {"items": items}, [{"items": some} for some in moved]
        case m.Scale():
            far = [v for v in range(exercise.min, exercise.max + 1) if abs(v - exercise.model) > exercise.tolerance]
            return {"value": f"{exercise.model:g}"}, [{"value": str(v)} for v in chance.sample(far, min(4, len(far)))]
        case m.Open():
            keys = [c.key for c in exercise.rubric]
            return {"text": _OPEN[0], "met": keys}, [
                {"text": text, "met": keys[: max(0, len(keys) - n)]} for n, text in enumerate(_OPEN[1:], 1)
            ]
        case _:
            return {"name": "our-plan.pdf"}, []


def sheet(definition: Mapping[str, Any], n: int) -> dict[str, Any]:
    """A tool sheet somewhat filled in; `n` fields have something in them."""
    tool = m.parse("tool", definition)
    words = {"line": "Meeting on Tuesday", "text": "Asked three members; two agreed.", "number": "3", "date": "2026-03-17"}
    values: dict[str, Any] = {}
    for f in getattr(tool, "fields", [])[: max(1, n)]:
        match f.kind:
            case "choice":
                values[f.key] = f.options[0] if f.options else ""
            case "check":
                values[f.key] = "1"
            case "table":
                values[f.key] = [["Example", *[""] * (len(f.columns) - 1)]] if f.columns else []
            case _:
                values[f.key] = words[f.kind]
    return values


def walk(definition: Mapping[str, Any], chance: Random, *, whole: bool) -> tuple[list[int], str]:
    """A way through a case, to an end if `whole`, and the node where it stops."""
    case = m.parse("case", definition)
    path: list[int] = []
    if not isinstance(case, m.Case):
        raise TypeError(type(case))
    for _ in range(30 if whole else 1):
        choices = case.nodes[cases.walk(case, path)[-1]].choices
        if not choices:
            break
        path.append(chance.randrange(len(choices)))
    return path, cases.walk(case, path)[-1]
