"""One material as a page shows it to one person: the published pieces, and what that person has done with them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatch
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from talka.courses import forms
from talka.courses.blocks import EXERCISE_NAMES, KIND_NAMES
from talka.courses.media import write_captions
from talka.courses.models import Material, QuizRun, SheetEntry
from talka.courses.queries import Doing, TopicPage
from talka.courses.rendering import STATIC
from talka.courses.rules import cases, exercises, marking
from talka.courses.rules import materials as m
from talka.courses.rules.packs import gaps_of


@dataclass(frozen=True, slots=True)
class Trouble:
    """An answer that could not be taken, kept so that nobody types it twice, and what is wrong with it."""

    response: Mapping[str, Any]
    says: str


@dataclass(slots=True)
class Piece:
    """A material with everything that its template needs under its own names in `has`."""

    material: Material
    template: str
    name: str
    has: dict[str, Any] = field(default_factory=dict)


def unreadable(exercise: object, typed: str) -> str:
    """What to say when an answer can't be read."""
    match exercise:
        case m.Number():
            return _("“{typed}” is not a number. Write it like 12.5 or 12,5. Nothing was counted.").format(typed=typed)
        case m.Order():
            return _("Give every place once, from 1 to {n}. Nothing was counted.").format(n=len(exercise.items))
        case _:
            return _("“{typed}” is not on the scale. Nothing was counted.").format(typed=typed)


def of_page(request: HttpRequest, page: TopicPage, trouble: Mapping[int, Trouble]) -> list[Piece]:
    """The page's materials in order, ready for their templates."""
    made = []
    for material in page.materials:
        doing = page.doing[material.pk]
        piece = Piece(
            material, f"courses/pieces/{'plain' if material.kind in STATIC else material.kind}.html", str(KIND_NAMES[material.kind])
        )
        match material.kind:
            case "exercise":
                piece.name = str(EXERCISE_NAMES[material.definition["type"]])
                piece.has = exercise(material, doing, person=request.user.uuid, trouble=trouble.get(material.pk))
            case "tool":
                piece.has = sheet(material, doing.sheet)
            case "case":
                piece.has = case(material, doing)
            case "film":
                piece.has = film(material, doing)
            case "video" | "audio":
                piece.has = {"watch": doing.watch}
                piece.template = "courses/pieces/video.html"
            case "quiz":
                piece.has = quiz(material, doing)
            case _:
                pass
        made.append(piece)
    return made


# Exercises


