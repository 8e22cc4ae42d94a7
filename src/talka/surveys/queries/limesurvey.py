"""A survey as LimeSurvey reads it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from talka.surveys.models import Item, Questionnaire, Scale, Section, Survey
from talka.surveys.queries.answers import answer_rows
from talka.surveys.queries.items import items_of, question_of, scale_of
from talka.surveys.rules.limesurvey_out import Out, OutSection, OutSurvey, write_responses, write_structure


def lime_of(survey: Survey) -> OutSurvey:
    """The survey with all its languages, its own first."""
    scale, items, own = scale_of(survey), items_of(survey), survey.language
    questionnaires = list(survey.questionnaires.all())
    sections = list(survey.sections.all())
    things: list[Survey | Questionnaire | Section | Item] = [survey, *questionnaires, *sections, *items]
    others = {code for thing in things for code in thing.translations} - {own}
    languages = [own, *sorted(others)]
    by_section: dict[int | None, list[Item]] = defaultdict(list)
    for item in items:
        by_section[item.section_id].append(item)
    loose = [OutSection({own: survey.title}, {}, [_item(i, scale, own) for i in by_section[None]])] if by_section[None] else []
    first = questionnaires[0] if questionnaires else None
    return OutSurvey(
        title=_said(survey, "title", own),
        summary=_said(survey, "summary", own),
        welcome=_said(first, "intro", own) if first else {},
        thanks=_said(first, "thanks", own) if first else {},
        languages=languages,
        named=survey.identity == Survey.Identity.NAMED,
        audiences=[(q.audience, _said(q, "title", own)) for q in questionnaires],
        sections=[
            *loose,
            *(
                OutSection(_said(s, "title", own), _said(s, "text", own), [_item(i, scale, own) for i in by_section[s.pk]])
                for s in sections
                if by_section[s.pk]
            ),
        ],
    )


def _said(thing: Survey | Questionnaire | Section | Item, name: str, own: str) -> dict[str, str]:
    return {own: str(getattr(thing, name)), **{code: str(words[name]) for code, words in thing.translations.items() if words.get(name)}}


def _item(item: Item, scale: Scale, own: str) -> Out:
    question = question_of(item, scale)
    low, high = (
        (0, 10)
        if item.kind == Item.Kind.NPS
        else (int(1 if question.low is None else question.low), int(5 if question.high is None else question.high))
    )
    labels: list[list[str]] = []
    if item.kind == Item.Kind.NEED:
        labels = [list(scale.labels.get(half, ())) for half in ("importance", "ability")]
    elif names := item.options.get("labels"):
        labels = [list(names)]
    return Out(
        code=item.code,
        kind=item.kind,
        text=_said(item, "text", own),
        help=_said(item, "help", own),
        low=low,
        high=high,
        choices=[(c["code"], {own: c["text"], **_choice(item, c["code"])}) for c in item.options.get("choices", ())],
        labels=labels,
        required=item.required,
        audiences=question.audiences,
        condition=item.condition or (item.section.condition if item.section else {}),
    )


def _choice(item: Item, code: str) -> dict[str, Any]:
    return {language: words["choices"][code] for language, words in item.translations.items() if words.get("choices", {}).get(code)}


def lime_structure(survey: Survey) -> bytes:
    """The structure file (.lss). For staff: require EXPORT first."""
    return write_structure(lime_of(survey))


def lime_responses(survey: Survey) -> Iterator[str]:
    """The responses on the scale of now, as CSV with codes, line by line. For staff: require EXPORT first."""
    yield from write_responses(lime_of(survey), answer_rows(survey))


def sps_lines(survey: Survey) -> Iterator[str]:
    """An SPSS syntax file for the answers' CSV: names, labels and value labels of every column. Names follow SPSS's rules: a dot becomes `_`."""
    scale = scale_of(survey)
    items = items_of(survey)
    columns = [
        (column.replace(".", "_").replace("-", "_"), item, n) for item in items for n, column in enumerate(question_of(item, scale).columns)
    ]
    texts = {Item.Kind.TEXT, Item.Kind.IMPACT, Item.Kind.CHOICE, Item.Kind.CHOICES, Item.Kind.RANKING}
    yield f"* Answers to {_quoted(survey.title)[1:-1]}.\n"
    yield f"GET DATA /TYPE=TXT /FILE='{survey.slug}-answers.csv' /ENCODING='UTF8' /DELCASE=LINE /DELIMITERS=\",\" /QUALIFIER='\"' /FIRSTCASE=2 /VARIABLES=\n"
    yield "  respondent A100 audience A40 submitted_at A30\n"
    for name, item, _n in columns:
        yield f"  {name} {'A2000' if item.kind in texts else 'F8.2' if item.kind == Item.Kind.NUMBER else 'F4.0'}\n"
    yield ".\nVARIABLE LABELS\n"
    halves = ("importance", "ability")
    for name, item, n in columns:
        yield f"  {name} {_quoted(f'{item.text} [{halves[n]}]' if item.kind == Item.Kind.NEED else item.text)}\n"
    yield ".\nVALUE LABELS\n"
    for name, item, n in columns:
        if steps := _steps(item, scale, halves[n] if item.kind == Item.Kind.NEED else ""):
            yield f"  /{name} {' '.join(f'{value} {_quoted(label)}' for value, label in steps)}\n"
    yield ".\nEXECUTE.\n"


def _steps(item: Item, scale: Scale, half: str) -> list[tuple[str, str]]:
    if item.kind == Item.Kind.CHOICE:
        return [(_quoted(c["code"]), c["text"]) for c in item.options.get("choices", ())]
    question = question_of(item, scale)
    names = scale.labels.get(half, []) if half else item.options.get("labels", [])
    if question.low is None or question.high is None or not names or item.kind == Item.Kind.NUMBER:
        return []
    steps = range(int(question.low), int(question.high) + 1)
    return [(str(n), name) for n, name in zip(steps if len(names) == len(steps) else (steps[0], steps[-1]), names, strict=False)]


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split())[:250].replace("'", "''") + "'"
