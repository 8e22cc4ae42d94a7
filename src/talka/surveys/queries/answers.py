"""Answers as a file gives them out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from talka.surveys.models import Answer, Item, Survey
from talka.surveys.queries.items import audiences_of, items_of, question_of, scale_of
from talka.surveys.rules.files import AnswerRow, write_file

AT_ONCE = 1000


def value_of(kind: str, importance: int | None, ability: int | None, value: Any) -> Any:
    """An answer's columns as the one value that `surveys.rules` speaks of."""
    return (importance, ability) if kind == Item.Kind.NEED else value


def answer_rows(survey: Survey) -> Iterator[AnswerRow]:
    """What was handed in, in the order of handing in. For staff: ask `may_read` or require EXPORT first."""
    kinds = {item.pk: (item.code, item.kind) for item in survey.items.all()}
    done = survey.responses.handed_in().select_related("questionnaire").order_by("submitted_at", "pk")
    keys = list(done.values_list("pk", "respondent", "questionnaire__audience", "submitted_at"))
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        answers: dict[int, dict[str, Any]] = {pk: {} for pk, *_ in part}
        found = Answer.objects.filter(response__in=[pk for pk, *_ in part])
        for response, item, importance, ability, value in found.values_list("response_id", "item_id", "importance", "ability", "value"):
            code, kind = kinds[item]
            answers[response][code] = value_of(kind, importance, ability, value)
        for number, (pk, respondent, audience, submitted_at) in enumerate(part, start + 2):
            yield AnswerRow(number, respondent, audience, submitted_at, answers[pk])


def csv_lines(survey: Survey) -> Iterator[str]:
    """The answers as CSV, line by line; reading it in again changes nothing."""
    scale = scale_of(survey)
    yield from write_file(answer_rows(survey), [question_of(item, scale) for item in items_of(survey)])


def answers_as_csv(survey: Survey) -> str:
    return "".join(csv_lines(survey))


def example_csv(survey: Survey) -> str:
    """Three made-up rows in this survey's layout, to be filled in by somebody else."""
    scale, audiences = scale_of(survey), audiences_of(survey) or ["all"]
    questions = [question_of(item, scale) for item in items_of(survey)]
    rows = []
    for n in range(3):
        audience = audiences[n % len(audiences)]
        answers = {q.code: _example(q.kind, q.low, q.high, q.choices, n) for q in questions if q.asked_of(audience)}
        rows.append(AnswerRow(n + 2, f"example-{n + 1}", audience, datetime(2026, 1, 12 + n, 9, tzinfo=UTC), answers))
    return "".join(write_file(rows, questions))


def _example(kind: str, low: float | None, high: float | None, choices: tuple[str, ...], n: int) -> Any:
    least, most = int(low if low is not None else 1), int(high if high is not None else 5)
    return {
        "need": (most - n % 2, least + n % 3 % (most - least + 1)),
        "likert": most - n % 2,
        "number": float(least + n),
        "choice": choices[n % len(choices)] if choices else None,
        "choices": list(choices[:2]) or None,
        "ranking": list(choices[:2]) or None,
        "nps": 9 - n,
        "sus": [4, 2] * 5,
        "impact": {"before": "We sent one letter a year.", "contribution": "A template and an example.", "after": "We write every month."},
        "text": "A sentence in the respondent's own words.",
    }[kind]


def codebook(survey: Survey) -> Iterator[list[Any]]:
    """One row per column of the answers' file: variable, label, type, value labels, section, competence, audiences, whether it must be answered."""
    scale = scale_of(survey)
    halves = ("importance", "ability")
    for item in items_of(survey):
        question = question_of(item, scale)
        section = item.section.title if item.section else ""
        competence = item.competence.key if item.competence else ""
        audiences = ", ".join(sorted(question.audiences))
        for n, column in enumerate(question.columns):
            label, values = (
                item.text,
                _value_labels(item, scale.labels.get(halves[n], []) if item.kind == Item.Kind.NEED else [], question.low, question.high),
            )
            if len(question.columns) > 1:
                label = f"{item.text} [{column.rpartition('.')[2]}]"
            yield [column, label, _type(item.kind), values, section, competence, audiences, item.required]


def _type(kind: str) -> str:
    return {
        "number": "numeric",
        "text": "string",
        "impact": "string",
        "choice": "nominal",
        "choices": "nominal, several",
        "ranking": "order",
    }.get(kind, "ordinal")


def _value_labels(item: Item, names: list[str], low: float | None, high: float | None) -> str:
    """SPSS-like: 1 = not important; 2 = ..."""
    if item.kind in {Item.Kind.CHOICE, Item.Kind.CHOICES, Item.Kind.RANKING}:
        return "; ".join(f"{c['code']} = {c['text']}" for c in item.options.get("choices", ()))
    if item.kind == Item.Kind.NPS:
        return "0 = not at all likely; 10 = very likely"
    if item.kind == Item.Kind.SUS:
        return "1 = strongly disagree; 5 = strongly agree"
    if low is None or high is None or item.kind == Item.Kind.NUMBER:
        return ""
    names = names or item.options.get("labels", [])
    steps = range(int(low), int(high) + 1)
    if len(names) == len(steps):
        return "; ".join(f"{step} = {name}" for step, name in zip(steps, names, strict=True))
    return f"{steps[0]} = {names[0]}; {steps[-1]} = {names[-1]}" if len(names) == 2 else f"{steps[0]} to {steps[-1]}"
