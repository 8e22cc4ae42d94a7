"""The questionnaire as one respondent sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from talka.surveys.models import Answer, Invitation, Item, Questionnaire, Response, Scale, Section, Survey
from talka.surveys.queries.answers import value_of
from talka.surveys.queries.items import items_of, question_of
from talka.surveys.rules.flow import Asked, Page, pages_of, pipe
from talka.surveys.rules.questions import Question


def key_of(token: str) -> str:
    """What a draft keeps of a personal link, so that the table of answers never holds the link itself."""
    return sha256(f"talka-survey-draft:{token}".encode()).hexdigest()


def invitation_with(token: str) -> Invitation | None:
    return Invitation.objects.select_related("questionnaire__survey__cluster", "user").filter(token=token).first()


def quota_reached(questionnaire: Questionnaire) -> bool:
    """Whether as many of this audience have answered as were wanted."""
    return questionnaire.quota is not None and questionnaire.responses.handed_in().count() >= questionnaire.quota


def said(thing: Survey | Questionnaire | Section | Item, name: str, language: str) -> str:
    """A text of `thing` in `language`, or in the survey's own where it is not translated."""
    return str(thing.translations.get(language, {}).get(name) or getattr(thing, name))


def choices_said(item: Item, language: str) -> list[tuple[str, str]]:
    """Code and words of each choice."""
    translated = item.translations.get(language, {}).get("choices", {})
    return [(c["code"], str(translated.get(c["code"]) or c["text"])) for c in item.options.get("choices", ())]


@dataclass(frozen=True, slots=True)
class Asking:
    """A questionnaire with what was answered so far. `answers` by code, as `surveys.rules.questions.read` gives them."""

    questionnaire: Questionnaire
    scale: Scale
    items: Mapping[str, Item]
    questions: Mapping[str, Question]
    answers: Mapping[str, Any]
    language: str

    @property
    def asked(self) -> Sequence[Asked]:
        return [
            Asked(
                code,
                item.kind,
                item.section_id,
                item.competence.group if item.competence else "",
                item.condition,
                item.section.condition if item.section else {},
            )
            for code, item in self.items.items()
        ]

    @property
    def pages(self) -> list[Page]:
        return pages_of(self.asked, self.answers)

    def words(self) -> dict[str, str]:
        """Each answer as a respondent would read it, for piping."""
        found = {}
        for code, value in self.answers.items():
            item = self.items[code]
            names = dict(choices_said(item, self.language))
            if isinstance(value, list) and item.kind != Item.Kind.SUS:
                found[code] = ", ".join(names.get(v, str(v)) for v in value)
            elif isinstance(value, str | int | float):
                found[code] = names.get(str(value), f"{value:g}" if isinstance(value, float) else str(value))
        return found

    def text(self, item: Item) -> str:
        """The question with earlier answers piped in."""
        return pipe(said(item, "text", self.language), self.words())


def asking(questionnaire: Questionnaire, *, response: Response | None, language: str) -> Asking:
    """The questionnaire for the holder of `response` (None: nobody has begun). Five queries."""
    scale = response.scale if response else questionnaire.survey.scales.order_by("-version")[0]
    items, questions = {}, {}
    for item in items_of(questionnaire.survey):
        question = question_of(item, scale)
        if question.asked_of(questionnaire.audience):
            items[item.code], questions[item.code] = item, question
    answers = answers_given(response, items) if response else {}
    return Asking(questionnaire, scale, items, questions, answers, language)


def answers_given(response: Response, items: Mapping[str, Item]) -> dict[str, Any]:
    kinds = {item.pk: (code, item.kind) for code, item in items.items()}
    found = {}
    for item, importance, ability, value in Answer.objects.filter(response=response).values_list(
        "item_id", "importance", "ability", "value"
    ):
        if item in kinds:
            code, kind = kinds[item]
            found[code] = value_of(kind, importance, ability, value)
    return found