def exercise(material: Material, doing: Doing, *, person: UUID, trouble: Trouble | None = None, prefix: str = "") -> dict[str, Any]:
    """What the template of an exercise needs: the parts in this person's order, what they answered, and what is said about it."""
    definition = m.parse("exercise", material.definition)
    if not isinstance(definition, m.Exercise):
        raise TypeError(material.kind)
    stand = exercises.standing(definition, tried=doing.tried, solved=doing.solved, gave_up=doing.gave_up)
    last = doing.last
    response: Mapping[str, Any] = trouble.response if trouble else (last.response if last else {})
    mark = _mark(definition, last.response) if last and not trouble else None
    said = marking.part_feedback(definition, last.response) if mark and last else {}
    seed = (person, material.uuid)
    parts = _parts(
        definition, response, _View(mark=mark, said=said, explains=stand.explains, seed=seed, prefix=prefix, shown=material.shown)
    )
    return {
        "type": material.definition["type"],
        "prompt_html": material.shown["prompt_html"],
        "shown": material.shown,
        "definition": material.definition,
        "stand": stand,
        "last": last,
        "mark": mark,
        "verdict": mark.verdict if mark else "",
        "feedback": marking.feedback_for(definition, mark) if mark else "",
        "hints": definition.hints[: doing.hints],
        "more_hints": len(definition.hints) > doing.hints and stand.open,
        "explanation_html": material.shown.get("explanation_html", "") if stand.explains else "",
        "trouble": trouble.says if trouble else "",
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
    return {"value": response.get("number", ""), "unit": definition.unit, "solution": f"{definition.right:g}" if view.explains else ""}


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
    return {"parts": parts, "bank": exercises.shuffled(definition.bank, *view.seed) if definition.bank else []}


@_parts.register
def _match_parts(definition: m.Match, response: Mapping[str, Any], view: _View) -> dict[str, Any]:
    given = response.get("pairs") or {}
    options = exercises.shuffled(sorted({p.right for p in definition.pairs} | set(definition.distractors)), *view.seed)
    rows = [_row(p.key, p.left, given.get(p.key, ""), p.right, view) for p in definition.pairs]
    return {"rows": rows, "options": [(o, o) for o in options], "field": "pair"}


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
        "solution": f"{definition.model:g}" if view.explains else "",
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


# Sheets


def sheet(material: Material, entry: SheetEntry | None) -> dict[str, Any]:
    tool = m.parse("tool", material.definition)
    if not isinstance(tool, m.Tool):
        raise TypeError(material.kind)
    return {
        "intro_html": material.shown.get("intro_html", ""),
        "fields": _sheet_fields(tool, entry.values if entry else {}),
        "version": entry.version if entry else 0,
        "saved_at": entry.saved_at if entry and entry.version else None,
    }


def _sheet_fields(tool: m.Tool, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for one in tool.fields:
        value = values.get(one.key, "")
        row = {
            "key": one.key,
            "label": one.label,
            "kind": one.kind,
            "help": one.help,
            "options": one.options,
            "columns": one.columns,
            "value": value,
        }
        if one.kind == "table":
            stored = value if isinstance(value, list) else []
            count = forms.table_rows(one, stored=len(stored) + (1 if len(stored) >= (one.rows or 4) else 0))
            row["rows"] = [[cell(stored, r, c) for c in range(len(one.columns))] for r in range(count)]
        rows.append(row)
    return rows


def cell(rows: Sequence[Sequence[str]], r: int, c: int) -> str:
    return rows[r][c] if r < len(rows) and c < len(rows[r]) else ""


def conflict(tool: m.Tool, mine: Mapping[str, Any], theirs: SheetEntry) -> dict[str, Any]:
    """Both versions of a sheet, field by field, where they differ."""
    here = {row["key"]: row for row in _sheet_fields(tool, mine)}
    there = {row["key"]: row for row in _sheet_fields(tool, theirs.values)}
    rows = [
        {"label": here[key]["label"], "mine": _words(mine.get(key)), "theirs": _words(theirs.values.get(key)), "field": here[key]}
        for key in here
    ]
    return {
        "rows": rows,
        "differ": [r for r in rows if r["mine"] != r["theirs"]],
        "fields": list(here.values()),
        "their_fields": list(there.values()),
        "theirs": theirs,
    }


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(" · ".join(map(str, row)) for row in value if any(row))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value or "")


# Cases


def case(material: Material, doing: Doing) -> dict[str, Any]:
    """The story so far: every node visited with the choice taken, then the choices or the end."""
    definition = m.parse("case", material.definition)
    if not isinstance(definition, m.Case):
        raise TypeError(material.kind)
    path = cases.longest_valid(definition, doing.case.path if doing.case else [])
    nodes = cases.walk(definition, path)
    shown = material.shown["nodes"]
    steps = []
    for place, (key, choice) in enumerate(zip(nodes, path, strict=False)):
        taken = definition.nodes[key].choices[choice]
        steps.append({"html": shown[key]["text_html"], "taken": taken.text, "say": taken.say, "place": place})
    here = definition.nodes[nodes[-1]]
    all_ends = [key for key, node in definition.nodes.items() if not node.choices]
    return {
        "intro_html": material.shown.get("intro_html", ""),
        "steps": steps,
        "here_html": shown[nodes[-1]]["text_html"],
        "choices": [{"value": f"{len(path)}/{n}", "text": c.text} for n, c in enumerate(here.choices)],
        "end": here.end if not here.choices else "",
        "node_debrief_html": shown[nodes[-1]].get("debrief_html", "") if not here.choices else "",
        "debrief_html": material.shown.get("debrief_html", "") if not here.choices else "",
        "ends": len(all_ends),
        "ends_seen": len(set(doing.case.ends) & set(all_ends)) if doing.case else 0,
    }


# Films


def film(material: Material, doing: Doing) -> dict[str, Any]:
    from talka.courses import films

    slides = material.definition["slides"]
    starts, clock = [], 0.0
    for one in slides:
        starts.append(clock)
        clock += one["seconds"]
    return {
        "slides": [{**one, "start": start, "stamp": stamp(start)} for one, start in zip(slides, starts, strict=True)],
        "length": clock,
        "ready": films.is_ready(material),
        "watch": doing.watch,
        "stopped": stamp(doing.watch.position) if doing.watch and doing.watch.position else "",
        "of": stamp(clock),
    }


def stamp(seconds: float) -> str:
    """Seconds as a player shows them: 200 -> 3:20."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def film_captions(material: Material) -> str:
    """The film's words as WebVTT, a slide's sentences spread over its time by their length."""
    cues, clock = [], 0.0
    for one in material.definition["slides"]:
        sentences = _sentences(one["say"])
        total = sum(map(len, sentences))
        for sentence in sentences:
            lasts = one["seconds"] * len(sentence) / total
            cues.append((clock, clock + lasts, sentence))
            clock += lasts
    return write_captions(cues)


def _sentences(text: str) -> list[str]:
    """A caption holds what the eye takes in at once: a sentence, or a part of a long one."""
    made: list[str] = []
    for word in text.split():
        if made and (len(made[-1]) + len(word) < 80) and not made[-1].endswith((".", "?", "!", ":")):
            made[-1] += f" {word}"
        else:
            made.append(word)
    return made


def document_pdf(material: Material) -> bytes:
    from talka.courses import documents

    return documents.pdf(material)


# Quizzes


def quiz(material: Material, doing: Doing) -> dict[str, Any]:
    definition = m.parse("quiz", material.definition)
    if not isinstance(definition, m.Quiz):
        raise TypeError(material.kind)
    finished = [run for run in doing.runs if run.finished_at]
    passed = any(run.passed for run in finished)
    left = max(0, definition.attempts - len(doing.runs)) if definition.attempts else None
    open_run = next((run for run in doing.runs if run.finished_at is None), None)
    return {
        "intro_html": material.shown.get("intro_html", ""),
        "questions": definition.draw or len(definition.pool),
        "pool": len(definition.pool),
        "minutes": definition.minutes,
        "pass_percent": round(definition.pass_mark * 100),
        "last": finished[-1] if finished else None,
        "last_percent": round((finished[-1].score or 0) * 100) if finished else None,
        "passed": passed,
        "left": left,
        "open_run": open_run,
        "may_start": open_run is not None or (not passed and left != 0),
    }


def in_time(run: QuizRun, at: datetime) -> bool:
    return exercises.in_time(at, run.ends_at)


def _drawn(material: Material, run: QuizRun) -> list[Material]:
    rows = {str(row.uuid): row for row in Material.objects.filter(parent=material, uuid__in=run.drawn)}
    return [rows[uuid] for uuid in run.drawn if uuid in rows]


def quiz_questions(material: Material, run: QuizRun) -> list[dict[str, Any]]:
    """The drawn questions with the answers saved so far."""
    made = []
    for n, row in enumerate(_drawn(material, run), 1):
        kept = run.answers.get(str(row.uuid))
        piece = exercise(row, Doing(), person=run.user.uuid, trouble=Trouble(kept, "") if kept else None, prefix=f"q{n}-")
        made.append({"n": n, "material": row, "piece": {"has": piece, "material": row}})
    return made


def quiz_answers(material: Material, run: QuizRun, post: QueryDict) -> dict[str, Any]:
    """The answers in a form of the quiz, by the uuid of the question; questions left empty are left out."""
    made = {}
    for n, row in enumerate(_drawn(material, run), 1):
        definition = m.parse("exercise", row.definition)
        response = forms.response_from(definition, post, f"q{n}-")  # type: ignore[arg-type]
        if _given(response):
            made[str(row.uuid)] = response
    return made


def _given(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_given(v) for v in value.values())
    return any(_given(v) for v in value) if isinstance(value, list) else bool(value)


def quiz_result(material: Material, run: QuizRun) -> dict[str, Any]:
    """A finished sitting, question by question."""
    rows = []
    attempts = {a.material_id: a for a in run.attempts.all()}
    for n, row in enumerate(_drawn(material, run), 1):
        attempt = attempts.get(row.pk)
        doing = Doing(tried=1, last=attempt, solved=bool(attempt and attempt.success), gave_up=True) if attempt else Doing(gave_up=True)
        rows.append(
            {
                "n": n,
                "material": row,
                "piece": {"has": exercise(row, doing, person=run.user.uuid, prefix=f"q{n}-"), "material": row},
                "answered": attempt is not None,
            }
        )
    return {"questions": rows, "percent": round((run.score or 0) * 100)}
