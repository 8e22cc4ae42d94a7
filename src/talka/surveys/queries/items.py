"""The questions of a survey as the rules need them."""

from talka.surveys.models import Item, Scale, Survey
from talka.surveys.rules.questions import Question


def scale_of(survey: Survey) -> Scale:
    """The scale that answers are given on now."""
    return survey.scales.order_by("-version")[0]


def audiences_of(survey: Survey) -> list[str]:
    """The audiences' codes in their order."""
    return [q.audience for q in survey.questionnaires.all()]


def items_of(survey: Survey) -> list[Item]:
    """The items in the order in which they are asked, each with its section, competence and `only_for`. Two queries."""
    found = survey.items.select_related("section", "competence").prefetch_related("only_for")
    return sorted(found, key=lambda i: (i.section.order if i.section else -1, i.section_id or 0, i.order, i.pk))


def question_of(item: Item, scale: Scale) -> Question:
    """`item` for `surveys.rules`."""
    low, high = _bounds(item, scale)
    return Question(
        code=item.code,
        kind=item.kind,
        low=low,
        high=high,
        choices=tuple(choice["code"] for choice in item.options.get("choices", ())),
        audiences=frozenset(q.audience for q in item.only_for.all()),
        required=item.required,
    )


def _bounds(item: Item, scale: Scale) -> tuple[float | None, float | None]:
    if item.kind == Item.Kind.NEED:
        return scale.low, scale.high
    if item.kind == Item.Kind.LIKERT:
        return item.options.get("low", 1), item.options.get("high", 5)
    return item.options.get("low"), item.options.get("high")


def questions_of(survey: Survey) -> list[tuple[Item, Question]]:
    """Each item with its question, in the order in which they are asked."""
    scale = scale_of(survey)
    return [(item, question_of(item, scale)) for item in items_of(survey)]
