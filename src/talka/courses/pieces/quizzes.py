"""A quiz: its door, its questions, its result."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict

from talka.courses import forms
from talka.courses.languages.queries import Reading, lay_over, load_words
from talka.courses.models import Material, QuizRun
from talka.courses.pieces.exercises import Trouble, exercise
from talka.courses.queries import Doing
from talka.courses.rules import exercises
from talka.courses.rules import materials as m


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
        "more_time": doing.more_time,
        "own_minutes": definition.minutes * (1 + doing.more_time / 100),
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


def _drawn(material: Material, run: QuizRun, how: Reading | None = None) -> list[Material]:
    rows = {str(row.uuid): row for row in Material.objects.filter(parent=material, uuid__in=run.drawn)}
    if how is not None:
        lay_over(list(rows.values()), how)
        load_words(list(rows.values()))
    return [rows[uuid] for uuid in run.drawn if uuid in rows]


def quiz_questions(material: Material, run: QuizRun, how: Reading) -> list[dict[str, Any]]:
    """The drawn questions as they are read, with the answers saved so far."""
    made = []
    for n, row in enumerate(_drawn(material, run, how), 1):
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


def quiz_result(material: Material, run: QuizRun, how: Reading) -> dict[str, Any]:
    """A finished sitting, question by question."""
    rows = []
    attempts = {a.material_id: a for a in run.attempts.all()}
    for n, row in enumerate(_drawn(material, run, how), 1):
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
